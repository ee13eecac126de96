"""What the tables of one protocol file say of each other, and may not: each with its place and a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from analysis.instruments import instruments
from analysis.protocol.file import LimitTable, MarkerTable, Meta, ProtocolFile
from analysis.protocol.lines import Place
from analysis.protocol.profiles import profile_contradictions
from devices.vocabulary import Vital, facts

Found = Iterator[tuple[Place, str]]


def contradictions(file: ProtocolFile) -> Found:
    """Yield every place where a file of the right form contradicts itself, and what to do there."""
    if file.form != 1:
        yield ("schema",), f"schema {file.form} is not known to this version; it reads schema 1"
    yield from _approval(file.meta)
    yield from _twice(file)
    yield from profile_contradictions(file)
    phases = {phase.id for profile in file.profile for phase in profile.phase}
    known = _known_values(file)
    for number, marker in enumerate(file.review_marker):
        yield from _marker(marker, ("review_marker", number), phases, known)
    for number, record in enumerate(file.required_record):
        place: Place = ("required_record", number, "when")
        yield from _unknown_phases(record.id, record.when, place, phases)
    for number, item in enumerate(file.discharge.item):
        if item.show is not None and item.show.param not in known:
            yield ("discharge", "item", number, "show"), _unknown(item.id, item.show.param)
    for score in file.discharge.scores_offered:
        if score not in instruments():
            names = ", ".join(instruments())
            yield (
                ("discharge", "scores_offered"),
                f"{score} is no instrument; offer some of {names}, or leave it out",
            )
    yield from _limits(file)


def _approval(meta: Meta) -> Found:
    place: Place = ("meta", "approved_at")
    if bool(meta.approved_by.strip()) != bool(meta.approved_at.strip()):
        given, absent = (
            ("approved_by", "approved_at") if meta.approved_by.strip() else (place[1], "approved_by")
        )
        yield (
            ("meta", str(given)),
            f"{given} stands without {absent}; give both, or none for a file that nobody approved",
        )
    elif meta.approved_at.strip():
        try:
            at = datetime.fromisoformat(meta.approved_at)
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            example = "2026-11-22T14:30:00+01:00"
            yield place, f"approved_at {meta.approved_at!r} is no time with an offset; write it as {example}"


def _twice(file: ProtocolFile) -> Found:
    """Yield every id that stands twice; the second is told."""
    for key, tables in (
        (("parameter",), file.parameter),
        (("profile",), file.profile),
        (("effect",), file.effect),
        (("review_marker",), file.review_marker),
        (("required_record",), file.required_record),
        (("discharge", "item"), file.discharge.item),
    ):
        yield from _repeated(key, [table.id for table in tables])
    for number, profile in enumerate(file.profile):
        yield from _repeated(("profile", number, "phase"), [phase.id for phase in profile.phase])


def _repeated(place: Place, ids: Iterable[str]) -> Found:
    seen: Counter[str] = Counter()
    for number, one in enumerate(ids):
        seen[one] += 1
        if seen[one] > 1:
            what = str(place[-1]).replace("_", " ")
            yield (*place, number), f"a second {what} has the id {one}; give each its own"


def _known_values(file: ProtocolFile) -> set[str]:
    """Return every name that a marker or an item can speak of: parameters, vitals, totals of instruments."""
    names = {str(vital) for vital in Vital}
    names |= {version.code for known in instruments().values() for version in known.versions if version.code}
    for parameter in file.parameter:
        names |= {parameter.id, *(parameter.codes or "").split("|")}
    return names


def _unknown(owner: str, name: str) -> str:
    return (
        f"{owner} speaks of {name}, which is no [[parameter]] of this file and no name of config/codes.csv; "
        "correct it or add the parameter"
    )


def _unknown_phases(owner: str, named: str, place: Place, phases: set[str]) -> Found:
    for phase in named.split("|"):
        if phase not in phases:
            yield place, f"{owner} names the phase {phase}, which no profile has; correct it or add the phase"


def _marker(marker: MarkerTable, place: Place, phases: set[str], known: set[str]) -> Found:
    yield from _unknown_phases(marker.id, marker.phase, (*place, "phase"), phases)
    if marker.phase == "pre" and marker.window_from_anchor_min is not None:
        yield (
            (*place, "window_from_anchor_min"),
            f"{marker.id} counts from the anchor but speaks of the time before it; name another phase",
        )
    for number, limit in enumerate(marker.any_of):
        where: Place = (*place, "any", number)
        if limit.param not in known:
            yield where, _unknown(marker.id, limit.param)
        yield from _comparison(marker, limit, where)


def _comparison(marker: MarkerTable, limit: LimitTable, place: Place) -> Found:
    given = dict(limit.comparisons())
    if not given:
        yield place, f"{marker.id} compares {limit.param} with nothing; give one of gt, ge, lt, le, rise_ge"
    elif len(given) > 1:
        said = " and ".join(f"{name} {value:g}" for name, value in given.items())
        low = max((value for name, value in given.items() if name in ("gt", "ge")), default=None)
        high = min((value for name, value in given.items() if name in ("lt", "le")), default=None)
        why = (
            "exclude each other"
            if low is not None and high is not None and low >= high
            else "stand in one comparison"
        )
        yield place, f"{marker.id}: {limit.param} {said} {why}; give each its own {{ }}"
    if "rise_ge" in given and marker.baseline is None:
        yield place, f'{marker.id} has a rise but no baseline to rise from; add baseline = "session_baseline"'
    span = facts().get(limit.param)
    for name, value in given.items():
        over = span and span.plausible_max is not None and name in ("gt", "ge") and value > span.plausible_max
        under = (
            span and span.plausible_min is not None and name in ("lt", "le") and value < span.plausible_min
        )
        if over or under:
            yield (
                place,
                f"{marker.id}: {limit.param} {name} {value:g} lies outside what {limit.param} can be; "
                "correct the number",
            )


def _limits(file: ProtocolFile) -> Found:
    """Yield limits that cannot hold together, or speak of what is not there."""
    markers = {marker.id for marker in file.review_marker}
    for rule in ("R23", "R24"):
        named = getattr(file.qa, rule).marker
        if named and named not in markers:
            yield ("qa", rule, "marker"), f"qa.{rule} names the marker {named}, which is not in this file"
        elif getattr(file.qa, rule).enabled and not named:
            yield ("qa", rule, "enabled"), f"qa.{rule} is turned on and names no marker; give marker"
    metrics = file.metrics
    defining = next((one for one in file.review_marker if one.id == metrics.te_htn_marker), None)
    levels = {limit.param for limit in defining.any_of if limit.ge is not None} if defining else set()
    if metrics.te_htn_marker and not levels >= {"nibp_sys", "nibp_dia"}:
        yield (
            ("metrics", "te_htn_marker"),
            f"metrics.te_htn_marker names {metrics.te_htn_marker}, which is no marker of this file with a "
            "ge for nibp_sys and for nibp_dia",
        )
    width = metrics.return_band_pct if metrics.return_band == "pct" else metrics.return_band_mmhg
    if metrics.return_band is not None and width is None:
        field = f"return_band_{metrics.return_band}"
        yield (
            ("metrics", "return_band"),
            f'return_band is "{metrics.return_band}" and {field} is missing; give it',
        )
    for note, fail, place in (
        (
            file.quality.clock_offset_warn_s,
            file.quality.clock_offset_fail_s,
            ("quality", "clock_offset_warn_s"),
        ),
        (file.qa.R36.logger_note_s, file.qa.R36.logger_fail_s, ("qa", "R36", "logger_note_s")),
    ):
        if note is not None and fail is not None and note > fail:
            yield place, f"{place[-1]} {note:g} is more than the limit to fail, {fail:g}; lower it"
