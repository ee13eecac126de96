"""A session cut once for all rules: its records in order, its readings as arrays, its anchor and ends.

Times are minutes since the first dose (`Timeline`): A is 0, E the infusion's end, X the leaving.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from analysis.effects import Effects, effects_of
from analysis.protocol import Protocol, read_protocol
from analysis.protocol.file import Phase, Schedule
from analysis.recorded import INSTANT, NOTHING, Points, measured, recorded
from analysis.rules.context import Context
from analysis.rules.said import Said, Typed, all_said
from analysis.rules.verdict import cannot_tell, not_applicable
from analysis.schedule import Due, dues
from analysis.series import MANUAL, Series, cut, primary
from analysis.session import Session
from analysis.timeline import Floats, Timeline, timeline_of
from devices.vocabulary import facts

MANY = 32
"""Protocols that are kept as they were read."""


@dataclass(frozen=True)
class Cut:
    """A session and what is known beside it, as a rule sees them."""

    session: Session
    context: Context

    # Times.

    @cached_property
    def timeline(self) -> Timeline:
        """The session's axis."""
        return timeline_of(self.session)

    @property
    def not_treated(self) -> bool:
        """Whether it was decided to give no dose."""
        return not self.timeline.anchored and bool(self.said("session.not_treated"))

    def need_dose(self) -> None:
        """Settle a rule that counts from the first dose where there is none."""
        if self.not_treated:
            raise not_applicable("no dose was given", *refs(self.said("session.not_treated")))
        if not self.timeline.anchored:
            raise cannot_tell("no dose is on record, nor that none was given")

    @property
    def infusion_end(self) -> float | None:
        """E, or None: no end of an infusion is on record."""
        return self.timeline.infusion_end

    @property
    def left(self) -> float:
        """X; settles the rule where no discharge is on record."""
        return self.discharge.minute

    @cached_property
    def discharge(self) -> Said:
        """The discharge that holds; settles the rule where none is on record."""
        found = self.said("discharge")
        if found:
            return found[-1]
        if self.not_treated:
            raise not_applicable("no dose was given", *refs(self.said("session.not_treated")))
        raise cannot_tell("no discharge is on record")

    @property
    def opened(self) -> float:
        """The minute of the opening."""
        return self.minute(self.session.opened_at)

    @property
    def ended(self) -> float:
        """The minute at which the reading window ends, or now."""
        return self.now if self.timeline.end is None else self.timeline.end

    @cached_property
    def now(self) -> float:
        """The minute at which the rules are run, or of the newest record, where a demonstration ran ahead."""
        return max(self.minute(self.context.now), *(one.entered for one in self.records), -np.inf)

    def minute(self, at: datetime) -> float:
        """Return a time in minutes since the first dose."""
        return self.timeline.minute(at)

    def moment(self, minute: float) -> datetime:
        """Return a minute as a time in the clinic's zone."""
        return (self.timeline.zero + timedelta(minutes=float(minute))).astimezone(ZoneInfo(self.session.zone))

    def clock(self, minute: float) -> str:
        """Return a minute as the clinic's clock shows it: ``10:02``, with the day where it is another."""
        at = self.moment(minute)
        if at.date() == self.moment(0.0).date():
            return f"{at:%H:%M}"
        return f"{at:%Y-%m-%d %H:%M}"

    # Records.

    @cached_property
    def records(self) -> tuple[Said, ...]:
        """Every record that is no reading, by the time it speaks of; those that were replaced too."""
        return all_said(self.session.events, self.timeline)

    @cached_property
    def _by_kind(self) -> dict[str, list[Said]]:
        kinds: dict[str, list[Said]] = {}
        for one in self.records:
            if not one.superseded:
                kinds.setdefault(one.kind, []).append(one)
        return kinds

    def said(self, *kinds: str) -> list[Said]:
        """Return the records of *kinds* that hold, by the time they speak of."""
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], [])
        found = [one for kind in kinds for one in self._by_kind.get(kind, ())]
        return sorted(found, key=lambda one: one.minute)

    @cached_property
    def effects(self) -> Effects:
        """The side effects as episodes."""
        return effects_of(self.session, self.protocol, self.timeline)

    @property
    def opening(self) -> Said:
        """The record that opens the session; settles the rule where there is none."""
        found = self.said("session.open")
        if not found:
            raise cannot_tell("no record opens the session")
        return found[0]

    # The protocol.

    @cached_property
    def protocol(self) -> Protocol:
        """The protocol that the session ran under."""
        return _read(self.session.protocol, self.session.protocol_id)

    def limit(self, place: str) -> float:
        """Return a number of the protocol (``qa.R22.within_min``); settles the rule where it has none."""
        value = self.setting(place)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise cannot_tell(f"the protocol has no number {place}")
        return float(value)

    def setting(self, place: str) -> Any:
        """Return what the protocol says at a place, None where it says nothing."""
        first, *path = place.split(".")
        value: Any = (
            self.protocol.profile.model_dump() if first == "profile" else self.session.protocol.get(first)
        )
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    # Readings.

    @cached_property
    def series(self) -> dict[tuple[str, str, str], Series]:
        """The series of the cuff and of SpO2, and of what a rule's marker speaks of."""
        named = {self.setting(f"qa.{rule}.marker") for rule in ("R23", "R24")}
        limits = {limit.vital for one in self.protocol.markers if one.id in named for limit in one.limits}
        return cut(self.session, self.timeline, self._vitals({"nibp", "spo2"} | limits))

    def _vitals(self, parameters: set[str]) -> frozenset[str]:
        known = self.protocol.parameters
        return frozenset(v for name in parameters for v in (known[name].vitals if name in known else (name,)))

    def taken_before(self, parameters: tuple[str, ...], window: float) -> dict[str, Points]:
        """Return when each parameter was measured or assessed in the *window* minutes before the dose."""
        near = cut(self.session, self.timeline, self._vitals(set(parameters)), (-window - INSTANT, INSTANT))
        known = self.protocol.parameters
        read = {name: Points.of(measured(known[name], near)) for name in parameters if name in known}
        taken = {name: read.get(name, NOTHING) or self.points.get(name, NOTHING) for name in parameters}
        return {name: points.within(-window, 0) for name, points in taken.items()}

    def primary(self, vital: str) -> Series | None:
        """Return the series of a vital that figures use."""
        return primary(self.session, self.series, vital)

    @cached_property
    def points(self) -> dict[str, Points]:
        """When the cuff, SpO2 and what people assess were on record, by any source."""
        return recorded(self.session, self.protocol, self.timeline, self.series)

    def within(self, parameter: str, start: float, end: float) -> Points:
        """Return when a parameter was measured in [*start*, *end*] for certain: R(p, a, b)."""
        return self.points.get(parameter, NOTHING).within(start, end)

    def taken(self, parameter: str, start: float, end: float) -> tuple[str, ...]:
        """Return the records of R(p, a, b)."""
        return self.within(parameter, start, end).references

    def perhaps_taken(self, parameter: str, start: float, end: float) -> tuple[str, ...]:
        """Return the records of a parameter that may have been measured in [*start*, *end*], or not."""
        points = self.points.get(parameter, NOTHING)
        later = points.between(start, np.inf)
        return later[: int(np.count_nonzero(later.earliest <= end + INSTANT))].references

    @cached_property
    def dues(self) -> tuple[Due, ...]:
        """What the profile expects of pressure and sedation after the dose, at or between times."""
        own = replace(self.protocol, phases=_of(self.protocol.phases, ("nibp", "moaas")))
        return dues(own, self.timeline, self.points, opened=self.opened, now=self.ended)

    @cached_property
    def implausible(self) -> npt.NDArray[np.intp]:
        """The rows of `Session.readings` whose value is outside the plausible range of its vital."""
        codes, names = self.session.codes("vital")
        if not len(codes):
            return codes
        low, high = (np.array(each) for each in zip(*(plausible(str(name)) for name in names), strict=True))
        values = self.session.readings["value"].to_numpy()
        return np.flatnonzero((values < low[codes]) | (values > high[codes]))

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many values each device gave; those that people typed are not among them."""
        codes, names = self.session.codes("source")
        found = dict(zip(map(str, names), np.bincount(codes).tolist(), strict=False))
        return {source: n for source, n in found.items() if source != MANUAL}

    @cached_property
    def typed(self) -> tuple[Typed, ...]:
        """Every value that a person typed, by its row; those that were replaced too."""
        codes, names = self.session.codes("source")
        places = np.flatnonzero(codes == list(names).index(MANUAL)) if MANUAL in names else codes[:0]
        if not len(places):
            return ()
        rows = self.session.readings.iloc[places]
        columns = (rows[name] for name in ("vital", "value", "writer", "seq", "entered_by", "superseded_by"))
        late = rows["late_by_s"].notna()
        minutes = (self.timeline.minutes(rows[name]) for name in ("measured_at", "at"))
        return tuple(
            Typed(float(m), float(e), vital, float(value), f"{w}:{s}", author, by != "", bool(is_late))
            for vital, value, w, s, author, by, is_late, m, e in zip(*columns, late, *minutes, strict=True)
        )

    def minutes_of(self, column: str, rows: npt.NDArray[np.intp]) -> Floats:
        """Return a time column of some rows of the readings, in minutes."""
        return self.timeline.minutes(self.session.readings[column].iloc[rows])


def _of(phases: tuple[Phase, ...], parameters: tuple[str, ...]) -> tuple[Phase, ...]:
    """Return the phases after the dose with what they expect of some parameters, at or between times."""
    found = []
    for phase in phases:
        own = [
            Schedule.model_construct(
                **{**asked.__dict__, "params": tuple(p for p in asked.params if p in parameters)}
            )
            for asked in phase.schedule
            if asked.mode in ("every", "at", "final")
        ]
        found.append(Phase.model_construct(**{**phase.__dict__, "schedule": tuple(own)}))
    return tuple(phase for phase in found if phase.id != "pre")


def refs(records: list[Said]) -> tuple[str, ...]:
    """Return the references of records."""
    return tuple(one.reference for one in records)


def beyond(value: float, limit: float) -> bool:
    """Return whether a length of time is over its limit; equal to the microsecond is not over it."""
    return value > limit + 2 * INSTANT


_KNOWN: dict[tuple[int, str], tuple[Mapping[str, Any], Protocol]] = {}


def _read(loaded: Mapping[str, Any], profile: str) -> Protocol:
    """Return a protocol; the sessions of a clinic share one text, and it is read once for all of them."""
    key = (id(loaded), profile)
    if key not in _KNOWN:
        if len(_KNOWN) >= MANY:
            _KNOWN.clear()
        _KNOWN[key] = (loaded, read_protocol(loaded, profile))  # what is held here keeps its id to itself
    return _KNOWN[key][1]


@cache
def plausible(vital: str) -> tuple[float, float]:
    """Return the plausible range of a vital in its unit; without limits where the vocabulary has none."""
    known = facts().get(vital)
    low, high = (known.plausible_min, known.plausible_max) if known else (None, None)
    return (-np.inf if low is None else low, np.inf if high is None else high)
