"""How many readings there are, how far apart, and how many entered no figure and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.metrics.statistic import Statistic, in_session, statistic
from analysis.series import Flags, Series


def counts(series: Series, end: float = np.inf) -> tuple[Statistic, Statistic]:
    """Return how many valid readings the series has, and how many measurements failed in session."""
    everything = np.ones(len(series.t), dtype=np.bool_)
    said = "valid readings, before and in session"
    read = statistic(series, "n_readings", float(len(series.t)), "1", said, everything)
    failed = series.failed & (series.minutes >= 0) & (series.minutes <= end)
    return read, _counted(
        series, "n_failed", failed, "measurements from minute 0 on that the device gave up: no number"
    )


def left_out(series: Series) -> tuple[Statistic, Statistic, Statistic]:
    """Return how many values entered no figure: excluded, replaced, and unusable as they came.

    With the valid readings they are all that the series has.
    """
    excluded, replaced = series.reasons == "excluded", series.reasons == "replaced"
    rest = ~(series.valid | excluded | replaced)
    return (
        _counted(series, "n_excluded", excluded, "values that a person excluded: on record, in no figure"),
        _counted(
            series, "n_replaced", replaced, "values that an amendment replaced: on record, in no figure"
        ),
        _counted(
            series,
            "n_unusable",
            rest,
            "values that failed, are held from before, are called invalid by the device, have no number, or "
            "may be of before or after the dose: in no figure",
        ),
    )


def interval(series: Series, end: float = np.inf) -> Statistic:
    """Return how many minutes lie between readings in session: with it extremes can be compared."""
    used = in_session(series, end)
    gaps = np.diff(series.t[used])
    said = "median of the minutes between valid readings in session"
    return statistic(series, "interval", float(np.median(gaps)) if len(gaps) else None, "min", said, used)


def _counted(series: Series, name: str, which: Flags, said: str) -> Statistic:
    n = int(np.count_nonzero(which))
    records = tuple(f"{w}:{s}" for w, s in zip(series.writers[which], series.seqs[which], strict=True))
    return replace(statistic(series, name, float(n), "1", said), n=n, records=records)
