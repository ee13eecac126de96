"""One figure: its value with everything that a reader needs to know of how it came about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.series import Flags, Series


@dataclass(frozen=True, slots=True)
class Statistic:
    """One figure.

    Attributes:
        name: of the statistic; *definition* says in one sentence how it comes about.
        value: None where the record does not give it; never a substitute.
        unit: in UCUM; ``1`` for a count, and for yes (1) and no (0).
        n: how many readings it was computed from.
        records: those that hold its value or, for a sum over time, all that entered: ``writer:seq``.
        source: the device's name in the session, or ``manual``.
        variant: of the vital; "" where the device has one value of it.
    """

    name: str
    vital: str
    value: float | None
    unit: str
    n: int
    definition: str
    records: tuple[str, ...]
    source: str
    variant: str = ""


def statistic(
    series: Series, name: str, value: float | None, unit: str, definition: str, used: Flags | None = None
) -> Statistic:
    """Return a figure of *series* from those of its valid readings that *used* says (none: from none)."""
    if used is None:
        used = np.zeros(len(series.t), dtype=np.bool_)
    n = int(np.count_nonzero(used))
    records = series.references(used)
    return Statistic(name, series.vital, value, unit, n, definition, records, series.source, series.variant)


def in_session(series: Series, end: float) -> Flags:
    """Return which of the valid readings lie between the anchor and *end*."""
    return (series.t >= 0) & (series.t <= end)
