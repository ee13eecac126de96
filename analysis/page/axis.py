"""The page's one time axis: where each minute stands on the sheet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.timeline import Floats

LEFT, WIDTH = 18.0, 150.0
"""Where the plots stand on the sheet, in mm."""

BEFORE_THE_DOSE, USUAL_END, EXTENDED_BY = 20.0, 120.0, 30.0
"""Minutes that every session's axis has before and after the dose, and what it is extended by."""


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The page's one time axis: minutes to mm; ticks in minutes."""

    start: float
    end: float
    major: float
    minor: float

    def x(self, minute: float) -> float:
        """Return where *minute* lies, in mm from the left; beyond the axis: its edge."""
        return LEFT + WIDTH * (min(max(minute, self.start), self.end) - self.start) / (self.end - self.start)

    def xs(self, minutes: Floats) -> Floats:
        """Return where many minutes lie."""
        inside = np.clip(minutes, self.start, self.end)
        return LEFT + WIDTH * (inside - self.start) / (self.end - self.start)

    def holds(self, minute: float) -> bool:
        """Return whether *minute* lies on the axis."""
        return self.start <= minute <= self.end

    def ticks(self, step: float) -> list[float]:
        """Return the multiples of *step* on the axis."""
        first = int(np.ceil(self.start / step))
        return [n * step for n in range(first, int(np.floor(self.end / step)) + 1)]


def axis_over(first: float, last: float, *, anchored: bool) -> TimeAxis:
    """Return the axis that holds *first* to *last*, and the usual time round the dose where it may.

    A dose from long before *first* or long after *last* (minute 0 is far off) does not stretch it.
    """
    start = -BEFORE_THE_DOSE if anchored else 0.0
    far_off = first > 0 or last < -USUAL_END
    if far_off:
        start = EXTENDED_BY * float(np.floor(first / EXTENDED_BY))
    end = start + BEFORE_THE_DOSE + USUAL_END if far_off else USUAL_END
    while start > first:
        start -= EXTENDED_BY
    while end < last:
        end += EXTENDED_BY
    for major, minor in ((15, 5), (30, 10), (60, 15), (120, 30), (240, 60)):
        if WIDTH * major / (end - start) >= 11:
            return TimeAxis(start, end, major, minor)
    return TimeAxis(start, end, 1440, 240)
