"""What all panels share: frame, grid, shading of the infusion, hatched silences, labels that keep apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis import style
from analysis.page_content import LEFT, WIDTH, Content, Silence, TimeAxis
from analysis.page_sheet import BACK, GRID, Sheet, width_of
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


def draw_frame(sheet: Sheet, content: Content, panel: Panel, step: float) -> None:
    """Draw the panel's shading, grid, value ticks every *step*, and outline."""
    draw_columns(sheet, content, panel.top, panel.height)
    value = panel.low
    while value <= panel.high:
        y = panel.y(value)
        if panel.low < value < panel.high:
            sheet.line([(LEFT, y), (LEFT + WIDTH, y)], style.GRID, GRID)
        shift = 1.0 if value == panel.high else -1.0 if value == panel.low else 0.0
        sheet.text(LEFT - 1, y + shift, f"{value:g}", size=style.TICK_PT, colour=style.DIM, align="right")
        value += step


def draw_columns(sheet: Sheet, content: Content, top: float, height: float) -> None:
    """Draw what every row of the time axis has: infusion shading, time grid, outline."""
    axis = content.axis
    for flow in content.timeline.flows:
        start, end = axis.x(flow.start), axis.x(flow.end if flow.end is not None else axis.end)
        sheet.box(start, top, end - start, height, style.INFUSING, BACK)
    bold = set(axis.ticks(axis.major))
    for minute in axis.ticks(axis.minor):
        x = axis.x(minute)
        sheet.line([(x, top), (x, top + height)], style.GRID_BOLD if minute in bold else style.GRID, GRID)
    x1, y1 = LEFT + WIDTH, top + height
    sheet.line([(LEFT, top), (x1, top), (x1, y1), (LEFT, y1), (LEFT, top)], style.FRAME, GRID)


def draw_silences(sheet: Sheet, panel: Panel, axis: TimeAxis, silences: Sequence[Silence]) -> None:
    """Hatch the stretches without values, with the reason written in them where it fits."""
    for silence in silences:
        start, end = axis.x(silence.start), axis.x(silence.end)
        if end - start < 0.15:
            continue
        sheet.box(start, panel.top, end - start, panel.height, style.GAP, BACK)
        middle, width = (start + end) / 2, width_of(silence.cause)
        if width <= end - start - 1:
            sheet.text(
                middle,
                panel.top + panel.height - 2.4,
                silence.cause,
                align="center",
                colour=style.DIM,
                ground="white",
            )


def spread(heights: Sequence[float], apart: float) -> list[float]:
    """Return *heights* in ascending order, moved as little as is needed to stand *apart*."""
    placed: list[float] = []
    for height in sorted(heights):
        placed.append(max(height, placed[-1] + apart) if placed else height)
    return placed
