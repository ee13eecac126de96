"""The chart of a session for a screen: pressure, heart rate, saturation and respiration, on one time axis.

It is drawn by the parts of the session page and keeps its laws: nothing is smoothed, no line crosses a gap,
failed cycles are ticks, held values are "?", excluded ones crossed, values by hand hollow. It holds no
identity but the session's, and is no substitute for the page: the statement under it says what it is not.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import matplotlib as mpl
from matplotlib.figure import Figure

from analysis.page.bp import draw_bp
from analysis.page.content import Content, content_of
from analysis.page.header import banners
from analysis.page.sheet import DRAWN_WIDTH, Paper, Sheet, shrunk, wrapped
from analysis.page.strips import draw_breath, draw_heart, draw_oxygen
from analysis.page.time import draw_clock, draw_dose, draw_minutes
from analysis.session import Session
from analysis.style import BODY_PT, RC, TICK_PT
from analysis.wording import CHART_STATEMENT

SCREEN = Paper("screen", 198.0, 157.0, 6.0, 4.0)
"""At 150 dots an inch 1169 x 927 points, and text of 8 pt is 16.7 of them high."""

HEAD, CLOCK, DOSE, STRIP, MINUTES, FOOT = 7.6, 5.0, 8.0, 18.0, 6.0, 7.2
"""mm of the parts from top to bottom; the pressure takes what is left."""


def draw_screen(session: Session) -> Figure:
    """Return the chart of *session*, in any state: what has no records says so.

    Raises:
        UnknownProfile: the session's protocol has no profile of its name.
    """
    with mpl.rc_context(RC):
        content, sheet = content_of(session), Sheet(SCREEN)
        _head(sheet, content)
        y = HEAD
        below = 3 * STRIP + MINUTES + FOOT
        for draw, height in (
            (draw_clock, CLOCK),
            (draw_dose, DOSE),
            (draw_bp, sheet.height - HEAD - CLOCK - DOSE - below),
            (draw_heart, STRIP),
            (draw_oxygen, STRIP),
            (draw_breath, STRIP),
            (draw_minutes, MINUTES),
        ):
            draw(sheet, content, y, height)
            y += height
        for i, line in enumerate(wrapped(CHART_STATEMENT, DRAWN_WIDTH, TICK_PT)):
            sheet.text(0, y + 2.2 + 2.9 * i, line, TICK_PT)
        if session.demo:
            sheet.watermark("DEMO")
        return sheet.finish()


def _head(sheet: Sheet, content: Content) -> None:
    session = content.session
    opened = session.opened_at.astimezone(ZoneInfo(session.zone))
    said = f"Session {session.id} · {opened:%d %b %Y %H:%M} · room {session.room} · {session.state}"
    sheet.text(0, 1.8, said, shrunk(said, DRAWN_WIDTH, BODY_PT, TICK_PT), bold=True, width=DRAWN_WIDTH)
    loud = " · ".join(banners(content))
    sheet.text(0, 5.4, loud, shrunk(loud, DRAWN_WIDTH, BODY_PT, TICK_PT), width=DRAWN_WIDTH)
