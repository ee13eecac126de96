"""The course view: all sessions of a patient side by side, as a physician reviews a course.

From top to bottom: session and date, PHQ-9 with its response line, dose, highest pressures, side effects,
minutes over markers, leaving, data quality. Each session stands for itself: nothing is joined, predicted or
recommended. More than ten sessions go on to further sheets; the last sheets say everything in words.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import matplotlib as mpl
from matplotlib.figure import Figure

from analysis import style
from analysis.course.layout import LEFT, ROW, Columns, draw_rows, pages_of
from analysis.course.panels import draw_dose, draw_phq9, draw_pressure
from analysis.course.rows import (
    dose_rows,
    draw_known,
    effect_rows,
    leaving_rows,
    marker_rows,
    pressure_rows,
    quality_rows,
    score_rows,
)
from analysis.course.table import COURSE, course_table
from analysis.course.visit import Visit, visit_of
from analysis.course.whole import Course, NothingToShow, course_of
from analysis.course.words import about_course, columns_said, compared, definitions, told, unusual
from analysis.page import paper_named
from analysis.page.listing import IDENTIFIERS_APART, Line, draw_identifiers, lines_of, listed
from analysis.page.sheet import DRAWN_WIDTH, Paper, Sheet, shrunk, width_of, wrapped
from analysis.session import Session
from analysis.style import RC, TICK_PT
from analysis.wording import CHART_STATEMENT

__all__ = [
    "COURSE",
    "Course",
    "NothingToShow",
    "Visit",
    "about_course",
    "course_of",
    "course_table",
    "draw_course",
    "told",
    "visit_of",
]

BANNER, NAMES, FOOT, APART = 3.3, 15.0, 12.5, 1.8
"""mm of a line of banners, of the columns' names, of the statement with the digest, and between groups."""

PHQ9, DOSE = 34.0, 22.0
"""mm of two panels; the pressures take what is left."""


def draw_course(sessions: Iterable[Session] | Course, paper: str = "A4") -> list[Figure]:
    """Return the sheets of a course: the sessions side by side, then everything in words, and the heads.

    Args:
        sessions: of one patient, in any order and state; or their course, where it was made already.
        paper: ``A4`` or ``Letter``, upright.

    Raises:
        NothingToShow: there is no session.
        UnknownPaper: neither of the two.
        UnknownProfile: a session's protocol has no profile of its name.
    """
    course, size = sessions if isinstance(sessions, Course) else course_of(sessions), paper_named(paper)
    with mpl.rc_context(RC):
        sheets = [_sheet(course, columns, size) for columns in pages_of(course)]
        sheets += listed(_words(course), lambda: _further(course, size))
        for number, sheet in enumerate(sheets, start=1):
            _foot(sheet, course, f"page {number} of {len(sheets)}")
            if course.demo:
                sheet.watermark("DEMO")
        return [sheet.finish() for sheet in sheets]


def _sheet(course: Course, columns: Columns, paper: Paper) -> Sheet:
    sheet = Sheet(paper)
    y = _names(sheet, columns, _header(sheet, course, columns)) + APART
    draw_phq9(sheet, columns, y, PHQ9)
    y = draw_rows(sheet, columns, y + PHQ9, score_rows()) + APART
    draw_dose(sheet, columns, y, DOSE)
    y = draw_rows(sheet, columns, y + DOSE, dose_rows()) + APART
    below = [effect_rows(), marker_rows(columns), leaving_rows()]
    rows = len(pressure_rows()) + sum(map(len, below)) + 2 + len(quality_rows())
    lines = wrapped(compared(course)[0], DRAWN_WIDTH, TICK_PT, bold=compared(course)[1])
    taken = rows * ROW + APART * 3 + 1.0 + 3.0 * len(lines) + FOOT
    height = sheet.height - y - taken
    draw_pressure(sheet, columns, y, height)
    y = draw_rows(sheet, columns, y + height, pressure_rows())
    for line in lines:
        sheet.text(0, y + 1.9, line, TICK_PT, bold=compared(course)[1])
        y += 3.0
    y += 1.0
    for group in below:
        if group:
            y = draw_rows(sheet, columns, y, group) + (APART if group is below[0] else 0.0)
    y = draw_known(sheet, columns, y + APART)
    draw_rows(sheet, columns, y, quality_rows())
    return sheet


def _header(sheet: Sheet, course: Course, columns: Columns) -> float:
    """Write whose course it is, over which days, and every banner of its sessions; return where it ends."""
    visits = course.visits
    y = _identifiers(sheet, *course.identifiers)
    n = f"{len(visits)} sessions" if len(visits) > 1 else "1 session"
    days = dict.fromkeys((visits[0].day, visits[-1].day))
    here = columns_said(tuple(range(columns.first, columns.last + 1)))
    shown = f", here {here}" if len(columns.shown) < len(visits) else ""
    sheet.text(0, y, f"Course view: {n}, {' to '.join(days)}{shown}")
    banners = list(dict.fromkeys(banner for visit in columns.shown for banner in visit.banners))
    lines = wrapped(" · ".join(banners), DRAWN_WIDTH - 2, bold=True) if banners else []
    if lines:
        sheet.box(0, y + 2.2, DRAWN_WIDTH, 0.4 + BANNER * len(lines), style.BOX)
    for i, line in enumerate(lines):
        sheet.text(DRAWN_WIDTH / 2, y + 2.4 + BANNER * (i + 0.5), line, bold=True, align="center")
    return y + 3.8 + BANNER * len(lines)


def _identifiers(sheet: Sheet, name: str, second: str) -> float:
    """Write both identifiers whole, below each other where they do not fit beside; return the next line."""
    if width_of(name + second, TICK_PT, bold=True) <= DRAWN_WIDTH - IDENTIFIERS_APART:
        draw_identifiers(sheet, name, second)
        return 6.8
    lines = [*wrapped(name, DRAWN_WIDTH, bold=True), *wrapped(second, DRAWN_WIDTH, bold=True)]
    for i, line in enumerate(lines):
        sheet.text(0, 2.4 + BANNER * i, line, bold=True)
    return 2.4 + BANNER * len(lines)


def _names(sheet: Sheet, columns: Columns, y: float) -> float:
    """Write over the columns: phase, number, date, and what is not as usual; return where they end."""
    phases = [(visit.course, visit.phase) for visit in columns.shown]
    place = 0
    for (_, phase), members in groupby(phases):
        left, n = LEFT + columns.width * place, len(list(members))
        room, said = columns.width * n - 1, phase or "no course"
        if width_of(said, TICK_PT) > room:
            said = f"{said[:5]}."
        sheet.line([(left + 0.5, y + 3.6), (left + room, y + 3.6)], style.FRAME)
        sheet.text(left + 0.6, y + 1.8, said, shrunk(said, room, style.BODY_PT, TICK_PT), width=room)
        place += n
    sheet.text(0, y + 5.8, "session")
    sheet.text(0, y + 9.4, "opened")
    room = columns.width - 0.6
    for x, visit in columns.each():
        number = visit.number or "–"
        size = shrunk(number, room, style.BODY_PT, TICK_PT, bold=True)
        sheet.text(x, y + 5.8, number, size, bold=True, align="center", width=room)
        sheet.text(x, y + 9.4, f"{visit.opened:%d %b %y}".lstrip("0"), TICK_PT, align="center")
        sheet.text(x, y + 12.9, unusual(visit), TICK_PT, align="center", width=room)
    return y + NAMES


def _words(course: Course) -> list[Line]:
    lines = [line for visit in course.visits for line in lines_of(visit.name, [told(visit)])]
    lines += lines_of("What each figure is", definitions(course))
    heads = [
        f"{visit.session} ({visit.day}) {head.writer}: {head.count} records, digest {head.digest}"
        for visit in course.visits
        for head in visit.heads
    ]
    return lines + lines_of("Made from these records", heads)


def _further(course: Course, paper: Paper) -> Sheet:
    sheet = Sheet(paper)
    draw_identifiers(sheet, *course.identifiers)
    sheet.text(0, 6.8, "Course view, details", colour=style.DIM)
    return sheet


def _foot(sheet: Sheet, course: Course, page: str) -> None:
    sheet.text(DRAWN_WIDTH, 6.8, page, align="right")
    y = sheet.height - FOOT + 2.6
    for i, line in enumerate(wrapped(CHART_STATEMENT, DRAWN_WIDTH, TICK_PT)):
        sheet.text(0, y + 2.9 * i, line, TICK_PT)
    heads = sum(len(visit.heads) for visit in course.visits)
    said = f"SHA-256 over the {heads} heads of these sessions (listed on the last page): {course.digest}"
    sheet.text(0, sheet.height - 1.2, said, shrunk(said, DRAWN_WIDTH, TICK_PT, TICK_PT), width=DRAWN_WIDTH)
