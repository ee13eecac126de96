"""Who may have a page. Every route has exactly one guard; a test walks all of them.

A handler says it in its arguments::

    Nurse = Annotated[Visitor, Depends(visitor_with("nurse", "physician"))]

    @router.post("/sessions/{session}/mark")
    def mark(session: str, visitor: Nurse, clinic: TheClinic, form: Form) -> Response: ...
"""

from __future__ import annotations

import hmac
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData

from logger import kinds
from logger.people.accounts import UNATTRIBUTED
from logger.web.clinic import Clinic
from logger.web.rendering import typed
from logger.web.visits import Visit, Visitor, Visits, stranger

SAFE = frozenset({"GET", "HEAD"})
NOBODY: Literal["nobody"] = "nobody"
"""In the place of a role: a room's own screen where nobody could sign in."""


class SignInFirst(Exception):
    """Nobody has signed in at this browser, or the visit has ended."""


class Locked(Exception):
    """The screen is locked."""


class ChangeFirst(Exception):
    """The password was set by an administrator and has to be changed first."""


class NotForThisRole(Exception):
    """Another role's page; *visitor* is who asked."""

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(visitor.name)
        self.visitor = visitor


class Stale(Exception):
    """A form that was opened in another visit, or before a restart; *visitor* is who sent it."""

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(visitor.name)
        self.visitor = visitor


class FromElsewhere(Exception):
    """A form that another site's page sent."""


class Guard:
    """Lets visitors of some roles through; as a dependency it gives the `Visitor`.

    Args:
        roles: who; ``nobody`` stands for a room's screen where nobody could sign in. Empty: everybody,
            also who has not signed in.
        background: the page asks by itself, which is no sign of a person at the screen.
        bearer: the route checks a token in the header by itself; neither visits nor forms are looked at.
    """

    def __init__(self, *roles: str, background: bool = False, bearer: bool = False) -> None:
        self.roles, self.background, self.bearer = frozenset(roles), background, bearer

    async def __call__(self, request: Request) -> Visitor:
        """Return who asks.

        Raises:
            SignInFirst, Locked, ChangeFirst, NotForThisRole, Stale, FromElsewhere: the door answers them.
        """
        if self.bearer:
            return stranger("", None)
        visits: Visits = request.app.state.visits
        cookie = visit_cookie(request)
        visit = visits.find(cookie, touch=not self.background)
        visitor = visitor_of(request, visit)
        form = FormData() if request.method in SAFE else await request.form()
        request.state.typed = list(typed(form.multi_items()))  # for whoever refuses it
        if form.get("author") == UNATTRIBUTED:  # typed where nobody could sign in, and sent later
            visitor = stranger(visitor.csrf, visitor.room)
        if request.method not in SAFE and not _own(request):
            raise FromElsewhere
        if self.roles:
            self._check(visit, visitor)
        if request.method not in SAFE:
            _check_token(request, visitor, form)
        return visitor

    def _check(self, visit: Visit | None, visitor: Visitor) -> None:
        if visit is None:
            raise SignInFirst
        if visit.locked:
            raise Locked
        if visit.person is not None and visit.person.must_change:
            raise ChangeFirst
        nobody_here = visitor.role is None and NOBODY in self.roles and visitor.room is not None
        if not nobody_here and visitor.role not in self.roles:
            raise NotForThisRole(visitor)


def visitor_with(*roles: kinds.Role | Literal["nobody"], background: bool = False) -> Guard:
    """Return the guard of a page for these roles; see `Guard`."""
    return Guard(*roles, background=background)


open_to_all = Guard()
"""The guard of a page that needs no sign-in."""

with_a_token = Guard(bearer=True)
"""The guard of a route that checks a bearer token by itself."""


def visit_cookie(request: Request) -> str:
    """Return the cookie that names the visit, a stranger's too."""
    return str(request.cookies.get(request.app.state.cookie) or getattr(request.state, "fresh_cookie", ""))


def visitor_of(request: Request, visit: Visit | None) -> Visitor:
    """Return who is at the browser that asks."""
    token = request.app.state.visits.csrf(visit_cookie(request))
    room = request.app.state.screens.room(request.cookies.get("screen"))
    if visit is None or visit.person is None or visit.locked:
        return stranger(token, room)
    person = visit.person
    return Visitor(person.name, person.full_name, person.role, token, room, visit.signing)


def _own(request: Request) -> bool:
    """Return whether a form was sent by a page of this server; browsers say so since 2020."""
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _check_token(request: Request, visitor: Visitor, form: FormData) -> None:
    given = request.headers.get("x-csrf") or str(form.get("csrf", ""))
    other = form.get("author", visitor.name) != visitor.name  # filled in by who was here before
    if other or not hmac.compare_digest(given.encode(), visitor.csrf.encode()):
        raise Stale(visitor)


def _clinic(request: Request) -> Clinic:
    clinic: Clinic = request.app.state.clinic
    return clinic


async def _form(request: Request) -> FormData:
    return await request.form()


TheClinic = Annotated[Clinic, Depends(_clinic)]
Form = Annotated[FormData, Depends(_form)]
Anybody = Annotated[Visitor, Depends(open_to_all)]
Everyone = Annotated[Visitor, Depends(visitor_with("nurse", "physician", "qa", "admin"))]
"""Whoever has signed in."""

__all__ = ["NOBODY", "UNATTRIBUTED", "Anybody", "Everyone", "Form", "Guard", "TheClinic", "visitor_with"]
