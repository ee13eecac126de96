"""The strips below the blood pressure: heart rate, oxygen saturation, and on a screen respiration.

A line joins values only where the next came before the first was too old to be shown (the protocol's
``max_display_age_s``). Nothing is smoothed: where there are more values than pixels, the lowest and the
highest of each pixel's values are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis import style
from analysis.page.axis import LEFT, WIDTH, TimeAxis
from analysis.page.content import Content
from analysis.page.frame import Panel, draw_frame, draw_labels, draw_silences
from analysis.page.sheet import FRONT, Sheet, width_of
from analysis.series import MANUAL, Series
from analysis.silences import Silence, blanks_of
from analysis.style import Fill, Pen
from analysis.timeline import Floats
from analysis.wording import BY_HAND, name_of, number, source_name

HEART_LOW, HEART_HIGH, HEART_STEP = 40.0, 120.0, 20.0
HEART_LOWEST, HEART_HIGHEST = 20.0, 200.0
"""How far the axis is widened at most; values beyond are written at its edge."""

OXYGEN_LOW, OXYGEN_HIGH, OXYGEN_STEP = 85.0, 100.0, 5.0
BREATH_HIGH, BREATH_STEP = 30.0, 10.0
SOURCES_AT_MOST = 3
COLUMNS_PER_MM = 300 / 25.4
"""Decimation: columns of a 300 dpi print, finer than any of the pictures."""


def draw_heart(sheet: Sheet, content: Content, y: float, height: float) -> None:
    """Draw the heart rate: the series that its figures use, the others thin and named."""
    shown, _ = drawn(content.heart)
    values = [s.x for s in shown]
    low, high = HEART_LOW, HEART_HIGH
    while values and min(v.min() for v in values) < low and low > HEART_LOWEST:
        low -= HEART_STEP
    while values and max(v.max() for v in values) > high and high < HEART_HIGHEST:
        high += HEART_STEP
    panel = Panel(y, height, low, high)
    draw_frame(sheet, content, panel, HEART_STEP, labelled=2 * HEART_STEP)
    name = content.heart[0].vital if content.heart else ""
    sheet.text(
        0, y + 2.2, "Pulse" if name in ("spo2_pr", "nibp_pulse") else "HR", bold=True, colour=style.VERMILION
    )
    sheet.text(0, y + 5.6, "/min", size=style.TICK_PT, colour=style.DIM)
    draw_labels(sheet, panel, _strip(sheet, content, panel, shown, style.HEART, ("hr", "heart rate")))
    for series in shown[:1]:
        _beyond_the_edge(sheet, content.axis, panel, series, low=True)
        _beyond_the_edge(sheet, content.axis, panel, series, low=False)


def draw_oxygen(sheet: Sheet, content: Content, y: float, height: float) -> None:
    """Draw the oxygen saturation; values below the axis are written at its edge."""
    panel = Panel(y, height, OXYGEN_LOW, OXYGEN_HIGH)
    draw_frame(sheet, content, panel, OXYGEN_STEP)
    sheet.text(0, y + 2.2, "SpO2", bold=True, colour=style.GREEN)
    sheet.text(0, y + 5.6, "%", size=style.TICK_PT, colour=style.DIM)
    lines = {
        limit.value
        for m in content.protocol.markers
        if m.enabled
        for limit in m.limits
        if limit.vital == "spo2"
    }
    labels = []
    for value in lines:
        if panel.low < value < panel.high:
            sheet.line([(LEFT, panel.y(value)), (LEFT + WIDTH, panel.y(value))], style.MARKER)
            labels.append((panel.y(value), f"{value:g}", style.DIM))
    shown, _ = drawn(content.oxygen)
    named = _strip(sheet, content, panel, shown, style.OXYGEN, ("spo2", "oxygen saturation"))
    draw_labels(sheet, panel, [*labels, *named])
    for series in shown[:1]:
        _beyond_the_edge(sheet, content.axis, panel, series, low=True)


def draw_breath(sheet: Sheet, content: Content, y: float, height: float) -> None:
    """Draw the respiration, of devices as lines and of people as dots."""
    shown, _ = drawn(content.breath)
    high = BREATH_HIGH
    while shown and max(float(series.x.max()) for series in shown) > high:
        high += BREATH_STEP
    panel = Panel(y, height, 0.0, high)
    draw_frame(sheet, content, panel, BREATH_STEP)
    sheet.text(0, y + 2.2, "RR", bold=True, colour=style.SKY)
    sheet.text(0, y + 5.6, "/min", size=style.TICK_PT, colour=style.DIM)
    draw_labels(sheet, panel, _strip(sheet, content, panel, shown, style.BREATH, ("rr", "respiratory rate")))


def _nothing(content: Content, parameter: str, name: str) -> str:
    """Return what an empty strip says: nothing came, or only frames without a valid value, and why."""
    reasons = [reason for series in content.of(parameter) for reason in series.reasons.tolist()]
    if not reasons:
        return f"No {name} recorded"
    why = max(sorted(set(reasons)), key=reasons.count).replace("_", " ")
    return f"No valid {name}" + (f" ({why})" if why else "")


def drawn(series: Sequence[Series]) -> tuple[list[Series], list[Series]]:
    """Return which series a strip draws, and which it leaves out and a later page names.

    The one that its figures use, and the first of each of two other sources: what one device derives
    several times from the same beats would only hide it.
    """
    shown: list[Series] = []
    for each in series:
        if len(shown) < SOURCES_AT_MOST and each.source not in {s.source for s in shown}:
            shown.append(each)
    return shown, [each for each in series if each not in shown]


def _strip(
    sheet: Sheet,
    content: Content,
    panel: Panel,
    shown: Sequence[Series],
    pen: Pen,
    named: tuple[str, str],
) -> list[tuple[float, str, str]]:
    """Draw the series and return the label of each: what was measured, by what.

    *named* is the protocol's parameter and its name in words, for a strip that has no valid value.
    """
    if not shown:
        crossed = [_excluded(sheet, content.axis, panel, series) for series in content.of(named[0])]
        _key(sheet, panel, pen, by_hand=False, left_out=any(crossed))
        said, at = _nothing(content, *named), panel.top + panel.height * (0.8 if any(crossed) else 0.5)
        sheet.text(LEFT + WIDTH / 2, at, said, bold=True, align="center", ground=style.WHITE)
        return []
    leading = shown[0]
    draw_silences(sheet, panel, content.axis, _gaps(content, leading))
    for series in reversed(shown):
        draw_series(sheet, content, panel, series, pen if series is leading else style.SECOND)
    left_out = _excluded(sheet, content.axis, panel, leading)
    _key(sheet, panel, pen, by_hand=any(s.source == MANUAL for s in shown), left_out=left_out)
    return [
        (
            panel.y(float(s.x[-1])),
            source_name(s.source) if s.vital == "spo2" else f"{name_of(s.vital)},\n{source_name(s.source)}",
            pen.colour if s is leading else style.DIM,
        )
        for s in shown
    ]


def _gaps(content: Content, series: Series) -> list[Silence]:
    """Return when the source of *series* was not heard, or was heard without a value of it."""
    opened = content.timeline.minute(content.session.opened_at)
    blanks = blanks_of(series, content.protocol, content.silences, opened, content.last_minute)
    return [*(s for s in content.silences if s.source == series.source), *blanks]


def draw_series(sheet: Sheet, content: Content, panel: Panel, series: Series, pen: Pen) -> None:
    """Draw a series' valid values: lines where they follow on each other, dots where they stand alone."""
    parameter = content.protocol.parameters.get(content.protocol.parameter_of(series.vital))
    age = parameter.max_display_age_s if parameter is not None else None
    on_axis = (series.t >= content.axis.start) & (series.t <= content.axis.end)
    t = series.t[on_axis]
    if not len(t):
        return
    xs, ys = content.axis.xs(t), panel.ys(series.x[on_axis])
    aged = np.flatnonzero(np.diff(t) * 60 > (age or 0.0)) + 1
    # A respiration may be shown for longer than most gaps last: by its age alone a line would cross them.
    after = np.searchsorted(t, [gap.start for gap in _gaps(content, series)], side="right")
    breaks = np.union1d(aged, after[(after > 0) & (after < len(t))])
    by_hand = series.source == MANUAL
    for x, y in zip(np.split(xs, breaks), np.split(ys, breaks), strict=True):
        if len(x) > 1 and not by_hand:
            sheet.line(_thinned(x, y), pen)
            continue
        for i in range(len(x)):
            _dot(sheet, float(x[i]), float(y[i]), pen, hollow=by_hand)


def _dot(sheet: Sheet, x: float, y: float, pen: Pen, hollow: bool) -> None:
    r = 0.9 if hollow else 0.5
    fill = Fill(style.WHITE if hollow else pen.colour, edge=pen.colour, width=0.7 if hollow else 0.0)
    sheet.area([(x - r, y), (x, y - r), (x + r, y), (x, y + r)], fill, FRONT)


def _thinned(xs: Floats, ys: Floats) -> Floats:
    """Return the line through the first, lowest, highest and last point of each column, in their order."""
    columns = (xs * COLUMNS_PER_MM).astype(np.int64)
    if len(xs) <= 4 * (columns[-1] - columns[0] + 1):
        return np.column_stack((xs, ys))
    starts = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
    within = np.lexsort((ys, columns))
    ends = np.append(starts[1:], len(xs))
    kept = np.unique(np.concatenate((starts, ends - 1, within[starts], within[ends - 1])))
    return np.column_stack((xs[kept], ys[kept]))


def _key(sheet: Sheet, panel: Panel, pen: Pen, *, by_hand: bool, left_out: bool) -> None:
    """Draw beside the strip what its hollow diamonds and its crosses are, where it has any."""
    y = panel.top + panel.height / 2 + 0.6
    if by_hand:
        _dot(sheet, 1.0, y, pen, hollow=True)
        sheet.text(2.6, y, BY_HAND, style.TICK_PT)
    if left_out:
        _cross(sheet, 1.0, y + 3.2)
        sheet.text(2.6, y + 3.2, "left out", style.TICK_PT)


def _cross(sheet: Sheet, x: float, y: float) -> None:
    sheet.line([(x - 0.6, y - 0.6), (x + 0.6, y + 0.6)], style.SECOND)
    sheet.line([(x - 0.6, y + 0.6), (x + 0.6, y - 0.6)], style.SECOND)


def _excluded(sheet: Sheet, axis: TimeAxis, panel: Panel, series: Series) -> bool:
    """Draw what may not enter a figure but has a number: a grey cross every few mm; whether there is any."""
    left_out = ~series.valid & ~np.isnan(series.values)
    left_out &= (series.minutes >= axis.start) & (series.minutes <= axis.end)
    xs, ys = axis.xs(series.minutes[left_out]), panel.ys(series.values[left_out])
    crossed = -np.inf
    for x, y in zip(xs, ys, strict=True):
        if x - crossed >= 1.6:
            crossed = x
            _cross(sheet, x, y)
    return bool(len(xs))


def _beyond_the_edge(sheet: Sheet, axis: TimeAxis, panel: Panel, series: Series, *, low: bool) -> None:
    """Write the most extreme value of each stretch beyond the panel at its edge, where there is room."""
    beyond = series.x < panel.low if low else series.x > panel.high
    found = np.flatnonzero(beyond & (series.t >= axis.start) & (series.t <= axis.end))
    if not len(found):
        return
    edge, written = panel.top + (panel.height - 2 if low else 2), -np.inf
    for run in np.split(found, np.flatnonzero(np.diff(found) > 1) + 1):
        most = run[np.argmin(series.x[run]) if low else np.argmax(series.x[run])]
        text, x = number(series.x[most]), axis.x(float(series.t[most]))
        if x - written >= width_of(text) + 1:
            sheet.text(x, edge, text, align="center", ground=style.WHITE)
            written = x
