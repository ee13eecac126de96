"""What a drawn sheet says and where: for tests of every picture."""

from __future__ import annotations

from itertools import combinations

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from analysis.style import RC

MARGIN_MM, TOUCHING_MM = 2.0, 0.25
"""How near to the edge of a sheet text may come, and by how much the boxes of two texts may overlap."""


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]


def smallest(figure: Figure) -> float:
    return min(text.get_fontsize() for text in figure.findobj(Text))


def boxes(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text but the watermark, and the box round its ink."""
    found = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_alpha() is None]
    with mpl.rc_context(RC):
        renderer = FigureCanvasAgg(figure).get_renderer()
        return [(text.get_text(), text.get_window_extent(renderer)) for text in found]


def inside(figure: Figure) -> None:
    """Fail where a text comes too near to the edge of the sheet."""
    frame = figure.bbox.padded(-MARGIN_MM / 25.4 * figure.dpi)
    for said, box in boxes(figure):
        assert frame.x0 <= box.x0 <= box.x1 <= frame.x1, said
        assert frame.y0 <= box.y0 <= box.y1 <= frame.y1, said


def apart(figure: Figure) -> None:
    """Fail where two texts stand on each other."""
    slack = TOUCHING_MM / 25.4 * figure.dpi
    for (one, a), (other, b) in combinations(boxes(figure), 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        # A box is as high as its line, ink is not: a third of the lower line may overlap.
        lower = min(a.height, b.height)
        assert wide <= slack or high <= lower / 3, (one, other)
