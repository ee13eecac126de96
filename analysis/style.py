"""The one style sheet of every picture: colours, pens, sizes.

Colours are Okabe and Ito's, which people with any colour vision tell apart; shape and a written label always
carry the meaning too, so a page reads in greyscale. Nothing here looks like an alarm: no red, no fill
that depends on a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BLACK = "#000000"
BLUE = "#0072B2"  # blood pressure
VERMILION = "#D55E00"  # heart rate, pulse
GREEN = "#009E73"  # oxygen saturation
ORANGE = "#E69F00"  # infusion
PURPLE = "#CC79A7"  # effects
SKY = "#56B4E9"  # respiration
DIM = "#595959"  # secondary text: 7:1 on white
GREY = "#8C8C8C"
PALE = "#D9D9D9"
FAINT = "#EDEDED"
WHITE = "#FFFFFF"

TITLE_PT, NUMBER_PT, BODY_PT, TICK_PT = 11.0, 14.0, 8.0, 7.0
DPI = 150

RC: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],
    "pdf.fonttype": 42,  # whole TrueType fonts: text stays text, in any viewer
    "pdf.compression": 6,
    "svg.fonttype": "path",  # a viewer without the font must not move a number
    "svg.hashsalt": "infusionlog",
    "text.hinting": "none",  # glyphs as wide as they were measured
    "hatch.linewidth": 0.5,
    "path.simplify": False,
    "axes.unicode_minus": True,
}
"""What matplotlib is told while a picture is drawn and saved."""


@dataclass(frozen=True, slots=True)
class Pen:
    """A line: colour, width in points, and dash lengths in points (none: solid)."""

    colour: str
    width: float
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Fill:
    """An area: its face, its hatching and its outline; an empty string is none."""

    face: str = ""
    hatch: str = ""
    edge: str = ""
    width: float = 0.0


FRAME = Pen(GREY, 0.6)
GRID = Pen(FAINT, 0.4)
GRID_BOLD = Pen(PALE, 0.6)
STEM = Pen(BLUE, 0.6)
MEAN = Pen(BLUE, 1.3)
BASELINE = Pen(BLUE, 0.8, (5, 2.5))
MARKER = Pen(GREY, 0.7, (1, 1.6))
SECOND = Pen(GREY, 0.4)
STRUCK = Pen(BLACK, 0.7)
HEART = Pen(VERMILION, 0.8)
OXYGEN = Pen(GREEN, 0.8)
PUMP = Pen(BLACK, 1.0)

INFUSING = Fill("#F4F1EA")
DOSE = Fill("#F3CF80", edge=ORANGE, width=0.6)
PAUSE = Fill(WHITE, edge=ORANGE, width=0.6)
GAP = Fill("", "////", GREY)
CUFF = Fill(BLUE, edge=BLUE, width=0.6)
BY_HAND = Fill(WHITE, edge=BLUE, width=0.8)
PAST = Fill(WHITE, edge=GREY, width=0.6)
OTHER = Fill(PALE, edge=GREY, width=0.4)
EFFECT = Fill("#E3B7CE", edge="#8A4A6C", width=0.6)
FLAG = Fill(WHITE, edge=BLACK, width=0.5)
BOX = Fill(WHITE, edge=BLACK, width=0.8)
