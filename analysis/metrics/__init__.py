"""The figures of one vital in one session. Every figure names its statistic, n, and the records it used.

Readings at minute < 0 are before the anchor, the others in session, up to the end of the reading window.
Published papers disagree mostly because they report different statistics: the mean of individual peaks
and the peak of the mean are different numbers, and a peak grows with the number of readings by
measurement noise alone. So no figure here stands without its definition and its number of readings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.protocol import Protocol, ReturnBand
from analysis.series import Flags, Series
from analysis.timeline import Floats, Timeline


@dataclass(frozen=True, slots=True)
class Statistic:
    """One figure.

    Attributes:
        name: of the statistic; *definition* says in one sentence how it comes about.
        value: None where the record does not give it; never a substitute.
        n: how many readings it was computed from.
        records: those that hold its value or, for a sum over time, all that entered: ``writer:seq``.
        source: the device's name in the session, or ``manual``.
    """

    name: str
    vital: str
    value: float | None
    unit: str
    n: int
    definition: str
    records: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one vital that a page prints side by side."""

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


def holds_of(series: Series, protocol: Protocol, timeline: Timeline) -> Floats:
    """Return for how many minutes each valid reading of *series* may stand, by the phase it was taken in.

    0 where the protocol says nothing: then it stands for no time at all.
    """
    parameter = protocol.parameter_of(series.vital)
    phases = timeline.phases(series.t, has_end=any(p.starts == "infusion_end" for p in protocol.phases))
    limits = {name: protocol.longest_hold_min(parameter, name) or 0.0 for name in set(phases.tolist())}
    return np.array([limits[name] for name in phases], dtype=np.float64)


def baseline(series: Series, window_min: float | None) -> Statistic:
    """Return the median of the valid readings in the *window_min* minutes before the anchor, it excluded.

    None where there is no such reading: a first value in session never stands in for it.
    """
    if window_min is None:
        return _of(series, "baseline", None, series.unit, "the protocol has no baseline window")
    used = (series.earliest >= -window_min) & (series.t < 0)
    value = float(np.median(series.x[used])) if used.any() else None
    said = f"median of the valid readings in the {window_min:g} min before the first dose"
    return _of(series, "baseline", value, series.unit, said, used)


def no_baseline(series: Series) -> Statistic:
    """Return the baseline of a session without a dose: there is none."""
    return _of(series, "baseline", None, series.unit, "no dose on record, so there is no time before it")


DOSE, OPENING = "the first dose", "the opening (no dose on record)"
"""What minute 0 is."""


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
        _of(series, "last", value, series.unit, said, used),
        _of(series, "t_last", minute, "min", f"minute of the {said}", used),
    )


def change(of: Statistic, base: Statistic) -> tuple[Statistic, Statistic]:
    """Return how far *of* is from the baseline, in the vital's unit and in percent of the baseline."""
    delta = None if of.value is None or base.value is None else of.value - base.value
    percent = 100 * delta / base.value if delta is not None and base.value else None
    records, n = (*base.records, *of.records), of.n
    said = f"{of.name} value minus baseline (n {base.n})"
    return (
        Statistic("change", of.vital, delta, of.unit, n, said, records, of.source),
        Statistic(
            "change_pct", of.vital, percent, "%", n, f"{said}, in percent of the baseline", records, of.source
        ),
    )


def minutes_at_or_above(
    series: Series, limit: float, longest_hold: Floats | float, end: float = np.inf
) -> tuple[Statistic, Statistic]:
    """Return for how many minutes in session the vital was at or above *limit*, and how many are unknown.

    Each valid value holds until the next one, but for no longer than *longest_hold* minutes (one number,
    or one for each valid reading): silence is evidence of neither. The last value holds for nothing.
    Unknown is the rest of the time from the first reading in session to the last.
    """
    used = in_session(series, end)
    t, x = series.t[used], series.x[used]
    lengths = np.diff(t)
    held = np.minimum(lengths, _held(series, longest_hold)[used][:-1])
    known = len(t) > 1
    above = float(held[x[:-1] >= limit].sum()) if known else None
    unknown = float((lengths - held).sum()) if known else None
    said = (
        f"minutes with {series.vital} >= {limit:g} {series.unit}: each valid reading holds until the next, "
        "at most the protocol's longest gap; the last holds for nothing"
    )
    return (
        _of(series, "minutes_at_or_above", above, "min", said, used),
        _of(
            series, "minutes_unknown", unknown, "min", "minutes between readings beyond the longest gap", used
        ),
    )


def auc_above_baseline(
    series: Series, base: Statistic, longest_hold: Floats | float, end: float = np.inf
) -> Statistic:
    """Return the area between the vital and its baseline where it is above, by the trapezoid rule.

    The first point is the baseline itself at the anchor. No trapezoid spans more than *longest_hold*
    minutes at its first point. None without a baseline or without a reading in session.
    """
    used = in_session(series, end)
    unit = f"{series.unit}.min"
    said = (
        "trapezoid of the value above the baseline, from the baseline itself at minute 0 on; "
        "no trapezoid across a longer gap than the protocol's"
    )
    if base.value is None or not used.any():
        return _of(series, "auc_above_baseline", None, unit, said)
    t = np.concatenate(([0.0], series.t[used]))
    above = np.concatenate(([0.0], np.maximum(0.0, series.x[used] - base.value)))
    lengths = np.diff(t)
    longest = _held(series, longest_hold)[used]
    spanned = lengths <= np.concatenate((longest[:1], longest[:-1]))
    area = float(((above[1:] + above[:-1]) / 2 * lengths)[spanned].sum())
    return _of(series, "auc_above_baseline", area, unit, said, used)


def t_return(
    series: Series, base: Statistic, t_peak: Statistic, band: ReturnBand | None, end: float = np.inf
) -> Statistic:
    """Return the minute after the peak at which the vital was back in the protocol's band round its baseline.

    That is the minute of the first of as many consecutive readings within the band as the protocol asks
    for. None is "not within the record".
    """
    if base.value is None or t_peak.value is None or band is None:
        return _of(series, "t_return", None, "min", "no baseline, peak or band to return to")
    used = in_session(series, end) & (series.t > t_peak.value)
    t, x = series.t[used], series.x[used]
    inside = np.array([band.holds(float(value), base.value) for value in x], dtype=np.bool_)
    said = f"first of {band.consecutive} consecutive readings within {band} of the baseline after the peak"
    length = band.consecutive
    runs = np.convolve(inside, np.ones(length), "valid") if len(inside) >= length else np.zeros(0)
    starts = np.flatnonzero(runs > length - 0.5)
    if not len(starts):
        return _of(series, "t_return", None, "min", said, used)
    showing = np.zeros(len(series.t), dtype=np.bool_)
    showing[np.flatnonzero(used)[starts[0] : starts[0] + length]] = True
    return _of(series, "t_return", float(t[starts[0]]), "min", said, showing)


def te_htn(
    systolic: Series,
    diastolic: Series,
    limits: tuple[float, float],
    window_min: float | None,
    end: float = np.inf,
) -> Statistic:
    """Return 1 for treatment-emergent hypertension, 0 for none, None where it can't be told.

    It is any in-session reading at or above either of *limits* (systolic, diastolic) with both baselines
    below them. Without both baselines or without a reading nobody can tell.
    """
    bases = [baseline(series, window_min).value for series in (systolic, diastolic)]
    tops = [peak(series, end)[0] for series in (systolic, diastolic)]
    said = f"any reading >= {limits[0]:g}/{limits[1]:g} in session and both baselines below"
    n, records = tops[0].n + tops[1].n, (*tops[0].records, *tops[1].records)
    value: float | None = None
    if None not in bases and n:
        before = all(b is not None and b < limit for b, limit in zip(bases, limits, strict=True))
        emerged = any(t.value is not None and t.value >= limit for t, limit in zip(tops, limits, strict=True))
        value = float(before and emerged)
    return Statistic("te_htn", systolic.vital, value, "1", n, said, records, systolic.source)


def counts(series: Series, end: float = np.inf) -> tuple[Statistic, Statistic]:
    """Return how many valid readings the series has, and how many measurements failed in session."""
    everything = np.ones(len(series.t), dtype=np.bool_)
    read = _of(
        series, "n_readings", float(len(series.t)), "1", "valid readings, before and in session", everything
    )
    failed = series.failed & (series.minutes >= 0) & (series.minutes <= end)
    n = int(np.count_nonzero(failed))
    records = tuple(f"{w}:{s}" for w, s in zip(series.writers[failed], series.seqs[failed], strict=True))
    said = "measurements from minute 0 on that the device gave up: no number"
    return read, Statistic("n_failed", series.vital, float(n), "1", n, said, records, series.source)


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


def _extreme(series: Series, end: float, name: str, value: float, zero: str) -> tuple[Statistic, Statistic]:
    used = in_session(series, end)
    n = int(np.count_nonzero(used))
    at = used & (series.x == value)
    said = f"{name} valid reading from {zero} to the end of the reading window"
    minute = float(series.t[at][0]) if n else None
    records = series.references(at)
    return (
        Statistic(name, series.vital, value if n else None, series.unit, n, said, records, series.source),
        Statistic(
            f"t_{name}",
            series.vital,
            minute,
            "min",
            n,
            f"earliest minute of the {said}",
            records[:1],
            series.source,
        ),
    )


def in_session(series: Series, end: float) -> Flags:
    """Return which of the valid readings lie between the anchor and *end*."""
    return (series.t >= 0) & (series.t <= end)


def _held(series: Series, longest_hold: Floats | float) -> Floats:
    return np.broadcast_to(np.asarray(longest_hold, dtype=np.float64), series.t.shape)


def _of(
    series: Series, name: str, value: float | None, unit: str, definition: str, used: Flags | None = None
) -> Statistic:
    if used is None:
        used = np.zeros(len(series.t), dtype=np.bool_)
    n = int(np.count_nonzero(used))
    return Statistic(name, series.vital, value, unit, n, definition, series.references(used), series.source)
