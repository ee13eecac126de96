"""Readings of devices: left out of every figure with a reason, and a held cuff value claimed."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from analysis.wording import name_of
from devices.errors import UsageError
from devices.vocabulary import Vital, facts
from logger.entering.summaries import summary
from logger.errors import BadEntry, NoSuchRecord, NotSignedIn
from logger.times import TimeText
from logger.web.at_session import Entering, Row, answered, asked_again, entries_path, page, session_for
from logger.web.clinic import Clinic
from logger.web.cuffs_listed import cuffs_listed
from logger.web.entry_fields import Typed, typed_of, user_named
from logger.web.forms import happened_at, key_of
from logger.web.guards import Form, TheClinic
from logger.web.pages.quick_entries import record_of

router = APIRouter()

OFFERED = tuple((str(vital), name_of(vital)) for vital in Vital if vital in facts())


@router.get("/sessions/{session}/exclude")
def ask_exclude(
    request: Request, session: str, visitor: Entering, clinic: TheClinic, target: str = ""
) -> Response:
    """List the cuff's readings, and ask which readings are left out and why."""
    row = session_for(clinic, visitor, session)
    clinic.saw(visitor, "viewed", row["id"], "cuff readings")
    values = _excluding(clinic, row, target) | {"typed": {"target": target}}
    return page(request, visitor, clinic, row, "nurse/exclude.html", **values)


@router.post("/sessions/{session}/exclude")
def exclude(request: Request, session: str, visitor: Entering, clinic: TheClinic, form: Form) -> Response:
    """Leave a reading, or a stretch of one vital, out of every figure; charts go on showing it, crossed."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    try:
        clinic.enter(visitor, row["id"], "exclude", _exclusion(typed), key=key_of(form))
    except (UsageError, NoSuchRecord) as error:
        names = ("target", "vital", "start", "end", "reason")
        values = _excluding(clinic, row, "") | {"typed": typed}
        return asked_again(request, visitor, clinic, row, "nurse/exclude.html", error, names, **values)
    return answered(request, row, "Left out. Charts show it, crossed.", f"/sessions/{row['id']}/exclude")


def _exclusion(typed: Typed) -> dict[str, Any]:
    said: dict[str, Any] = {"reason": typed.get("reason", "").strip()}
    if not said["reason"]:
        raise BadEntry("exclude: reason: say why")
    if typed.get("target"):
        said["target"] = typed["target"]
    else:
        missing = next((name for name in ("vital", "start", "end") if not typed.get(name)), "")
        if missing:
            raise BadEntry(f"exclude: {missing}: choose a vital sign, and from when until when")
        said |= {"vital": typed["vital"], "start": TimeText(typed["start"]), "end": TimeText(typed["end"])}
    for flag in ("artefact", "undo"):
        said |= {flag: True} if typed.get(flag) == "yes" else {}
    return said


def _excluding(clinic: Clinic, row: Row, target: str) -> dict[str, Any]:
    said = ""
    if target:
        record = record_of(clinic, row, target)
        said = _about(record.kind, record.payload)
    return {"cuffs": cuffs_listed(clinic.file(row["id"]).records), "vitals": OFFERED, "said": said}


def _about(kind: str, payload: str) -> str:
    return summary(kind, orjson.loads(payload))


@router.get("/sessions/{session}/claim/{ref}")
def ask_claim(request: Request, session: str, ref: str, visitor: Entering, clinic: TheClinic) -> Response:
    """Ask when a held cuff value was taken, if it is this patient's."""
    row = session_for(clinic, visitor, session)
    return page(request, visitor, clinic, row, "nurse/claim.html", **_claiming(clinic, row, ref))


@router.post("/sessions/{session}/claim/{ref}")
def claim(
    request: Request, session: str, ref: str, visitor: Entering, clinic: TheClinic, form: Form
) -> Response:
    """Record that a held cuff value is this patient's, and when it was taken."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    values = _claiming(clinic, row, ref)
    try:
        second = user_named(typed.get("second", "").strip(), clinic.users())
        said = {
            "target": ref,
            "taken_at": happened_at(form) or TimeText("-0"),
            "reason": typed.get("reason", "").strip() or "this patient's",
            "second": {"name": second} if second else None,
        }
        secrets = {second: typed["pin.second"]} if second and typed.get("pin.second") else {}
        clinic.enter(visitor, row["id"], "adopt", said, key=key_of(form), secrets=secrets)
    except (UsageError, NotSignedIn) as error:
        values |= {"typed": typed}
        names = ("second", "reason")
        return asked_again(request, visitor, clinic, row, "nurse/claim.html", error, names, **values)
    return answered(request, row, "Claimed as this patient's.", entries_path(row))


def _claiming(clinic: Clinic, row: Row, ref: str) -> dict[str, Any]:
    record = record_of(clinic, row, ref)
    people = [user for user in clinic.users() if user.active and user.role in ("nurse", "physician")]
    return {"record": record, "said": _about(record.kind, record.payload), "people": people}
