"""The chart of a session for a screen: pressure, heart rate, saturation and respiration, on one time axis.

It is drawn by the parts of the session page and keeps its laws: nothing is smoothed, no line crosses a gap,
failed cycles are ticks, held values are "?", excluded ones crossed, values by hand hollow. It holds no
identity but the session's, and is no substitute for the page: the statement under it says what it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from analysis import style
from analysis.page.axis import LEFT, WIDTH
from analysis.page.bp import draw_bp
from analysis.page.content import Content, content_of
from analysis.page.frame import Panel, draw_frame, draw_labels, draw_silences
from analysis.page.header import banners
from analysis.page.sheet import DRAWN_WIDTH, Paper, Sheet, shrunk, wrapped
from analysis.page.strips import draw_heart, draw_oxygen, draw_series, drawn
from analysis.page.time import draw_clock, draw_dose, draw_minutes
from analysis.series import Series
from analysis.session import Session
from analysis.silences import Silence, blanks_of
from analysis.style import BODY_PT, RC, TICK_PT
from analysis.wording import CHART_STATEMENT, name_of, source_name

SCREEN = Paper("screen", 198.0, 152.0, 6.0, 4.0)
"""At 150 dots an inch 1169 x 898 points, and text of 8 pt is 16.7 of them high."""

HEAD, CLOCK, DOSE, STRIP, BREATH, MINUTES, FOOT = 7.6, 5.0, 8.0, 18.0, 13.0, 6.0, 7.2
"""mm of the parts from top to bottom; the pressure takes what is left."""

BREATH_STEP, BREATH_HIGH = 10.0, 30.0


def draw_screen(session: Session) -> Figure:
    """Return the chart of *session*, in any state: what has no records says so.

    Raises:
        UnknownProfile: the session's protocol has no profile of its name.
    """
    with mpl.rc_context(RC):
        content, sheet = content_of(session), Sheet(SCREEN)
        _head(sheet, content)
        y = HEAD
        below = 2 * STRIP + BREATH + MINUTES + FOOT
        for draw, height in (
            (draw_clock, CLOCK),
            (draw_dose, DOSE),
            (draw_bp, sheet.height - HEAD - CLOCK - DOSE - below),
            (draw_heart, STRIP),
            (draw_oxygen, STRIP),
            (_draw_breath, BREATH),
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


def _draw_breath(sheet: Sheet, content: Content, y: float, height: float) -> None:
    """Draw the respiration: the series that its figures use, the others thin and named."""
    shown, _ = drawn(content.breath)
    high = BREATH_HIGH
    while shown and max(float(series.x.max()) for series in shown) > high:
        high += BREATH_STEP
    panel = Panel(y, height, 0.0, high)
    draw_frame(sheet, content, panel, BREATH_STEP)
    sheet.text(0, y + 2.2, "RR", bold=True, colour=style.SKY)
    sheet.text(0, y + 5.6, "/min", TICK_PT, colour=style.DIM)
    if not shown:
        middle = (LEFT + WIDTH / 2, y + height / 2)
        sheet.text(*middle, "No respiratory rate recorded", bold=True, align="center", ground=style.WHITE)
        return
    gaps = _gaps(content, shown[0])
    draw_silences(sheet, panel, content.axis, gaps)
    for series in reversed(shown):
        pen = style.BREATH if series is shown[0] else style.SECOND
        for part in _between(series, _gaps(content, series)):
            draw_series(sheet, content, panel, part, pen)
    labels = [
        (panel.y(float(s.x[-1])), f"{name_of(s.vital)},\n{source_name(s.source)}", style.DIM) for s in shown
    ]
    draw_labels(sheet, panel, labels)


def _gaps(content: Content, series: Series) -> list[Silence]:
    """Return when the source of *series* was not heard, or was heard without a respiration."""
    opened = content.timeline.minute(content.session.opened_at)
    blanks = blanks_of(series, content.protocol, content.silences, opened, content.last_minute)
    return [*(s for s in content.silences if s.source == series.source), *blanks]


def _between(series: Series, gaps: Sequence[Silence]) -> list[Series]:
    """Return *series* cut at its gaps.

    A protocol lets a respiration be shown for as long as it may lie between two counts by hand, which is
    longer than most gaps: by its age alone a line would cross them.
    """
    stretch = np.searchsorted(sorted(gap.start for gap in gaps), series.minutes, side="right")
    return [replace(series, valid=series.valid & (stretch == n)) for n in range(len(gaps) + 1)]
