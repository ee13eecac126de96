"""All sessions of a patient side by side: the picture, and the same as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response

from logger.reviewing.course_files import COLUMNS
from logger.reviewing.page_files import FACTS, PDF, PICTURE
from logger.web.clinic import Clinic
from logger.web.drawing import Drawings
from logger.web.guards import TheClinic, visitor_with
from logger.web.pages.session_pages import OF_ITS_OWN
from logger.web.rendering import render
from logger.web.visits import Visitor

router = APIRouter()
Staff = Annotated[Visitor, Depends(visitor_with("nurse", "physician"))]
Waits = Annotated[Visitor, Depends(visitor_with("nurse", "physician", background=True))]

FILES = {"course.svg": (PICTURE, "image/svg+xml"), "course.pdf": (PDF, "application/pdf")}


@router.get("/patients/{patient}/course")
def course(request: Request, patient: str, visitor: Staff, clinic: TheClinic) -> Response:
    """Show a patient's course, or say that it is being drawn."""
    folder, why = _folder(request, patient)
    rows = []
    if folder is not None:
        rows = orjson.loads((folder / FACTS).read_bytes())
        _log(clinic, visitor, rows, "viewed")
    known = clinic.patient(patient)
    values: dict[str, Any] = {
        "patient": patient,
        "known": known,
        "rows": rows,
        "columns": COLUMNS,
        "why": why,
    }
    return render(request, visitor, "physician/course.html", **values)


@router.get("/patients/{patient}/drawn.json")
def drawn(request: Request, patient: str, visitor: Waits) -> Response:
    """Say whether a course is drawn, for a page that waits for it."""
    folder, why = _folder(request, patient)
    return JSONResponse({"drawn": folder is not None or bool(why)})


@router.get("/patients/{patient}/course.svg")
def picture(request: Request, patient: str, visitor: Staff) -> Response:
    """Return the first sheet, which is part of the course's page."""
    return _file(request, patient, "course.svg")


@router.get("/patients/{patient}/course.pdf")
def pdf(request: Request, patient: str, visitor: Staff, clinic: TheClinic) -> Response:
    """Return all sheets of the course."""
    folder, _ = _folder(request, patient)
    if folder is not None:
        _log(clinic, visitor, orjson.loads((folder / FACTS).read_bytes()), "charted")
    return _file(request, patient, "course.pdf")


def _folder(request: Request, patient: str) -> tuple[Path | None, str]:
    """Return where a course is drawn; else why it can't be, empty while it is being drawn."""
    drawings: Drawings = request.app.state.drawings
    made = drawings.course_now(patient)
    folder = drawings.find_course(made)
    return folder, "" if folder else drawings.want_course(made, patient)


def _file(request: Request, patient: str, name: str) -> Response:
    folder, _ = _folder(request, patient)
    if folder is None:
        return RedirectResponse(str(request.url_for("course", patient=patient).path), 303)
    file, kind = FILES[name]
    saved_as = None if name.endswith("svg") else "course.pdf"
    headers = {"content-security-policy": OF_ITS_OWN}
    return FileResponse(folder / file, media_type=kind, filename=saved_as, headers=headers)


def _log(clinic: Clinic, visitor: Visitor, rows: list[dict[str, str]], event: str) -> None:
    for row in rows:
        clinic.saw(visitor, event, row["session"], "course")
