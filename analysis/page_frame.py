"""What all panels share: frame, grid, shading of the infusion, hatched silences, labels that keep apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis import style
from analysis.page_content import LEFT, WIDTH, Content, TimeAxis
from analysis.page_sheet import BACK, GRID, Sheet, width_of
from analysis.silences import Silence
from analysis.timeline import Floats


@dataclass(frozen=True, slots=True)
class Panel:
    """A plot on the time axis: its top and height in mm, and the values at its foot and top."""

    top: float
    height: float
    low: float
    high: float

    def y(self, value: float) -> float:
        """Return where *value* lies on the sheet; beyond the panel: its edge."""
        inside = min(max(value, self.low), self.high)
        return self.top + self.height * (self.high - inside) / (self.high - self.low)

    def ys(self, values: Floats) -> Floats:
        """Return where many values lie."""
        inside = np.clip(values, self.low, self.high)
        return self.top + self.height * (self.high - inside) / (self.high - self.low)


def draw_frame(sheet: Sheet, content: Content, panel: Panel, step: float, labelled: float = 0) -> None:
    """Draw the panel's shading, grid every *step*, value ticks (every *labelled*, if given), and outline."""
    draw_columns(sheet, content, panel.top, panel.height)
    value = panel.low
    while value <= panel.high:
        y = panel.y(value)
        if panel.low < value < panel.high:
            sheet.line([(LEFT, y), (LEFT + WIDTH, y)], style.GRID, GRID)
        shift = 1.0 if value == panel.high else -1.0 if value == panel.low else 0.0
        if (value - panel.low) % (labelled or step) == 0:
            sheet.text(LEFT - 1, y + shift, f"{value:g}", size=style.TICK_PT, colour=style.DIM, align="right")
        value += step


def draw_columns(sheet: Sheet, content: Content, top: float, height: float, left: float = LEFT) -> None:
    """Draw what every row of the time axis has: infusion shading, time grid, outline from *left* on."""
    axis = content.axis
    for flow in content.timeline.flows:
        start, end = axis.x(flow.start), axis.x(flow.end if flow.end is not None else axis.end)
        sheet.box(start, top, end - start, height, style.INFUSING, BACK)
    bold = set(axis.ticks(axis.major))
    for minute in axis.ticks(axis.minor):
        x = axis.x(minute)
        sheet.line([(x, top), (x, top + height)], style.GRID_BOLD if minute in bold else style.GRID, GRID)
    x1, y1 = LEFT + WIDTH, top + height
    sheet.line([(left, top), (x1, top), (x1, y1), (left, y1), (left, top)], style.FRAME, GRID)


def draw_silences(sheet: Sheet, panel: Panel, axis: TimeAxis, silences: Sequence[Silence]) -> None:
    """Hatch the stretches without values, with the reason written in them where it fits."""
    for silence in silences:
        start, end = axis.x(silence.start), axis.x(silence.end)
        if end - start < 0.15:
            continue
        sheet.box(start, panel.top, end - start, panel.height, style.GAP, BACK)
        middle, width, foot = (start + end) / 2, width_of(silence.cause), panel.top + panel.height
        if width <= end - start - 1:
            sheet.text(
                middle, foot - 2.4, silence.cause, align="center", colour=style.DIM, ground=style.WHITE
            )
        elif end - start >= 3.6 and width < panel.height - 1:
            sheet.text(
                middle, foot - 1 - width / 2, silence.cause, align="center", colour=style.DIM, upright=True
            )


def spread(heights: Sequence[float], apart: float) -> list[float]:
    """Return *heights* in ascending order, moved as little as is needed to stand *apart*."""
    groups: list[list[float]] = []
    for height in sorted(heights):
        groups.append([height])
        while len(groups) > 1 and _top(groups[-1], apart) - _top(groups[-2], apart) < apart * len(groups[-2]):
            groups[-2:] = [groups[-2] + groups[-1]]
    return [_top(group, apart) + apart * i for group in groups for i in range(len(group))]


def _top(group: Sequence[float], apart: float) -> float:
    return sum(group) / len(group) - apart * (len(group) - 1) / 2
