"""What holds of every invented session's page, on both papers: all of it is on the sheet, and legible."""

from functools import cache
from itertools import combinations

import invented_care
import invented_extremes
import invented_sessions as invented
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

from analysis import style
from analysis.page import draw_page
from analysis.wording import CHART_STATEMENT

EVERY = pytest.mark.parametrize("make", invented_extremes.EVERY, ids=lambda make: make.__name__)
PAPERS = pytest.mark.parametrize("paper", ["A4", "Letter"])
MM = 25.4


@EVERY
@PAPERS
def test_nothing_that_is_written_leaves_the_margins(make, paper):
    for figure in drawn(make, paper):
        frame = figure.bbox.padded(-8 / MM * figure.dpi)
        for text, box in boxes(figure):
            assert frame.x0 <= box.x0 <= box.x1 <= frame.x1, text
            assert frame.y0 <= box.y0 <= box.y1 <= frame.y1, text


@EVERY
@PAPERS
def test_no_text_lies_on_another(make, paper):
    for figure in drawn(make, paper):
        written = [(text, ink(box)) for text, box in boxes(figure) if text != "DEMO"]
        met = [(a, b) for (a, at), (b, other) in combinations(written, 2) if at.overlaps(other)]
        assert met == []


@EVERY
def test_no_text_is_smaller_than_seven_points(make):
    assert min(t.get_fontsize() for f in drawn(make, "A4") for t in f.findobj(Text)) >= 7


@EVERY
def test_every_page_carries_the_statement_and_its_number(make):
    figures = drawn(make, "A4")
    for number, figure in enumerate(figures, start=1):
        said = [text for text, _ in boxes(figure)]
        assert CHART_STATEMENT in " ".join(said)
        assert f"page {number} of {len(figures)}" in said


def test_a_grey_printer_keeps_every_coloured_line_apart_from_the_paper():
    for make in (invented.stormy, invented_care.cared_for):
        canvas = FigureCanvasAgg(drawn(make, "A4")[0])
        canvas.draw()
        coloured = np.asarray(canvas.buffer_rgba())[..., :3]
        grey = np.asarray(Image.fromarray(coloured).convert("L"))
        vivid = np.ptp(coloured.astype(int), axis=2) > 130
        assert vivid.sum() > 1000
        assert np.percentile(grey[vivid], 90) < 180


def test_what_differs_in_meaning_differs_in_grey_or_in_shape():
    """Of the carets of a pressure: from the device, by hand, put out of force, of another device."""
    looks = [
        (luma(each.face), luma(each.edge)) for each in (style.CUFF, style.BY_HAND, style.PAST, style.OTHER)
    ]
    for one, other in combinations(looks, 2):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 25


@cache
def drawn(make, paper):
    return draw_page(make(), paper)


@cache
def boxes(figure):
    """Return every text that is drawn, with its box in pixels."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [text for text in figure.findobj(Text) if text.get_text().strip()]
    with mpl.rc_context(style.RC):
        return [(text.get_text(), Text.get_window_extent(text, renderer)) for text in texts]


def ink(box):
    """Return the middle of a text's box: above and below it there is room for accents."""
    flat = box.height < box.width or box.width > 20
    return box.expanded(1, 0.62) if flat else box.expanded(0.62, 1)


def luma(colour):
    return Image.new("RGB", (1, 1), colour).convert("L").getpixel((0, 0))
