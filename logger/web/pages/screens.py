"""Which room this screen stands in: live numbers are shown there and nowhere else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from logger import kinds
from logger.errors import BadEntry
from logger.web.clinic import Clinic
from logger.web.guards import Form, TheClinic, visitor_with
from logger.web.headers import cookie_text
from logger.web.pages.signing_in import sentence
from logger.web.rendering import Link, render
from logger.web.screens import KEEPS
from logger.web.visits import Visitor

router = APIRouter()
LINKS = (Link("This screen", "/screen", ("nurse", "admin")),)
InTheRoom = Annotated[Visitor, Depends(visitor_with("nurse", "admin"))]


@router.get("/screen")
def screen(request: Request, visitor: InTheRoom, clinic: TheClinic) -> Response:
    """Ask which room this screen stands in."""
    return render(request, visitor, "screen.html", rooms=rooms(clinic), error="")


@router.post("/screen")
def register(request: Request, visitor: InTheRoom, clinic: TheClinic, form: Form) -> Response:
    """Register this screen to a room, or take it out of its room."""
    room = str(form.get("room", "")).strip()
    try:
        if room and (len(room) > 60 or not room.isprintable()):
            raise BadEntry("a room's name is at most 60 letters and digits")
    except BadEntry as error:
        return render(request, visitor, "screen.html", status=422, rooms=rooms(clinic), error=sentence(error))
    what = f"this screen stands in room {room}" if room else f"a screen left room {visitor.room}"
    clinic.saw(visitor, "setting", what=what)
    state = request.app.state
    answer = RedirectResponse("/screen", 303)
    kept = (state.screens.cookie(room), KEEPS) if room else ("", 0)
    answer.headers.append("set-cookie", cookie_text("screen", kept[0], secure=state.secure, keeps=kept[1]))
    return answer


def rooms(clinic: Clinic) -> list[str]:
    """Return the rooms that the ledger knows: of sessions, and of what stands in rooms."""
    with clinic.desk() as desk:
        streams = desk.store.streams()
    of_sessions = {row["room"] for row in clinic.session_rows(limit=1000)[0]}
    return sorted(
        of_sessions | {one.removeprefix(kinds.ROOM) for one in streams if one.startswith(kinds.ROOM)}
    )
