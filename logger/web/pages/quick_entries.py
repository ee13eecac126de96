"""The entries of one or two taps: MARK, a side effect and its end, readings by hand, and "Undo, mis-tap"."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from devices.vocabulary import facts
from logger.clock import microseconds
from logger.entering.questions import about_vitals
from logger.errors import BadEntry, NoSuchRecord, NotAllowed
from logger.ledger.models import Written
from logger.web.at_session import Entering, Row, answered, asked_again, page, session_for
from logger.web.clinic import Clinic
from logger.web.entry_fields import typed_of
from logger.web.forms import happened_at, key_of
from logger.web.guards import Form, TheClinic
from logger.web.panel import may_undo, panel

router = APIRouter()

PAD = ("resp_rate", "nibp_sys", "nibp_dia", "pulse_generic", "spo2")
"""What the pad asks, in its order: most monitors send no respiratory rate."""

SENTENCE = "Saved. It can be undone for a minute."


@router.post("/sessions/{session}/mark")
def mark(request: Request, session: str, visitor: Entering, clinic: TheClinic, form: Form) -> Response:
    """Record "something now"; the details follow."""
    row = session_for(clinic, visitor, session)
    clinic.enter(visitor, row["id"], "mark", {"happened_at": happened_at(form)}, key=key_of(form))
    return answered(request, row, "Marked. Details can be entered later.")


@router.get("/sessions/{session}/effects")
def effects(request: Request, session: str, visitor: Entering, clinic: TheClinic) -> Response:
    """Ask for a side effect."""
    row = session_for(clinic, visitor, session)
    return page(request, visitor, clinic, row, "nurse/effects.html", panel=panel(clinic, row, visitor))


@router.post("/sessions/{session}/effects")
def effect(request: Request, session: str, visitor: Entering, clinic: TheClinic, form: Form) -> Response:
    """Record a side effect with its severity, or that there is none."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    try:
        kind, said = _effect(typed)
        clinic.enter(visitor, row["id"], kind, said | {"happened_at": happened_at(form)}, key=key_of(form))
    except BadEntry as error:
        values = {"typed": typed, "panel": panel(clinic, row, visitor)}
        names = ("term", "severity", "text")
        return asked_again(request, visitor, clinic, row, "nurse/effects.html", error, names, **values)
    return answered(request, row, SENTENCE)


def _effect(typed: dict[str, str]) -> tuple[str, dict[str, Any]]:
    if typed.get("none"):
        return "effect.none", {}
    term = typed.get("other", "").strip() or typed.get("term", "")
    if not term:
        raise BadEntry("effect: term: choose which side effect it is, then how bad")
    if typed.get("severity") not in ("mild", "moderate", "severe"):
        raise BadEntry("effect: severity: choose mild, moderate or severe")
    return "effect.report", {"term": term, "severity": typed["severity"], "text": typed.get("text")}


@router.post("/sessions/{session}/effects/{ref}/resolve")
def resolve(
    request: Request, session: str, ref: str, visitor: Entering, clinic: TheClinic, form: Form
) -> Response:
    """Record that a side effect has ended: the one that *ref* reported."""
    row = session_for(clinic, visitor, session)
    said = json.loads(record_of(clinic, row, ref).payload)
    if "term" not in said:
        raise NoSuchRecord(f"{ref} reports no side effect; look at the list")
    entry = {"term": said["term"], "happened_at": happened_at(form)}
    clinic.enter(visitor, row["id"], "effect.resolved", entry, key=key_of(form))
    return answered(request, row, SENTENCE)


@router.get("/sessions/{session}/readings")
def pad(request: Request, session: str, visitor: Entering, clinic: TheClinic) -> Response:
    """Ask for readings by hand."""
    row = session_for(clinic, visitor, session)
    return page(request, visitor, clinic, row, "nurse/readings.html")


@router.post("/sessions/{session}/readings")
def readings(request: Request, session: str, visitor: Entering, clinic: TheClinic, form: Form) -> Response:
    """Record what a person read from the monitor or counted; a number that looks mistyped is asked about."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    try:
        said = reading_typed(typed)
        clinic.enter(
            visitor, row["id"], "reading", said | {"happened_at": happened_at(form)}, key=key_of(form)
        )
    except BadEntry as error:
        names = (*PAD, "confirmed")
        return asked_again(request, visitor, clinic, row, "nurse/readings.html", error, names, typed=typed)
    return answered(request, row, SENTENCE)


def reading_typed(typed: dict[str, str], vitals: tuple[str, ...] = PAD) -> dict[str, Any]:
    """Return the payload of a reading by hand.

    Raises:
        BadEntry: no number was typed, one is none, or one looks mistyped and nobody has confirmed it.
    """
    values: dict[str, float] = {}
    for vital in vitals:
        if text := typed.get(vital, "").strip():
            values[vital] = number_typed(vital, text)
    if not values:
        raise BadEntry(f"reading: {vitals[0]}: type at least one number")
    if not typed.get("confirmed") and (asked := about_vitals(values)):
        raise BadEntry(f"reading: confirmed: {' '.join(asked)}")
    said: dict[str, Any] = {"source": "manual"}
    said["readings"] = [{"vital": vital, "value": value} for vital, value in values.items()]
    return said | ({"confirmed": True} if about_vitals(values) else {})


def number_typed(vital: str, text: str) -> float:
    """Return the number that was typed for a vital; raises `BadEntry` at its field."""
    try:
        number = float(text.replace(",", ".", 1)) if text.isascii() else float("nan")
    except ValueError:
        number = float("nan")
    if not abs(number) < 10_000 or "_" in text:
        raise BadEntry(f"reading: {vital}: write a number in {facts()[vital].unit}; {text[:40]} is none")
    return number


@router.post("/sessions/{session}/undo")
def undo(request: Request, session: str, visitor: Entering, clinic: TheClinic, form: Form) -> Response:
    """Take the visitor's own entry of the last minute back: it stays readable, struck through."""
    row, ref = session_for(clinic, visitor, session), str(form.get("ref", ""))
    record = record_of(clinic, row, ref)
    if record.author != visitor.name:
        raise NotAllowed(f"{ref} is an entry of {record.author}; withdraw it with a reason instead")
    if not may_undo(record, microseconds(clinic.now())):
        return RedirectResponse(
            f"/sessions/{row['id']}/entries/{quote(ref, safe=':')}/withdraw?late=yes", 303
        )
    said = {"target": ref, "withdrawn": True, "reason": "mis-tap"}
    clinic.enter(visitor, row["id"], "amend", said, key=key_of(form))
    return answered(request, row, "Taken back. It stays readable, struck through.")


def record_of(clinic: Clinic, row: Row, ref: str) -> Written:
    """Return a record of a session by its reference.

    Raises:
        NoSuchRecord: there is none.
    """
    writer, _, seq = ref.partition(":")
    found = None
    if seq.isascii() and seq.isdecimal() and len(seq) < 16:
        with clinic.desk() as desk:
            found = desk.store.record(row["id"], writer, int(seq))
    if found is None:
        raise NoSuchRecord(f"this session has no record {ref[:60]}; look at the list of its entries")
    return found


@router.get("/sessions/{session}/panel")
def parts(request: Request, session: str, visitor: Entering, clinic: TheClinic) -> Response:
    """Return what changes with entries on the live page: undo, what is due, the infusion, side effects."""
    row = session_for(clinic, visitor, session)
    return page(request, visitor, clinic, row, "nurse/panel.html", panel=panel(clinic, row, visitor))
