"""How a figure is measured: beside its yardstick, in turns, in the same run.

Milliseconds differ from machine to machine and from minute to minute; the ratio to work that nobody can
avoid differs much less. The medians of several rounds are compared, and a round does both.
"""

from __future__ import annotations

import operator
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure has to keep: its *ratio* to the yardstick, or its own *value*."""

    of: str
    relation: str
    limit: float

    def met(self, value: float, ratio: float) -> bool:
        """Return whether the figure keeps it."""
        compare = {"<=": operator.le, ">=": operator.ge}[self.relation]
        return bool(compare({"ratio": ratio, "value": value}[self.of], self.limit))

    def __str__(self) -> str:
        """Return the short form: ``ratio <= 3``."""
        return f"{self.of} {self.relation} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; *ratio* is *value* by *yardstick_value*, or the inverse for a speed."""

    figure: str
    value: float
    unit: str
    yardstick: str
    yardstick_value: float
    ratio: float
    target: Target

    @property
    def met(self) -> bool:
        """Return whether the target is met."""
        return self.target.met(self.value, self.ratio)

    def as_json(self) -> dict[str, Any]:
        """Return the entry of bench.json."""
        return {
            "figure": self.figure,
            "value": round(self.value, 4),
            "unit": self.unit,
            "yardstick": self.yardstick,
            "yardstick_value": round(self.yardstick_value, 4),
            "ratio": round(self.ratio, 3),
            "target": str(self.target),
            "met": self.met,
        }

    def __str__(self) -> str:
        """Return the line that is printed."""
        verdict = "met" if self.met else "NOT MET"
        return (
            f"{self.figure}: {self.value:.4g} {self.unit}, {self.ratio:.4g} x {self.yardstick} "
            f"({self.yardstick_value:.4g} {self.unit}); target {self.target}: {verdict}"
        )


def in_turns(
    rounds: int, *works: Callable[[], object], clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Return the median milliseconds of each work; a round runs all of them, a first one is not counted.

    *clock*: ``time.process_time`` for work that only computes, so that other programs are left out.
    """
    for work in works:
        work()
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, durations in zip(works, taken, strict=True):
            begun = clock()
            work()
            durations.append((clock() - begun) * 1000)
    return [median(durations) for durations in taken]
