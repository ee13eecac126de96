"""What was entered so far, and how it is put right: withdrawn, entered anew, owned; nothing is taken away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from devices.errors import UsageError
from devices.vocabulary import Vital, facts
from logger.entering.fields import OWN
from logger.entering.questions import about_vitals
from logger.entering.standing import judged
from logger.entering.summaries import summary
from logger.errors import BadEntry, NoSuchRecord, NotSignedIn
from logger.ledger.models import Written
from logger.web.at_session import Entering, Row, Staff, answered, asked_again, entries_path, page, session_for
from logger.web.clinic import Clinic
from logger.web.due import protocol_of
from logger.web.entered import entered, first_of, peoples_records
from logger.web.entry_fields import Field, Typed, payload_typed, secrets_typed, typed_of
from logger.web.entry_words import ENTERED_ANEW, title_of
from logger.web.forms import happened_at, key_of
from logger.web.guards import Form, TheClinic
from logger.web.pages.entry_forms import form_of
from logger.web.pages.quick_entries import number_typed, record_of
from logger.web.panel import panel

router = APIRouter()


@router.get("/sessions/{session}/entries")
def entries(request: Request, session: str, visitor: Entering, clinic: TheClinic) -> Response:
    """List what people entered, with what was withdrawn struck through."""
    row = session_for(clinic, visitor, session)
    with clinic.desk() as desk:
        text = desk.store.protocol_text(row["protocol_digest"])
    clinic.saw(visitor, "viewed", row["id"], "entries")
    lines = entered(clinic, row, protocol_of(text, row["protocol"]).late_entry_min)
    shown = panel(clinic, row, visitor)
    return page(request, visitor, clinic, row, "nurse/entries.html", lines=lines, panel=shown)


@router.get("/sessions/{session}/entries/{ref}/withdraw")
def ask_withdraw(
    request: Request, session: str, ref: str, visitor: Entering, clinic: TheClinic, late: str = ""
) -> Response:
    """Ask why an entry is taken back."""
    row = session_for(clinic, visitor, session)
    values = _about(row, record_of(clinic, row, ref), "withdraw")
    errors = {"": "It is older than a minute: say why it is taken back."} if late else {}
    return page(request, visitor, clinic, row, "nurse/correct.html", **values, errors=errors)


@router.post("/sessions/{session}/entries/{ref}/withdraw")
def withdraw(
    request: Request, session: str, ref: str, visitor: Entering, clinic: TheClinic, form: Form
) -> Response:
    """Take an entry back: it stays readable, struck through."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    record = record_of(clinic, row, ref)
    try:
        said = {"target": record.ref, "withdrawn": True, "reason": _reason(typed)}
        clinic.enter(visitor, row["id"], "amend", said, key=key_of(form))
    except UsageError as error:
        values = _about(row, record, "withdraw") | {"typed": typed}
        return asked_again(request, visitor, clinic, row, "nurse/correct.html", error, ("because",), **values)
    return answered(request, row, "Taken back. It stays readable, struck through.", entries_path(row))


@router.get("/sessions/{session}/entries/{ref}/correct")
def ask_correct(request: Request, session: str, ref: str, visitor: Entering, clinic: TheClinic) -> Response:
    """Show an entry as it was saved, to be entered anew."""
    row = session_for(clinic, visitor, session)
    record = record_of(clinic, row, ref)
    values = _correcting(clinic, row, record)
    if values is None:
        return RedirectResponse(f"/sessions/{row['id']}/entries/{ref}/withdraw", 303)
    return page(request, visitor, clinic, row, "nurse/correct.html", **values)


@router.post("/sessions/{session}/entries/{ref}/correct")
def correct(
    request: Request, session: str, ref: str, visitor: Entering, clinic: TheClinic, form: Form
) -> Response:
    """Enter anew what was wrong; the old entry stays, struck through."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    record = record_of(clinic, row, ref)
    values = _correcting(clinic, row, record)
    if values is None:
        raise NoSuchRecord(f"{ref} is not entered anew on a page; withdraw it and enter it again")
    kind, users = values["kind"], clinic.users()
    try:
        said: dict[str, Any] = {"target": record.ref, "reason": _reason(typed)}
        if kind == "reading":
            said |= _changes(typed, values["fields"])
        else:
            said["entry"] = values["kept"] | payload_typed(kind, typed, users)
            if (at := happened_at(form)) is not None:
                said["entry"] |= {"happened_at": at}
        secrets = secrets_typed(kind, typed, users)
        clinic.enter(visitor, row["id"], "amend", said, key=key_of(form), secrets=secrets)
    except (UsageError, NotSignedIn) as error:
        names = ("because", "confirmed", *(field.name for field in values["fields"]))
        values |= {"typed": typed}
        return asked_again(request, visitor, clinic, row, "nurse/correct.html", error, names, **values)
    return answered(request, row, "Entered anew. The old entry stays, struck through.", entries_path(row))


@router.post("/sessions/{session}/entries/{ref}/own")
def own(request: Request, session: str, ref: str, visitor: Staff, clinic: TheClinic, form: Form) -> Response:
    """Own an entry that was made when nobody could sign in."""
    row = session_for(clinic, visitor, session)
    said = {"target": record_of(clinic, row, ref).ref, "reason": "nobody could sign in"}
    clinic.enter(visitor, row["id"], "attribute", said, key=key_of(form))
    return answered(request, row, "It is yours now.", entries_path(row))


def _reason(typed: Typed) -> str:
    reason = typed.get("because", "").strip() or typed.get("why", "")
    if not reason:
        raise BadEntry("amend: because: say why")
    return reason


def _about(row: Row, record: Written, what: str) -> dict[str, Any]:
    body = orjson.loads(record.payload)
    return {
        "what": what,
        "title": f"Withdraw: {title_of(record.kind)}"
        if what == "withdraw"
        else f"Correct: {title_of(record.kind)}",
        "action": f"/sessions/{row['id']}/entries/{record.ref}/{what}",
        "was": summary(record.kind, body),
        "record": record,
        "fields": (),
        "people": [],
        "has_time": False,
    }


def _correcting(clinic: Clinic, row: Row, record: Written) -> dict[str, Any] | None:
    """Return what the page to correct a record shows; None where it can only be withdrawn."""
    told = [(one, orjson.loads(one.payload)) for one in peoples_records(clinic, row["id"])]
    first = first_of(record, [one for one, _ in told])
    values = _about(row, record, "correct") | {"kind": first.kind}
    if first.kind == "reading":
        had = [value["vital"] for value in orjson.loads(first.payload)["readings"] if not value.get("repeat")]
        fields = tuple(
            Field(vital, f"{facts()[vital].label} ({facts()[vital].unit})", "number", required=False)
            for vital in had
            if vital in set(Vital) and vital in facts()
        )
        return values | {"fields": fields}
    if first.kind not in ENTERED_ANEW:
        return None
    shown = form_of(clinic, row, first.kind)
    now = judged(told).stands.get(first.ref)
    body = now.body if now else {}
    asked = {field.name for field in shown["fields"]} | OWN
    own = {
        "typed": _as_typed(body, shown["fields"], ZoneInfo(row["zone"])),
        "kept": {name: value for name, value in body.items() if name not in asked},
    }
    return values | {name: shown[name] for name in ("fields", "people", "terms", "has_time")} | own


def _as_typed(body: Mapping[str, Any], fields: tuple[Field, ...], zone: ZoneInfo) -> dict[str, str]:
    """Return a saved payload as it would be typed into its form; times on the clinic's clock."""
    found = {}
    for field in fields:
        value = body.get(field.name)
        if value is None:
            continue
        if isinstance(value, bool):
            found[field.name] = "yes" if value else "no"
        elif isinstance(value, list):
            found[field.name] = ",".join(value)
        elif isinstance(value, dict):
            found[field.name] = str(value.get("name", ""))
        elif field.form == "moment":
            at = datetime.fromisoformat(value).astimezone(zone)
            found[field.name] = at.replace(tzinfo=None).isoformat(timespec="seconds")
        else:
            found[field.name] = str(value).removesuffix(".0") if isinstance(value, float) else str(value)
    return found


def _changes(typed: Typed, fields: tuple[Field, ...]) -> dict[str, Any]:
    values = {
        field.name: number_typed(field.name, typed[field.name].strip())
        for field in fields
        if typed.get(field.name, "").strip()
    }
    if not values:
        raise BadEntry(f"amend: {fields[0].name if fields else 'reason'}: type the number that is right")
    asked = about_vitals(values)
    if asked and not typed.get("confirmed"):
        raise BadEntry(f"amend: confirmed: {' '.join(asked)}")
    return {"changes": values} | ({"confirmed": True} if asked else {})
