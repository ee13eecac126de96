"""Boxes side by side with a number and lines beside it. None is ever cut: boxes widen, lines wrap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis import style
from analysis.page.sheet import DRAWN_WIDTH, Sheet, width_of, wrapped

ROW, PITCH, PAD = 9.5, 2.9, 1.2
GAP_AFTER_NUMBER = 1.4
SIZES = (style.BODY_PT, 7.5, style.TICK_PT)
STEP = 0.5
"""mm by which a box is made narrower at a time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the eight: a big number or word, lines beside it, and below them one that is printed bold."""

    big: str
    lines: tuple[str, ...]
    loud: str = ""

    @property
    def said(self) -> str:
        """Return its lines as one sentence."""
        return "; ".join(self.lines).replace(":; ", ": ")

    @property
    def before(self) -> float:
        """Return how far its lines stand from the left of its box."""
        return PAD + (width_of(self.big, style.NUMBER_PT, bold=True) + GAP_AFTER_NUMBER if self.big else 0.0)

    def natural(self, size: float) -> float:
        """Return the width of its box at which no line has to be wrapped."""
        loud = width_of(self.loud, size, bold=True)
        return self.before + max(loud, *(width_of(line, size) for line in self.lines)) + 0.8

    def wrapped_in(self, width: float, size: float) -> list[tuple[str, bool]]:
        """Return its lines, bold or not, as they fit in a box of *width* mm."""
        room = width - self.before - 0.7
        said = [(line, False) for text in self.lines for line in wrapped(text, room, size)]
        return said + [(line, True) for line in (wrapped(self.loud, room, size, True) if self.loud else ())]


@dataclass(frozen=True, slots=True)
class Row:
    """Answers side by side: the widths of their boxes, the size of their lines, the height of the row."""

    answers: tuple[Answer, ...]
    widths: tuple[float, ...]
    size: float
    height: float


def draw_rows(sheet: Sheet, rows: Sequence[Row], y: float) -> None:
    """Draw the rows from *y* down."""
    for row in rows:
        x = 0.0
        for answer, width in zip(row.answers, row.widths, strict=True):
            sheet.box(x, y, width, row.height, style.Fill(edge=style.PALE, width=0.6))
            if answer.big:
                sheet.text(x + PAD, y + row.height / 2, answer.big, style.NUMBER_PT, bold=True)
            lines = answer.wrapped_in(width, row.size)
            first = y + row.height / 2 - PITCH * (len(lines) - 1) / 2
            for i, (line, bold) in enumerate(lines):
                sheet.text(x + answer.before, first + PITCH * i, line, row.size, bold=bold)
            x += width
        y += row.height


def laid(answers: Sequence[Answer]) -> Row:
    """Return the row at the largest size at which three lines are enough, or at the smallest."""
    for size in SIZES:
        widths = _fitted(answers, size)
        most = max(len(a.wrapped_in(w, size)) for a, w in zip(answers, widths, strict=True))
        if most <= 3:
            break
    return Row(tuple(answers), tuple(widths), size, max(ROW, PITCH * most + 0.8))


def _fitted(answers: Sequence[Answer], size: float) -> list[float]:
    """Return widths that fill the page: from the natural ones, the box it costs least is made narrower."""
    widths = [answer.natural(size) for answer in answers]
    costs = [_cost(answer, width, size) for answer, width in zip(answers, widths, strict=True)]
    while sum(widths) > DRAWN_WIDTH:
        i = costs.index(min(costs))
        widths[i] -= STEP
        costs[i] = _cost(answers[i], widths[i], size)
    spare = (DRAWN_WIDTH - sum(widths)) / len(widths)
    return [width + spare for width in widths]


def _cost(answer: Answer, wide: float, size: float) -> tuple[float, float]:
    """Return how much it costs to make a box narrower: its lines then, and how little room it has now."""
    width = wide - STEP
    words = " ".join((*answer.lines, answer.loud)).split(" ")
    if width - answer.before - 0.8 < max(width_of(word, size, bold=True) for word in words):
        return math.inf, -wide
    return len(answer.wrapped_in(width, size)), answer.before - wide
