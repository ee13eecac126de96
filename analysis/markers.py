"""The protocol's review markers against a finished session: for the page and the QA report, never live."""

from __future__ import annotations

import numpy as np

from analysis.metrics import in_session
from analysis.protocol import Limit, Marker
from analysis.series import Series


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
    value to last is not judged here. Where no dose was given (not *anchored*) all readings are of the time
    before it, and a marker of the time after it has none: None.
    """
    if not anchored and "pre" not in marker.phases:
        return None
    if not anchored:
        chosen = series.t <= end
    else:
        chosen = series.t < 0 if marker.phases == ("pre",) else in_session(series, end)
    if marker.window_from_anchor_min is not None:
        chosen = chosen & (series.t <= marker.window_from_anchor_min)
    x = series.x[chosen]
    compared = {
        "gt": x > limit.value,
        "ge": x >= limit.value,
        "lt": x < limit.value,
        "le": x <= limit.value,
        "rise_ge": np.zeros(len(x), dtype=np.bool_) if base is None else x - base >= limit.value,
    }
    return int(np.count_nonzero(compared[limit.comparison])), len(x)
