"""The age of a cuff reading, where a device counts the time since its last cycle."""

from __future__ import annotations

from dataclasses import replace

from devices.contract import Reading
from devices.cuffs import CuffCycles

MINUTE = 60.0


class AgedCycles:
    """The cuff cycles of a device that counts the time since the last one instead of naming its time.

    A count that falls back is a new cycle. An age in whole minutes jitters by a minute against the frames'
    arrival, so it is given once a cycle; and a first cycle that is 0 minutes old may be older than the
    connection, so its age waits for the next minute.
    """

    def __init__(self, unit: float | None) -> None:
        """Begin before the first cycle; *unit*: seconds of one count, None where no document says.

        An unknown unit is learnt from two frames in a row between which the count grew by three or more
        (seconds), or from three between which it did not grow (minutes); until then there is no age.
        """
        self._cycles = CuffCycles()
        self._unit = unit
        self._count: int | None = None
        self._number = 0
        self._grew = self._stood = 0
        self._heard = self._told = self._began = False

    def restart(self) -> None:
        """See `CuffCycles.restart`."""
        self._cycles.restart()

    def mark(self, readings: tuple[Reading, ...], count: int | None) -> tuple[Reading, ...]:
        """Return a frame's cuff readings with `Reading.repeat` and, where it is known, `Reading.age`.

        Args:
            readings: see `CuffCycles.mark`.
            count: of the time since the cycle; None: this frame has none, and only a change of value tells.
        """
        none = all(reading.value is None for reading in readings)
        if none or count is None:
            self._heard = True
            return self._cycles.mark(readings)
        last, self._count = self._count, count
        if last is not None:
            self._number += count < last
            self._learn(count - last)
        marked = self._cycles.mark(readings, self._number)
        if not marked[0].repeat:
            self._told, self._began = False, self._heard
        self._heard = True
        coarse = self._unit is not None and self._unit >= MINUTE
        if self._unit is None or (coarse and (self._told or (count == 0 and not self._began))):
            return marked
        self._told, age = True, count * self._unit
        return tuple(
            reading if reading.value is None else replace(reading, age=age, measured_at_from="age")
            for reading in marked
        )

    def _learn(self, growth: int) -> None:
        self._grew = self._grew + 1 if growth >= 3 else 0
        if growth:
            self._stood = 0
        else:
            self._stood += 1
        if self._unit is None and self._grew >= 2:
            self._unit = 1.0
        elif self._unit is None and self._stood >= 3:
            self._unit = MINUTE
