"""How high, how low, how far from the baseline, and when it was back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.metrics.statistic import Statistic, in_session, statistic
from analysis.protocol import ReturnBand
from analysis.series import Series

DOSE, OPENING = "the first dose", "the opening (no dose on record)"
"""What minute 0 is."""


def baseline(series: Series, window_min: float | None) -> Statistic:
    """Return the median of the valid readings in the *window_min* minutes before the anchor, it excluded.

    None where there is no such reading: a first value in session never stands in for it.
    """
    if window_min is None:
        return statistic(series, "baseline", None, series.unit, "the protocol has no baseline window")
    used = (series.earliest >= -window_min) & (series.t < 0)
    value = float(np.median(series.x[used])) if used.any() else None
    said = f"median of the valid readings in the {window_min:g} min before the first dose"
    return statistic(series, "baseline", value, series.unit, said, used)


def no_baseline(series: Series) -> Statistic:
    """Return the baseline of a session without a dose: there is none."""
    said = "no dose on record, so there is no time before it"
    return statistic(series, "baseline", None, series.unit, said)


def peak(series: Series, end: float = np.inf, zero: str = DOSE) -> tuple[Statistic, Statistic]:
    """Return the highest valid value from minute 0 to *end*, and the earliest minute it was measured at."""
    top = float(np.max(series.x[in_session(series, end)], initial=-np.inf))
    return _extreme(series, end, "highest", top, zero)


def lowest(series: Series, end: float = np.inf, zero: str = DOSE) -> tuple[Statistic, Statistic]:
    """Return the lowest valid value from minute 0 to *end*, and the earliest minute it was measured at."""
    least = float(np.min(series.x[in_session(series, end)], initial=np.inf))
    return _extreme(series, end, "lowest", least, zero)


def last(series: Series, end: float = np.inf) -> tuple[Statistic, Statistic]:
    """Return the last valid value up to *end*, and its minute."""
    used = np.zeros(len(series.t), dtype=np.bool_)
    within = np.flatnonzero(series.t <= end)
    used[within[-1:]] = True
    value, minute = (float(series.x[used][0]), float(series.t[used][0])) if used.any() else (None, None)
    said = "last valid reading of the reading window"
    return (
        statistic(series, "last", value, series.unit, said, used),
        statistic(series, "t_last", minute, "min", f"minute of the {said}", used),
    )


def reading_at(series: Series, minute: float, before: float, after: float) -> Statistic:
    """Return the valid value nearest to *minute*, the earlier of two, from so much before to so much after.

    It is what forms and papers call the value "at 40 min". None where there is no such reading.
    """
    allowed = (series.t >= minute - before) & (series.t <= minute + after)
    used = np.zeros(len(series.t), dtype=np.bool_)
    if allowed.any():
        used[np.argmin(np.where(allowed, np.abs(series.t - minute), np.inf))] = True
    value = float(series.x[used][0]) if used.any() else None
    said = f"valid reading nearest to minute {minute:g}, from {before:g} min before to {after:g} min after"
    return statistic(series, f"at_{minute:g}", value, series.unit, said, used)


def change(of: Statistic, base: Statistic, name: str = "change") -> tuple[Statistic, Statistic]:
    """Return how far *of* is from the baseline, in the vital's unit and in percent of the baseline.

    Their n is that of *of*: a change of an extreme value grows with the number of readings by noise alone.
    """
    delta = None if of.value is None or base.value is None else of.value - base.value
    percent = 100 * delta / base.value if delta is not None and base.value else None
    said = f"{of.name} value minus baseline (n {base.n})"
    moved = replace(of, name=name, value=delta, definition=said, records=(*base.records, *of.records))
    in_percent = f"{said}, in percent of the baseline"
    return moved, replace(moved, name=f"{name}_pct", value=percent, unit="%", definition=in_percent)


def t_return(
    series: Series, base: Statistic, t_peak: Statistic, band: ReturnBand | None, end: float = np.inf
) -> Statistic:
    """Return the minute after the peak at which the vital was back in the protocol's band round its baseline.

    That is the minute of the first of as many consecutive readings within the band as the protocol asks
    for. None is "not within the record".
    """
    if base.value is None or t_peak.value is None or band is None:
        return statistic(series, "t_return", None, "min", "no baseline, peak or band to return to")
    if not band.in_percent and series.unit != "mm[Hg]":
        return statistic(
            series, "t_return", None, "min", "the protocol's band is in mmHg, and this is no pressure"
        )
    used = in_session(series, end) & (series.t > t_peak.value)
    t, x = series.t[used], series.x[used]
    inside = np.array([band.holds(float(value), base.value) for value in x], dtype=np.bool_)
    said = f"first of {band.consecutive} consecutive readings within {band} of the baseline after the peak"
    length = band.consecutive
    runs = np.convolve(inside, np.ones(length), "valid") if len(inside) >= length else np.zeros(0)
    starts = np.flatnonzero(runs > length - 0.5)
    if not len(starts):
        return statistic(series, "t_return", None, "min", f"{said}: not within the record", used)
    showing = np.zeros(len(series.t), dtype=np.bool_)
    showing[np.flatnonzero(used)[starts[0] : starts[0] + length]] = True
    return statistic(series, "t_return", float(t[starts[0]]), "min", said, showing)


def te_htn(
    systolic: Series,
    diastolic: Series,
    limits: tuple[float, float],
    window_min: float | None,
    end: float = np.inf,
) -> Statistic:
    """Return 1 for treatment-emergent hypertension, 0 for none, None where it can't be told.

    It is any in-session reading at or above either of *limits* (systolic, diastolic) with both baselines
    below them. Without both baselines nobody can tell, and without readings of both pressures nobody can
    tell that there was none.
    """
    bases = [baseline(series, window_min) for series in (systolic, diastolic)]
    tops = [peak(series, end)[0] for series in (systolic, diastolic)]
    said = f"1 where any reading in session is >= {limits[0]:g}/{limits[1]:g} and both baselines are below"
    below = [base.value is not None and base.value < limit for base, limit in zip(bases, limits, strict=True)]
    above = [top.value is not None and top.value >= limit for top, limit in zip(tops, limits, strict=True)]
    n = sum(top.n for top in tops)
    value: float | None = None
    if n and all(base.value is not None for base in bases):
        if any(above) or not all(below):
            value = float(all(below))
        elif all(top.value is not None for top in tops):
            value = 0.0
    records = tuple(dict.fromkeys(record for each in (*bases, *tops) for record in each.records))
    of = (systolic.source, systolic.variant)
    return Statistic("te_htn", systolic.vital, value, "1", n, said, records, *of)


def _extreme(series: Series, end: float, name: str, value: float, zero: str) -> tuple[Statistic, Statistic]:
    used = in_session(series, end)
    at = used & (series.x == value)
    n = int(np.count_nonzero(used))
    said = f"{name} valid reading from {zero} to the end of the reading window"
    found = replace(statistic(series, name, value if n else None, series.unit, said, at), n=n)
    minute, when = float(series.t[at][0]) if n else None, f"earliest minute of the {said}"
    first = replace(
        found, name=f"t_{name}", value=minute, unit="min", definition=when, records=found.records[:1]
    )
    return found, first
