"""What event streams have in common: they end with the visit that opened them."""

from __future__ import annotations

from fastapi import Request

from logger.web.guards import visit_cookie


def still_there(request: Request) -> bool:
    """Return whether the visit is neither locked nor ended, so that a stream may go on."""
    visit = request.app.state.visits.find(visit_cookie(request), touch=False)
    return visit is not None and not visit.locked
