"""A session's page: the picture with its values, all of it as text and tables, and its files to take away."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response

from logger import kinds
from logger.keeping.access import accesses
from logger.ledger.finding import of_kind
from logger.reviewing.page_files import PDF, PICTURE, REPORT
from logger.web.clinic import Clinic
from logger.web.drawing import Drawings
from logger.web.guards import TheClinic, visitor_with
from logger.web.rendering import render
from logger.web.session_view import place_for, show
from logger.web.visits import Visitor

router = APIRouter()
Reader = Annotated[Visitor, Depends(visitor_with("nurse", "physician", "qa"))]
Waiting = Annotated[Visitor, Depends(visitor_with("nurse", "physician", "qa", background=True))]

Staff = Annotated[Visitor, Depends(visitor_with("nurse", "physician"))]

LOOKS = 200
"""Looks on one page."""

OF_ITS_OWN = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
"""What a picture or a report may do where it stands for itself: be looked at."""


@router.get("/sessions/{session}")
def session_page(request: Request, session: str, visitor: Reader, clinic: TheClinic) -> Response:
    """Show a session's page, or say that it is being drawn."""
    return show(request, visitor, clinic, session)


@router.get("/sessions/{session}/drawn.json")
def drawn(request: Request, session: str, visitor: Waiting, clinic: TheClinic) -> Response:
    """Say whether a session's page is drawn, for a page that waits for it; of an open one any will do."""
    drawings: Drawings = request.app.state.drawings
    made = drawings.now(session, named=visitor.sees_names)
    is_open = clinic.row(session)["state"] == "open"  # it grows faster than it is drawn
    there = (drawings.latest(made) if is_open else drawings.find(made)) is not None
    failed = "" if there else drawings.want(made)
    return JSONResponse({"drawn": there or bool(failed)})


@router.get("/sessions/{session}/page.svg")
def picture(
    request: Request, session: str, visitor: Reader, clinic: TheClinic, of: str = "", save: str = ""
) -> Response:
    """Return the page's first sheet. On the page itself it is part of what was logged as viewed."""
    last = request.app.state.displayed.last(visitor, session)
    part = bool(of) and not save and last is not None and last.key == of
    event = None if part else "charted"
    return _file(request, visitor, clinic, session, PICTURE, "image/svg+xml", event, save=bool(save))


@router.get("/sessions/{session}/page.pdf")
def pdf(request: Request, session: str, visitor: Reader, clinic: TheClinic) -> Response:
    """Return all sheets of the page."""
    return _file(request, visitor, clinic, session, PDF, "application/pdf", "charted", save=True)


@router.get("/sessions/{session}/report")
def report(request: Request, session: str, visitor: Reader, clinic: TheClinic) -> Response:
    """Return the report as one file that needs no other."""
    return _file(request, visitor, clinic, session, REPORT, "text/html; charset=utf-8", "exported", save=True)


@router.get("/sessions/{session}/amend")
def amend(session: str, visitor: Staff, clinic: TheClinic) -> Response:
    """Go to where entries are put right and readings left out; the old value stays."""
    return RedirectResponse(f"/sessions/{clinic.row(session)['id']}/entries", 303)


@router.get("/sessions/{session}/looks")
def looks(request: Request, session: str, visitor: Reader, clinic: TheClinic) -> Response:
    """List who looked at a session, took its files away, or was refused."""
    row = clinic.row(session)
    clinic.saw(visitor, "viewed", session, "who looked")
    with clinic.desk() as desk:
        found = of_kind(desk.store, kinds.SYSTEM, "access", session)
    seen = [*accesses(found[-LOOKS:], session=session)][::-1]
    values: dict[str, Any] = {"session": row, "place": place_for(clinic, visitor, row), "looks": seen}
    more = max(len(found) - LOOKS, 0)
    return render(request, visitor, "physician/looks.html", **values, more=more)


def _file(
    request: Request,
    visitor: Visitor,
    clinic: Clinic,
    session: str,
    name: str,
    kind: str,
    event: str | None,
    *,
    save: bool,
) -> Response:
    """Return a file of the page; that it was taken goes into the access log first."""
    row = clinic.row(session)
    drawings: Drawings = request.app.state.drawings
    made = drawings.now(session, named=visitor.sees_names)
    found = drawings.latest(made) if row["state"] == "open" else drawings.find(made)
    if found is None:
        drawings.want(made)
        return RedirectResponse(f"/sessions/{session}", 303)
    if event:
        clinic.saw(visitor, event, session, name)
    headers = {"content-security-policy": OF_ITS_OWN}
    saved_as = f"session-{session}{name[name.index('.') :]}" if save else None
    return FileResponse(found.folder / name, media_type=kind, filename=saved_as, headers=headers)
