"""Lists on as many sheets as they need: headings, lines, and a line through what is out of force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis import style
from analysis.page.sheet import DRAWN_WIDTH, GRID, Sheet, drawable, shrunk, width_of, wrapped

PITCH, FOOT, INDENT, IDENTIFIERS_APART = 3.7, 14.0, 4.0, 4.0
TOGETHER = 10
"""Entries that a heading takes with it to the next page."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: a heading, or text that may be struck through."""

    text: str
    heading: bool = False
    struck: bool = False


def evenly(n: int, most: int) -> list[tuple[int, int]]:
    """Return on which sheet *n* columns stand, at most *most* on each: the first, and the one after the last.

    As few sheets as hold them, each with about as many; one sheet where there is no column.
    """
    sheets = max(1, -(-n // most))
    return list(pairwise(round(i * n / sheets) for i in range(sheets + 1)))


def draw_identifiers(sheet: Sheet, name: str, second: str) -> None:
    """Write whose record it is at the top of a sheet.

    The second identifier stands apart from the name: one line of two directions would change their order.
    """
    room = DRAWN_WIDTH - IDENTIFIERS_APART
    size = shrunk(name + second, room, style.TITLE_PT, style.TICK_PT, bold=True)
    sheet.text(0, 2.4, name, size, bold=True, width=DRAWN_WIDTH)
    beside = width_of(name, size, bold=True) + IDENTIFIERS_APART
    sheet.text(beside, 2.4, second, size, bold=True, width=max(DRAWN_WIDTH - beside, 1.0))


def lines_of(title: str, entries: Iterable[str]) -> list[Line]:
    """Return a list as lines that fit the sheet, under its title; a list without entries says so."""
    said = [text for entry in entries for text in wrapped(drawable(entry), DRAWN_WIDTH - INDENT)]
    return [Line(title, heading=True), *(Line(text) for text in said or ["none"])]


def listed(lines: Sequence[Line], begin: Callable[[], Sheet], top: float = 9.0) -> list[Sheet]:
    """Return *lines* on as many sheets as they need; *begin* gives each sheet, free from *top* mm on."""
    sheets: list[Sheet] = []
    y = np.inf
    for i, line in enumerate(lines):
        space = PITCH + (2.4 if line.heading else 0.0)
        following = next((n for n, later in enumerate(lines[i + 1 :]) if later.heading), len(lines) - i - 1)
        together = following if following <= TOGETHER else 2
        need = space + 1.0 + PITCH * together if line.heading else PITCH
        if not sheets or y + need > sheets[-1].height - FOOT:
            sheets.append(begin())
            y = top
        y += space
        if line.heading:
            sheets[-1].text(0, y - 1, line.text, bold=True)
            sheets[-1].line([(0, y + 1), (DRAWN_WIDTH, y + 1)], style.GRID_BOLD, GRID)
            y += 1.0
            continue
        sheets[-1].text(INDENT, y, line.text)
        if line.struck:
            sheets[-1].line([(INDENT, y), (INDENT + width_of(line.text), y)], style.STRUCK)
    return sheets
