"""The blood pressure panel: the biggest of the page, and alone in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from analysis import style
from analysis.cuffs import Cuff
from analysis.page.axis import LEFT, WIDTH
from analysis.page.bp_words import draw_words
from analysis.page.content import Content
from analysis.page.frame import Panel, block, draw_frame, draw_labels, draw_silences
from analysis.page.places import Places
from analysis.page.sheet import BACK, DATA, DRAWN_WIDTH, FRONT, GRID, Sheet, width_of
from analysis.series import MANUAL
from analysis.wording import BY_HAND, number

LOW, HIGH, STEP = 40.0, 200.0, 20.0
"""The axis as every session has it, and what it is widened by where values need it; in mmHg."""

CARET, CARET_HEIGHT = 2.5, 2.0
LEGEND, LEGEND_GAP = 4.5, 1.5

Symbol = tuple[float, str, Callable[[Sheet, float, float], None]]


def draw_bp(sheet: Sheet, content: Content, y: float, height: float) -> None:
    """Draw the panel with its legend below it, *height* mm in all."""
    panel = _panel(content, y, height - LEGEND)
    draw_frame(sheet, content, panel, STEP)
    sheet.text(0, y + 2.2, "BP", bold=True, colour=style.BLUE)
    sheet.text(0, y + 5.6, "mmHg", size=style.TICK_PT, colour=style.DIM)
    _markers_and_baseline(sheet, content, panel)
    places = Places(LEFT + 0.5, panel.top + 0.5, LEFT + WIDTH - 0.5, panel.top + panel.height - 0.5)
    size, leading = _caret(content), _leading(content)
    shown = [cuff for cuff in content.cuffs if content.axis.holds(cuff.minute)]
    for cuff in shown:
        _cycle(sheet, content, panel, cuff, size, cuff.source not in (leading, MANUAL))
        _taken(content, panel, cuff, size, places)
    if (panel.low, panel.high) != (LOW, HIGH):
        _aside(sheet, places, y, f"axis widened to {panel.low:g}–{panel.high:g}")
    sources = {c.source for c in content.cuffs}
    silences = [s for s in content.silences if s.source in sources or not sources]
    block(panel, content.axis, silences, places)
    draw_words(sheet, content, panel, places, leading)
    draw_silences(sheet, panel, content.axis, silences, places)
    if not any(c.state == "valid" for c in content.cuffs):
        _nothing_valid(sheet, content, panel, places)
    _legend(sheet, content, leading, y + height - LEGEND / 2)


def _leading(content: Content) -> str:
    """Return the source that the figures of the pressure use; empty: there is none."""
    return content.main["nibp_sys"].source if "nibp_sys" in content.main else ""


def _nothing_valid(sheet: Sheet, content: Content, panel: Panel, places: Places) -> None:
    """Say in the middle of the panel, or where it hides nothing there, that no pressure counts."""
    said = "No valid blood pressure reading" if content.cuffs else "No blood pressure recorded"
    middle = panel.top + panel.height / 2
    spots = [(LEFT + WIDTH / 2, middle + step) for near in range(20) for step in (2.0 * near, -2.0 * near)]
    x, y = places.free(width_of(said, bold=True) + 1, 3.4, spots) or spots[0]
    sheet.text(x, y, said, bold=True, align="center", ground=style.WHITE)


def _aside(sheet: Sheet, places: Places, y: float, text: str) -> None:
    """Write *text* in a corner of the panel where nothing stands."""
    half = width_of(text) / 2
    corners = [(LEFT + 1.5 + half + step, y + 2.4) for step in np.arange(0.0, WIDTH - 2 * half - 3, 4)]
    x, at = places.free(2 * half + 1, 3.2, corners) or corners[0]
    sheet.text(x, at, text, colour=style.DIM, align="center", ground=style.WHITE)


def _panel(content: Content, y: float, height: float) -> Panel:
    numbers = [v for c in content.cuffs for v in (c.systolic, c.diastolic, c.mean) if v is not None]
    low, high = LOW, HIGH
    while numbers and min(numbers) < low and low > 0:
        low -= STEP
    while numbers and Panel(y, height, low, high).y(max(numbers)) - CARET_HEIGHT < y:
        high += STEP
    return Panel(y, height, low, high)


def _caret(content: Content) -> float:
    """Return the width of a caret: 2.5 mm, less where cycles stand closer than that."""
    xs = np.unique(
        [
            content.axis.x(c.minute)
            for c in content.cuffs
            if c.state == "valid" and content.axis.holds(c.minute)
        ]
    )
    return float(np.clip(np.median(np.diff(xs)), 1.3, CARET)) if len(xs) > 2 else CARET


def _markers_and_baseline(sheet: Sheet, content: Content, panel: Panel) -> None:
    labels: list[tuple[float, str, bool]] = []
    lines = {
        (limit.vital, limit.value)
        for marker in content.protocol.markers
        if marker.enabled and "pre" not in marker.phases
        for limit in marker.limits
        if limit.vital in ("nibp_sys", "nibp_dia") and limit.comparison in ("gt", "ge", "lt", "le")
    }
    for vital, value in sorted(lines):
        if panel.low <= value <= panel.high:
            at = panel.y(value)
            sheet.line([(LEFT, at), (LEFT + WIDTH, at)], style.MARKER, GRID)
            labels.append((at, f"{'S' if vital == 'nibp_sys' else 'D'} {value:g}", False))
    bases = [
        content.summaries[v].baseline if v in content.summaries else None for v in ("nibp_sys", "nibp_dia")
    ]
    for base in bases:
        if base is not None and base.value is not None:
            level = panel.y(base.value)
            sheet.line([(LEFT, level), (LEFT + WIDTH, level)], style.BASELINE, GRID)
    if bases[0] is not None and bases[0].value is not None:
        low = number(bases[1].value) if bases[1] is not None and bases[1].value is not None else "–"
        at = panel.y(bases[0].value)
        labels += [(at, f"{number(bases[0].value)}/{low}, n\u00a0{bases[0].n}", True)]
    draw_labels(
        sheet, panel, [(at, text, style.BLUE if strong else style.DIM) for at, text, strong in labels]
    )
    if bases[0] is None or bases[0].value is None:
        for row, word in enumerate(("no", "baseline")):
            sheet.text(LEFT + WIDTH + 0.8, panel.top + panel.height - 5 + 3.2 * row, word, colour=style.DIM)


def _cycle(sheet: Sheet, content: Content, panel: Panel, cuff: Cuff, size: float, other: bool) -> None:
    x = content.axis.x(cuff.minute)
    if cuff.state == "failed":
        edge = panel.top + panel.height
        sheet.line([(x, edge), (x, edge - 1.6)], style.STRUCK)
        sheet.text(x, edge - 3.2, "F", align="center")
    if cuff.numberless:
        return
    top = None if cuff.systolic is None else panel.y(cuff.systolic)
    foot = None if cuff.diastolic is None else panel.y(cuff.diastolic)
    if cuff.state in ("held", "invalid"):
        sheet.text(x, panel.y(cuff.highest), "?", size=11, bold=True, colour=style.GREY, align="center")
        return
    past = cuff.state != "valid"
    fill = style.PAST if past else style.BY_HAND if cuff.by_hand else style.OTHER if other else style.CUFF
    pen = style.SECOND if past or other else style.STEM
    width = size * 0.7 if other else size
    if top is not None and foot is not None:
        sheet.line([(x, top), (x, foot)], pen)
    for point, up in ((top, -1), (foot, 1)):
        if point is not None:
            sheet.area(_caret_at(x, point, up, width), fill, DATA)
    if cuff.mean is not None:
        level = panel.y(cuff.mean)
        sheet.line(
            [(x - width * 0.45, level), (x + width * 0.45, level)], pen if past or other else style.MEAN
        )
    if cuff.since is not None:
        start = content.axis.x(cuff.since)
        for level in (known for known in (top, foot) if known is not None):
            sheet.line([(start, level), (x, level)], pen)
            sheet.line([(start, level - 0.8), (start, level + 0.8)], pen)
    if past:
        _strike(sheet, x, [at for at in (top, foot) if at is not None], cuff.state == "excluded")


def _caret_at(x: float, y: float, up: int, width: float) -> Sequence[tuple[float, float]]:
    """Return a caret whose point lies at the value: *up* is -1 for systolic (point down), 1 for diastolic."""
    rise = CARET_HEIGHT * up * width / CARET
    return [(x, y), (x - width / 2, y + rise), (x, y + rise * 0.62), (x + width / 2, y + rise)]


def _strike(sheet: Sheet, x: float, heights: list[float], crossed: bool) -> None:
    for i, at in enumerate(heights):
        middle = at + (-0.9 if i == 0 else 0.9)
        if crossed:
            sheet.line([(x - 1.5, middle - 1.5), (x + 1.5, middle + 1.5)], style.STRUCK, FRONT)
            sheet.line([(x - 1.5, middle + 1.5), (x + 1.5, middle - 1.5)], style.STRUCK, FRONT)
        else:
            sheet.line([(x - 2.0, middle), (x + 2.0, middle)], style.STRUCK, FRONT)


def _taken(content: Content, panel: Panel, cuff: Cuff, size: float, places: Places) -> None:
    """Keep words off what *cuff* has drawn."""
    x, edge = content.axis.x(cuff.minute), panel.top + panel.height
    if cuff.state == "failed":
        places.take(x - 1.0, edge - 5.0, x + 1.0, edge)
    if cuff.numberless:
        return
    ys = [panel.y(v) for v in (cuff.systolic, cuff.diastolic, cuff.mean) if v is not None]
    if cuff.state in ("held", "invalid"):
        places.take(x - 1.6, ys[0] - 2.2, x + 1.6, ys[0] + 2.2)
        return
    places.take(x - 0.4, min(ys), x + 0.4, max(ys))
    for value, rise in ((cuff.systolic, -1), (cuff.diastolic, 1)):
        if value is not None:
            ends = sorted((panel.y(value), panel.y(value) + rise * CARET_HEIGHT))
            places.take(x - size / 2 - 0.2, ends[0] - 0.2, x + size / 2 + 0.2, ends[1] + 0.2)
            if cuff.since is not None:
                places.take(content.axis.x(cuff.since), ends[0], x, ends[1])


def _legend(sheet: Sheet, content: Content, leading: str, y: float) -> None:
    """Draw every symbol that the panel has beside its word."""
    entries = _symbols(content, leading)
    size = style.BODY_PT
    wide = sum(symbol + width_of(word, size) + LEGEND_GAP for symbol, word, _ in entries) - LEGEND_GAP
    if wide > DRAWN_WIDTH:
        size = style.TICK_PT
    x = 0.0
    for symbol, word, draw in entries:
        draw(sheet, x, y)
        sheet.text(x + symbol, y, word, size)
        x += symbol + width_of(word, size) + (LEGEND_GAP if size == style.BODY_PT else LEGEND_GAP - 0.5)


def _symbols(content: Content, leading: str) -> list[Symbol]:
    """Return what the legend shows: room for a symbol in mm, its word, and how to draw it at (x, y)."""
    states = {cuff.state for cuff in content.cuffs}
    valid = [cuff for cuff in content.cuffs if cuff.state == "valid"]
    found: list[Symbol] = [
        (3.2, "systolic", partial(_caret_symbol, fill=style.CUFF, up=-1)),
        (3.2, "diastolic", partial(_caret_symbol, fill=style.CUFF, up=1)),
        (3.2, BY_HAND, partial(_caret_symbol, fill=style.BY_HAND, up=-1)),
    ]
    if any(cuff.source not in (leading, MANUAL) for cuff in valid):
        found.append((3.2, "other device", partial(_caret_symbol, fill=style.OTHER, up=-1)))
    found.append((3.0, "mean", partial(_line_symbol, pen=style.MEAN, length=2.2)))
    found.append((6.3, "baseline", partial(_line_symbol, pen=style.BASELINE, length=5.5)))
    found.append((6.3, "marker", partial(_line_symbol, pen=style.MARKER, length=5.5)))
    if "excluded" in states:
        found.append((4.4, "excluded", partial(_struck_symbol, crossed=True)))
    if "superseded" in states:
        found.append((4.4, "replaced", partial(_struck_symbol, crossed=False)))
    shaky = {c.state for c in content.cuffs if c.state in ("held", "invalid") and not c.numberless}
    late = any(cuff.late for cuff in valid)
    for sign, word, occurs in (
        ("?", "not valid" if len(shaky) > 1 else "".join(shaky), bool(shaky)),
        ("F", "failed", "failed" in states),
        ("L", "late", late),
    ):
        if occurs:
            found.append((2.4, word, partial(_letter_symbol, sign=sign)))
    if any(cuff.since is not None for cuff in valid):
        found.append((4.2, "taken within", _span_symbol))
    if content.silences or any(content.blanks.values()):
        found.append((4.2, "no values", _gap_symbol))
    return found


def _caret_symbol(sheet: Sheet, x: float, y: float, fill: style.Fill, up: int) -> None:
    sheet.area(_caret_at(x + 1.3, y - 0.9 * up, up, CARET), fill, DATA)


def _line_symbol(sheet: Sheet, x: float, y: float, pen: style.Pen, length: float) -> None:
    sheet.line([(x, y), (x + length, y)], pen)


def _struck_symbol(sheet: Sheet, x: float, y: float, crossed: bool) -> None:
    _caret_symbol(sheet, x + 0.7, y, style.PAST, -1)
    _strike(sheet, x + 2, [y + 0.9], crossed)


def _letter_symbol(sheet: Sheet, x: float, y: float, sign: str) -> None:
    sheet.text(x, y, sign, bold=True, colour=style.GREY if sign == "?" else style.BLACK)


def _span_symbol(sheet: Sheet, x: float, y: float) -> None:
    sheet.line([(x, y), (x + 3.4, y)], style.STEM)
    sheet.line([(x, y - 0.8), (x, y + 0.8)], style.STEM)


def _gap_symbol(sheet: Sheet, x: float, y: float) -> None:
    sheet.box(x, y - 1.2, 3.4, 2.4, style.GAP, BACK)
