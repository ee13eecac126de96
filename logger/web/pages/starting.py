"""Starting a session in three steps: who and by which protocol, the device, the monitor itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from devices import registry
from devices.errors import InfusionlogError
from logger.entering.attached import attached_devices, ever_attached
from logger.entering.opening import Opening, course_of, open_or_resume
from logger.entering.protocols import chosen, listed
from logger.errors import BadEntry, NoSuchSession, RecorderSilent
from logger.kinds import Course, Device
from logger.web.at_session import Staff
from logger.web.clinic import Clinic
from logger.web.entered import peoples_records
from logger.web.entry_fields import typed_of
from logger.web.forms import key_of
from logger.web.guards import Form, TheClinic
from logger.web.pages.live_page import path_of
from logger.web.pages.session_devices import device_typed
from logger.web.pages.signing_in import sentence
from logger.web.rendering import place_of, render
from logger.web.visits import Visitor

router = APIRouter()

ENDED_FIRST = "ended before another session was started in this room"
NO_RECORDER = "no recorder forwards to this server"
EARLIER = 5
"""Sessions of a room whose devices are offered again."""


@router.get("/start")
def start_in(request: Request, visitor: Staff, room: str = "") -> Response:
    """Go on to a room that was typed."""
    room = room.strip()
    fine = 0 < len(room) <= 60 and room.isprintable()
    return RedirectResponse(f"{path_of(room)}/start" if fine else "/rooms", 303)


@router.get("/rooms/{room}/start")
def ask(request: Request, room: str, visitor: Staff, clinic: TheClinic) -> Response:
    """Ask for patient and protocol; where a session is open, whether it has ended."""
    return _ask(request, visitor, clinic, room)


@router.post("/rooms/{room}/start")
def start(request: Request, room: str, visitor: Staff, clinic: TheClinic, form: Form) -> Response:
    """Open the session through the room's recorder, or without a monitor where that can't be heard."""
    typed = typed_of(form)
    try:
        _open(clinic, visitor, room, typed)
    except RecorderSilent as error:
        return _ask(request, visitor, clinic, room, typed, error, status=503)
    except InfusionlogError as error:
        return _ask(request, visitor, clinic, room, typed, error, status=422)
    without = typed.get("without") == "yes"
    return RedirectResponse(path_of(room) if without else f"{path_of(room)}/start/device", 303)


@router.post("/rooms/{room}/start/end")
def end_first(request: Request, room: str, visitor: Staff, clinic: TheClinic, form: Form) -> Response:
    """End the session that is open in the room; its record says who did."""
    row = clinic.open_row(room)
    if row is not None and row["id"] == form.get("session"):
        clinic.enter(visitor, row["id"], "session.end", {"reason": ENDED_FIRST}, key=key_of(form))
    return RedirectResponse(f"{path_of(room)}/start", 303)


@router.get("/rooms/{room}/start/device")
def ask_device(request: Request, room: str, visitor: Staff, clinic: TheClinic) -> Response:
    """Ask on which line the monitor is heard."""
    return _ask_device(request, visitor, clinic, room)


@router.post("/rooms/{room}/start/device")
def connect(request: Request, room: str, visitor: Staff, clinic: TheClinic, form: Form) -> Response:
    """Have the room's recorder hear a device."""
    row, typed = _open_row(clinic, room), typed_of(form)
    try:
        said = device_typed(typed)
        if clinic.recorders is None:
            raise RecorderSilent(f"{NO_RECORDER}; go on without a monitor, and enter readings by hand")
        clinic.recorders.change_device(row["id"], room, visitor.name, said)
    except InfusionlogError as error:
        return _ask_device(request, visitor, clinic, room, typed, error, status=422)
    return RedirectResponse(f"{path_of(room)}/start/device", 303)


def _open(clinic: Clinic, visitor: Visitor, room: str, typed: Mapping[str, str]) -> None:
    patient = typed.get("patient", "").strip()
    if not patient:
        raise BadEntry("session.open: patient: give the clinic's id of the patient")
    protocol = chosen(clinic.settings, typed.get("protocol") or None)
    name, born = typed.get("name", "").strip() or None, typed.get("born", "").strip() or None
    course, demo = _course(typed), typed.get("demo") == "yes"
    zone = clinic.settings.clinic_zone()
    if typed.get("without") == "yes":
        opening = Opening(
            room, patient, protocol, zone, visitor.name, name, born, demo=demo, course=course, proved=True
        )
        with clinic.desk() as desk:
            session, _ = open_or_resume(desk, opening)
            written = desk.store.records(session)
        clinic.publish(written)
        return
    if clinic.recorders is None:
        raise RecorderSilent(f"{NO_RECORDER}; the session can be started without a monitor")
    asked: dict[str, Any] = {
        "patient": patient,
        "name": name,
        "born": born,
        "demo": demo,
        "course": course.model_dump(exclude_none=True) if course else None,
        "protocol": protocol.id,
        "protocol_text": protocol.text,
        "zone": zone.key,
    }
    clinic.recorders.open_session(room, visitor.name, asked)


def _course(typed: Mapping[str, str]) -> Course | None:
    course, number = typed.get("course", "").strip(), typed.get("number", "").strip()
    if not course and not number:
        return None
    planned = typed.get("planned", "").strip()
    said = f"{course or 'C1'}:{typed.get('phase') or 'induction'}:{number}"
    return course_of(f"{said}/{planned}" if planned else said)


def _ask(
    request: Request,
    visitor: Visitor,
    clinic: Clinic,
    room: str,
    typed: Mapping[str, str] | None = None,
    error: InfusionlogError | None = None,
    status: int = 200,
) -> Response:
    row, recorders = clinic.open_row(room), clinic.recorders
    values: dict[str, Any] = {
        "room": room,
        "path_of": path_of(room),
        "typed": typed or {},
        "error": sentence(error) if error else "",
        "silence": f"{NO_RECORDER[0].upper()}{NO_RECORDER[1:]}."
        if recorders is None
        else recorders.silence(room),
        "protocols": [one for one in listed(clinic.settings) if not one.wrong],
        "standard": clinic.settings.protocol,
        "session": row,
    }
    values |= {"place": place_of(clinic, row)} if row else {}
    return render(request, visitor, "nurse/start.html", status=status, **values)


def _ask_device(
    request: Request,
    visitor: Visitor,
    clinic: Clinic,
    room: str,
    typed: Mapping[str, str] | None = None,
    error: InfusionlogError | None = None,
    status: int = 200,
) -> Response:
    row = clinic.open_row(room)
    if row is None:
        return RedirectResponse(f"{path_of(room)}/start", 303)
    known = attached_devices(peoples_records(clinic, row["id"]))
    shown = request.app.state.watching.place(row["id"])
    values: dict[str, Any] = {
        "room": room,
        "path_of": path_of(room),
        "typed": typed or {},
        "error": sentence(error) if error else "",
        "known": known,
        "heard": {one.source: one for one in shown.devices},
        "offered": [one for one in _earlier(clinic, room) if one.url not in {d.url for d in known.values()}],
        "adapters": registry.names(),
        "session": row,
        "place": place_of(clinic, row),
    }
    return render(request, visitor, "nurse/start_device.html", status=status, **values)


def _earlier(clinic: Clinic, room: str) -> list[Device]:
    """Return the devices of the room's last sessions, each line once."""
    found: dict[str, Device] = {}
    for row in clinic.session_rows(room=room, limit=EARLIER)[0]:
        for device in ever_attached(peoples_records(clinic, row["id"])).values():
            found.setdefault(str(device.url), device)
    return list(found.values())


def _open_row(clinic: Clinic, room: str) -> Mapping[str, Any]:
    row = clinic.open_row(room)
    if row is None:
        raise NoSuchSession(f"no session is open in {room}; start one first")
    return row
