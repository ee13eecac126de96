"""The first sheet of the session page as an SVG element that stands in an HTML document."""

from __future__ import annotations

import io
import re

import matplotlib as mpl
from matplotlib.figure import Figure

from analysis.page import draw_page
from analysis.session import Session
from analysis.style import RC

ALTERNATIVE = (
    "The first sheet of the session page: header, eight answers, and on one time axis dose, events, blood "
    "pressure, heart rate, oxygen saturation, sedation, dissociation, respiratory rate and side effects. "
    "All that it shows stands below as text and tables."
)


def drawn_page(session: Session, paper: str) -> str:
    """Return the first sheet of *session* as `element_of` has it."""
    return element_of(draw_page(session, paper)[0])


def element_of(first: Figure) -> str:
    """Return a sheet as one ``<svg>`` with a text alternative; its rules reach nothing outside of it."""
    file = io.StringIO()
    with mpl.rc_context(RC):
        first.savefig(
            file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    drawing = file.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, count=1, flags=re.DOTALL)
    drawing = drawing.replace('<style type="text/css">*{', "<style>#session-page *{", 1)
    named = f'<svg id="session-page" role="img" aria-label="{ALTERNATIVE}" '
    return re.sub(r'\swidth="[\d.]+pt" height="[\d.]+pt"', "", drawing, count=1).replace("<svg ", named, 1)
