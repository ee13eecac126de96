"""The three drawn panels of the course view: PHQ-9, dose, highest pressures. Nothing joins two sessions."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import style
from analysis.course.layout import LEFT, Columns, draw_panel, name_line
from analysis.course.visit import Given, Visit
from analysis.course.whole import adjacent
from analysis.page.frame import Panel, spread
from analysis.page.sheet import AREA, DATA, FRONT, GRID, Sheet, shrunk, width_of
from analysis.style import TICK_PT
from analysis.wording import number

BP_LOW, BP_HIGH, BP_STEP = 40.0, 200.0, 20.0
"""The axis of the pressures as every course has it, widened where values need it; in mmHg."""

CARET, BAR = 2.6, 0.56
"""The width of a caret in mm; the share of a column that a dose's bar takes."""


def draw_phq9(sheet: Sheet, columns: Columns, y: float, height: float) -> None:
    """Draw each session's PHQ-9 total with its number, and the response line of its course."""
    spans = [v.phq9.highest for v in columns.course.visits if v.phq9 is not None]
    panel = Panel(y, height, 0.0, max(spans, default=27.0))
    draw_panel(sheet, columns, panel, 9 if panel.high == 27 else panel.high / 3)
    _title(sheet, y, "PHQ-9", "total")
    if not any(visit.phq9 for visit in columns.shown):
        _nothing(sheet, columns, panel, "No PHQ-9 recorded")
    for x, visit in columns.each():
        one = visit.phq9
        if one is None:
            sheet.text(x, y + height - 2.2, "none", TICK_PT, colour=style.DIM, align="center")
        elif one.total is None:
            sheet.text(x, y + height - 2.2, "no total", TICK_PT, colour=style.DIM, align="center")
        else:
            _stem(sheet, panel, x, one.total, hollow=not one.before_dose)
    _responses(sheet, columns, panel)


def _responses(sheet: Sheet, columns: Columns, panel: Panel) -> None:
    """Draw the response line of each course over its own columns, named at the right."""
    everything = (
        (panel.y(line.level), line, [i for i in line.columns if columns.first <= i <= columns.last])
        for line in columns.course.responses
    )
    shown = sorted((each for each in everything if each[2]), key=lambda each: each[0])
    half = columns.width / 2
    for at, (level, line, places) in zip(spread([each[0] for each in shown], 5.8), shown, strict=True):
        for run in adjacent(places):
            ends = (columns.x(run[0]) - half, columns.x(run[-1]) + half)
            sheet.line([(end, level) for end in ends], style.RESPONSE, DATA)
        said = f"{line.level:g}, {line.share * 100:g} % of {number(line.baseline)}"
        name_line(sheet, columns, at, said.replace(" ", "\u00a0").replace(",\u00a0", ", "), style.BLACK)


def _stem(sheet: Sheet, panel: Panel, x: float, value: float, *, hollow: bool) -> None:
    y = panel.y(value)
    sheet.line([(x, panel.y(panel.low)), (x, y)], style.SCORE)
    r = 1.1
    fill = style.SCORED_LATER if hollow else style.SCORED
    sheet.area([(x - r, y), (x, y - r), (x + r, y), (x, y + r)], fill, FRONT)
    above = y - 3.0 >= panel.top
    at = (x, y - 2.6) if above else (x + r + 1.8, y + 1.2)
    sheet.text(*at, number(value), bold=True, align="center", ground=style.WHITE)


def draw_dose(sheet: Sheet, columns: Columns, y: float, height: float) -> None:
    """Draw mg/kg as bars with the number on top; another route or drug than the first one's is hollow."""
    everything = [given for visit in columns.course.visits for given in visit.given]
    known = [given.per_kg for given in everything if given.per_kg is not None]
    top = 0.5
    while known and max(known) * 1.25 > top:
        top *= 2
    panel = Panel(y, height, 0.0, top)
    draw_panel(sheet, columns, panel, top / 2)
    _title(sheet, y, "Dose", "mg/kg")
    usual = everything[0] if everything else None
    for x, visit in columns.each():
        if not visit.given:
            said = "not treated" if visit.not_treated is not None else "no dose"
            sheet.text(x, y + height - 2.2, said, TICK_PT, align="center", width=columns.width - 0.6)
        n = len(visit.given)
        wide = columns.width * BAR / max(n, 1)
        for i, given in enumerate(visit.given):
            middle = x + (i - (n - 1) / 2) * (wide + 0.4)
            _bar(sheet, panel, middle, wide, given, usual)


def _bar(sheet: Sheet, panel: Panel, x: float, width: float, given: Given, usual: Given | None) -> None:
    foot = panel.top + panel.height
    if given.per_kg is None:
        sheet.text(x, foot - 2.2, "–", align="center")
        return
    y = panel.y(given.per_kg)
    alike = usual is not None and (given.drug, given.route) == (usual.drug, usual.route)
    sheet.box(x - width / 2, y, width, foot - y, style.DOSE if alike else style.OTHER_DOSE, AREA)
    sheet.text(x, y - 1.9, per_kg(given), TICK_PT, align="center")


def per_kg(given: Given) -> str:
    """Return milligrams per kilogram with two decimals at most; ``–`` where they can't be computed."""
    return "–" if given.per_kg is None else f"{round(given.per_kg, 2):g}"


def draw_pressure(sheet: Sheet, columns: Columns, y: float, height: float) -> None:
    """Draw each session's highest systolic and diastolic, each from its own baseline, and the markers."""
    panel = _pressure_panel(columns.course.visits, y, height)
    draw_panel(sheet, columns, panel, BP_STEP)
    _title(sheet, y, "BP", "mmHg")
    _symbols(sheet, y + 10.0)
    _markers(sheet, columns, panel)
    if not any(_highest(visit) for visit in columns.shown):
        _nothing(sheet, columns, panel, "No blood pressure recorded")
    for x, visit in columns.each():
        for vital, side in (("nibp_sys", -1), ("nibp_dia", 1)):
            _rise(sheet, panel, x + side * min(2.2, columns.width / 5), visit, vital)


def _pressure_panel(visits: Sequence[Visit], y: float, height: float) -> Panel:
    low, high = BP_LOW, BP_HIGH
    values = [value for visit in visits for value in _highest(visit)]
    while values and min(values) < low and low > 0:
        low -= BP_STEP
    while values and max(values) > high - BP_STEP / 4:
        high += BP_STEP
    return Panel(y, height, low, high)


def _highest(visit: Visit) -> list[float]:
    figures = [f for p in visit.pressures.values() for f in (p.summary.baseline, p.summary.peak)]
    return [figure.value for figure in figures if figure.value is not None]


def _rise(sheet: Sheet, panel: Panel, x: float, visit: Visit, vital: str) -> None:
    """Draw a bar's width for the baseline, a caret at the highest value, and a thin line between them."""
    pressure = visit.pressures.get(vital)
    if pressure is None:
        return
    base, top = pressure.summary.baseline.value, pressure.summary.peak.value
    if base is not None:
        level = panel.y(base)
        sheet.line([(x - 1.5, level), (x + 1.5, level)], style.MEAN)
    if top is None:
        return
    level, up = panel.y(top), -1 if vital == "nibp_sys" else 1
    if base is not None:
        sheet.line([(x, panel.y(base)), (x, level)], style.STEM)
    _caret(sheet, x, level, up)


def _caret(sheet: Sheet, x: float, level: float, up: int) -> None:
    """Draw a caret whose point lies at the value: *up* is -1 for systolic (point down), 1 for diastolic."""
    rise = 2.0 * up
    caret = [
        (x, level),
        (x - CARET / 2, level + rise),
        (x, level + rise * 0.62),
        (x + CARET / 2, level + rise),
    ]
    sheet.area(caret, style.CUFF, DATA)


def _markers(sheet: Sheet, columns: Columns, panel: Panel) -> None:
    """Draw the markers of the sessions' protocols as dotted lines, named at the right: ``S 160``."""
    met = [one for visit in columns.shown for each in visit.markers.values() for one in each]
    lines = sorted({(panel.y(one.limit), one.vital, one.limit) for one in met if one.limit <= panel.high})
    placed = spread([level for level, _, _ in lines], 2.7)
    for (level, vital, limit), at in zip(lines, placed, strict=True):
        sheet.line([(LEFT, level), (columns.right, level)], style.MARKER, GRID)
        name_line(sheet, columns, at, f"{'S' if vital == 'nibp_sys' else 'D'} {limit:g}")


def _symbols(sheet: Sheet, y: float) -> None:
    """Draw what the panel's marks are."""
    for n, (up, said) in enumerate(((-1, "highest systolic"), (1, "highest diast."))):
        at = y + 3.6 * n
        _caret(sheet, 1.3, at - 1.0 * up, up)
        sheet.text(3.6, at, said, TICK_PT)
    sheet.line([(0, y + 7.2), (2.6, y + 7.2)], style.MEAN)
    sheet.text(3.6, y + 7.2, "its baseline", TICK_PT)


def _title(sheet: Sheet, y: float, name: str, unit: str) -> None:
    sheet.text(0, y + 2.2, name, bold=True)
    sheet.text(0, y + 5.6, unit, shrunk(unit, LEFT - 7, TICK_PT, TICK_PT), colour=style.DIM)


def _nothing(sheet: Sheet, columns: Columns, panel: Panel, said: str) -> None:
    x = max((LEFT + columns.right) / 2, LEFT + width_of(said, bold=True) / 2 + 1)
    at = panel.top + panel.height / 2
    sheet.text(x, at, said, bold=True, align="center", ground=style.WHITE)
