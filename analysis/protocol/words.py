"""A protocol in words: what is expected when, and where each of its numbers comes from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.protocol import Protocol, read_protocol
from analysis.protocol.file import Schedule
from analysis.protocol.lines import lines_of

COMMENT = re.compile(r"=\s*[-\d.eE]+\s*#\s*(?P<said>.*)")
STATUS = re.compile(r"(?P<status>[CMD])\b[\s:;,]*(?P<source>.*)")
STATUSES = {
    "C": "confirmed in a public source",
    "M": "not confirmed against the source's own text",
    "D": "design default, no single authority",
    "": "no source given",
}
"""What the status of a number means."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One line of a profile's schedule."""

    phase: str
    parameters: tuple[str, ...]
    words: str
    status: str
    source: str


@dataclass(frozen=True, slots=True)
class Sourced:
    """A number of the file by its place (``qa.R22.within_min``), with what the line says of it."""

    place: str
    value: float
    status: str
    source: str


def expectations(protocol: Protocol) -> tuple[Expected, ...]:
    """Return the profile's schedule in words, in the order of its phases."""
    return tuple(
        Expected(
            phase.label or phase.id,
            tuple(
                protocol.parameters[name].label if name in protocol.parameters else name
                for name in schedule.params
            ),
            in_words(schedule, protocol.profile.anchor_event or "anchor"),
            schedule.status or "",
            schedule.source,
        )
        for phase in protocol.phases
        for schedule in phase.schedule
    )


def in_words(schedule: Schedule, anchor: str) -> str:
    """Return when a schedule expects something: ``every 10 min from minute 10, no gap over 13 min``."""
    if schedule.mode == "at_least_once":
        window = (
            "" if schedule.window_before_anchor_min is None else f" {schedule.window_before_anchor_min:g} min"
        )
        times = f"at least {schedule.count or 1} times" if (schedule.count or 1) > 1 else "at least once"
        better = f" ({schedule.preferred_count} preferred)" if schedule.preferred_count else ""
        return f"{times} in the{window} before {_event(anchor)}{better}"
    if schedule.mode == "every":
        first = f" from minute {schedule.offset_min:g}" if schedule.offset_min is not None else ""
        longest = _number(schedule.max_gap_min)
        return f"every {_number(schedule.interval_min)} min{first}, no gap over {longest} min"
    if schedule.mode == "at":
        minutes = ", ".join(f"{minute:g}" for minute in schedule.at_min)
        early, late = schedule.tol_before_min or 0, schedule.tol_after_min or 0
        return f"at minute {minutes} (up to {early:g} min before and {late:g} after)"
    if schedule.mode == "final":
        return f"in the {_number(schedule.window_before_discharge_min)} min before leaving"
    return f"all the time, no gap over {_number(schedule.max_gap_min)} min"


def numbers(text: str, profile: str) -> tuple[Sourced, ...]:
    """Return the numbers of a file that stand in no table with a source of its own.

    Those of one profile, of what it extends, and of the whole file. Their status and source are the comment
    on their line: ``# D; C: ...``.
    """
    loaded, lines, rows = tomllib.loads(text), lines_of(text), text.splitlines()
    bases = {one["id"]: one.get("extends") for one in loaded["profile"]}
    family = [profile]
    while (base := bases.get(family[-1])) is not None and base not in family:
        family.append(base)
    found = []
    for place, value in _numbers_in(loaded, ()):
        if place[0] == "profile" and loaded["profile"][place[1]]["id"] not in family:
            continue
        said = COMMENT.search(rows[lines[place] - 1]) if place in lines else None
        known = STATUS.match(said["said"]) if said else None
        name = ".".join(_named(loaded, place))
        source = known["source"] if known else said["said"] if said else ""
        found.append(Sourced(name, value, known["status"] if known else "", source))
    return tuple(found)


def lines_in_words(text: str, profile: str) -> Iterator[str]:
    """Yield everything about one profile of a protocol file, as a person reads it."""
    protocol = read_protocol(tomllib.loads(text), profile)
    yield f"{protocol.id}: {protocol.label}, route {protocol.route or 'not stated'}"
    yield f"{protocol.title}, {protocol.draft_date}; {approval(protocol)}"
    phase = ""
    for one in expectations(protocol):
        if one.phase != phase:
            yield ""
            yield one.phase
            phase = one.phase
        yield f"  {', '.join(one.parameters)}: {one.words}"
        yield f"      [{one.status or '-'}] {one.source}"
    yield from ("", "Review markers (on the finished page only)")
    for marker in protocol.markers:
        limits = " or ".join(f"{limit.vital} {limit.comparison} {limit.value:g}" for limit in marker.limits)
        yield f"  {marker.text}{'' if marker.enabled else ' (off)'}: {limits}"
        yield f"      [{marker.status or '-'}] {marker.source}"
    yield from ("", "Numbers")
    for number in numbers(text, profile):
        yield f"  {number.place} = {number.value:g}  [{number.status or '-'}] {number.source}".rstrip()
    yield from ("", *(f"[{status or '-'}] {meaning}" for status, meaning in STATUSES.items()))


def approval(protocol: Protocol) -> str:
    """Return who approved a clinic's copy and when, or that nobody did."""
    if protocol.approved_by:
        return f"approved by {protocol.approved_by}, {protocol.approved_at}"
    changed = f": changed since {protocol.changed_since} approved it" if protocol.changed_since else ""
    return f"not approved by this clinic{changed}"


def _numbers_in(table: Mapping[str, Any], place: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], float]]:
    """Yield the numbers of a table and of those below it, but of none that has a source of its own."""
    if "source" in table and place[:1] != ("profile",):
        return
    for key, value in table.items():
        if isinstance(value, bool) or key in ("schema", "phase", "override"):
            continue
        if isinstance(value, int | float):
            yield (*place, key), float(value)
        elif isinstance(value, dict):
            yield from _numbers_in(value, (*place, key))
        elif isinstance(value, list):
            for number, one in enumerate(value):
                if isinstance(one, dict):
                    yield from _numbers_in(one, (*place, key, number))


def _named(loaded: Any, place: tuple[Any, ...]) -> Iterator[str]:
    """Yield the parts of a place, tables of an array by their id."""
    for part in place:
        loaded = loaded[part]
        yield str(loaded.get("id", part)) if isinstance(part, int) else str(part)


def _event(name: str) -> str:
    return name.replace("_", " ")


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:g}"
