"""A sheet of paper in millimetres: what a page is drawn on.

x runs to the right and y down from the top left corner inside the margins. Lines and areas of one look are
gathered into one matplotlib artist each, because an artist costs more than what it draws. Text is measured
before it is placed, so that it can be shrunk, cut with an ellipsis or wrapped, and never runs over.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import matplotlib as mpl
import numpy as np
from matplotlib import ft2font
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from analysis.style import BLACK, BODY_PT, DPI, PALE, Fill, Pen
from analysis.timeline import Floats

MM = 25.4
PT_MM = MM / 72
BACK, GRID, AREA, DATA, FRONT = range(5)
"""Layers, from the lowest."""

MISSING_GLYPH = "\ufffd"
JOINERS = "\u200c\u200d"
"""What Persian and Indian scripts write between letters; it has no look of its own."""

SHAPING = hasattr(ft2font, "__libraqm_version__")
"""Whether this matplotlib (3.11 and later) sets right-to-left and joining scripts as they are written."""

Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Paper:
    """A size of paper: width, height and the margins, in mm; 186 mm of width are drawn on."""

    name: str
    width: float
    height: float
    left: float
    top: float


PAPERS = {"A4": Paper("A4", 210, 297, 12, 12), "Letter": Paper("Letter", 215.9, 279.4, 14.95, 11.5)}
DRAWN_WIDTH = 186.0


class Sheet:
    """One page while it is being drawn; `finish` gives the figure."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.height = paper.height - 2 * paper.top
        self.figure = Figure(figsize=(paper.width / MM, paper.height / MM), dpi=DPI, facecolor="white")
        flip = Affine2D().scale(1 / MM, -1 / MM).translate(paper.left / MM, (paper.height - paper.top) / MM)
        self._to_paper = flip + self.figure.dpi_scale_trans
        self._lines: dict[tuple[int, Pen], list[Floats]] = defaultdict(list)
        self._areas: dict[tuple[int, Fill], list[Floats]] = defaultdict(list)

    def line(self, points: Floats | Sequence[tuple[float, float]], pen: Pen, layer: int = DATA) -> None:
        """Draw a line through *points*, an array of shape (n, 2)."""
        self._lines[layer, pen].append(np.asarray(points, dtype=np.float64))

    def area(self, points: Floats | Sequence[tuple[float, float]], fill: Fill, layer: int = AREA) -> None:
        """Fill the polygon of *points*."""
        self._areas[layer, fill].append(np.asarray(points, dtype=np.float64))

    def box(self, x: float, y: float, width: float, height: float, fill: Fill, layer: int = AREA) -> None:
        """Fill a rectangle whose top left corner is (x, y)."""
        self.area([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], fill, layer)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = BODY_PT,
        *,
        bold: bool = False,
        colour: str = BLACK,
        align: Align = "left",
        width: float | None = None,
        ground: str = "",
        upright: bool = False,
    ) -> None:
        """Write one line with its middle at height *y*; cut with an ellipsis where it is wider than *width*.

        *ground* is the colour of a small box behind the text, for text that lies on a line. *upright* text
        is turned to run from below to above, with its middle at (x, y).
        """
        said = drawable(text)
        if width is not None:
            said = cut_to(said, width, size, bold)
        if not said.strip():
            return
        self.figure.add_artist(
            Text(
                x,
                y,
                said,
                color=colour,
                fontproperties=_font(size, bold),
                horizontalalignment=align,
                verticalalignment="center" if upright else "center_baseline",
                rotation=90 if upright else 0,
                transform=self._to_paper,
                parse_math=False,
                zorder=FRONT + 1,
                bbox={"facecolor": ground, "edgecolor": "none", "pad": 0.6} if ground else None,
            )
        )

    def watermark(self, text: str) -> None:
        """Write *text* large, light and diagonal below everything else."""
        self.figure.add_artist(
            Text(
                DRAWN_WIDTH / 2,
                self.height * 0.42,
                text,
                color=PALE,
                alpha=0.6,
                fontproperties=_font(130, True),
                horizontalalignment="center",
                verticalalignment="center",
                rotation=40,
                transform=self._to_paper,
                zorder=BACK + 0.2,
            )
        )

    def finish(self) -> Figure:
        """Hand the gathered lines and areas to the figure and return it."""
        for (layer, fill), areas in self._areas.items():
            self.figure.add_artist(
                PolyCollection(
                    areas,
                    facecolors=fill.face or "none",
                    edgecolors=fill.edge or "none",
                    linewidths=fill.width,
                    hatch=fill.hatch or None,
                    transform=self._to_paper,
                    zorder=layer,
                )
            )
        for (layer, pen), lines in self._lines.items():
            self.figure.add_artist(
                LineCollection(
                    lines,
                    colors=pen.colour,
                    linewidths=pen.width,
                    linestyles=(0, pen.dash) if pen.dash else "solid",
                    capstyle="butt",
                    transform=self._to_paper,
                    zorder=layer + 0.5,
                )
            )
        return self.figure


def cut_to(text: str, width: float, size: float, bold: bool = False) -> str:
    """Return *text*, or as much of its beginning as fits in *width* mm with an ellipsis after it."""
    if width_of(text, size, bold) <= width:
        return text
    kept = text
    while kept and width_of(kept.rstrip() + "…", size, bold) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def shrunk(text: str, width: float, largest: float, smallest: float = BODY_PT, bold: bool = False) -> float:
    """Return the size in points, between the two, at which *text* fits in *width* mm, or the smallest."""
    natural = width_of(text, largest, bold)
    return largest if natural <= width else max(smallest, 0.9999 * largest * width / natural)


def wrapped(text: str, width: float, size: float = BODY_PT, bold: bool = False) -> list[str]:
    """Return *text* as lines no wider than *width* mm; a word that is wider is broken."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in paragraph.split(" "):
            while width_of(word, size, bold) > width:
                head = cut_to(word, width, size, bold)[:-1] or word[0]
                lines += [line, head] if line else [head]
                line, word = "", word[len(head) :]
            longer = f"{line} {word}" if line else word
            if width_of(longer, size, bold) <= width:
                line = longer
            else:
                lines.append(line)
                line = word
        lines.append(line)
    return lines


def width_of(text: str, size: float = BODY_PT, bold: bool = False) -> float:
    """Return how wide *text* is in mm."""
    return _length(text, bold) * size * PT_MM


@lru_cache(maxsize=8192)
def _length(text: str, bold: bool) -> float:
    """Return how wide *text* is, in parts of the font's size; laying out asks for the same words often."""
    return sum(_advance(character, bold) for character in text)


def drawable(text: str) -> str:
    """Return *text* with `MISSING_GLYPH` for every character that can't be drawn here as it is written.

    No font has it, or it turns the direction of other characters round, or it belongs to a script whose
    letters run to the left or join, and this matplotlib was built without the shaping for that.
    """
    flat = text.replace("\n", " ")
    if flat.isascii() and flat.isprintable():
        return flat
    return "".join(c if c == "\u00a0" or _as_written(c) else MISSING_GLYPH for c in flat)


@cache
def _as_written(character: str) -> bool:
    kind = unicodedata.category(character)
    if kind == "Zs":
        return True
    if kind in ("Cc", "Cf", "Cs") and character not in JOINERS:
        return False
    shaped = unicodedata.bidirectional(character) in ("R", "AL", "AN") or kind in ("Mn", "Mc")
    return (SHAPING or not shaped) and _face_of(character, False) is not None


@cache
def families() -> tuple[str, ...]:
    """Return the fonts to draw with: matplotlib's own, then what is installed for other scripts."""
    wanted = (
        "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans Arabic", "Noto Sans Hebrew",
        "Noto Sans Devanagari",
        "Noto Sans Thai", "WenQuanYi Zen Hei", "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Nirmala UI",
        "Leelawadee UI", "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Arial Unicode MS",
    )  # fmt: skip
    installed = {font.name for font in fontManager.ttflist}
    return ("DejaVu Sans", *(name for name in wanted if name in installed))


@cache
def _font(size: float, bold: bool) -> FontProperties:
    return FontProperties(family=list(families()), size=size, weight="bold" if bold else "normal")


@cache
def _faces(bold: bool) -> tuple[FT2Font, ...]:
    own = Path(mpl.get_data_path()) / "fonts" / "ttf" / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")
    weight = "bold" if bold else "normal"
    others = [fontManager.findfont(FontProperties(family=name, weight=weight)) for name in families()[1:]]
    faces = [FT2Font(str(path)) for path in (own, *others)]
    for face in faces:
        face.set_size(_EM, 72)
    return tuple(faces)


_EM = 100.0


@cache
def _face_of(character: str, bold: bool) -> FT2Font | None:
    return next((face for face in _faces(bold) if face.get_char_index(ord(character))), None)


@cache
def _advance(character: str, bold: bool) -> float:
    """Return how far the pen moves on, in parts of the font's size."""
    face = _face_of(character, bold)
    if face is None:
        return _advance(MISSING_GLYPH, bold)
    return float(face.load_char(ord(character)).linearHoriAdvance) / 65536 / _EM
