"""Figures over time: for how long, and how much. No silence is counted as a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.metrics.statistic import Statistic, in_session, statistic
from analysis.protocol import Protocol
from analysis.series import Series
from analysis.timeline import Floats, Timeline

COMPARED: Mapping[str, tuple[str, str, Callable[..., Any]]] = {
    "gt": ("above", ">", np.greater),
    "ge": ("at_or_above", ">=", np.greater_equal),
    "lt": ("below", "<", np.less),
    "le": ("at_or_below", "<=", np.less_equal),
}
"""What a limit's comparison is called in a statistic's name, how it is written, and the comparison."""


def holds_of(series: Series, protocol: Protocol, timeline: Timeline) -> Floats:
    """Return for how many minutes each valid reading of *series* may stand, by the phase it was taken in.

    0 where the protocol says nothing: then it stands for no time at all.
    """
    parameter = protocol.parameter_of(series.vital)
    phases = timeline.phases(series.t, has_end=any(p.starts == "infusion_end" for p in protocol.phases))
    limits = {name: protocol.longest_hold_min(parameter, name) or 0.0 for name in set(phases.tolist())}
    return np.array([limits[name] for name in phases], dtype=np.float64)


def minutes_at_or_above(
    series: Series, limit: float, longest_hold: Floats | float, end: float = np.inf
) -> tuple[Statistic, Statistic]:
    """Return for how many minutes in session the vital was at or above *limit*, and how many are unknown.

    As `minutes` has it; *limit* itself counts.
    """
    return minutes(series, "ge", limit, longest_hold, end)


def minutes(
    series: Series, comparison: str, limit: float, longest_hold: Floats | float, end: float = np.inf
) -> tuple[Statistic, Statistic]:
    """Return for how many minutes in session a limit was met, and for how many nobody knows.

    Each valid value holds until the next one, but for no longer than *longest_hold* minutes (one number,
    or one for each valid reading): silence is evidence of neither. The last value holds for nothing.
    Unknown is all other time from minute 0 to *end*, or to the last reading where the window is open.

    Args:
        series: of one vital.
        comparison: ``gt``, ``ge``, ``lt`` or ``le``.
        limit: in the vital's unit.
        longest_hold: in minutes.
        end: the minute at which the reading window ends.
    """
    word, sign, compare = COMPARED[comparison]
    used = in_session(series, end)
    t, x = series.t[used], series.x[used]
    held = np.minimum(np.diff(t), _held(series, longest_hold)[used][:-1])
    met = float(held[compare(x[:-1], limit)].sum()) if len(t) > 1 else None
    said = (
        f"minutes with {series.vital} {sign} {limit:g} {series.unit}: each valid reading holds until the "
        "next, at most the protocol's longest gap; the last holds for nothing"
    )
    return (
        statistic(series, f"minutes_{word}_{limit:g}", met, "min", said, used),
        _unknown(series, float(held.sum()), end),
    )


def minutes_by_line(
    series: Series, limit: float, longest_hold: Floats | float, end: float = np.inf
) -> tuple[Statistic, Statistic]:
    """Return what `minutes_at_or_above` does by another reckoning, and its name and definition say so.

    A straight line joins each reading to the next where they are at most *longest_hold* minutes apart, and
    time counts from where it crosses *limit*. A longer gap is unknown, whole.
    """
    used = in_session(series, end)
    t, over = series.t[used], series.x[used] - limit
    lengths = np.diff(t)
    joined = lengths <= _held(series, longest_hold)[used][:-1]
    low, high = np.minimum(over[1:], over[:-1]), np.maximum(over[1:], over[:-1])
    rise = np.where(high > low, high - low, 1.0)
    share = np.where(low >= 0, 1.0, np.clip(high, 0.0, None) / rise)
    met = float((share * lengths)[joined].sum()) if len(t) > 1 else None
    said = (
        f"alternative, linear crossing: minutes with {series.vital} >= {limit:g} {series.unit} on straight "
        "lines between valid readings, none across a longer gap than the protocol's"
    )
    return (
        statistic(series, f"minutes_at_or_above_{limit:g}_linear", met, "min", said, used),
        replace(_unknown(series, float(lengths[joined].sum()), end), name="minutes_unknown_linear"),
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
        return statistic(series, "auc_above_baseline", None, unit, said)
    t = np.concatenate(([0.0], series.t[used]))
    above = np.concatenate(([0.0], np.maximum(0.0, series.x[used] - base.value)))
    lengths = np.diff(t)
    longest = _held(series, longest_hold)[used]
    spanned = lengths <= np.concatenate((longest[:1], longest[:-1]))
    area = float(((above[1:] + above[:-1]) / 2 * lengths)[spanned].sum())
    found = statistic(series, "auc_above_baseline", area, unit, said, used)
    return replace(found, records=(*base.records, *found.records))


def _unknown(series: Series, known: float, end: float) -> Statistic:
    used = in_session(series, end)
    t = series.t[used]
    edge = end if np.isfinite(end) else float(t[-1]) if len(t) else None
    value = None if edge is None else max(0.0, edge - known)
    said = "minutes of the session for which no valid reading stands: beyond the longest gap, before the "
    said += "first reading and after the last"
    return statistic(series, "minutes_unknown", value, "min", said, used)


def _held(series: Series, longest_hold: Floats | float) -> Floats:
    return np.broadcast_to(np.asarray(longest_hold, dtype=np.float64), series.t.shape)
