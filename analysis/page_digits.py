"""Rows of numbers at their times: sedation, dissociation, respiratory rate. The gravest is never left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis import style
from analysis.page_content import LEFT, WIDTH, Content
from analysis.page_frame import draw_columns
from analysis.page_sheet import Sheet, width_of
from analysis.series import Series
from analysis.timeline import Floats
from analysis.wording import NOT_RECORDED, name_of, number, source_name

APART = 0.8
"""mm between two numbers."""

EACH_AT_MOST = 60
"""Values up to which every one is printed where there is room; of more, one between two lines of the grid."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its label, its values (None: not recorded), and whether a low or a high number is grave."""

    label: str
    series: Series | None
    lowest_first: bool

    @property
    def word(self) -> str:
        """Return which of crowded values is printed."""
        return "lowest" if self.lowest_first else "highest"


def digit_rows(content: Content) -> tuple[Row, ...]:
    """Return the three rows, each with the first of its vitals that has a valid value."""
    breath = next((s for s in content.breath if len(s.t)), None)
    every = breath is None or len(breath.t) <= EACH_AT_MOST
    return (
        Row("MOAA/S", content.first_valid("moaas"), True),
        Row("Dissoc.", content.first_valid("dissociation", "cadss_total"), False),
        Row("RR /min" if every else "Lowest RR", breath, True),
    )


def draw_digits(sheet: Sheet, content: Content, y: float, height: float) -> None:
    """Draw the rows; of values too close to each other the gravest is printed, a later page has all."""
    pitch = height / 3
    draw_columns(sheet, content, y, height)
    for i, row in enumerate(digit_rows(content)):
        middle = y + pitch * (i + 0.5)
        sheet.text(0, middle, row.label, width=LEFT - 1)
        if row.series is None:
            sheet.text(LEFT + 1, middle, NOT_RECORDED, colour=style.DIM, ground=style.WHITE)
            continue
        for at in printed(content, row.series, row.lowest_first):
            x = content.axis.x(float(row.series.t[at]))
            sheet.text(x, middle, number(row.series.x[at]), align="center")
    for i in (1, 2):
        sheet.line([(LEFT, y + pitch * i), (LEFT + WIDTH, y + pitch * i)], style.GRID_BOLD)


def printed(content: Content, series: Series, lowest_first: bool) -> list[int]:
    """Return which values are printed: first the gravest, then those that leave its number room."""
    gravity = series.x if lowest_first else -series.x
    taken: list[tuple[float, float, int]] = []
    for i in sorted(_candidates(content, series, gravity), key=lambda i: (gravity[i], i)):
        x, half = content.axis.x(float(series.t[i])), width_of(number(series.x[i])) / 2
        if all(abs(x - other) >= half + width + APART for other, width, _ in taken):
            taken.append((x, half, i))
    return sorted(i for _, _, i in taken)


def crowded_out(content: Content) -> list[str]:
    """Return every value of the rows that page 1 has no room to print all of."""
    lines = []
    for row in digit_rows(content):
        series = row.series
        if series is None or len(printed(content, series, row.lowest_first)) == len(series.t):
            continue
        said = f"{name_of(series.vital)}, {source_name(series.source)}: "
        if len(series.t) > EACH_AT_MOST:
            said += f"{len(series.t)} readings; page 1 has the {row.word} of every {content.axis.minor:g} min"
        else:
            said += ", ".join(f"{x:g} at {t:.1f} min" for t, x in zip(series.t, series.x, strict=True))
        lines.append(said)
    return lines


def _candidates(content: Content, series: Series, gravity: Floats) -> list[int]:
    on_axis = np.flatnonzero((series.t >= content.axis.start) & (series.t <= content.axis.end))
    if len(series.t) <= EACH_AT_MOST:
        return [int(i) for i in on_axis]
    between = np.searchsorted(content.axis.ticks(content.axis.minor), series.t[on_axis], "right")
    stretches = np.split(on_axis, np.flatnonzero(np.diff(between)) + 1)
    return [int(s[np.argmin(gravity[s])]) for s in stretches if len(s)]
