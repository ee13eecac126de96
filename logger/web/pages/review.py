"""The physician's queue: which sessions wait for a review, and the way through them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from logger.errors import BadEntry
from logger.web.clinic import Clinic
from logger.web.guards import TheClinic, visitor_with
from logger.web.pages.signing_in import sentence
from logger.web.rendering import Link, initials, render
from logger.web.review_queue import ON_A_PAGE, STATES, queue_of
from logger.web.visits import Visitor
from logger.web.waiting import Waits

router = APIRouter()
LINKS = (Link("Review", "/review", ("physician",)),)
Physician = Annotated[Visitor, Depends(visitor_with("physician"))]


@router.get("/review")
def review(request: Request, visitor: Physician, clinic: TheClinic) -> Response:
    """List the sessions that wait for a review, those that ended first on top."""
    error, status = "", 200
    try:
        queue = queue_of(request.query_params, clinic.zone())
    except BadEntry as wrong:
        queue, error, status = queue_of({}, clinic.zone()), sentence(wrong), 422
    left = request.app.state.waiting.refresh()
    waits = request.app.state.waiting.all(queue.wanted)
    page = waits[(queue.page - 1) * ON_A_PAGE : queue.page * ON_A_PAGE]
    values = {
        "queue": queue,
        "waits": [(one, _who(clinic, one)) for one in page],
        "first": waits[0] if waits else None,
        "count": len(waits),
        "pages": -(-len(waits) // ON_A_PAGE),
        "left": left,
        "states": STATES,
        "asked": dict(request.query_params),
        "error": error,
    }
    return render(request, visitor, "physician/review.html", status=status, **values)


def _who(clinic: Clinic, one: Waits) -> str:
    patient = clinic.patient(one.patient)
    short = initials(patient)
    return short if short == one.patient else f"{short} ({one.patient})"
