"""What the pages of entries have in common: the session that is meant, the way back, and asking again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import Response

from devices.errors import InfusionlogError
from logger.errors import NotAllowed, NotSignedIn, SavedDifferently
from logger.web.clinic import Clinic
from logger.web.entry_fields import faults
from logger.web.forms import saved
from logger.web.guards import NOBODY, visitor_with
from logger.web.refusals import status_of, wants_json
from logger.web.rendering import place_of, render
from logger.web.visits import Visitor

Entering = Annotated[Visitor, Depends(visitor_with("nurse", "physician", NOBODY))]
"""Who enters into a session; nobody, at the screen of the session's own room."""
Staff = Annotated[Visitor, Depends(visitor_with("nurse", "physician"))]
"""Who has signed in and enters: for what needs an author."""

Row = Mapping[str, Any]


def session_for(clinic: Clinic, visitor: Visitor, session: str) -> Row:
    """Return the row of a session into which *visitor* may enter.

    Raises:
        NoSuchSession: there is none.
        NotAllowed: nobody is signed in, and this screen stands in another room.
    """
    row = clinic.row(session)
    if visitor.role is None and visitor.room != row["room"]:
        raise NotAllowed(
            f"this screen stands in room {visitor.room}; sign in to enter for room {row['room']}"
        )
    return row


def back(row: Row) -> str:
    """Return where an entry leads: the room's live page, or what was entered once the session has ended."""
    return f"/rooms/{quote(row['room'], safe='')}" if row["state"] == "open" else entries_path(row)


def entries_path(row: Row) -> str:
    """Return the address of what was entered into a session."""
    return f"/sessions/{row['id']}/entries"


def answered(request: Request, row: Row, said: str, path: str | None = None) -> Response:
    """Return the answer to what was saved: the way back, or the sentence where a script has sent it."""
    return saved(request, path or back(row), said)


def asked_again(
    request: Request,
    visitor: Visitor,
    clinic: Clinic,
    row: Row,
    template: str,
    error: InfusionlogError,
    names: Sequence[str] = (),
    **values: Any,
) -> Response:
    """Return the form again with what was wrong at its field; what was typed is in *values*.

    Raises:
        InfusionlogError: *error* itself, where a script has sent the form, or it was saved before.
    """
    if wants_json(request) or isinstance(error, SavedDifferently):
        raise error
    status = 422 if isinstance(error, NotSignedIn) and not isinstance(error, NotAllowed) else status_of(error)
    given = {"errors": faults(error, tuple(names))} | values
    return page(request, visitor, clinic, row, template, status=status, **given)


def page(
    request: Request,
    visitor: Visitor,
    clinic: Clinic,
    row: Row,
    template: str,
    *,
    status: int = 200,
    **values: Any,
) -> Response:
    """Return a page of a session: it says where it is, and has nothing typed and nothing wrong by itself."""
    given = {"session": row, "place": place_of(clinic, row), "typed": {}, "errors": {}, "way_back": back(row)}
    return render(request, visitor, template, status=status, **(given | values))
