"""A locked screen, which goes on recording: MARK, a PIN to come back, another person, or nobody at all."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from logger.errors import NoSuchSession, NotAllowed, NotSignedIn
from logger.web.clinic import Clinic
from logger.web.forms import happened_at, key_of, saved
from logger.web.guards import Anybody, Everyone, Form, TheClinic, visit_cookie
from logger.web.pages.signing_in import local, proved, sentence, with_cookie
from logger.web.rendering import place_of, render
from logger.web.visits import Visit, Visitor, seen, stranger

router = APIRouter()


@router.get("/lock")
def locked(
    request: Request, visitor: Anybody, clinic: TheClinic, next: str = "/", marked: str = ""
) -> Response:
    """Show the locked screen, or where to sign in."""
    visit = _visit(request)
    if visit is None or visit.person is None:
        return RedirectResponse("/sign-in", 303)
    if not visit.locked:
        return RedirectResponse(local(next), 303)
    return _ask(request, visitor, clinic, next, marked=marked)


@router.get("/awake")
def awake(request: Request, visitor: Everyone, clinic: TheClinic) -> Response:
    """Take note that a person touches the screen: being asked for this is enough."""
    return JSONResponse({"lock_after": clinic.settings.lock_minutes * 60})


@router.post("/lock")
def lock(request: Request, visitor: Anybody) -> Response:
    """Lock this screen now; recording goes on."""
    request.app.state.visits.lock(visit_cookie(request))
    return RedirectResponse("/lock", 303)


@router.post("/switch")
def switch(request: Request, visitor: Anybody, clinic: TheClinic, form: Form) -> Response:
    """Come back, or let another person go on: with a PIN after a password was given in this visit."""
    visit, cookie = _visit(request), visit_cookie(request)
    if visit is None:
        return RedirectResponse("/sign-in", 303)
    wanted = local(str(form.get("next", "/")))
    name = str(form.get("name", "")).strip().lower()
    known = name in visit.persons
    try:
        secret = str(form.get("password", ""))
        user = proved(request, clinic, name, secret, pin=known)
    except NotSignedIn as error:
        return _ask(request, visitor, clinic, wanted, error=sentence(error), name=name, status=403)
    new = request.app.state.visits.take_over(cookie, user, by_password=not known)
    clinic.saw(
        Visitor(user.name, user.full_name, user.role, ""), "signed_in", what="this screen, after another"
    )
    return with_cookie(request, new, "/password" if user.must_change else wanted)


@router.post("/lock/mark")
def mark(request: Request, visitor: Anybody, clinic: TheClinic, form: Form) -> Response:
    """Record "something now" in the session of this screen's room, of nobody or of who gives a PIN."""
    room = visitor.room
    if room is None:
        raise NotAllowed("this screen belongs to no room; sign in, and mark there")
    if (row := clinic.open_row(room)) is None:
        raise NoSuchSession(f"no session is open in {room}; nothing was recorded")
    visit, name, author = _visit(request), str(form.get("name", "")), stranger("", room)
    if name and visit is not None and name in visit.persons:
        user = proved(request, clinic, name, str(form.get("password", "")), pin=True)
        author = seen(user)
    written = clinic.enter(author, row["id"], "mark", {"happened_at": happened_at(form)}, key=key_of(form))
    back = "/lock" if visit is not None and visit.person is not None else "/sign-in"
    return saved(request, f"{back}?marked={written.at}", "Marked. Details can be entered later.")


@router.post("/nobody")
def nobody(request: Request, visitor: Anybody, clinic: TheClinic) -> Response:
    """Go on without signing in, at a room's own screen: entries are kept, and their authors claim them."""
    if visitor.room is None:
        raise NotAllowed("this screen belongs to no room; entries without signing in are for rooms' screens")
    clinic.saw(stranger("", visitor.room), "viewed", what=f"{visitor.room}, where nobody could sign in")
    request.app.state.visits.end(visit_cookie(request))
    return with_cookie(request, request.app.state.visits.begin(None), f"/rooms/{quote(visitor.room)}")


def _visit(request: Request) -> Visit | None:
    visit: Visit | None = request.app.state.visits.find(visit_cookie(request), touch=False)
    return visit


def _ask(
    request: Request,
    visitor: Visitor,
    clinic: Clinic,
    wanted: str,
    *,
    error: str = "",
    name: str = "",
    marked: str = "",
    status: int = 200,
) -> Response:
    visit = _visit(request)
    row = clinic.open_row(visitor.room) if visitor.room else None
    users = {user.name: user.full_name for user in clinic.users()}
    persons = {one: users[one] for one in (visit.persons if visit else ()) if one in users}
    values: dict[str, Any] = {"next": local(wanted), "error": error, "name": name, "persons": persons}
    values |= {"session": row, "marked": int(marked) if marked.isdecimal() else 0}
    values |= {"place": place_of(clinic, row)} if row else {}
    return render(request, visitor, "lock.html", status=status, **values)
