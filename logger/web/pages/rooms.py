"""The board of rooms: who, how far, heard when, what is due. It never shows a vital sign."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel

from logger.web.clinic import Clinic
from logger.web.guards import TheClinic, visitor_with
from logger.web.live.state import LivePlace
from logger.web.live.watching import Watching
from logger.web.pages.screens import rooms as known_rooms
from logger.web.rendering import Link, render
from logger.web.stream import still_there
from logger.web.visits import Visitor

router = APIRouter()
LINKS = (Link("Rooms", "/rooms", ("nurse", "physician")),)
AtTheBoard = Annotated[Visitor, Depends(visitor_with("nurse", "physician"))]
Behind = Annotated[Visitor, Depends(visitor_with("nurse", "physician", background=True))]

EVERY = 2.0
"""Seconds between two looks at the board: so old is what it says of who is heard."""


class BoardRoom(BaseModel):
    """One room: its open session without any value, or none; and why its recorder is not heard."""

    room: str
    path: str
    session: LivePlace | None = None
    recorder: str | None = None


@router.get("/rooms")
def board(request: Request, visitor: AtTheBoard, clinic: TheClinic, every: int = 0) -> Response:
    """Show the rooms."""
    return render(request, visitor, "nurse/board.html", rooms=board_of(request), every=every)


@router.get("/board.json")
def board_json(request: Request, visitor: Behind) -> list[BoardRoom]:
    """Return the rooms as the board shows them: no vital sign is among it."""
    return board_of(request)


@router.get("/board/events")
async def events(request: Request, visitor: Behind) -> Response:
    """Send the rooms again and again."""
    return StreamingResponse(_events(request), media_type="text/event-stream")


async def _events(request: Request) -> AsyncIterator[str]:
    watching: Watching = request.app.state.watching
    loop = asyncio.get_running_loop()
    with watching.bell(None) as bell:
        while still_there(request):
            bell.clear()
            rooms = await loop.run_in_executor(watching.threads, board_of, request)
            yield f"data: {json.dumps([one.model_dump(mode='json') for one in rooms])}\n\n"
            try:
                await asyncio.wait_for(bell.wait(), EVERY)
            except TimeoutError:
                continue
        yield "event: ended\ndata: {}\n\n"


def board_of(request: Request) -> list[BoardRoom]:
    """Return every room that is known, by its name."""
    clinic: Clinic = request.app.state.clinic
    watching: Watching = request.app.state.watching
    rows: dict[str, Any] = {row["room"]: row for row in clinic.session_rows(states=("open",), limit=200)[0]}
    recorders = clinic.recorders
    enrolled = recorders.enrolment.recorders.values() if recorders is not None else ()
    names = {*rows, *known_rooms(clinic), *(room for one in enrolled for room in one.rooms)}
    return [
        BoardRoom(
            room=room,
            path=f"/rooms/{quote(room, safe='')}",
            session=watching.place(rows[room]["id"]) if room in rows else None,
            recorder=recorders.silence(room) if recorders is not None else None,
        )
        for room in sorted(names)
    ]
