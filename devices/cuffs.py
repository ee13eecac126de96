"""Tells the first frame of a cuff cycle from the frames that say it again.

Monitors repeat their last cuff reading until the next one. The first frame of the input that carries a
cycle is no repeat; all later ones are, until the device's own time, age or counter says that it is a new
one, or, where there is none, until a value changes. A cycle that was seen to restart (the monitor is
measuring, or the value went away and came back) is new too, even with equal values. A cycle that was seen
to run and left no value has failed: one failed reading, and repeats of it until the next number.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from devices.contract import Reading
from devices.vocabulary import NIBP

MOST_CUFFS = 16
"""Cuffs of one connection that are remembered."""


class CuffCycles:
    """Remembers the last cycle of one connection.

    Attributes:
        token: what the device says of the current cycle (its time, its counter); None: nothing yet.
    """

    def __init__(self, by_value: bool = False) -> None:
        """Begin before the first cycle; *by_value*: the protocol has no time, age or counter."""
        self.token: Hashable | None = None
        self._by = "value" if by_value else None
        self._values: tuple[float | None, ...] | None = None
        self._last_token: Hashable | None = None
        self._restarted = False
        self._ran = False
        self._failed = False

    def restart(self) -> None:
        """Note that the cuff was seen to run: its next values are new, and no value means that it failed."""
        self._restarted = self._ran = True

    def mark(self, readings: tuple[Reading, ...], token: Hashable | None = None) -> tuple[Reading, ...]:
        """Return a frame's cuff readings with `Reading.repeat` and `Reading.repeat_by` set.

        Args:
            readings: the cuff values of one frame, always in the same order.
            token: what the device last said of its newest cycle. It may arrive after the values: the one
                that an earlier cycle had says nothing about changed values.
        """
        if not readings:  # a frame without the cuff says nothing of it
            return ()
        values = tuple(reading.value for reading in readings)
        if all(value is None for value in values):
            return self._none(readings)
        fresh = token if token != self._last_token else None
        repeat = values == self._values
        if repeat and self.token is None:
            repeat = not self._restarted
        elif repeat:
            repeat = fresh is None or fresh == self.token
        if not repeat and self.token is not None:
            self._last_token = self.token
        if not repeat or self.token is None:
            self.token = token if token != self._last_token else None
        self._values, self._restarted, self._ran, self._failed = values, False, False, False
        return tuple(replace(reading, repeat=repeat, repeat_by=self._by) for reading in readings)

    def _none(self, readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
        again = self._failed and not self._ran
        self._failed = self._failed or self._ran
        self._restarted, self._ran = True, False
        if not self._failed:
            return readings
        return tuple(replace(reading, reason="failed", repeat=again) for reading in readings)


class TimedCuffs:
    """The cuffs of a device whose readings carry the time of their cycle; each variant is a cuff.

    Of more than `MOST_CUFFS` the one that said nothing for longest is forgotten: a variant may be named
    by the sender's own text, which has no end.
    """

    def __init__(self) -> None:
        """Begin before the first cycle."""
        self._cuffs: dict[str, CuffCycles] = {}

    def restart(self) -> None:
        """Note that the cuff was seen to run; see `CuffCycles.restart`."""
        for cuff in self._cuffs.values():
            cuff.restart()

    def mark(self, readings: Sequence[Reading]) -> tuple[Reading, ...]:
        """Return a frame's readings, in their order, those of cuffs with `Reading.repeat` set.

        Where a cycle has no time after all, only a change of value tells: `Reading.repeat_by` says so.
        """
        marked = list(readings)
        for variant in dict.fromkeys(reading.variant for reading in readings if reading.vital in NIBP):
            places = [n for n, one in enumerate(readings) if one.vital in NIBP and one.variant == variant]
            places.sort(key=lambda n: readings[n].vital)
            cycle = tuple(readings[n] for n in places)
            time = next((reading.measured_at for reading in cycle if reading.measured_at), None)
            cuff = self._cuffs[variant] = self._cuffs.pop(variant, CuffCycles())
            if len(self._cuffs) > MOST_CUFFS:
                del self._cuffs[next(iter(self._cuffs))]
            for n, reading in zip(places, cuff.mark(cycle, time), strict=True):
                by_value = time is None and reading.value is not None
                marked[n] = replace(reading, repeat_by="value" if by_value else None)
        return tuple(marked)
