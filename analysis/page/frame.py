"""What all panels share: frame, grid, shading of the infusion, hatched silences, labels that keep apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis import style
from analysis.page.axis import LEFT, WIDTH, TimeAxis
from analysis.page.content import Content
from analysis.page.places import Places
from analysis.page.sheet import BACK, DRAWN_WIDTH, GRID, Sheet, shrunk, width_of, wrapped
from analysis.silences import Silence
from analysis.timeline import Floats

UPRIGHT, LABEL_PITCH, LINES_IN_A_GAP = 2.8, 2.9, 3
"""mm that a line of upright text needs, and that lines of labels stand apart."""


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
        shift = 1.4 if value == panel.high else -1.4 if value == panel.low else 0.0
        if (value - panel.low) % (labelled or step) == 0:
            sheet.text(LEFT - 1, y + shift, f"{value:g}", size=style.TICK_PT, colour=style.DIM, align="right")
        value += step


def draw_columns(sheet: Sheet, content: Content, top: float, height: float, left: float = LEFT) -> None:
    """Draw what every row of the time axis has: infusion shading, time grid, outline from *left* on."""
    axis = content.axis
    for flow in content.timeline.flows:
        start, end = axis.x(flow.start), axis.x(flow.end if flow.end is not None else content.last_minute)
        sheet.box(start, top, end - start, height, style.INFUSING, BACK)
    bold = set(axis.ticks(axis.major))
    for minute in axis.ticks(axis.minor):
        x = axis.x(minute)
        sheet.line([(x, top), (x, top + height)], style.GRID_BOLD if minute in bold else style.GRID, GRID)
    x1, y1 = LEFT + WIDTH, top + height
    sheet.line([(left, top), (x1, top), (x1, y1), (left, y1), (left, top)], style.FRAME, GRID)


def block(panel: Panel, axis: TimeAxis, silences: Sequence[Silence], places: Places) -> None:
    """Keep words off the hatching of *silences*."""
    for silence in silences:
        places.take(axis.x(silence.start), panel.top, axis.x(silence.end), panel.top + panel.height)


def draw_silences(
    sheet: Sheet, panel: Panel, axis: TimeAxis, silences: Sequence[Silence], places: Places | None = None
) -> None:
    """Hatch the stretches without values, with the reason in them, or beside them where *places* has room.

    A later page has every reason whole.
    """
    foot = panel.top + panel.height
    for silence in silences:
        start, end = axis.x(silence.start), axis.x(silence.end)
        if end - start >= 0.15:
            sheet.box(start, panel.top, end - start, panel.height, style.GAP, BACK)
        for x in (start, end):
            sheet.line([(x, panel.top), (x, foot)], style.SECOND, BACK)
        said, inside = silence.said, end - start
        lines = [said] if width_of(said) <= inside - 1 else wrapped(said, max(inside - 1, 1), style.TICK_PT)
        if width_of(max(said.split(" "), key=width_of)) <= inside - 1 and len(lines) <= LINES_IN_A_GAP:
            size = style.BODY_PT if len(lines) == 1 else style.TICK_PT
            for i, line in enumerate(reversed(lines)):
                at = ((start + end) / 2, foot - 2.4 - LABEL_PITCH * i)
                sheet.text(*at, line, size, align="center", colour=style.DIM, ground=style.WHITE)
            continue
        beside = [(start + end) / 2] if inside >= UPRIGHT else [end + UPRIGHT / 2, start - UPRIGHT / 2]
        width = width_of(said, style.TICK_PT)
        if width > panel.height - 1:
            continue
        heights = np.linspace(foot - 1 - width / 2, panel.top + 1 + width / 2, 8)
        spots = [(x, float(y)) for y in heights for x in beside]
        spot = spots[0] if inside >= UPRIGHT else places.free(UPRIGHT, width, spots) if places else None
        if spot:
            sheet.text(
                *spot,
                said,
                style.TICK_PT,
                align="center",
                colour=style.DIM,
                upright=True,
                ground=style.WHITE if inside >= UPRIGHT else "",
            )


def draw_labels(sheet: Sheet, panel: Panel, labels: Sequence[tuple[float, str, str]]) -> None:
    """Write labels (height in mm, text, colour) at the right of *panel*, apart from each other."""
    room, size = DRAWN_WIDTH - LEFT - WIDTH - 0.8, style.BODY_PT
    rows = [(at, line, colour) for at, text, colour in sorted(labels) for line in _broken(text, room)]
    size = min((shrunk(line, room, size, style.TICK_PT) for _, line, _ in rows), default=size)
    placed = spread([at for at, _, _ in rows], LABEL_PITCH)
    over = max(placed, default=0.0) - (panel.top + panel.height - 1.5)
    under = panel.top + 1.5 - min(placed, default=panel.top + 1.5)
    for at, (_, line, colour) in zip(placed, rows, strict=True):
        sheet.text(LEFT + WIDTH + 0.8, at - max(over, 0) + max(under, 0), line, size, colour=colour)


def _broken(text: str, room: float) -> list[str]:
    """Return *text* in lines no wider than *room*, broken after an underscore rather than in a word."""
    lines: list[str] = []
    for line in text.splitlines():
        head, mark, tail = line.rpartition("_")
        parts = [line] if width_of(line, style.TICK_PT) <= room else [head + mark, tail]
        lines += [piece for part in parts for piece in wrapped(part, room, style.TICK_PT) if piece]
    return lines


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
