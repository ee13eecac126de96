"""Pass rates over months, each with its denominator; and the rules that were kept least often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis import style
from analysis.audit import Rate, rates, rates_by
from analysis.page.frame import Panel
from analysis.page.listing import evenly
from analysis.page.sheet import AREA, DRAWN_WIDTH, FRONT, GRID, Sheet
from analysis.qa_pictures.sheets import FOOT, HEAD, Made, begin
from analysis.rules import RULES
from analysis.rules.words import SEVERITIES
from analysis.style import TICK_PT

LEFT, RIGHT, PANEL, UNDER = 30.0, 184.0, 28.0, 11.5
MONTHS = 16
"""Months on a sheet at most."""

PITCH = 3.9


def over_months(made: Made) -> list[Sheet]:
    """Return the rates of each severity, month by month; then every rule that was ever not kept."""
    parted = rates_by(made.real, "month")
    months = list(parted)
    sheets = []
    for first, last in evenly(len(months), MONTHS):
        sheet = begin(
            made, "Kept over months", "Answers of all rules of a severity: kept of judged, by month."
        )
        y = HEAD
        for severity in sorted(SEVERITIES):
            _panel(sheet, y, severity, months[first:last], parted)
            y += PANEL + UNDER
        sheets.append(sheet)
    _least_kept(sheets, made, HEAD + (PANEL + UNDER) * len(SEVERITIES) + 3)
    return sheets


def _pooled(found: Sequence[Rate], severity: int) -> Rate:
    chosen = [one for one in found if RULES[one.rule].severity == severity]
    counts = ("passed", "failed", "not_applicable", "cannot_tell")
    return Rate("", *(sum(getattr(one, name) for one in chosen) for name in counts))


def _panel(
    sheet: Sheet, y: float, severity: int, months: Sequence[str], parted: Mapping[str, Sequence[Rate]]
) -> None:
    """Draw one severity: a stem and a mark a month, its rate over it, its counts under it."""
    panel = Panel(y + 7, PANEL - 7, 0.0, 100.0)
    sheet.text(0, y + 2, f"{severity} {SEVERITIES[severity]}", bold=True)
    for value in (0, 50, 100):
        at = panel.y(value)
        sheet.line([(LEFT, at), (RIGHT, at)], style.GRID_BOLD, GRID)
        sheet.text(LEFT - 1, at, f"{value} %", TICK_PT, colour=style.DIM, align="right")
    foot = panel.top + panel.height
    for i, name in enumerate(("month", "kept/judged", "n/a; can't tell")):
        sheet.text(0, foot + 2.2 + 3.2 * i, name, TICK_PT, colour=style.DIM)
    if not months:
        sheet.text(LEFT + 2, panel.y(50), "no session counted", bold=True, ground=style.WHITE)
    width = min(24.0, (RIGHT - LEFT) / max(1, len(months)))
    for i, month in enumerate(months):
        x, one = LEFT + width * (i + 0.5), _pooled(parted[month], severity)
        said = (month, f"{one.passed}/{one.denominator}", f"{one.not_applicable}; {one.cannot_tell}")
        for row, text in enumerate(said):
            sheet.text(x, foot + 2.2 + 3.2 * row, text, TICK_PT, align="center", width=width)
        if not one.denominator:
            sheet.text(x, panel.y(50), "none", TICK_PT, colour=style.DIM, align="center", ground=style.WHITE)
            continue
        kept = 100 * one.passed / one.denominator
        at, r = panel.y(kept), 1.0
        sheet.line([(x, foot), (x, at)], style.SCORE)
        sheet.area([(x - r, at), (x, at - r), (x + r, at), (x, at + r)], style.SCORED, FRONT)
        sheet.text(x, at - 2.3, rounded(one), TICK_PT, bold=True, align="center", ground=style.WHITE)


def rounded(one: Rate) -> str:
    """Return a rate in whole percent, rounded down: 99.6 % is not all."""
    return f"{100 * one.passed // one.denominator} %"


def _least_kept(sheets: list[Sheet], made: Made, y: float) -> None:
    """List the rules by how often they were not kept, on the last sheet and on further ones."""
    found = [one for one in rates(made.real) if one.failed or one.cannot_tell]
    found.sort(key=lambda one: (-one.failed, RULES[one.rule].severity, -one.cannot_tell, one.rule))
    title = "Rules that were not kept, or could not be judged, in some session"
    sheets[-1].text(0, y, title, bold=True)
    y += 4.5
    for text, x in (("not kept of judged", 74.0), ("not applicable", 152.0), ("can't be told", DRAWN_WIDTH)):
        sheets[-1].text(x, y, text, TICK_PT, colour=style.DIM, align="left" if x < 80 else "right")
    y += 4.0
    if not found:
        said = "none: every rule was kept wherever it applied" if made.real else "no session counted"
        sheets[-1].text(0, y, said)
    for one in found:
        if y + PITCH > sheets[-1].height - FOOT:
            sheets.append(begin(made, "Kept over months", "Rules that were not kept, continued."))
            y = HEAD + 2
        _bar(sheets[-1], y, one)
        y += PITCH


def _bar(sheet: Sheet, y: float, one: Rate) -> None:
    rule = RULES[one.rule]
    sheet.text(0, y, f"{rule.id} ({rule.severity}) {rule.title}", width=72)
    left, width = 74.0, 42.0
    sheet.box(left, y - 1.2, width, 2.4, style.UNKNOWN, AREA)
    if one.denominator:
        sheet.box(left, y - 1.2, width * one.failed / one.denominator, 2.4, style.VERDICT_FAIL, AREA)
    said = f"{one.failed} of {one.denominator}" if one.denominator else "none judged"
    sheet.text(left + width + 2, y, said)
    sheet.text(152.0, y, str(one.not_applicable), align="right")
    sheet.text(DRAWN_WIDTH, y, str(one.cannot_tell), align="right")
