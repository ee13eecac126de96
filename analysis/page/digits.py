"""Rows of numbers at their times: sedation, dissociation, respiratory rate. The gravest is never left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis import style
from analysis.page.axis import LEFT, WIDTH
from analysis.page.content import Content
from analysis.page.frame import draw_columns
from analysis.page.sheet import DRAWN_WIDTH, Sheet, width_of
from analysis.series import MANUAL, Series
from analysis.timeline import Floats
from analysis.wording import NOT_RECORDED, name_of, number, source_name

BESIDE = DRAWN_WIDTH - LEFT - WIDTH - 0.8
"""mm for the name of a scale at the right of its row."""

APART = 0.8
"""mm between two numbers."""

EACH_AT_MOST = 60
"""Values up to which every one is printed where there is room; of more, one between two lines of the grid."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its label, its values (None: not recorded), and whether a low or a high number is grave.

    *scale* says what the numbers are of, *words* what is printed in place of one.
    """

    label: str
    series: Series | None
    lowest_first: bool
    scale: str = ""
    words: tuple[str, ...] = ()
    absent: str = NOT_RECORDED

    def text(self, value: float) -> str:
        """Return what is printed for a value."""
        return self.words[int(value)] if self.words else number(value)

    @property
    def word(self) -> str:
        """Return which of crowded values is printed."""
        return "lowest" if self.lowest_first else "highest"


def digit_rows(content: Content) -> tuple[Row, ...]:
    """Return the three rows; of several scales of dissociation the one that was used most, then first."""
    breath = next((s for s in content.breath if len(s.t)), None)
    every = breath is None or len(breath.t) <= EACH_AT_MOST
    return (
        _rated(content, "MOAA/S", "moaas", lowest_first=True),
        _rated(content, "Dissoc.", "dissociation", lowest_first=False),
        Row("RR /min" if every else "Lowest RR", breath, True, absent=content.without("rr")),
    )


def _rated(content: Content, label: str, measures: str, *, lowest_first: bool) -> Row:
    """Return the row of a parameter that scores speak of."""
    ratings = [rating for rating in content.ratings if rating.measures == measures]
    if not ratings:
        return Row(label, None, lowest_first)
    used = [(rating.vital, rating.variant) for rating in ratings]
    most = max(dict.fromkeys(used), key=used.count)
    first = next(rating for rating, key in zip(ratings, used, strict=True) if key == most)
    low, high = first.span
    scale = first.scale if first.scale == "yes/no" else f"{first.scale} {low:g}–{high:g}"
    series = content.series[MANUAL, *most]
    words = ("no", "yes") if first.scale == "yes/no" else ()
    return Row(label, series, lowest_first, scale.removeprefix(f"{label} "), words)


def draw_digits(sheet: Sheet, content: Content, y: float, height: float) -> None:
    """Draw the rows; of values too close to each other the gravest is printed, a later page has all."""
    pitch = height / 3
    draw_columns(sheet, content, y, height)
    for i, row in enumerate(digit_rows(content)):
        middle = y + pitch * (i + 0.5)
        sheet.text(0, middle, row.label, width=LEFT - 1)
        if row.series is None:
            sheet.text(LEFT + 1, middle, row.absent, colour=style.DIM, ground=style.WHITE)
            continue
        for at in printed(content, row):
            said = row.text(row.series.x[at])
            half = width_of(said) / 2 + 0.4
            x = float(np.clip(content.axis.x(float(row.series.t[at])), LEFT + half, LEFT + WIDTH - half))
            sheet.text(x, middle, said, align="center", ground=style.WHITE)
        sheet.text(LEFT + WIDTH + 0.8, middle, row.scale, style.TICK_PT, colour=style.DIM, width=BESIDE)
    for i in (1, 2):
        sheet.line([(LEFT, y + pitch * i), (LEFT + WIDTH, y + pitch * i)], style.GRID_BOLD)


def printed(content: Content, row: Row) -> list[int]:
    """Return which values are printed: first the gravest, then those that leave its number room."""
    series = row.series
    if series is None:
        return []
    gravity = series.x if row.lowest_first else -series.x
    taken: list[tuple[float, float, int]] = []
    for i in sorted(_candidates(content, series, gravity), key=lambda i: (gravity[i], i)):
        x, half = content.axis.x(float(series.t[i])), width_of(row.text(series.x[i])) / 2
        if all(abs(x - other) >= half + width + APART for other, width, _ in taken):
            taken.append((x, half, i))
    return sorted(i for _, _, i in taken)


def crowded_out(content: Content) -> list[str]:
    """Return every value of the rows that page 1 has no room to print all of."""
    lines = []
    for row in digit_rows(content):
        series = row.series
        if series is None or len(printed(content, row)) == len(series.t):
            continue
        said = f"{name_of(series.vital)}, {source_name(series.source)}: "
        if len(series.t) > EACH_AT_MOST:
            said += f"{len(series.t)} readings; page 1 has the {row.word} of every {content.axis.minor:g} min"
        else:
            each = zip(series.t, series.x, strict=True)
            said += ", ".join(f"{row.text(x)} at {t:.1f} min" for t, x in each)
        lines.append(said)
    return lines


def _candidates(content: Content, series: Series, gravity: Floats) -> list[int]:
    on_axis = np.flatnonzero((series.t >= content.axis.start) & (series.t <= content.axis.end))
    if len(series.t) <= EACH_AT_MOST:
        return [int(i) for i in on_axis]
    between = np.searchsorted(content.axis.ticks(content.axis.minor), series.t[on_axis], "right")
    stretches = np.split(on_axis, np.flatnonzero(np.diff(between)) + 1)
    return [int(s[np.argmin(gravity[s])]) for s in stretches if len(s)]
