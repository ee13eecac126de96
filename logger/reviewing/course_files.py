"""A patient's course as files, made in two goes: each session becomes a small visit, the visits a course."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logger.entering.desk import SessionFile
from logger.ledger.audit import Row
from logger.reviewing.page_files import FACTS, PDF, PICTURE, file_of

COLUMNS = {
    "session": "session", "opened": "opened", "number": "number", "state": "state", "phq9": "PHQ-9",
    "mg": "mg", "mg_per_kg": "mg/kg", "sys_highest": "highest systolic", "sys_n": "n",
    "dia_highest": "highest diastolic", "mild": "mild", "moderate": "moderate", "severe": "severe",
    "left_min": "left after, min",
}  # fmt: skip
"""The columns of `analysis.course.COURSE` that a page shows, with their names there."""

if TYPE_CHECKING:
    from analysis.course import Visit


def visit(bare: SessionFile, rows: Sequence[Row]) -> Visit:
    """Return what the course says of a session."""
    from analysis.course import visit_of
    from logger.reviewing.frames import build

    return visit_of(build(file_of(bare, rows)))


def draw_course_files(visits: Sequence[Visit], folder: Path) -> None:
    """Write the course of *visits* into *folder*: first sheet, all sheets, and the table of `COLUMNS`."""
    from analysis.course import Course, about_course, course_table, draw_course, told
    from analysis.page import save

    found = sorted(visits, key=lambda one: (one.opened, one.session))
    course = Course(found[-1].identifiers, tuple(found))
    sheets, about = draw_course(course), about_course(course)
    table = course_table(course)[list(COLUMNS)].astype(object)
    rows = table.where(table.notna(), None).to_dict("records")
    said: list[dict[Any, Any]] = [
        row | {"said": told(one)} for row, one in zip(rows, course.visits, strict=True)
    ]
    (folder / FACTS).write_text(json.dumps(said), encoding="utf-8")
    save(sheets, folder / PDF, about)
    save(sheets[:1], folder / PICTURE, about)
