"""What forms have in common when they come back: their key, when it happened, and the answer to a tap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from logger.errors import BadEntry
from logger.times import TimeText
from logger.web.refusals import wants_json

AT_ONCE = 5.0
"""Seconds that a tap may be under way and still counts as "now"."""


def key_of(form: Mapping[str, Any]) -> str | None:
    """Return the form's key, for `logger.web.clinic.Clinic.enter`."""
    return str(form.get("key", "")) or None


def happened_at(form: Mapping[str, Any]) -> TimeText | None:
    """Return when it happened, by the fields of ``form.when()``; None: now, at the entry.

    ``waited`` are the seconds for which a tap lay in the browser before it could be sent: "now" and "5
    minutes ago" are meant from the tap.

    Raises:
        BadEntry: "at" is chosen and no time is given, or ``waited`` is no number.
    """
    chosen, clock = str(form.get("at", "")), str(form.get("at_clock", ""))
    if chosen == "clock":
        if not clock:
            raise BadEntry("when: give the time, as 10:42, or choose another one")
        return TimeText(clock)
    try:
        ago = float(form.get("waited", "") or 0) + 60 * -float(chosen or 0)
    except ValueError as error:
        raise BadEntry(f"when: {chosen} is no time that the form offers") from error
    return TimeText(f"-{ago:.0f}s") if AT_ONCE < ago < float("inf") else None


def saved(request: Request, path: str, said: str) -> Response:
    """Return the answer to what was saved: the way to *path*, or the sentence where a script has sent it."""
    return JSONResponse({"said": said}) if wants_json(request) else RedirectResponse(path, 303)
