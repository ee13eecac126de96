"""QA's pictures of an audit: rules by session, month, room and device; rates over months; gaps and lateness.

Everything is the audit's own answer (`analysis.audit`). A rate stands with its denominator; what does not
apply and what can't be told stand apart from it; demonstrations are shown and counted nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from analysis.audit import Judged
from analysis.page import save
from analysis.page.about import About
from analysis.page.sheet import Sheet
from analysis.qa_pictures.matrix import SESSIONS_AT_MOST, by_part, by_session
from analysis.qa_pictures.months import over_months
from analysis.qa_pictures.sheets import Made, number_pages
from analysis.qa_pictures.spread import spreads
from analysis.style import RC
from devices.errors import InfusionlogError


class NothingJudged(InfusionlogError):
    """An audit judged no session, so there is nothing to draw."""


def draw_pictures(judged: Iterable[Judged], said: str, left_out: int = 0) -> Mapping[str, list[Figure]]:
    """Return the pictures of an audit by their names, each a list of sheets.

    ``rules-by-session`` is there for up to 90 sessions; more are counted by month, and the sheet says so.

    Args:
        judged: the sessions, in any order.
        said: by which rules and when, for the foot of every sheet.
        left_out: how many sessions could not be judged.

    Raises:
        NothingJudged: there is none.
    """
    made = Made(tuple(judged), said, left_out)
    if not made.judged:
        raise NothingJudged("no session was judged, so there is no picture to draw")
    drawn: dict[str, Callable[[], list[Sheet]]] = {
        "rules-by-session": lambda: by_session(made),
        "rules-by-month": lambda: by_part(made, "month"),
        "rules-by-room": lambda: by_part(made, "room"),
        "rules-by-device": lambda: by_part(made, "device"),
        "kept-over-months": lambda: over_months(made),
        "gaps-and-lateness": lambda: spreads(made),
    }
    if len(made.judged) > SESSIONS_AT_MOST:
        del drawn["rules-by-session"]
    if not made.real:
        drawn = {"rules-by-session": drawn["rules-by-session"]} if "rules-by-session" in drawn else drawn
    with mpl.rc_context(RC):
        return {name: [sheet.finish() for sheet in number_pages(draw())] for name, draw in drawn.items()}


def save_pictures(pictures: Mapping[str, list[Figure]], folder: Path, said: str) -> list[Path]:
    """Write every picture as PNG, and all of them as ``audit.pdf``; return the files.

    *said*: by which rules and when, as for `draw_pictures`; it stands in the files' properties.

    Raises:
        OSError: the folder can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    every = [figure for figures in pictures.values() for figure in figures]
    written = save(every, folder / "audit.pdf", About("QA: pictures of an audit", said))
    for name, figures in pictures.items():
        written += save(figures, folder / f"{name}.png", About(f"QA: {name.replace('-', ' ')}", said))
    return written
