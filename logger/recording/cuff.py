"""Tells a cuff's readings apart: a new cycle, a repeat of the last one, or one that is held.

A monitor goes on sending its last cuff reading until the next cycle. What is on the line when a session
opens, or when a line comes back, may be the last patient's: it is held until its own measurement time is
later than the opening, or a person says whose it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from devices.contract import Frame, Reading
from devices.vocabulary import NIBP
from logger.clock import SECOND, microseconds
from logger.kinds import Value

SET = 60.0
"""Seconds by which a device's clock must move to have been set: what is less moves no reading far, and a busy
machine takes its frames so much later."""

LAG = 2.0
"""Seconds by which a device's two times may disagree the wrong way: each is cut to whole seconds."""

SAME_CYCLE = 5_000_000
"""Microseconds: two measurement times reckoned from ages that differ by less are one cycle (ages count
whole seconds, and the arrival of a line at 9600 baud jitters by under a second)."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """What is known of one cuff cycle; times are microseconds UTC on the session clock.

    Attributes:
        values: the numbers of the frame, in its order.
        claim: the device's own measurement time, as it claims it.
        measured: when it was measured, None where nothing tells.
        since: with *measured* the bounds of "taken between a and b", else None.
        held: it may be another patient's.
        repeat: it was recorded before.
    """

    values: tuple[float | None, ...]
    claim: datetime | None
    measured: int | None
    since: int | None = None
    held: bool = False
    repeat: bool = False


class CuffWatch:
    """The cuff of one device in one session."""

    def __init__(self, opened_at: int) -> None:
        self._opened_at = opened_at
        self._last: Cycle | None = None
        self._back_since: int | None = opened_at
        self._blank: tuple[str | None, ...] | None = None

    def remember(self, cycle: Cycle) -> None:
        """Take up what was recorded before the recorder was away."""
        self._last, self._back_since = cycle, None

    def line_back(self, since: int) -> None:
        """The device was not heard from *since* until now."""
        self._back_since = since

    def blank(self, readings: Sequence[Reading]) -> bool:
        """The device says that it has no cuff reading, and why; return whether it only says so again.

        A failed cycle is one failed reading, however often the monitor repeats that it failed. The number
        that comes next was measured from now on.
        """
        reasons = tuple(reading.reason for reading in readings)
        failed_anew = any(reading.reason == "failed" and not reading.repeat for reading in readings)
        again = self._blank == reasons and not failed_anew
        self._blank, self._back_since = reasons, None
        return again

    def judge(self, readings: Sequence[Reading], arrival: int, measured: int | None) -> Cycle:
        """Return what the cuff readings of one frame are.

        Args:
            readings: of one cuff in one frame, at least one of them with a number.
            arrival: of the frame.
            measured: the measurement time on the session clock where the device gives it.
        """
        values = tuple(reading.value for reading in readings)
        claim = readings[0].measured_at
        repeat = all(reading.repeat for reading in readings)
        if measured is None:
            cycle = self._untimed(values, claim, arrival, repeat=repeat)
        else:
            cycle = self._timed(values, claim, measured, repeat=repeat)
        self._last, self._back_since, self._blank = cycle, None, None
        return cycle

    def _timed(
        self, values: tuple[float | None, ...], claim: datetime | None, measured: int, *, repeat: bool
    ) -> Cycle:
        last = self._last
        if last and last.measured is not None and _same_time(last, values, claim, measured):
            return Cycle(values, claim, last.measured, last.since, last.held, repeat=True)
        if last and repeat and last.values == values and last.claim is None and not last.held:
            return Cycle(values, claim, measured, repeat=True)  # its time came a frame after its numbers
        held = measured <= self._opened_at
        # A cycle that was held for want of a time and now has one is a repeat only while it stays held.
        known = last is not None and last.held and last.measured is None and last.values == values
        return Cycle(values, claim, measured, held=held, repeat=known and held)

    def _untimed(
        self, values: tuple[float | None, ...], claim: datetime | None, arrival: int, *, repeat: bool
    ) -> Cycle:
        last = self._last
        if last is None and self._back_since is not None:
            return Cycle(values, claim, None, held=True)
        if last is None:
            return Cycle(values, claim, arrival)
        known = repeat or self._back_since is not None or (claim is not None and claim == last.claim)
        if last.values == values and known:
            return Cycle(values, claim, last.measured, last.since, last.held, repeat=True)
        return Cycle(values, claim, arrival, since=self._back_since)


def _same_time(last: Cycle, values: tuple[float | None, ...], claim: datetime | None, measured: int) -> bool:
    """Return whether a cycle is the last one; a clock that was put back can give two cycles one time."""
    near = last.measured is not None and abs(measured - last.measured) < SAME_CYCLE
    if claim is not None and last.claim is not None:
        return claim == last.claim and (near or values == last.values)
    return near


class Cuffs:
    """The cuffs of one device in one session: one for each variant of its readings.

    Attributes:
        counts_from: a reading measured before is held; microseconds UTC.
    """

    def __init__(self, counts_from: int) -> None:
        self.counts_from = counts_from
        self._watches: dict[str, CuffWatch] = {}
        self._offset: float | None = None
        self._set_at: datetime | None = None

    def judge(self, arrival: int, frame: Frame) -> dict[str, Cycle]:
        """Return what the cuff readings of a frame are, by their variant."""
        cuffs: dict[str, list[Reading]] = {}
        for reading in frame.readings:
            if reading.vital in NIBP:
                cuffs.setdefault(reading.variant, []).append(reading)
        self._look_at_clock(arrival, frame.device_time)
        cycles = {}
        for variant, readings in cuffs.items():
            watch = self._watch(variant)
            if all(reading.value is None for reading in readings):
                cycles[variant] = Cycle((), None, None, repeat=watch.blank(readings))
            else:
                cycles[variant] = watch.judge(readings, arrival, self._measured(arrival, frame, readings[0]))
        return cycles

    def remember(self, values: Iterable[Value]) -> None:
        """Take up a frame's values that were recorded before the recorder was away."""
        cuffs: dict[str, list[Value]] = {}
        for value in values:
            if value.vital in NIBP:
                cuffs.setdefault(value.variant, []).append(value)
        for variant, said in cuffs.items():
            if any(value.value is not None for value in said):
                self._watch(variant).remember(_cycle(said))

    def line_back(self, since: int) -> None:
        """The device was not heard from *since* until now."""
        for watch in self._watches.values():
            watch.line_back(since)

    def _look_at_clock(self, arrival: int, claim: datetime | None) -> None:
        """Notice that the device's clock was set: between two frames, or while the line was away."""
        if claim is None:
            return
        before, self._offset = self._offset, claim.replace(tzinfo=UTC).timestamp() - arrival / SECOND
        if before is not None and abs(self._offset - before) >= SET:
            self._set_at = claim

    def _measured(self, arrival: int, frame: Frame, reading: Reading) -> int | None:
        """Return when a cuff reading was measured on the session clock, by the device's own times.

        A time that has not come yet is no time, nor is one from before the device's clock was set.
        """
        age = reading.age
        if age is None and reading.measured_at is not None and frame.device_time is not None:
            age = (frame.device_time - reading.measured_at).total_seconds()
            if self._set_at is not None and (self._set_at - reading.measured_at).total_seconds() > LAG:
                return None
        return None if age is None or age < -LAG else arrival - round(max(age, 0.0) * SECOND)

    def _watch(self, variant: str) -> CuffWatch:
        return self._watches.setdefault(variant, CuffWatch(self.counts_from))


def _cycle(said: Sequence[Value]) -> Cycle:
    measured = said[0].measured_at
    return Cycle(
        tuple(value.value for value in said),
        said[0].device_measured_at,
        microseconds(measured) if measured else None,
        held=said[0].reason == "held",
    )
