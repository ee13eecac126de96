"""What the protocol expects to be on record now and next, a line a parameter; values have no part in it.

`analysis.schedule` judges it as `infusionlog due` does. It takes a tenth of a second for two hours, so one
answer serves for `FRESH` seconds, or until somebody enters something.
"""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from analysis.protocol import Protocol, read_protocol
from devices.errors import UsageError
from logger.clock import SECOND, microseconds

if TYPE_CHECKING:
    from analysis.schedule import Due
    from logger.web.clinic import Clinic

FRESH = 20 * SECOND
"""Microseconds for which a due list serves while nobody enters anything: its times are minutes."""

LATE, NOW, MISSED, NEXT, MET = "late", "due now", "not recorded", "next", "on record"


@dataclass(frozen=True, slots=True)
class DueLine:
    """How one parameter stands.

    Attributes:
        parameter, label: of the protocol.
        state: ``late``, ``due now``, ``not recorded`` (and nothing waits), ``next`` or ``on record``.
        at: when it is or was due, microseconds UTC; None where only a stretch is.
        late_min: minutes since, where it is late.
        missed: how many of its dues have gone by without a record.
        why: what the state alone does not say.
    """

    parameter: str
    label: str
    state: str
    at: int | None
    late_min: int | None
    missed: int
    why: str


class DueLists:
    """The due lists of sessions, made anew where they are no longer fresh."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._made: dict[str, tuple[int, int, tuple[DueLine, ...]]] = {}

    def of(self, clinic: Clinic, row: Mapping[str, Any], entered: int) -> tuple[DueLine, ...]:
        """Return the lines of a session; *entered* is how many records people have made in it."""
        now = microseconds(clinic.now())
        made = self._made.get(row["id"])
        if made is not None and made[0] == entered and now - made[1] < FRESH:
            return made[2]
        with self._gate:  # one is made at a time: all others' pages go on meanwhile
            lines = due_lines(clinic, row)
            self._made = {id: one for id, one in self._made.items() if now - one[1] < 60 * FRESH}
            self._made[row["id"]] = (entered, now, lines)
        return lines


DUE_LISTS = DueLists()


def due_lines(clinic: Clinic, row: Mapping[str, Any]) -> tuple[DueLine, ...]:
    """Return how each parameter of a session's protocol stands now, as `infusionlog due` judges it."""
    from analysis.schedule import schedule_of
    from analysis.timeline import timeline_of
    from logger.reviewing.frames import build

    made, now = build(clinic.file(row["id"])), clinic.now()
    try:
        dues = schedule_of(made, now)
    except UsageError:  # the protocol is not to be read: the page's banner says so
        return ()
    protocol = read_protocol(made.protocol, made.protocol_id)
    return lines_of(dues, protocol, timeline_of(made).zero, now)


def lines_of(dues: Iterable[Due], protocol: Protocol, zero: datetime, now: datetime) -> tuple[DueLine, ...]:
    """Return a line a parameter, those that are late first, in the protocol's order."""
    from analysis.schedule import State

    grouped: dict[str, list[Due]] = {}
    for due in dues:
        grouped.setdefault(due.parameter, []).append(due)
    minute = (now - zero) / timedelta(minutes=1)
    found = []
    for parameter, label in ((one.id, one.label) for one in protocol.parameters.values()):
        own = grouped.get(parameter, [])
        waiting = [one for one in own if one.state is State.DUE or (one.state is State.LATE and not one.by)]
        missed = sum(one.state is State.MISSED for one in own)
        met = any(one.state is State.MET for one in own)
        if waiting:
            found.append(_line(parameter, label, waiting, missed, zero, minute))
        elif met or missed:
            state = MET if met else MISSED
            found.append(DueLine(parameter, label, state, None, None, missed, ""))
    order = (LATE, NOW, MISSED, NEXT, MET)
    return tuple(sorted(found, key=lambda line: order.index(line.state)))


def _line(
    parameter: str, label: str, waiting: list[Due], missed: int, zero: datetime, minute: float
) -> DueLine:
    from analysis.schedule import State

    first = min(waiting, key=lambda due: (due.state is not State.LATE, due.at is None, due.at or 0.0))
    at = None if first.at is None else microseconds(zero + timedelta(minutes=first.at))
    if first.state is State.LATE:
        return DueLine(parameter, label, LATE, at, round(first.late_by_min or 0), missed, first.why)
    began = first.opens if first.mode == "at" else first.at
    ahead = began is not None and began > minute
    final = first.mode == "final"
    state = NEXT if ahead or final else NOW
    return DueLine(parameter, label, state, at, None, missed, first.why)


@lru_cache(maxsize=32)
def protocol_of(text: str, profile: str) -> Protocol:
    """Return the protocol of a session from its pinned text, read once."""
    return read_protocol(tomllib.loads(text), profile)


@lru_cache(maxsize=32)
def severities_of(text: str) -> Mapping[str, str]:
    """Return what each severity of a side effect means in the words of a protocol's text."""
    said = tomllib.loads(text).get("severity", {})
    return {name: str(said.get(name, "")) for name in ("mild", "moderate", "severe")}
