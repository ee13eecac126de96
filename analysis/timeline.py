"""The session's axis: minutes since the anchor, the dose as it was given, and the phases.

The anchor is the first dose: start of the infusion, first nasal device, injection. Where no dose is on
record the minutes count from the opening, and `Timeline.anchored` is False.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.session import Session, in_force

Floats = npt.NDArray[np.float64]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

STARTS = ("infusion.start", "dose.device", "dose.injection", "dose.swallowed")
"""The kinds of record that give a dose; the earliest of them is the anchor."""


@dataclass(frozen=True, slots=True)
class DoseStep:
    """One record of the dose: what happened at *minute*, with what the person entered; None: not entered."""

    minute: float
    step: str
    drug: str | None
    mg: float | None
    ml_h: float | None
    mg_per_kg: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Flow:
    """A stretch in which the drug ran; *end* is None where no pause or end is on record."""

    start: float
    end: float | None


@dataclass(frozen=True)
class Timeline:
    """Where everything lies in minutes; *end* is the end of the reading window, None while it is open."""

    zero: datetime
    anchored: bool
    end: float | None
    dose: tuple[DoseStep, ...]

    def minutes(self, times: pd.Series[Any]) -> Floats:
        """Return float minutes since the zero; NaN where the time is NaT."""
        return self.minutes_of(times.to_numpy(dtype="datetime64[us]"))

    def minutes_of(self, times: npt.NDArray[np.datetime64]) -> Floats:
        """Return what `minutes` does, of an array of UTC times (``datetime64[us]``)."""
        minutes = (times.astype(np.int64) - self._zero) / 60e6
        minutes[np.isnat(times)] = np.nan
        return minutes

    def moment_of(self, minute: float) -> np.datetime64:
        """Return a minute as a UTC time, to the microsecond."""
        return np.datetime64(round(minute * 60e6) + self._zero, "us")

    def since(self, happened: int) -> float:
        """Return a time in microseconds UTC as minutes since the zero."""
        return (happened - self._zero) / 60e6

    @cached_property
    def _zero(self) -> int:
        return int(np.datetime64(self.zero.astimezone(UTC).replace(tzinfo=None), "us").astype(np.int64))

    def straddles(self, since: float, minute: float) -> bool:
        """Return whether what was taken between *since* and *minute* may lie on either side of the anchor."""
        return self.anchored and since < 0 <= minute

    def minute(self, at: datetime) -> float:
        """Return one time in minutes since the zero."""
        return (at - self.zero).total_seconds() / 60

    @property
    def infusion_end(self) -> float | None:
        """Return the minute of the last infusion end on record, or None."""
        ends = [step.minute for step in self.dose if step.step == "end"]
        return max(ends) if ends else None

    @property
    def flows(self) -> tuple[Flow, ...]:
        """Return when the drug ran: pauses are the holes between."""
        flows: list[Flow] = []
        running: float | None = None
        for step in self.dose:
            if step.step in ("start", "rate") and running is None:
                running = step.minute
            elif step.step in ("pause", "end") and running is not None:
                flows.append(Flow(running, step.minute))
                running = None
        return (*flows, Flow(running, None)) if running is not None else tuple(flows)

    def phases(self, minutes: Floats, has_end: bool) -> npt.NDArray[np.object_]:
        """Return the id of the phase that each of *minutes* lies in, as a protocol names them.

        *has_end*: the route has an end of its own (``infusion``, then ``recovery``), else there is one phase
        after the dose (``observation``).
        """
        names = np.full(minutes.shape, "pre", dtype=object)
        if self.anchored:
            names[minutes >= 0] = "infusion" if has_end else "observation"
            if has_end and self.infusion_end is not None:
                names[minutes >= self.infusion_end] = "recovery"
        return names


def timeline_of(session: Session) -> Timeline:
    """Return the session's axis, from its records that no amendment has replaced."""
    live = in_force(session.events, "infusion.", "dose.")
    starts = [one.happened for one in live if one.kind in STARTS]
    anchored = bool(starts)
    zero = EPOCH + timedelta(microseconds=starts[0]) if anchored else session.opened_at
    zero = zero.astimezone(UTC)
    bare = Timeline(zero, anchored, None, ())
    steps = tuple(_step(bare.since(one.happened), one.kind, one.payload) for one in live)
    end = bare.minute(session.ended_at) if session.ended_at is not None else None
    return Timeline(zero, anchored, end, steps)


def _step(minute: float, kind: str, payload: Mapping[str, Any]) -> DoseStep:
    return DoseStep(
        minute,
        kind.partition(".")[2],
        payload.get("drug"),
        payload.get("mg"),
        payload.get("ml_h"),
        payload.get("mg_per_kg"),
        payload.get("reason"),
    )
