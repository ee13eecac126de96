"""A room's live page: the last values with their ages, on screens in that room alone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from markupsafe import Markup

from logger.errors import BadEntry, NoSuchSession, NotAllowed
from logger.web.clinic import Clinic
from logger.web.forms import key_of
from logger.web.guards import NOBODY, Form, TheClinic, visitor_with
from logger.web.live.chart import chart, rows
from logger.web.live.state import Live
from logger.web.live.watching import Watching
from logger.web.panel import panel
from logger.web.rendering import place_of, render
from logger.web.stream import still_there
from logger.web.visits import Visitor

router = APIRouter()
AtTheRoom = Annotated[Visitor, Depends(visitor_with("nurse", "physician", NOBODY))]
Behind = Annotated[Visitor, Depends(visitor_with("nurse", "physician", NOBODY, background=True))]
Row = dict[str, Any]

BEAT = 2.0
"""Seconds after which a stream says again how things stand where nothing came."""

ASKED = ("spo2", "spo2_pr", "ecg_hr", "pulse_generic", "resp_rate")
"""The vitals that the question about the monitor names: what it shows at any moment, so no cuff."""


@router.get("/rooms/{room}")
def live_page(request: Request, room: str, visitor: AtTheRoom, clinic: TheClinic) -> Response:
    """Show the room's open session, or the way to start one."""
    return _page(request, room, visitor, clinic)


@router.get("/rooms/{room}/reloading")
def reloading(request: Request, room: str, visitor: Behind, clinic: TheClinic) -> Response:
    """Show the live page to a browser without scripts, again and again; it locks all the same."""
    return _page(request, room, visitor, clinic, every=15)


def _page(request: Request, room: str, visitor: Visitor, clinic: Clinic, every: int = 0) -> Response:
    row = clinic.open_row(room)
    if row is None:
        return render(request, visitor, "nurse/no_session.html", room=room, path_of=path_of(room))
    _check_room(visitor, room, nobody_only=True)
    place = place_of(clinic, row)
    if visitor.room != room:
        known = _watching(request).place(row["id"])
        return render(
            request, visitor, "nurse/elsewhere.html", place=place, session=row, known=known, room=room
        )
    with _watching(request).folded(row["id"]) as fold:
        picture, listed = Markup(chart(fold, clinic.now())), rows(fold, clinic.now())  # noqa: S704  escaped there
    shown = _watching(request).live(row["id"])
    return render(
        request,
        visitor,
        "nurse/live.html",
        place=place,
        session=row,
        live=shown,
        picture=picture,
        rows=listed,
        panel=panel(clinic, row, visitor),
        path_of=path_of(room),
        every=every,
        asks=questions(shown),
        typed={},
        errors={},
    )


@router.get("/rooms/{room}/panel")
def room_panel(request: Request, room: str, visitor: Behind, clinic: TheClinic) -> Response:
    """Return the part of the live page that changes with entries."""
    row = _session(clinic, visitor, room)
    values: Row = {"session": row, "place": place_of(clinic, row), "panel": panel(clinic, row, visitor)}
    return render(request, visitor, "nurse/panel.html", typed={}, errors={}, **values)


@router.get("/rooms/{room}/live.json")
def live_json(request: Request, room: str, visitor: Behind, clinic: TheClinic) -> Live:
    """Return the last values of a room's open session, for a screen that stands in that room."""
    return _watching(request).live(_session(clinic, visitor, room)["id"])


@router.get("/rooms/{room}/chart.svg")
def chart_svg(request: Request, room: str, visitor: Behind, clinic: TheClinic) -> Response:
    """Return the picture so far."""
    row = _session(clinic, visitor, room)
    with _watching(request).folded(row["id"]) as fold:
        return Response(chart(fold, clinic.now()), media_type="image/svg+xml")


@router.get("/rooms/{room}/events", response_class=StreamingResponse)
async def events(request: Request, room: str, visitor: Behind, clinic: TheClinic) -> Response:
    """Send what ``live.json`` has, whole in each event, right after each commit."""
    loop = asyncio.get_running_loop()
    row = await loop.run_in_executor(_watching(request).threads, _session, clinic, visitor, room)
    return StreamingResponse(_events(request, row["id"]), media_type="text/event-stream")


async def _events(request: Request, session: str) -> AsyncIterator[str]:
    watching, loop = _watching(request), asyncio.get_running_loop()
    with watching.bell(session) as bell:
        while still_there(request):
            bell.clear()
            text = await loop.run_in_executor(watching.threads, watching.text, session)
            yield f"data: {text}\n\n"
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), BEAT)
        yield "event: ended\ndata: {}\n\n"


@router.post("/rooms/{room}/heard")
def heard(request: Request, room: str, visitor: AtTheRoom, clinic: TheClinic, form: Form) -> Response:
    """Record what the monitor beside the patient shows: what comes in, or something else."""
    row = _session(clinic, visitor, room)
    answer = str(form.get("answer", ""))
    if answer not in ("yes", "no", "different"):
        raise BadEntry(
            "check.monitor: answer: look at the monitor beside the patient, then say yes, no or different"
        )
    try:
        shown = {
            name.removeprefix("shown-"): float(str(value))
            for name, value in form.multi_items()
            if name.startswith("shown-")
        }
    except ValueError as error:
        raise BadEntry(
            "check.monitor: shown: no numbers; load the page again and answer what it asks"
        ) from error
    said = {
        "source": str(form.get("source", "")),
        "answer": answer,
        "shown": shown,
        "text": form.get("text"),
    }
    clinic.enter(visitor, row["id"], "check.monitor", said, key=key_of(form))
    return RedirectResponse(path_of(room), 303)


def questions(shown: Live) -> list[dict[str, Any]]:
    """Return what is asked of each device that nobody has confirmed: its source and what it shows now."""
    found = []
    for device in shown.devices:
        if not device.ask or device.silent_since is not None:
            continue
        numbers = []
        for one in shown.vitals:
            source, vital, _ = one.key.split("/")
            if source == device.source and vital in ASKED and one.value:
                numbers.append({"vital": vital, "label": one.label, "value": one.value})
        if numbers:
            found.append({"source": device.source, "numbers": numbers})
    return found


def path_of(room: str) -> str:
    """Return the address of a room's page."""
    return f"/rooms/{quote(room, safe='')}"


def _watching(request: Request) -> Watching:
    watching: Watching = request.app.state.watching
    return watching


def _session(clinic: Clinic, visitor: Visitor, room: str) -> Row:
    """Return the row of a room's open session, for a screen that stands there."""
    row = clinic.open_row(room)
    if row is None:
        raise NoSuchSession(f"no session is open in {room}; start one on the room's page")
    _check_room(visitor, room)
    return dict(row)


def _check_room(visitor: Visitor, room: str, *, nobody_only: bool = False) -> None:
    if visitor.room != room and (visitor.role is None or not nobody_only):
        raise NotAllowed(
            f"live numbers of room {room} are shown on the screens in that room alone: go to the room, "
            "or register this screen there if it stands in it"
        )
