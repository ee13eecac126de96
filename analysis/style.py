"""The one style sheet of every picture: colours, pens, sizes; ``config/infusionlog.mplstyle`` is its base.

Colours are Okabe and Ito's, which people with any colour vision tell apart; shape and a written label always
carry the meaning too, so a page reads in greyscale. Nothing here looks like an alarm: no red, no fill
that depends on a value. No other file of this project names a colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib import rc_params_from_file
from matplotlib.colors import to_hex

from devices.vocabulary import config_folder

STYLE_FILE = config_folder() / "infusionlog.mplstyle"
"""The matplotlib style file: pictures of one's own look alike with ``matplotlib.style.use``."""

RC: dict[Any, Any] = rc_params_from_file(STYLE_FILE, use_default_template=False)
"""What matplotlib is told while a picture is drawn and saved: the style file."""


def _colour(name: str) -> str:
    return to_hex(RC[name]).upper()


BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY = (
    to_hex(each["color"]).upper() for each in RC["axes.prop_cycle"]
)
"""Blood pressure; heart rate, pulse; oxygen saturation; infusion; effects; respiration."""

BLACK = _colour("text.color")
DIM = _colour("axes.labelcolor")  # secondary text
GREY = _colour("axes.edgecolor")
FAINT = _colour("grid.color")
WHITE = _colour("figure.facecolor")
PALE = "#D9D9D9"

TITLE_PT, NUMBER_PT, BODY_PT, TICK_PT = (
    float(RC[name]) for name in ("axes.titlesize", "figure.titlesize", "font.size", "xtick.labelsize")
)
DPI = int(RC["savefig.dpi"])


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


FRAME = Pen(GREY, float(RC["axes.linewidth"]))
GRID = Pen(FAINT, float(RC["grid.linewidth"]))
GRID_BOLD = Pen(PALE, 0.6)
STEM = Pen(BLUE, 0.6)
MEAN = Pen(BLUE, 1.3)
BASELINE = Pen(BLUE, 0.8, (5, 2.5))
MARKER = Pen(GREY, 0.7, (1, 1.6))
SECOND = Pen(GREY, 0.4)
STRUCK = Pen(BLACK, 0.7)
HEART = Pen(VERMILION, 0.8)
OXYGEN = Pen(GREEN, 0.8)
BREATH = Pen(SKY, 0.8)
PUMP = Pen(BLACK, 1.0)
KEPT = Pen(DIM, 1.0)
SCORE = Pen(BLACK, 0.6)
RESPONSE = Pen(BLACK, 0.9, (5, 2.5))

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
SCORED = Fill(BLACK)
SCORED_LATER = Fill(WHITE, edge=BLACK, width=0.7)
OTHER_DOSE = Fill(WHITE, "////", ORANGE, 0.6)
UNTREATED = Fill(FAINT)
KNOWN = Fill(GREY)
UNKNOWN = Fill(WHITE, edge=GREY, width=0.5)
VERDICT_FAIL = Fill(BLACK)
VERDICT_UNSURE = Fill(PALE)
VERDICT_SOME = Fill(FAINT)
