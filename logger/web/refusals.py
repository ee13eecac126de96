"""What a page says that can't be had: in a sentence, with what was typed kept."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from devices.errors import InfusionlogError, UsageError
from logger import errors
from logger.web import guards
from logger.web.rendering import render

STATUS: dict[type[InfusionlogError], int] = {
    errors.NoSuchSession: 404,
    errors.NoSuchRecord: 404,
    errors.LockedOut: 429,
    errors.AccessError: 403,
    errors.SavedDifferently: 409,
    errors.SessionInTheWay: 409,
    UsageError: 422,
    InfusionlogError: 503,
}
"""The first that fits."""

SENTENCES = {
    404: "There is no such page. What you looked for may have another address now.",
    405: "This page can't be asked for in that way. Go back and use its buttons.",
    413: "That is too much for one form. Nothing was saved; shorten the text.",
    422: "Something in the form can't be read. Nothing was saved; look at what is typed.",
    421: "This server is not called so.",
}
ELSEWHERE = "This form came from another site's page. Nothing was saved."
UNEXPECTED = "Something unexpected went wrong. Look whether it was saved before you enter it again."
STALE = "This form was opened before the last sign-in. Nothing was saved yet: look at it, and save it now."
SIGN_IN_FIRST = (
    "Nothing was saved yet: nobody is signed in. What was typed stays here; sign in, then save it."
)
UNLOCK_FIRST = "Nothing was saved yet: the screen is locked. What was typed stays here; unlock, then save it."
OTHER_ROLE = "This page is for another role. Nothing was saved or shown."


LARGEST = 256 * 1024
"""Bytes of the largest form: a note has 4,000 characters. A route that takes more says ``max_body_size``."""


def answer_refusals(app: FastAPI) -> None:
    """Have every refusal and error of the pages answered here."""
    answers: dict[Any, Callable[[Request, Any], Awaitable[Response]]] = {
        guards.SignInFirst: _sign_in_first,
        guards.Locked: _locked,
        guards.ChangeFirst: _change_first,
        guards.NotForThisRole: _other_role,
        guards.Stale: _stale,
        guards.FromElsewhere: _elsewhere,
        InfusionlogError: _sentence,
        HTTPException: _http,
        RequestValidationError: _unreadable,
    }
    for error, answer in answers.items():
        app.add_exception_handler(error, answer)


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {"description": description}
    for status, description in {
        303: "sign in first, or the screen is locked",
        401: "nobody has signed in",
        403: "for another role, or for a screen in that room",
        404: "there is no such room, session or record",
        409: "it is otherwise by now",
    }.items()
}
"""What OpenAPI says of the answers that any address may give; each is a sentence."""


def status_of(error: InfusionlogError) -> int:
    """Return the HTTP status of one of the program's errors."""
    return next(status for kind, status in STATUS.items() if isinstance(error, kind))


def refused(request: Request, status: int, sentence: str, **values: Any) -> Response:
    """Return the page that says *sentence*, or JSON where a page asks by itself; keeps what was typed."""
    if wants_json(request):
        return JSONResponse({"error": sentence}, status)
    cookie = guards.visit_cookie(request)
    visitor = guards.visitor_of(request, request.app.state.visits.find(cookie, touch=False))
    kept = getattr(request.state, "typed", [])
    title = HTTPStatus(status).phrase if request.method in guards.SAFE else "Not saved"
    page = {"sentence": sentence, "title": title, "kept": kept, "again": False} | values
    return render(request, visitor, "refused.html", status=status, **page)


def too_large(request: Request) -> Response | None:
    """Return the page for a form that is too large, which nobody then reads; None where it is not.

    What comes with a token is no form, and its routes have limits of their own.
    """
    if request.url.path.split("/")[1] in request.app.state.no_forms:
        return None
    length = request.headers.get("content-length", "0")
    untold = "transfer-encoding" in request.headers  # no browser sends a form so
    large = untold or not length.isdecimal() or int(length) > LARGEST
    return refused(request, 413, SENTENCES[413]) if large else None


def wants_json(request: Request) -> bool:
    """Return whether a script asks, and not a person who is to read the answer."""
    accepts = request.headers.get("accept", "")
    return "application/json" in accepts or "text/event-stream" in accepts


async def _sign_in_first(request: Request, _: guards.SignInFirst) -> Response:
    if request.method in guards.SAFE and not wants_json(request):
        return RedirectResponse(f"/sign-in?next={_here(request)}", 303)
    return refused(request, 401, SIGN_IN_FIRST, again=True, way=("Sign in", "/sign-in"))


async def _locked(request: Request, _: guards.Locked) -> Response:
    if request.method in guards.SAFE and not wants_json(request):
        return RedirectResponse(f"/lock?next={_here(request)}", 303)
    return refused(request, 401, UNLOCK_FIRST, again=True, way=("Unlock", "/lock"))


async def _change_first(request: Request, _: guards.ChangeFirst) -> Response:
    return RedirectResponse("/password", 303)


async def _other_role(request: Request, error: guards.NotForThisRole) -> Response:
    visitor = error.visitor
    if visitor.role is not None:
        request.app.state.clinic.saw(visitor, "refused", what=f"a page of another role, {request.method}")
    return refused(request, 403, OTHER_ROLE)


async def _stale(request: Request, _: guards.Stale) -> Response:
    return refused(request, 412, STALE, again=True)


async def _elsewhere(request: Request, _: guards.FromElsewhere) -> Response:
    return refused(request, 403, ELSEWHERE)


async def _sentence(request: Request, error: InfusionlogError) -> Response:
    said = str(error)
    status = status_of(error)
    again = request.method not in guards.SAFE and status in (409, 422)
    return refused(request, status, said[:1].upper() + said[1:], again=again)


async def _http(request: Request, error: HTTPException) -> Response:
    return refused(request, error.status_code, SENTENCES.get(error.status_code, str(error.detail)))


async def _unreadable(request: Request, _: RequestValidationError) -> Response:
    return refused(request, 422 if request.method not in guards.SAFE else 404, SENTENCES[422])


async def unexpected(request: Request, error: Exception) -> Response:
    """Return the page for a fault of this program; the console is told where it happened."""
    at = traceback.extract_tb(error.__traceback__)[-1]  # where, and not what: values may be a patient's
    sys.stderr.write(f"{request.method} page: {type(error).__name__} in {at.filename}:{at.lineno}\n")
    return refused(request, 500, UNEXPECTED)


def _here(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(request.url.path + query)
