"""The blood pressure panel: the biggest of the page, and alone in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis import style
from analysis.cuffs import Cuff
from analysis.page_content import LEFT, WIDTH, Content
from analysis.page_frame import Panel, draw_frame, draw_silences, spread
from analysis.page_sheet import BACK, DATA, FRONT, GRID, Sheet, width_of
from analysis.series import MANUAL

LOW, HIGH, STEP = 40.0, 200.0, 20.0
"""The axis as every session has it, and what it is widened by where values need it; in mmHg."""

CARET, CARET_HEIGHT = 2.5, 2.0
LEGEND = 4.5


def draw_bp(sheet: Sheet, content: Content, y: float, height: float) -> None:
    """Draw the panel with its legend below it, *height* mm in all."""
    panel = _panel(content, y, height - LEGEND)
    draw_frame(sheet, content, panel, STEP)
    sheet.text(0, y + 2.2, "BP", bold=True, colour=style.BLUE)
    sheet.text(0, y + 5.6, "mmHg", size=style.TICK_PT, colour=style.DIM)
    _markers_and_baseline(sheet, content, panel)
    sources = {c.source for c in content.cuffs}
    draw_silences(
        sheet, panel, content.axis, [s for s in content.silences if s.source in sources or not sources]
    )
    size = _caret(content)
    leading = content.main["nibp_sys"].source if "nibp_sys" in content.main else None
    others = {c.source: c for c in content.cuffs if c.source not in (leading, MANUAL) and c.state == "valid"}
    for cuff in content.cuffs:
        _cycle(sheet, content, panel, cuff, size, cuff.source not in (leading, MANUAL))
    for source, cuff in others.items():
        at = panel.y(cuff.systolic or cuff.diastolic or panel.low)
        sheet.text(
            content.axis.x(cuff.minute) + 1.6, at, source, size=style.TICK_PT, colour=style.DIM, width=20
        )
    _printed(sheet, content, panel)
    if not any(c.state == "valid" for c in content.cuffs):
        said = "No valid blood pressure reading" if content.cuffs else "No blood pressure recorded"
        sheet.text(
            LEFT + WIDTH / 2, y + panel.height / 2, said, bold=True, align="center", ground=style.WHITE
        )
    if (panel.low, panel.high) != (LOW, HIGH):
        said = f"axis widened to {panel.low:g}–{panel.high:g}"
        sheet.text(LEFT + 1, y + 2.2, said, colour=style.DIM, ground=style.WHITE)
    _legend(sheet, y + height - LEGEND / 2)


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
    xs = np.unique([content.axis.x(c.minute) for c in content.cuffs if c.state == "valid"])
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
        low = f"{bases[1].value:.0f}" if bases[1] is not None and bases[1].value is not None else "–"
        at = panel.y(bases[0].value)
        labels += [(at, f"{bases[0].value:.0f}/{low}, n {bases[0].n}", True)]
    for at, (_, text, strong) in zip(spread([at for at, _, _ in labels], 3.1), sorted(labels), strict=True):
        sheet.text(LEFT + WIDTH + 0.8, at, text, bold=False, colour=style.BLUE if strong else style.DIM)
    if bases[0] is None or bases[0].value is None:
        for row, word in enumerate(("no", "baseline")):
            sheet.text(LEFT + WIDTH + 0.8, panel.top + panel.height - 5 + 3.2 * row, word, colour=style.DIM)


def _cycle(sheet: Sheet, content: Content, panel: Panel, cuff: Cuff, size: float, other: bool) -> None:
    x = content.axis.x(cuff.minute)
    if cuff.state == "failed" or (cuff.systolic is None and cuff.diastolic is None and cuff.mean is None):
        edge = panel.top + panel.height
        sheet.line([(x, edge), (x, edge - 1.6)], style.STRUCK)
        sheet.text(x, edge - 3.2, "F" if cuff.state == "failed" else "–", align="center")
        return
    top = None if cuff.systolic is None else panel.y(cuff.systolic)
    foot = None if cuff.diastolic is None else panel.y(cuff.diastolic)
    if cuff.state in ("held", "invalid"):
        known = [v for v in (cuff.systolic, cuff.diastolic, cuff.mean) if v is not None]
        level = panel.y(known[0])
        sheet.text(x, level, "?", size=11, bold=True, colour=style.GREY, align="center")
        sheet.text(
            x + 1.6, level, f"{cuff} {cuff.state}", size=style.TICK_PT, colour=style.DIM, ground=style.WHITE
        )
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
    elif cuff.late and foot is not None:
        sheet.text(x, foot + 4.0, "L", align="center", ground=style.WHITE)


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


def _printed(sheet: Sheet, content: Content, panel: Panel) -> None:
    """Print the numbers of the highest and of the last cycle, of a higher one by hand, and of no other."""
    summary, low = content.summaries.get("nibp_sys"), content.summaries.get("nibp_dia")
    valid = [c for c in content.cuffs if c.state == "valid" and c.systolic is not None]
    if summary is None or not valid:
        return
    highest = next((c for c in valid if c.reference in summary.peak.records), None)
    last = next((c for c in reversed(valid) if c.reference in summary.last.records), None)
    if highest is not None and highest.systolic is not None:
        _number(sheet, content, highest, panel.y(highest.systolic) - 4.2, panel.top)
    if low is not None and highest is not None and highest.reference not in low.peak.records:
        for cuff in content.cuffs:
            if (
                cuff.state == "valid"
                and cuff.reference in low.peak.records[:1]
                and cuff.diastolic is not None
            ):
                _number(sheet, content, cuff, panel.y(cuff.diastolic) + 4.2, panel.top)
    by_hand = max((c for c in valid if c.source == MANUAL), key=lambda c: c.systolic or 0, default=None)
    if by_hand is not None and by_hand.systolic is not None and by_hand.systolic > (summary.peak.value or 0):
        _number(sheet, content, by_hand, panel.y(by_hand.systolic) - 4.2, panel.top)
    if last is not None and last is not highest:
        below = panel.y(last.diastolic if last.diastolic is not None else last.systolic or LOW)
        _number(sheet, content, last, below + 4.2, panel.top)


def _number(sheet: Sheet, content: Content, cuff: Cuff, y: float, top: float) -> None:
    half = width_of(str(cuff), bold=True) / 2
    x = min(max(content.axis.x(cuff.minute), LEFT + half + 1), LEFT + WIDTH - half - 1)
    if y < top + 1.8:  # no room above: beside the caret
        x, y = content.axis.x(cuff.minute) + half + 2.2, top + 2.2
    sheet.text(x, y, str(cuff), bold=True, align="center", ground=style.WHITE)


def _legend(sheet: Sheet, y: float) -> None:
    """Draw every symbol of the panel beside its word."""
    x = 0.0
    for fill, up, word in (
        (style.CUFF, -1, "systolic"),
        (style.CUFF, 1, "diastolic"),
        (style.BY_HAND, -1, "by hand"),
    ):
        sheet.area(_caret_at(x + 1.3, y - 0.9 * up, up, CARET), fill, DATA)
        x = _word(sheet, x + 3.2, y, word)
    for pen, word in ((style.MEAN, "mean"), (style.BASELINE, "baseline"), (style.MARKER, "marker")):
        length = 2.2 if pen is style.MEAN else 5.5
        sheet.line([(x, y), (x + length, y)], pen)
        x = _word(sheet, x + length + 0.8, y, word)
    for crossed, word in ((True, "excluded"), (False, "replaced")):
        sheet.area(_caret_at(x + 2, y + 0.9, -1, CARET), style.PAST, DATA)
        _strike(sheet, x + 2, [y + 0.9], crossed)
        x = _word(sheet, x + 4.4, y, word)
    for sign, word in (("?", "held"), ("F", "failed"), ("L", "late")):
        sheet.text(x, y, sign, bold=True, colour=style.GREY if sign == "?" else style.BLACK)
        x = _word(sheet, x + 2.4, y, word)
    sheet.box(x, y - 1.2, 3.4, 2.4, style.GAP, BACK)
    sheet.text(x + 4.2, y, "not heard")


def _word(sheet: Sheet, x: float, y: float, word: str) -> float:
    sheet.text(x, y, word)
    return x + width_of(word) + 1.5
