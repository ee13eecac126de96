"""What a profile of a protocol file says of itself, and may not: anchors, phases, due times, tolerances."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.protocol import UnknownProfile, resolved
from analysis.protocol.file import OVERRIDABLE, ParameterTable, Phase, ProfileTable, ProtocolFile, Schedule
from analysis.protocol.lines import Place

Found = Iterator[tuple[Place, str]]

FIELDS = {
    "at_least_once": ({"window_before_anchor_min", "count"}, {"preferred_count"}),
    "every": ({"interval_min", "max_gap_min"}, {"offset_min", "tol_before_min", "tol_after_min"}),
    "at": ({"at_min", "tol_before_min", "tol_after_min"}, set[str]()),
    "final": ({"window_before_discharge_min"}, set[str]()),
    "continuous": ({"max_gap_min"}, set[str]()),
}
"""What each mode needs, and what it may have beside that."""

ALWAYS = {"params", "mode", "source", "status"}
ORDER = ("session_open", "anchor", "infusion_end", "discharge")
"""The events of a session as they follow each other."""


def profile_contradictions(file: ProtocolFile) -> Found:
    """Yield every place where a profile contradicts itself or the parameters, and what to do there."""
    parameters = {parameter.id: parameter for parameter in file.parameter}
    effects = {effect.id for effect in file.effect}
    for number, own in enumerate(file.profile):
        place: Place = ("profile", number)
        try:
            profile = resolved(file, own.id)
        except UnknownProfile:
            yield (*place, "extends"), _extends(file, own)
            continue
        yield from _overrides(file, own, place)
        yield from _whole(profile, place)
        for term in own.must_outlast:
            if term not in effects:
                yield (
                    (*place, "must_outlast"),
                    f"{own.id}: {term} is no [[effect]] of this file; correct or add it",
                )
        for i, phase in enumerate(profile.phase):
            where: Place = (*place, "phase", i) if own.phase else (*place, "override")
            if own.phase or own.override:
                yield from _phase(profile, phase, where, parameters, own_text=bool(own.phase))


def _extends(file: ProtocolFile, own: ProfileTable) -> str:
    """Return why a profile can't be resolved."""
    names, seen = {profile.id: profile for profile in file.profile}, [own.id]
    while (base := names[seen[-1]].extends) is not None:
        if base not in names:
            return f"{seen[-1]} extends {base}, which is not in this file; it has {', '.join(names)}"
        if base in seen:
            return f"{' extends '.join([*seen, base])}: a profile can't extend itself; let one stand alone"
        seen.append(base)
    return f"{own.id} stands in this file more than once; give each profile its own id"


def _overrides(file: ProtocolFile, own: ProfileTable, place: Place) -> Found:
    """Yield the overrides that change nothing."""
    if own.override and own.extends is None:
        yield (
            (*place, "override"),
            f"{own.id} overrides what it does not extend; add extends, or change the phase",
        )
        return
    base = own.phase or resolved(file, str(own.extends)).phase
    for path in own.override:
        if not _has(base, path):
            yield (
                (*place, "override", path),
                f"{own.id} overrides {path}, and {own.extends} has no such number; "
                "give phase.parameter.field as they stand there, or the whole phase",
            )
    for field in ("source", "status"):
        if own.override and not getattr(own, field):
            yield (*place, "override"), f"{own.id} overrides numbers and gives no {field} of its own; give it"


def _has(phases: tuple[Phase, ...], path: str) -> bool:
    parts = path.split(".")
    return len(parts) == 3 and any(
        phase.id == parts[0]
        and parts[1] in schedule.params
        and parts[2] in schedule.model_fields_set & OVERRIDABLE
        for phase in phases
        for schedule in phase.schedule
    )


def _whole(profile: ProfileTable, place: Place) -> Found:
    """Yield what a profile lacks, or what its times deny each other."""
    for field in ("route", "anchor_event"):
        if getattr(profile, field) is None:
            yield place, f"{profile.id} has no {field}; give it"
    if not profile.phase:
        yield place, f"{profile.id} has no phase; give at least one"
    least, alone = profile.min_post_end_min, profile.min_post_end_unescorted_min
    if least is not None and alone is not None and alone < least:
        yield (
            (*place, "min_post_end_unescorted_min"),
            f"{profile.id} keeps who has no escort for {alone:g} min and who has one for {least:g}; "
            "the first can't be shorter",
        )
    if profile.anchor_event != "infusion_start":
        for field in ("min_post_end_min", "min_post_end_unescorted_min", "expected_duration_min"):
            if getattr(profile, field) is not None:
                yield (*place, field), f"{profile.id} has {field} but no infusion; take it out"


def _phase(
    profile: ProfileTable,
    phase: Phase,
    place: Place,
    parameters: dict[str, ParameterTable],
    *,
    own_text: bool,
) -> Found:
    """Yield what a phase says against its profile; *own_text*: it stands in this profile's own tables."""
    if own_text:
        yield from _events(profile, phase, place)
    said: set[tuple[str, str]] = set()
    for number, schedule in enumerate(phase.schedule):
        where: Place = (*place, "schedule", number) if own_text else place
        name = f"{profile.id}, {phase.id}, {schedule.mode} {'/'.join(schedule.params)}"
        for parameter in schedule.params if own_text else ():
            known = parameters.get(parameter)
            if known is None:
                yield (
                    (*where, "params"),
                    f"{name}: {parameter} is no [[parameter]] of this file; correct it or add the parameter",
                )
            elif schedule.mode == "continuous" and known.kind != "continuous":
                yield (
                    (*where, "mode"),
                    f"{name}: {parameter} is {known.kind} and can't be continuous; give another mode",
                )
            if (parameter, schedule.mode) in said:
                yield (
                    (*where, "params"),
                    f"{name}: {parameter} has this mode in this phase already; keep one of the two",
                )
            said.add((parameter, schedule.mode))
        if own_text:
            yield from _mode(profile, phase, schedule, where, name)
        yield from _times(schedule, where, name, own_text=own_text)


def _events(profile: ProfileTable, phase: Phase, place: Place) -> Found:
    """Yield what is wrong with when a phase begins and ends."""
    anchors = {"infusion_start", "first_device", "injection", "swallowed"}
    ranks = []
    for field in ("starts", "ends"):
        event = getattr(phase, field)
        if event in anchors and event != profile.anchor_event:
            yield (
                (*place, field),
                f"{profile.id}, {phase.id} {field} at {event}, but the profile's anchor_event is "
                f"{profile.anchor_event}; make them the same",
            )
        elif event == "infusion_end" and profile.anchor_event != "infusion_start":
            yield (*place, field), f"{profile.id}, {phase.id} {field} at infusion_end, but it has no infusion"
        ranks.append(ORDER.index("anchor" if event in anchors else event))
    if ranks[0] >= ranks[1]:
        yield (
            (*place, "ends"),
            f"{profile.id}, {phase.id} ends at {phase.ends}, which does not come after {phase.starts}; "
            "correct one of them",
        )


def _mode(profile: ProfileTable, phase: Phase, schedule: Schedule, place: Place, name: str) -> Found:
    """Yield what a schedule's mode needs and lacks, or has and can't use."""
    needs, may = FIELDS[schedule.mode]
    given = schedule.model_fields_set
    for field in sorted(needs - given):
        yield place, f"{name}: mode {schedule.mode} needs {field}; give it"
    for field in sorted(given - needs - may - ALWAYS):
        yield (*place, field), f"{name}: mode {schedule.mode} has no use for {field}; take it out"
    if schedule.mode == "at_least_once" and phase.ends != profile.anchor_event:
        yield (
            (*place, "mode"),
            f"{name}: the window lies before {profile.anchor_event}, but the phase ends at {phase.ends}; "
            "move it to the phase before the anchor",
        )
    if schedule.mode == "final" and phase.ends != "discharge":
        yield (
            (*place, "mode"),
            f"{name}: the phase ends at {phase.ends}, not at discharge; move it to the last one",
        )


def _times(schedule: Schedule, place: Place, name: str, *, own_text: bool) -> Found:
    """Yield numbers of a schedule that can't hold together."""

    def at(field: str) -> Place:
        return (*place, field) if own_text else place

    interval, longest = schedule.interval_min, schedule.max_gap_min
    if interval is not None:
        for field in ("tol_before_min", "tol_after_min"):
            tolerance = getattr(schedule, field)
            if tolerance is not None and tolerance > interval:
                yield (
                    at(field),
                    f"{name}: {field} {tolerance:g} is more than interval_min {interval:g}; lower it",
                )
        if longest is not None and longest < interval:
            yield (
                at("max_gap_min"),
                f"{name}: max_gap_min {longest:g} is less than interval_min {interval:g}: "
                "who keeps the interval would fail; raise it",
            )
    if schedule.offset_min is not None and longest is not None and schedule.offset_min > longest:
        yield (
            at("offset_min"),
            f"{name}: offset_min {schedule.offset_min:g} is more than max_gap_min {longest:g}: "
            "the first due time would be missed already; lower it",
        )
    if any(later <= earlier for earlier, later in zip(schedule.at_min, schedule.at_min[1:], strict=False)):
        yield at("at_min"), f"{name}: at_min does not rise; put the minutes in order, each once"
    wanted, preferred = schedule.count, schedule.preferred_count
    if wanted is not None and preferred is not None and preferred < wanted:
        yield (
            at("preferred_count"),
            f"{name}: preferred_count {preferred} is less than count {wanted}; raise it",
        )
