"""Signing in and out, an own password and PIN, and the very first administrator."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from logger import kinds
from logger.errors import BadEntry, LockedOut, NotSignedIn
from logger.people.accounts import NEW, User
from logger.web.clinic import Clinic
from logger.web.guards import Anybody, Form, TheClinic, visit_cookie
from logger.web.headers import cookie_text
from logger.web.rendering import place_of, render
from logger.web.visits import Visitor, seen

router = APIRouter()

NOT_RIGHT = "This name and password do not belong together; try again."
"""One sentence for an unknown name and a wrong password: who guesses is not told which."""


@router.get("/sign-in")
def sign_in(request: Request, visitor: Anybody, clinic: TheClinic, next: str = "/") -> Response:
    """Ask for name and password."""
    if not clinic.users():
        return RedirectResponse("/first-day", 303)
    return _ask(request, visitor, clinic, next)


@router.post("/sign-in")
def signed_in(request: Request, visitor: Anybody, clinic: TheClinic, form: Form) -> Response:
    """Sign in, and go on where the visitor wanted to."""
    name, wanted = str(form.get("name", "")).strip().lower(), str(form.get("next", "/"))
    try:
        user = proved(request, clinic, name, str(form.get("password", "")))
    except NotSignedIn as error:
        status = 429 if isinstance(error, LockedOut) else 403
        return _ask(request, visitor, clinic, wanted, name, str(error), status)
    return go_on(request, user, local(wanted))


@router.post("/sign-out")
def sign_out(request: Request, visitor: Anybody, clinic: TheClinic) -> Response:
    """Sign everybody of this browser out."""
    visit = request.app.state.visits.find(visit_cookie(request), touch=False)
    request.app.state.visits.end(visit_cookie(request))
    if visit is not None and visit.person is not None:
        clinic.saw(seen(visit.person), "signed_out")
    answer = RedirectResponse("/sign-in", 303)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@router.get("/password")
def password(request: Request, visitor: Anybody) -> Response:
    """Ask for a new password or PIN."""
    if visitor.role is None:
        return RedirectResponse("/sign-in?next=/password", 303)
    return render(request, visitor, "password.html", error="", saved="")


@router.post("/password")
def set_password(request: Request, visitor: Anybody, clinic: TheClinic, form: Form) -> Response:
    """Set the visitor's own password or PIN, who gives the password that holds now."""
    if visitor.role is None:
        return RedirectResponse("/sign-in?next=/password", 303)
    what = "pin" if form.get("what") == "pin" else "password"
    new, again = str(form.get("new_password", "")), str(form.get("new_password_again", ""))
    secrets = {visitor.name: str(form.get("password", "")), NEW: new}
    said = {"user": visitor.name, "what": what}
    try:
        request.app.state.attempts.check(address(request))
        if new != again:
            raise BadEntry("the two new ones were not the same; nothing was changed")
        with clinic.desk() as desk:
            desk.append("system", "user.secret", visitor.name, said, secrets)
            user = desk.people.still(visitor.name)
    except (BadEntry, NotSignedIn) as error:
        if isinstance(error, NotSignedIn):
            request.app.state.attempts.count(address(request))
        return render(request, visitor, "password.html", status=422, error=sentence(error), saved="")
    if what == "password":
        request.app.state.visits.end_all_of(visitor.name)
        return go_on(request, user, "/")
    return render(request, visitor, "password.html", error="", saved="Your PIN is set.")


@router.get("/first-day")
def first_day(request: Request, visitor: Anybody, clinic: TheClinic) -> Response:
    """Ask for the code that the console shows, and for the first administrator."""
    if clinic.users():
        return RedirectResponse("/sign-in", 303)
    return render(request, visitor, "first_day.html", error="", name="", full_name="")


@router.post("/first-day")
def first_administrator(request: Request, visitor: Anybody, clinic: TheClinic, form: Form) -> Response:
    """Add the first administrator, who knows the one-time code."""
    if clinic.users():
        return RedirectResponse("/sign-in", 303)
    name, full_name = str(form.get("name", "")).strip(), str(form.get("full_name", "")).strip()
    password = str(form.get("new_password", ""))
    code, given = request.app.state.first_code, str(form.get("code", "")).strip().upper()
    try:
        request.app.state.attempts.check(address(request))
        if code is None or not hmac.compare_digest(given.encode(), code.encode()):
            request.app.state.attempts.count(address(request))
            raise NotSignedIn("this is not the code that the console shows; it is new at each start")
        if password != str(form.get("new_password_again", "")):
            raise BadEntry("the two passwords were not the same; nothing was saved")
        said = kinds.UserAdded.model_validate({"user": name, "full_name": full_name, "role": "admin"})
        with clinic.desk() as desk:
            desk.people.add(name, said.user, said.full_name, said.role, password)
            user = desk.people.still(name)
    except (BadEntry, NotSignedIn, ValueError) as error:
        why = sentence(error) if isinstance(error, BadEntry | NotSignedIn) else "Fill in both names."
        values = {"error": why, "name": name, "full_name": full_name}
        return render(request, visitor, "first_day.html", status=422, **values)
    request.app.state.first_code = None
    return go_on(request, user, "/")


def proved(request: Request, clinic: Clinic, name: str, secret: str, *, pin: bool = False) -> User:
    """Return the user who gave *secret* at this browser; wrong ones count for its address too.

    Raises:
        NotSignedIn, LockedOut: with the sentence for the page.
    """
    attempts, at = request.app.state.attempts, address(request)
    attempts.check(at)
    try:
        if not name or not name.isprintable():  # no name that the access log could take
            raise NotSignedIn(NOT_RIGHT)
        with clinic.desk() as desk:
            return desk.people.signed_in(name, secret, pin=pin, changing=not pin)
    except LockedOut:
        raise LockedOut(
            f"{name} is locked out for some minutes after five wrong attempts. Recording goes on"
        ) from None
    except NotSignedIn:
        attempts.count(at)
        raise NotSignedIn(NOT_RIGHT) from None


def go_on(request: Request, user: User, path: str) -> Response:
    """Begin a visit of *user*, under a new cookie, and go to *path*."""
    state = request.app.state
    cookie = state.visits.begin(user)
    if not user.must_change:
        state.clinic.saw(seen(user), "signed_in")
    return with_cookie(request, cookie, "/password" if user.must_change else path)


def with_cookie(request: Request, cookie: str, path: str) -> Response:
    """Return the way to *path* under another cookie of this visit."""
    answer = RedirectResponse(path, 303)
    state = request.app.state
    answer.headers.append("set-cookie", cookie_text(state.cookie, cookie, secure=state.secure))
    return answer


def local(path: str) -> str:
    """Return *path* where it is one of this server's, else the first page: no link leads elsewhere."""
    parts = urlsplit(path)
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc
    return path if own and path.isprintable() else "/"


def address(request: Request) -> str:
    """Return the address that asks."""
    return request.client.host if request.client else ""


def sentence(error: Exception) -> str:
    """Return what a page says of an error."""
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith('.') else '.'}"


def _ask(
    request: Request,
    visitor: Visitor,
    clinic: Clinic,
    wanted: str,
    name: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    row = clinic.open_row(visitor.room) if visitor.room else None
    values: dict[str, Any] = {"next": local(wanted), "name": name, "error": error, "session": row}
    values |= {"marked": _marked(request)}
    values |= {"place": place_of(clinic, row)} if row else {}
    return render(request, visitor, "sign_in.html", status=status, **values)


def _marked(request: Request) -> int:
    marked = request.query_params.get("marked", "")
    return int(marked) if marked.isdecimal() else 0
