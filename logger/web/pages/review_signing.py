"""The review signature: over a page that its signer has had on the screen, one session at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from logger import kinds
from logger.entering.signing import policy_digest
from logger.errors import BadEntry, LockedOut, NotAllowed, NotSignedIn
from logger.web import signatures
from logger.web.clinic import Clinic
from logger.web.drawing import Drawings, Made
from logger.web.guards import Form, TheClinic, visitor_with
from logger.web.pages.signing_in import proved, sentence
from logger.web.refusals import status_of
from logger.web.review_queue import following, queue_of
from logger.web.session_view import accepted_policy, show
from logger.web.visits import Visitor
from logger.web.waiting import state_of

router = APIRouter()
Physician = Annotated[Visitor, Depends(visitor_with("physician"))]

NOT_SEEN = "this page has not been on your screen since you signed in; read it, then sign"
SINCE = "something was added since this page was shown to you; it is shown again: read it, then sign"


class AddedSince(BadEntry):
    """The session is not any more what the signer has read."""


@router.post("/sessions/{session}/review")
def sign(request: Request, session: str, visitor: Physician, clinic: TheClinic, form: Form) -> Response:
    """Sign the review of a session, and go on to the next one that waits."""
    row = clinic.row(session)
    queue = queue_of(form, clinic.zone())
    try:
        with clinic.desk() as desk:
            done = row["state"] != "open" and state_of(desk.store, row) == "signed"
        if not done:  # a second tap on the same button says nothing new
            _sign(request, visitor, clinic, session, form)
    except (BadEntry, NotAllowed, NotSignedIn) as error:
        status = 403 if isinstance(error, NotSignedIn) else status_of(error)
        status = 409 if isinstance(error, AddedSince) else 429 if isinstance(error, LockedOut) else status
        said, reason = sentence(error), str(form.get("reason", ""))
        return show(request, visitor, clinic, session, error=said, reason=reason, asked=form, status=status)
    request.app.state.waiting.refresh()
    _, after = following(request.app.state.waiting.all(queue.wanted), session)
    return RedirectResponse(queue.of_session(after.session) if after else queue.at_page(1), 303)


def _sign(request: Request, visitor: Visitor, clinic: Clinic, session: str, form: Mapping[str, Any]) -> None:
    """Record the signature.

    Raises:
        AddedSince, NotAllowed: it is not what was displayed, or may not be signed so.
        NotSignedIn: the secret is not the signer's.
    """
    seen: Made | None = request.app.state.displayed.last(visitor, session)
    if seen is None or seen.key != form.get("of"):
        raise NotAllowed(NOT_SEEN)
    _check_same(clinic, request.app.state.drawings, seen)
    if not accepted_policy(clinic, visitor.name):
        if form.get("accept") != policy_digest():
            raise NotAllowed("read the signature policy below and accept it; it is asked once")
        proved(request, clinic, visitor.name, str(form.get("password", "")), pin=visitor.signing)
        today = clinic.now().date().isoformat()
        fact = {"user": visitor.name, "fact": "policy_accepted", "on": today, "digest": policy_digest()}
        clinic.enter(visitor, kinds.SYSTEM, "user.fact", fact)
    with clinic.desk():  # nothing comes between the look and the signature
        _check_same(clinic, request.app.state.drawings, seen)
        said = {"meaning": "review", "reason": str(form.get("reason", "")).strip()}
        given = {name: form.get(name, "") for name in ("password", "key")}
        signatures.sign(request, clinic, visitor, session, given | said)


def _check_same(clinic: Clinic, drawings: Drawings, seen: Made) -> None:
    """Raise `AddedSince` where the page would be another one now, but for signatures."""
    now = drawings.now(seen.session, named=seen.named)
    after = {writer: count - 1 for writer, (count, _) in seen.heads.items()}
    with clinic.desk() as desk:
        later = [one for one in desk.store.records(seen.session, after) if one.kind != "sign"]
    if later or (now.heads == seen.heads and now.key != seen.key):
        raise AddedSince(SINCE)
