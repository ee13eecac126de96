"""Signing a session on a page: being signed in is no signature.

The first signature of a continuous period takes the password, later ones the PIN (or the password); a lock,
another person or the end of the visit ends the period. Source: 21 CFR 11.200(a)(1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from logger.errors import NotSignedIn
from logger.ledger.models import Written
from logger.web.clinic import Clinic
from logger.web.forms import key_of
from logger.web.guards import visit_cookie
from logger.web.visits import Visitor


def sign(
    request: Request, clinic: Clinic, visitor: Visitor, session: str, form: Mapping[str, Any]
) -> Written:
    """Sign *session* as *form* says: ``meaning``, ``reason``, ``seen``, ``password`` (or PIN), ``key``.

    Raises:
        NotSignedIn, LockedOut: the secret is not the one that is needed; it counts for the address too.
        NotAllowed, BadEntry: as `logger.entering.signing.signature` says.
    """
    state = request.app.state
    at = request.client.host if request.client else ""
    state.attempts.check(at)
    said = {field: str(form.get(field, "")) for field in ("meaning", "reason", "seen")}
    secrets = {visitor.name: str(form.get("password", ""))}
    try:
        written = clinic.enter(visitor, session, "sign", said, key=key_of(form), secrets=secrets)
    except NotSignedIn:
        state.attempts.count(at)
        raise
    state.visits.has_signed(visit_cookie(request))
    return written
