"""The columns of the course view: one a session, the same in every panel and row of a sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analysis import style
from analysis.course.visit import Visit
from analysis.course.whole import Course
from analysis.page.frame import Panel
from analysis.page.listing import evenly
from analysis.page.sheet import BACK, DRAWN_WIDTH, GRID, Sheet, shrunk, wrapped
from analysis.style import TICK_PT

LEFT, RIGHT = 31.0, 170.0
"""Where the columns stand on the sheet, in mm: labels are left of them, names of lines right of them."""

MOST, WIDEST, ROW = 10, 22.0, 4.1
"""Sessions on a sheet at most, the width of a column at most, and the height of a row of numbers, in mm."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Sessions *first* to *last* of *course* on one sheet."""

    course: Course
    first: int
    last: int

    @property
    def shown(self) -> Sequence[Visit]:
        """Return the sessions of this sheet."""
        return self.course.visits[self.first : self.last + 1]

    @property
    def width(self) -> float:
        """Return how wide a column is, in mm."""
        return min(WIDEST, (RIGHT - LEFT) / len(self.shown))

    @property
    def right(self) -> float:
        """Return where the last column ends."""
        return LEFT + self.width * len(self.shown)

    def x(self, place: int) -> float:
        """Return the middle of the column of the session in *place* of the course."""
        return LEFT + self.width * (place - self.first + 0.5)

    def each(self) -> list[tuple[float, Visit]]:
        """Return each session with the middle of its column."""
        return [(self.x(self.first + i), visit) for i, visit in enumerate(self.shown)]


def pages_of(course: Course) -> list[Columns]:
    """Return the sheets of a course: as few as hold it, each with about as many sessions."""
    return [Columns(course, first, after - 1) for first, after in evenly(len(course.visits), MOST)]


def draw_panel(sheet: Sheet, columns: Columns, panel: Panel, step: float, digits: str = "g") -> None:
    """Draw a panel's grid, its values at the left every *step*, the columns' edges and its outline."""
    value, n = panel.low, 0
    while value <= panel.high + step / 1000:
        y = panel.y(value)
        sheet.line([(LEFT, y), (columns.right, y)], style.GRID, GRID)
        sheet.text(LEFT - 1, y, f"{value:{digits}}", TICK_PT, colour=style.DIM, align="right")
        n += 1
        value = panel.low + n * step
    draw_columns(sheet, columns, panel.top, panel.height)


def draw_columns(sheet: Sheet, columns: Columns, top: float, height: float) -> None:
    """Draw the edges of the columns, and grey behind a session without a dose."""
    for i, visit in enumerate(columns.shown):
        x = LEFT + columns.width * i
        if not visit.treated:
            sheet.box(x, top, columns.width, height, style.UNTREATED, BACK)
        sheet.line([(x, top), (x, top + height)], style.GRID_BOLD, GRID)
    foot = top + height
    corners = [(LEFT, top), (columns.right, top), (columns.right, foot), (LEFT, foot), (LEFT, top)]
    sheet.line(corners, style.FRAME, GRID)


def draw_rows(
    sheet: Sheet, columns: Columns, y: float, rows: Sequence[tuple[str, Callable[[Visit], str]]]
) -> float:
    """Draw rows of numbers from *y* down, each with its label at the left; return where they end."""
    height = ROW * len(rows)
    draw_columns(sheet, columns, y, height)
    for n, (label, said) in enumerate(rows):
        middle = y + ROW * (n + 0.5)
        size = shrunk(label, LEFT - 1, style.BODY_PT, TICK_PT)
        sheet.text(0, middle, label, size, width=LEFT - 1)
        if n:
            sheet.line([(LEFT, y + ROW * n), (columns.right, y + ROW * n)], style.GRID, GRID)
        for x, visit in columns.each():
            cell = said(visit)
            size = shrunk(cell, columns.width - 0.6, style.BODY_PT, TICK_PT)
            sheet.text(x, middle, cell, size, align="center", width=columns.width - 0.4)
    return y + height


def name_line(sheet: Sheet, columns: Columns, y: float, text: str, colour: str = style.DIM) -> None:
    """Write the name of a line right of the columns, in as many lines as it needs."""
    lines = wrapped(text, DRAWN_WIDTH - columns.right - 1, TICK_PT)
    for i, line in enumerate(lines):
        sheet.text(columns.right + 0.8, y + 2.8 * (i - (len(lines) - 1) / 2), line, TICK_PT, colour=colour)
