"""A session's page as its readers see it, also where a signature was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from markupsafe import Markup

from logger import kinds
from logger.entering.signing import policy, policy_digest
from logger.ledger.finding import of_kind
from logger.reviewing.page_files import BODY
from logger.web.clinic import Clinic
from logger.web.drawing import Drawings, Drawn, Made
from logger.web.rendering import Place, place_of, render
from logger.web.review_queue import Queue, following, queue_of
from logger.web.visits import Visitor

READS = "page"
"""What the access log calls the page of a session."""


def show(
    request: Request,
    visitor: Visitor,
    clinic: Clinic,
    session: str,
    *,
    error: str = "",
    reason: str = "",
    asked: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    """Return the page of a session, or the one that says that it is being drawn.

    *error* says why a signature was refused, *reason* is what was typed for it. *asked* are the fields of the
    queue from which the reader comes; None: those of the address.
    """
    row = clinic.row(session)
    drawings: Drawings = request.app.state.drawings
    made = drawings.now(session, named=visitor.sees_names)
    # An open session grows while its page is drawn: the last one is shown, and said to be that.
    drawn = drawings.latest(made) if row["state"] == "open" else drawings.find(made)
    current = drawn is not None and drawn.made == made
    why = "" if current else drawings.want(made)
    body, facts = _texts(drawn)
    if drawn is not None and body:
        clinic.saw(visitor, "viewed", session, READS)
        request.app.state.displayed.note(visitor, drawn.made)
    queue = queue_of(asked if asked is not None else request.query_params, clinic.zone())
    values: dict[str, Any] = {
        "session": row,
        "place": place_for(clinic, visitor, row),
        "identifiers": _identifiers(clinic, visitor, row),
        "body": Markup(body),  # noqa: S704  made by our own templates, which escape what people typed
        "facts": facts,
        "current": current,
        "why": why,
        "made": made,
        "error": error,
        "reason": reason,
    }
    values |= _review(request, visitor, clinic, made, facts) | _queue(request, visitor, queue, session)
    return render(request, visitor, "physician/session.html", status=status, **values)


def place_for(clinic: Clinic, visitor: Visitor, row: Mapping[str, Any]) -> Place:
    """Return where a session's page is, with the pseudonym alone for who sees no names."""
    if visitor.sees_names:
        return place_of(clinic, row)
    return Place(row["room"], row["patient"], bool(row["demo"]))


def accepted_policy(clinic: Clinic, name: str) -> bool:
    """Return whether a user has accepted the signature policy that holds now."""
    with clinic.desk() as desk:
        facts = of_kind(desk.store, kinds.SYSTEM, "user.fact", policy_digest())
    said = [kinds.UserFact.model_validate_json(one.payload) for one in facts]
    return any(fact.user == name and fact.digest == policy_digest() for fact in said)


def _identifiers(clinic: Clinic, visitor: Visitor, row: Mapping[str, Any]) -> tuple[str, str]:
    if not visitor.sees_names:
        return str(row["patient"]), ""
    patient = clinic.patient(row["patient"])
    second = f"born {patient['born']}" if patient["born"] else f"id {row['patient']}"
    return patient["name"] or f"Patient {row['patient']}", second


def _texts(drawn: Drawn | None) -> tuple[str, dict[str, Any]]:
    """Return the body of a page and its facts; empty where it is not there, or was replaced just now."""
    if drawn is None:
        return "", {}
    try:
        return drawn.text(BODY), drawn.facts()
    except FileNotFoundError:
        return "", {}


def _review(
    request: Request, visitor: Visitor, clinic: Clinic, made: Made, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the form of the signature needs; it is there for a page that was displayed just now."""
    displayed = request.app.state.displayed.last(visitor, made.session) == made
    if visitor.role != "physician" or not displayed:
        return {"may_sign": False}
    accepted = accepted_policy(clinic, visitor.name)
    return {
        "may_sign": clinic.row(made.session)["state"] != "open" and not facts.get("reviewed"),
        "missing": facts.get("missing", []),
        "policy": "" if accepted else policy(),
        "policy_digest": policy_digest(),
    }


def _queue(request: Request, visitor: Visitor, queue: Queue, session: str) -> dict[str, Any]:
    if visitor.role != "physician":
        return {"queue": None}
    request.app.state.waiting.refresh()
    waits = request.app.state.waiting.all(queue.wanted)
    at, after = following(waits, session)
    return {"queue": queue, "at": at, "count": len(waits), "after": after}
