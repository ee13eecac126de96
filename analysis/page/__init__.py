"""The session page: everything that a physician reviews, on one sheet; details on the sheets after it.

From top to bottom: header, eight answers, clock, dose, numbered events, blood pressure, heart rate, oxygen
saturation, rows of numbers, side effects, minutes, table and data quality, signatures, statement and digest.
The same session gives the same bytes: no time of drawing is written into a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from analysis.page.about import PROGRAM, About
from analysis.page.answers import draw_answers
from analysis.page.bp import draw_bp
from analysis.page.content import Content, content_of
from analysis.page.digits import draw_digits
from analysis.page.effects import draw_effects
from analysis.page.foot import draw_footer, draw_leaving, draw_signatures, draw_table
from analysis.page.header import draw_header
from analysis.page.more import more_lines, more_pages
from analysis.page.plan import EFFECT_ROW, HEIGHTS, TABLE, Heights, Plan, plan_of
from analysis.page.sheet import DRAWN_WIDTH, PAPERS, Paper, Sheet
from analysis.page.strips import draw_heart, draw_oxygen
from analysis.page.time import draw_clock, draw_dose, draw_flags, draw_minutes
from analysis.session import Session
from analysis.style import DPI, RC
from devices.errors import UsageError


class UnknownPaper(UsageError):
    """The page is drawn for A4 and Letter only."""


class UnknownPicture(UsageError):
    """A picture's file has to end in .png, .svg or .pdf."""


def draw_page(session: Session, paper: str = "A4") -> list[Figure]:
    """Return the session's pages: first the one a physician reviews, then the details.

    Args:
        session: in any state; what has no records yet says so.
        paper: ``A4`` or ``Letter``, upright.

    Raises:
        UnknownPaper: neither of the two.
        UnknownProfile: the session's protocol has no profile of its name.
    """
    size = paper_named(paper)
    with mpl.rc_context(RC):
        content = content_of(session)
        later = more_pages(content, more_lines(content), size)
        sheet = Sheet(size)
        pages = 1 + len(later)
        _first_page(sheet, content, HEIGHTS[paper], pages)
        for number, each in enumerate((sheet, *later), start=1):
            draw_footer(each, content, pages)
            if number > 1:
                each.text(DRAWN_WIDTH, 6.8, f"page {number} of {pages}", align="right")
            if session.demo:
                each.watermark("DEMO")
        return [each.finish() for each in (sheet, *later)]


def paper_named(name: str) -> Paper:
    """Return the paper of that name.

    Raises:
        UnknownPaper: nothing is drawn for it.
    """
    if name not in PAPERS:
        raise UnknownPaper(f"paper {name!r} is not known; use one of: {', '.join(PAPERS)}")
    return PAPERS[name]


def save(figures: Sequence[Figure], path: Path, about: About | None = None) -> list[Path]:
    """Write the pages and return the files: the ending of *path* says the format, *about* its properties.

    A PDF holds all pages. PNG (150 dpi) and SVG hold one page a file: ``chart.png``, ``chart-2.png`` ...

    Raises:
        UnknownPicture: another ending.
        OSError: the file can't be written.
    """
    path = Path(path)
    ending = path.suffix.lower()
    with mpl.rc_context(RC):
        if ending == ".pdf":
            facts = {
                **(about.pdf() if about else {}),
                "CreationDate": None,
                "ModDate": None,
                "Creator": PROGRAM,
                "Producer": "matplotlib",
            }
            with PdfPages(path, metadata=facts) as pages:
                for figure in figures:
                    pages.savefig(figure)
            return [path]
        written = []
        for number, figure in enumerate(figures, start=1):
            each = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
            if ending == ".png":
                said = about.png() if about else {}
                figure.savefig(each, format="png", dpi=DPI, metadata={"Software": PROGRAM, **said})
            elif ending == ".svg":
                told = about.svg() if about else {}
                figure.savefig(each, format="svg", metadata={"Date": None, "Creator": PROGRAM, **told})
            else:
                raise UnknownPicture(f"{path.name}: a picture ends in .png, .svg or .pdf")
            written.append(each)
        return written


def _first_page(sheet: Sheet, content: Content, heights: Heights, pages: int) -> None:
    """Draw the first page."""
    plan = plan_of(content, heights, sheet.height)
    draw_header(sheet, content, plan.header, pages)
    draw_answers(sheet, plan.answers, plan.header.height)
    for name, draw in BANDS.items():
        draw(sheet, content, *plan.bands[name])
    effects = plan.bands["effects"]
    draw_effects(sheet, content, *effects, int(effects[1] / EFFECT_ROW))
    draw_minutes(sheet, content, *plan.bands["minutes"])
    _draw_foot(sheet, content, plan)


BANDS = {
    "clock": draw_clock,
    "dose": draw_dose,
    "flags": draw_flags,
    "bp": draw_bp,
    "heart": draw_heart,
    "oxygen": draw_oxygen,
    "digits": draw_digits,
}
"""What draws each band of the first page."""


def _draw_foot(sheet: Sheet, content: Content, plan: Plan) -> None:
    draw_table(sheet, content, plan.foot - TABLE)
    draw_leaving(sheet, content, plan.foot - TABLE)
    draw_signatures(sheet, plan.signatures, plan.foot)
