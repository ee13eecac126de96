"""The figures of one vital that a page prints side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.metrics.counting import counts
from analysis.metrics.levels import DOSE, OPENING, baseline, change, last, lowest, no_baseline, peak, t_return
from analysis.metrics.statistic import Statistic
from analysis.protocol import Protocol
from analysis.series import Series
from analysis.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one vital of one source; *delta* and *pct* are of the peak."""

    baseline: Statistic
    peak: Statistic
    t_peak: Statistic
    delta: Statistic
    pct: Statistic
    lowest: Statistic
    t_lowest: Statistic
    last: Statistic
    t_last: Statistic
    t_return: Statistic
    n_readings: Statistic
    n_failed: Statistic


def summarise(series: Series, protocol: Protocol, timeline: Timeline) -> Summary:
    """Return the figures of one series that a page prints."""
    end = np.inf if timeline.end is None else timeline.end
    base = baseline(series, protocol.baseline_window_min) if timeline.anchored else no_baseline(series)
    zero = DOSE if timeline.anchored else OPENING
    highest, t_highest = peak(series, end, zero)
    least, t_least = lowest(series, end, zero)
    delta, pct = change(highest, base)
    newest, t_newest = last(series, end)
    back = t_return(series, base, t_highest, protocol.return_band, end)
    read, failed = counts(series, end)
    return Summary(base, highest, t_highest, delta, pct, least, t_least, newest, t_newest, back, read, failed)
