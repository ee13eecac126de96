"""The devices of a session: how each is heard; added and taken away through the room's recorder."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from devices import registry
from devices.errors import InfusionlogError
from logger.entering.attached import attached_devices
from logger.errors import BadEntry, RecorderSilent
from logger.recording.one_session import wanted_devices
from logger.web.at_session import Row, Staff, answered, asked_again, page, session_for
from logger.web.clinic import Clinic
from logger.web.entered import peoples_records
from logger.web.entry_fields import Typed, typed_of
from logger.web.guards import Form, TheClinic

router = APIRouter()


@router.get("/sessions/{session}/devices")
def ask(request: Request, session: str, visitor: Staff, clinic: TheClinic) -> Response:
    """List the devices, and ask for another one."""
    row = session_for(clinic, visitor, session)
    return page(request, visitor, clinic, row, "nurse/devices.html", **_devices(clinic, row))


@router.post("/sessions/{session}/devices")
def change(request: Request, session: str, visitor: Staff, clinic: TheClinic, form: Form) -> Response:
    """Have the room's recorder add a device or take one away; it says what became of it."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    try:
        said = device_typed(typed)
        if clinic.recorders is None:
            raise RecorderSilent("no recorder forwards to this server; nothing was changed")
        clinic.recorders.change_device(row["id"], row["room"], visitor.name, said)
    except InfusionlogError as error:
        values = _devices(clinic, row) | {"typed": typed}
        names = ("adapter", "url", "name")
        return asked_again(request, visitor, clinic, row, "nurse/devices.html", error, names, **values)
    return answered(request, row, "The recorder has done it.", f"/sessions/{row['id']}/devices")


def device_typed(typed: Typed) -> dict[str, Any]:
    """Return the payload of a device that is added, or taken away by the field ``detach``.

    Raises:
        UsageError: no such adapter, or an address of no form that a port has.
    """
    if source := typed.get("detach", ""):
        return {"source": source, "event": "detached"}
    adapter, url = typed.get("adapter", ""), typed.get("url", "").strip()
    for name, value in (("adapter", adapter), ("url", url)):
        if not value:
            raise BadEntry(f"device: {name}: fill this in")
    quiet = typed.get("listen_only") == "yes"
    text = f"{adapter}={url}"
    wanted = wanted_devices([] if quiet else [text], [text] if quiet else [])[0]
    name = typed.get("name", "").strip()
    return wanted.payload() | ({"source": name} if name else {})


def _devices(clinic: Clinic, row: Row) -> dict[str, Any]:
    known, recorders = attached_devices(peoples_records(clinic, row["id"])), clinic.recorders
    heard: dict[str, datetime | None] = {}
    silence = "No recorder forwards to this server."
    if recorders is not None:
        silence = recorders.silence(row["room"])
        for one in recorders.devices(row["id"]):
            heard[one["source"]] = datetime.fromisoformat(one["heard_at"]) if one["heard_at"] else None
    return {"devices": known.values(), "heard": heard, "silence": silence, "adapters": registry.names()}
