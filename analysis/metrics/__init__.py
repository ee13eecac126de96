"""The figures of a session. Every figure names its statistic, its n, and the records it used.

Readings at minute < 0 are before the anchor, the others in session, up to the end of the reading window.
Published papers disagree mostly because they report different statistics: the mean of individual peaks
and the peak of the mean are different numbers, and a peak grows with the number of readings by
measurement noise alone. So no figure here stands without its definition and its number of readings.
"""

from __future__ import annotations

from analysis.metrics.counting import counts, interval, left_out
from analysis.metrics.levels import (
    DOSE,
    OPENING,
    baseline,
    change,
    last,
    lowest,
    no_baseline,
    peak,
    reading_at,
    t_return,
    te_htn,
)
from analysis.metrics.session import FIGURES, emergent, figures, figures_table, runs
from analysis.metrics.spans import (
    COMPARED,
    auc_above_baseline,
    holds_of,
    minutes,
    minutes_at_or_above,
    minutes_by_line,
)
from analysis.metrics.statistic import Statistic, in_session
from analysis.metrics.summary import Summary, summarise

__all__ = [
    "COMPARED",
    "DOSE",
    "FIGURES",
    "OPENING",
    "Statistic",
    "Summary",
    "auc_above_baseline",
    "baseline",
    "change",
    "counts",
    "emergent",
    "figures",
    "figures_table",
    "holds_of",
    "in_session",
    "interval",
    "last",
    "left_out",
    "lowest",
    "minutes",
    "minutes_at_or_above",
    "minutes_by_line",
    "no_baseline",
    "peak",
    "reading_at",
    "runs",
    "summarise",
    "t_return",
    "te_htn",
]
