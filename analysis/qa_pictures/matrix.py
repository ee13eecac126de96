"""Rules x sessions: a row a rule, the gravest first; a column a session, or a month, a room, a device.

A verdict is a letter, and its shade says it again: F black, ? grey, a pale dash where a rule does not apply,
a point on white where it was kept. Where sessions are counted together the cell says "F of judged".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis import style
from analysis.audit import Judged, Rate, rates, rates_by
from analysis.page.listing import evenly
from analysis.page.sheet import AREA, DATA, DRAWN_WIDTH, GRID, Sheet, cut_to, width_of
from analysis.qa_pictures.sheets import FOOT, HEAD, Made, begin
from analysis.rules import RULES, Verdict
from analysis.rules.words import SEVERITIES
from analysis.style import TICK_PT, Fill

SESSIONS_AT_MOST = 90
"""More sessions than that are counted by month: nobody reads a hundred columns."""

LEFT, RIGHT = 59.0, DRAWN_WIDTH - 31.0
"""Where the columns stand, in mm: rules are left of them, the totals of all sessions right of them."""

TOTALS = (7.5, 17.5, 24.0, 31.0)
COLUMN, WIDEST = 3.6, 14.0
"""mm of a column at least and at most."""

UPRIGHT, FLAT, HEADING = 34.0, 6.0, 4.2
"""mm for labels of columns that stand upright, at most, or lie, and for the name of a severity."""

HALF, MANY = 0.5, 0.1
"""Shares of sessions in which a rule was not kept, from which a cell is shaded darker."""

LETTERS = {Verdict.FAIL: "F", Verdict.CANNOT_TELL: "?", Verdict.PASS: "·", Verdict.NOT_APPLICABLE: "–"}


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, and its shade."""

    text: str
    fill: Fill | None
    colour: str = style.BLACK


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its label, and a cell for each rule by the rule's number."""

    label: str
    cells: Mapping[str, Cell]


def by_session(made: Made) -> list[Sheet]:
    """Return the matrix with a column a session, in the order of their opening."""
    ordered = sorted(made.judged, key=lambda one: (one.day, one.session))
    columns = [
        Column(_label(one), {rule: verdict(answer.verdict) for rule, answer in one.answers.items()})
        for one in ordered
    ]
    key = "F not kept, ? can't be told, – not applicable, · kept"
    return _sheets(made, "Rules by session", key, columns)


def by_part(made: Made, part: str) -> list[Sheet]:
    """Return the matrix with a column a month, room or device (`analysis.audit.PARTS`)."""
    parted = rates_by(made.real, part)
    columns = [Column(name, {one.rule: share(one) for one in found}) for name, found in parted.items()]
    subtitle = "A cell: not kept of judged; – none could be judged"
    if part == "device":
        subtitle += "; a session with two devices counts under both"
    elif len(made.judged) > SESSIONS_AT_MOST:
        subtitle += f"; more than {SESSIONS_AT_MOST} sessions are not drawn one by one"
    return _sheets(made, f"Rules by {part}", subtitle, columns)


def _label(one: Judged) -> str:
    return f"{one.day} {one.session[-4:]}{' DEMO' if one.demo else ''}"


def verdict(said: Verdict) -> Cell:
    """Return the cell of one verdict."""
    if said is Verdict.FAIL:
        return Cell("F", style.VERDICT_FAIL, style.WHITE)
    if said is Verdict.CANNOT_TELL:
        return Cell("?", style.VERDICT_UNSURE)
    return Cell(LETTERS[said], None, style.GREY if said is Verdict.NOT_APPLICABLE else style.DIM)


def share(one: Rate) -> Cell:
    """Return the cell of a rate: how often a rule was not kept, of how many sessions it could judge."""
    if not one.denominator:
        return Cell("–", None, style.GREY)
    said, failed = f"{one.failed}/{one.denominator}", one.failed / one.denominator
    if failed >= HALF:
        return Cell(said, style.VERDICT_FAIL, style.WHITE)
    return Cell(said, style.VERDICT_UNSURE if failed >= MANY else style.VERDICT_SOME if failed else None)


def _sheets(made: Made, title: str, subtitle: str, columns: Sequence[Column]) -> list[Sheet]:
    """Return *columns* on as many sheets as they need, each with all rules and the totals of all."""
    texts = {cell.text for column in columns for cell in column.cells.values()}
    least = max(COLUMN, *(width_of(text, TICK_PT) + 1.2 for text in texts), 0)
    places = evenly(len(columns), int((RIGHT - LEFT) / least))
    totals = {one.rule: one for one in rates(made.real)}
    sheets = []
    for first, after in places:
        shown = f" Here {first + 1}–{after} of {len(columns)} columns." if len(places) > 1 else ""
        sheet = begin(made, title, f"{subtitle}.{shown}")
        width = min(WIDEST, (RIGHT - LEFT) / max(1, after - first))
        _draw(sheet, columns[first:after], totals, width)
        sheets.append(sheet)
    return sheets


def _draw(sheet: Sheet, columns: Sequence[Column], totals: Mapping[str, Rate], width: float) -> None:
    longest = max((width_of(column.label, TICK_PT) for column in columns), default=0.0)
    flat = longest <= width - 0.8
    top = HEAD + (FLAT if flat else min(longest + 3.0, UPRIGHT))
    rows = sorted(RULES.values(), key=lambda rule: (rule.severity, rule.id))
    groups = {rule.severity for rule in rows}
    pitch = (sheet.height - FOOT - top - 2 - HEADING * len(groups)) / len(rows)
    right = LEFT + width * len(columns)
    for i, column in enumerate(columns):
        _column_label(sheet, LEFT + width * (i + 0.5), top, column.label, flat=flat)
    for i, heading in enumerate(("F", "judged", "–", "?")):
        sheet.text(_total_x(i), top - 2.0, heading, TICK_PT, align="right", colour=style.DIM)
    y, severity = top, 0
    for rule in rows:
        if rule.severity != severity:
            severity = rule.severity
            sheet.text(
                0, y + HEADING / 2 + 0.4, f"{severity} {SEVERITIES[severity]}", TICK_PT, colour=style.DIM
            )
            sheet.line([(0, y + HEADING), (DRAWN_WIDTH, y + HEADING)], style.FRAME, GRID)
            y += HEADING
        middle = y + pitch / 2
        said = f"{rule.id} {rule.title}"
        sheet.text(0, middle, said, TICK_PT, width=LEFT - 1)
        for i, column in enumerate(columns):
            _cell(sheet, LEFT + width * i, y, width, pitch, column.cells[rule.id])
        one = totals[rule.id]
        for i, count in enumerate((one.failed, one.denominator, one.not_applicable, one.cannot_tell)):
            sheet.text(_total_x(i), middle, str(count), TICK_PT, align="right", bold=i == 0 and count > 0)
        sheet.line([(0, y + pitch), (right, y + pitch)], style.GRID, GRID)
        y += pitch
    for i in range(len(columns) + 1):
        x = LEFT + width * i
        sheet.line([(x, top), (x, y)], style.GRID, GRID)


def _total_x(i: int) -> float:
    return RIGHT + TOTALS[i]


def _column_label(sheet: Sheet, x: float, foot: float, label: str, *, flat: bool) -> None:
    """Write a column's label over it, lying where all of them have room for that, else upright."""
    if flat:
        sheet.text(x, foot - 2.0, label, TICK_PT, align="center")
        return
    said = cut_to(label, UPRIGHT - 1, TICK_PT)
    middle = foot - 1 - width_of(said, TICK_PT) / 2
    sheet.text(x, middle, said, TICK_PT, align="center", upright=True)


def _cell(sheet: Sheet, x: float, y: float, width: float, height: float, cell: Cell) -> None:
    if cell.fill is not None:
        sheet.box(x + 0.15, y + 0.15, width - 0.3, height - 0.3, cell.fill, AREA)
    middle = (x + width / 2, y + height / 2)
    if cell.text == "–":
        sheet.line([(middle[0] - 0.7, middle[1]), (middle[0] + 0.7, middle[1])], style.SECOND, DATA)
    elif cell.text == "·":
        sheet.line([(middle[0] - 0.2, middle[1]), (middle[0] + 0.2, middle[1])], style.KEPT, DATA)
    else:
        sheet.text(*middle, cell.text, TICK_PT, colour=cell.colour, align="center")
