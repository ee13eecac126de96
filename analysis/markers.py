"""The protocol's review markers against a finished session: for the page and the QA report, never live."""

from __future__ import annotations

import numpy as np

from analysis.metrics import COMPARED, in_session
from analysis.protocol import Limit, Marker
from analysis.series import Flags, Series
from analysis.timeline import Floats


def marked(
    series: Series,
    marker: Marker,
    limit: Limit,
    base: float | None,
    end: float = np.inf,
    *,
    anchored: bool = True,
) -> tuple[int, int] | None:
    """Return how many readings of the marker's phases meet *limit*, and of how many.

    A rise is judged against *base*; without a baseline no reading can meet it. How long a marker asks a
    value to last, `stretches` judges. Where no dose was given (not *anchored*) all readings are of the time
    before it, and a marker of the time after it has none: None.
    """
    chosen = _chosen(series, marker, end, anchored)
    if chosen is None:
        return None
    met = chosen & meets(series, limit, base)
    return int(np.count_nonzero(met)), int(np.count_nonzero(chosen))


def stretches(
    series: Series,
    marker: Marker,
    limit: Limit,
    base: float | None,
    holds: Floats,
    end: float = np.inf,
    *,
    anchored: bool = True,
) -> list[float]:
    """Return for how many seconds each stretch lasted in which every reading met *limit*.

    Each reading stands until the next, at most *holds* minutes (one for each valid reading); a longer
    silence ends a stretch, and the last reading of all stands for nothing. Only stretches that last as long
    as the marker asks.
    """
    chosen = _chosen(series, marker, end, anchored)
    if chosen is None:
        return []
    met = chosen & meets(series, limit, base)
    until_next = np.append(np.diff(series.t), 0.0)
    held = np.where(met, np.minimum(until_next, holds), 0.0)
    breaks = np.flatnonzero(~(met[1:] & met[:-1] & (until_next[:-1] <= holds[:-1]))) + 1
    lasted = [float(part.sum()) * 60 for part in np.split(held, breaks)]
    return [seconds for seconds in lasted if seconds > 0 and seconds >= (marker.sustained_s or 0.0) - 1e-6]


def meets(series: Series, limit: Limit, base: float | None) -> Flags:
    """Return which of the valid readings meet *limit*, whenever they were taken."""
    x = series.x
    if limit.comparison in COMPARED:
        met: Flags = COMPARED[limit.comparison][2](x, limit.value)
        return met
    return np.zeros(len(x), dtype=np.bool_) if base is None else x - base >= limit.value


def _chosen(series: Series, marker: Marker, end: float, anchored: bool) -> Flags | None:
    """Return which of the valid readings are of the marker's phases; None: there are no such phases."""
    if not anchored and "pre" not in marker.phases:
        return None
    if not anchored:
        chosen = series.t <= end
    else:
        chosen = series.t < 0 if marker.phases == ("pre",) else in_session(series, end)
    if marker.window_from_anchor_min is not None:
        chosen = chosen & (series.t <= marker.window_from_anchor_min)
    return chosen
