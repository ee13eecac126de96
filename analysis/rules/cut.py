"""A session cut once for all rules: its records in order, its readings as arrays, its anchor and ends.

Times are minutes since the first dose (`Timeline`): A is 0, E the infusion's end, X the leaving.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.effects import Effects, effects_of
from analysis.protocol import Protocol, read_protocol
from analysis.recorded import INSTANT, NOTHING, Points, recorded
from analysis.rules.context import Context
from analysis.rules.said import Said, all_said
from analysis.rules.verdict import cannot_tell, not_applicable
from analysis.scores import Rating, ratings_of, scores_of
from analysis.series import Series, cut, primary
from analysis.session import Session
from analysis.timeline import Floats, Timeline, timeline_of
from devices.vocabulary import facts


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

    @property
    def now(self) -> float:
        """The minute at which the rules are run."""
        return self.minute(self.context.now)

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

    @cached_property
    def ratings(self) -> tuple[Rating, ...]:
        """What scores say of the protocol's parameters, as numbers of one scale each."""
        return ratings_of(scores_of(self.session, self.timeline))

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
        return read_protocol(self.session.protocol, self.session.protocol_id)

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
        """The series of every vital that the protocol's schedules or markers speak of."""
        return cut(self.session, self.timeline, frozenset(self._vitals))

    @property
    def _vitals(self) -> set[str]:
        scheduled = {
            name for phase in self.protocol.phases for each in phase.schedule for name in each.params
        }
        known = [
            self.protocol.parameters[name].vitals for name in scheduled if name in self.protocol.parameters
        ]
        return {vital for vitals in known for vital in vitals} | {"nibp_sys", "nibp_dia", "nibp_map"}

    def primary(self, vital: str) -> Series | None:
        """Return the series of a vital that figures use."""
        return primary(self.session, self.series, vital)

    @cached_property
    def points(self) -> dict[str, Points]:
        """When each parameter of the protocol was on record, by any source."""
        return recorded(self.session, self.protocol, self.timeline, self.series)

    def taken(self, parameter: str, start: float, end: float) -> tuple[str, ...]:
        """Return the records of a parameter that was measured in [*start*, *end*] for certain: R(p, a, b)."""
        return self.points.get(parameter, NOTHING).within(start, end).references

    def perhaps_taken(self, parameter: str, start: float, end: float) -> tuple[str, ...]:
        """Return the records of a parameter that may have been measured in [*start*, *end*], or not."""
        points = self.points.get(parameter, NOTHING)
        later = points.between(start, np.inf)
        return later[: int(np.count_nonzero(later.earliest <= end + INSTANT))].references

    @cached_property
    def implausible(self) -> npt.NDArray[np.intp]:
        """The rows of `Session.readings` whose value is outside the plausible range of its vital."""
        rows = self.session.readings
        codes, names = pd.factorize(rows["vital"].to_numpy())
        low, high = (np.array(each) for each in zip(*(plausible(str(name)) for name in names), strict=True))
        values = rows["value"].to_numpy()
        return np.flatnonzero((values < low[codes]) | (values > high[codes]))

    @cached_property
    def typed(self) -> npt.NDArray[np.intp]:
        """The rows of `Session.readings` that a person typed."""
        return np.flatnonzero(self.session.readings["source"].to_numpy() == "manual")

    def typed_by(self, author: str) -> list[str]:
        """Return the records of the readings that *author* typed."""
        rows = self.session.readings.iloc[self.typed]
        rows = rows[rows["entered_by"] == author]
        return list(dict.fromkeys(f"{w}:{s}" for w, s in zip(rows["writer"], rows["seq"], strict=True)))

    def minutes_of(self, column: str, rows: npt.NDArray[np.intp]) -> Floats:
        """Return a time column of some rows of the readings, in minutes."""
        return self.timeline.minutes(self.session.readings[column].iloc[rows])


def refs(records: list[Said]) -> tuple[str, ...]:
    """Return the references of records."""
    return tuple(one.reference for one in records)


def beyond(value: float, limit: float) -> bool:
    """Return whether a length of time is over its limit; equal to the microsecond is not over it."""
    return value > limit + 2 * INSTANT


@cache
def plausible(vital: str) -> tuple[float, float]:
    """Return the plausible range of a vital in its unit; without limits where the vocabulary has none."""
    known = facts().get(vital)
    low, high = (known.plausible_min, known.plausible_max) if known else (None, None)
    return (-np.inf if low is None else low, np.inf if high is None else high)
