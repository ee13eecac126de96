"""Where in a panel there is still room to write: text that would hide a value is put elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from analysis.timeline import Floats

NEAR, FAR = (3.8, 4.6, 5.6, 7.0, 8.6), (10.5, 13.0, 16.0, 20.0)
"""mm from a mark to the middle of its label, tried one after the other."""


class Places:
    """A panel's rectangle in mm, and the boxes in it that are taken."""

    def __init__(self, left: float, top: float, right: float, foot: float) -> None:
        self.left, self.top, self.right, self.foot = left, top, right, foot
        self._taken: list[tuple[float, float, float, float]] = []

    def take(self, left: float, top: float, right: float, foot: float) -> None:
        """Keep text out of a box."""
        self._taken.append((left, top, right, foot))

    def free(
        self, width: float, height: float, middles: Iterable[tuple[float, float]]
    ) -> tuple[float, float] | None:
        """Return the first of *middles* round which a box of that size is free, and take it; else None."""
        taken: Floats = np.array(self._taken, dtype=np.float64).reshape(-1, 4)
        for x, y in middles:
            left, top, right, foot = x - width / 2, y - height / 2, x + width / 2, y + height / 2
            if left < self.left or right > self.right or top < self.top or foot > self.foot:
                continue
            over = (taken[:, 0] < right) & (taken[:, 2] > left) & (taken[:, 1] < foot) & (taken[:, 3] > top)
            if not over.any():
                self.take(left, top, right, foot)
                return x, y
        return None


def round_about(x: float, y: float, width: float, upwards: bool) -> Iterator[tuple[float, float]]:
    """Yield places for a label of a mark at (x, y): first right above it (or below), then aside, then far."""
    ahead = -1 if upwards else 1
    near = tuple(share * width for share in (0.12, -0.12, 0.25, -0.25, 0.5, -0.5))
    shifts = (*near, width / 2 + 2.2, -width / 2 - 2.2)
    for distances in (NEAR, FAR):
        for sign in (ahead, -ahead):
            yield from ((x, y + sign * distance) for distance in distances)
            yield from ((x + shift, y + sign * distance) for distance in distances for shift in shifts)
