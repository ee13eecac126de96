"""The end of a session: handover of the watch, the patient leaves, not treated, the end, the signature."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from devices.errors import UsageError
from logger.entering.handing import open_effects
from logger.entering.required import missing
from logger.entering.signing import policy, policy_digest
from logger.errors import BadEntry, NotAllowed, NotSignedIn
from logger.ledger.chains import heads
from logger.web.at_session import Entering, Row, Staff, answered, asked_again, entries_path, page, session_for
from logger.web.clinic import Clinic
from logger.web.due import protocol_of
from logger.web.entered import entered, peoples_records
from logger.web.entry_fields import Typed, fields_of, payload_typed, secrets_typed, typed_of, user_named
from logger.web.entry_words import in_words
from logger.web.forms import happened_at, key_of
from logger.web.guards import Form, TheClinic
from logger.web.pages.entry_forms import form_of
from logger.web.session_view import accepted_policy
from logger.web.signatures import sign as sign_session
from logger.web.visits import Visitor

router = APIRouter()

MISSING = {
    "identity_check": ("Identity and time-out", "enter/check.identity"),
    "consent_on_file": ("Consent", "enter/check.consent"),
    "escort_arranged": ("Escort", "enter/check.escort"),
    "concomitant_medication": ("Medication the patient takes", "enter/check.medication"),
    "weight_used": ("Weight", "enter/check.weight"),
    "dose_administered": ("Dose given", "enter/dose.given"),
    "controlled_substance_balance": ("Dose drawn", "enter/dose.drawn"),
    "discharge": ("Patient leaves", "discharge"),
}
"""What pages call a required record of the protocol, and where it is entered."""


@router.get("/sessions/{session}/handover")
def ask_handover(request: Request, session: str, visitor: Staff, clinic: TheClinic) -> Response:
    """Ask to whom the watch goes: both give their PIN."""
    row = session_for(clinic, visitor, session)
    return page(request, visitor, clinic, row, "nurse/handover.html", **_handing(clinic, row, visitor))


@router.post("/sessions/{session}/handover")
def handover(request: Request, session: str, visitor: Staff, clinic: TheClinic, form: Form) -> Response:
    """Hand the watch over: who gives it and who takes it each give their own PIN."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    values = _handing(clinic, row, visitor)
    try:
        taker = user_named(typed.get("taker", "").strip(), clinic.users())
        if not taker:
            raise BadEntry("handover: taker: say who watches from now on")
        if taker == visitor.name:
            raise BadEntry("handover: taker: name another person than yourself")
        secrets = {visitor.name: typed.get("giver_pin", ""), taker: typed.get("taker_pin", "")}
        _check_pins(clinic, secrets)
        said = {
            "giver": {"name": visitor.name},
            "taker": {"name": taker},
            "open_effects": values["effects"],
            "text": typed.get("text"),
            "happened_at": happened_at(form),
        }
        clinic.enter(
            visitor, row["id"], "staff.handover", said, key=key_of(form), secrets={taker: secrets[taker]}
        )
    except (UsageError, NotSignedIn) as error:
        names, values = ("taker", "text"), values | {"typed": typed}
        return asked_again(request, visitor, clinic, row, "nurse/handover.html", error, names, **values)
    return answered(request, row, f"The watch is with {taker} now.")


def _handing(clinic: Clinic, row: Row, visitor: Visitor) -> dict[str, Any]:
    people = [
        user
        for user in clinic.users()
        if user.active and user.role in ("nurse", "physician") and user.name != visitor.name
    ]
    return {"people": people, "effects": open_effects(peoples_records(clinic, row["id"]))}


def _check_pins(clinic: Clinic, secrets: dict[str, str]) -> None:
    """Raise `NotSignedIn` unless each of two persons gave a PIN or password of their own."""
    with clinic.desk() as desk:
        for name, secret in secrets.items():
            if desk.people.user(name) is None:
                raise BadEntry(f"handover: taker: {name[:120]} is no user here; choose one of the list")
            desk.people.signed_in(name, secret, pin=True)


@router.get("/sessions/{session}/discharge")
def ask_discharge(request: Request, session: str, visitor: Entering, clinic: TheClinic) -> Response:
    """Ask what was found before the patient leaves; a clinician decides."""
    row = session_for(clinic, visitor, session)
    return page(request, visitor, clinic, row, "nurse/discharge.html", **_discharging(clinic, row))


@router.post("/sessions/{session}/discharge")
def discharge(request: Request, session: str, visitor: Entering, clinic: TheClinic, form: Form) -> Response:
    """Record that the patient leaves: what devices say from then on is no word about them."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    values, users = _discharging(clinic, row), clinic.users()
    try:
        items = _items(typed, [item.id for item in values["items"]])
        said = payload_typed("discharge", typed, users) | {"items": items, "happened_at": happened_at(form)}
        secrets = secrets_typed("discharge", typed, users)
        clinic.enter(visitor, row["id"], "discharge", said, key=key_of(form), secrets=secrets)
    except (UsageError, NotSignedIn) as error:
        names = [f"item.{item.id}" for item in values["items"]] + [one.name for one in values["fields"]]
        values |= {"typed": typed}
        return asked_again(request, visitor, clinic, row, "nurse/discharge.html", error, names, **values)
    return answered(request, row, "Recorded that the patient leaves.", f"/sessions/{row['id']}/end")


def _discharging(clinic: Clinic, row: Row) -> dict[str, Any]:
    with clinic.desk() as desk:
        text = desk.store.protocol_text(row["protocol_digest"])
    leaving = protocol_of(text, row["protocol"]).discharge
    return {
        "items": leaving.item,
        "fields": [field for field in fields_of("discharge") if field.name != "role"],
        "roles": [(role, in_words(role)) for role in leaving.decision_by_role],
        "people": [user for user in clinic.users() if user.active and user.role in ("nurse", "physician")],
    }


def _items(typed: Typed, ids: list[str]) -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = {}
    for id in ids:
        answer, reason = typed.get(f"item.{id}", ""), typed.get(f"reason.{id}", "").strip() or None
        if answer not in ("", "yes", "no", "not_applicable"):
            raise BadEntry(f"discharge: item.{id}: choose one of the answers")
        if answer:
            found[id] = {"answer": answer, "reason": reason}
    return found


@router.get("/sessions/{session}/not-treated")
def ask_not_treated(request: Request, session: str, visitor: Entering, clinic: TheClinic) -> Response:
    """Ask why no dose was given."""
    row = session_for(clinic, visitor, session)
    return page(request, visitor, clinic, row, "nurse/enter.html", **_not_treated(clinic, row))


@router.post("/sessions/{session}/not-treated")
def not_treated(request: Request, session: str, visitor: Entering, clinic: TheClinic, form: Form) -> Response:
    """Record that the session ends before any dose."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    try:
        said = payload_typed("session.not_treated", typed, []) | {"happened_at": happened_at(form)}
        clinic.enter(visitor, row["id"], "session.not_treated", said, key=key_of(form))
    except UsageError as error:
        values = _not_treated(clinic, row) | {"typed": typed}
        return asked_again(request, visitor, clinic, row, "nurse/enter.html", error, ("reason",), **values)
    return answered(request, row, "Recorded: no dose was given.", f"/sessions/{row['id']}/end")


def _not_treated(clinic: Clinic, row: Row) -> dict[str, Any]:
    return form_of(clinic, row, "session.not_treated") | {"action": f"/sessions/{row['id']}/not-treated"}


@router.get("/sessions/{session}/end")
def ask_end(request: Request, session: str, visitor: Entering, clinic: TheClinic) -> Response:
    """Show what is not recorded yet, and ask whether the session ends."""
    row = session_for(clinic, visitor, session)
    return page(request, visitor, clinic, row, "nurse/end.html", **_ending(clinic, row))


@router.post("/sessions/{session}/end")
def end(request: Request, session: str, visitor: Entering, clinic: TheClinic, form: Form) -> Response:
    """End the session; who comes second is told who was quicker."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    try:
        if typed.get("really") != "yes":  # what the button sends: no empty form ends a recording
            raise BadEntry("end: press the button that ends the session; it goes on")
        said = {"reason": typed.get("reason"), "happened_at": happened_at(form)}
        clinic.enter(visitor, row["id"], "session.end", said, key=key_of(form))
    except UsageError as error:
        row = clinic.row(session)
        values = _ending(clinic, row) | {"typed": typed}
        return asked_again(request, visitor, clinic, row, "nurse/end.html", error, ("reason",), **values)
    path = f"/sessions/{row['id']}/sign" if visitor.role else "/"
    return answered(request, row, "The session has ended.", path)


def _ending(clinic: Clinic, row: Row) -> dict[str, Any]:
    records = peoples_records(clinic, row["id"])
    with clinic.desk() as desk:
        lacking = missing(desk.store.protocol_text(row["protocol_digest"]), records)
    return {
        "missing": [MISSING.get(one, (in_words(one), "enter")) for one in lacking],
        "effects": open_effects(records),
        "unowned": any(one.may_own for one in entered(clinic, row, None)),
    }


@router.get("/sessions/{session}/sign")
def ask_sign(request: Request, session: str, visitor: Staff, clinic: TheClinic) -> Response:
    """Show what was entered, and ask for the signature that the entries are complete."""
    row = session_for(clinic, visitor, session)
    clinic.saw(visitor, "viewed", row["id"], "entries, to sign")
    return page(request, visitor, clinic, row, "nurse/sign.html", **_signing(clinic, row, visitor))


@router.post("/sessions/{session}/sign")
def sign(request: Request, session: str, visitor: Staff, clinic: TheClinic, form: Form) -> Response:
    """Sign that the entries are complete: password first, later in the same period the PIN."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    try:
        if typed.get("accepted"):
            _accept(clinic, visitor)
        sign_session(request, clinic, visitor, row["id"], dict(form) | {"meaning": "entry_complete"})
    except (UsageError, NotSignedIn, NotAllowed) as error:
        values = _signing(clinic, row, visitor) | {"typed": typed}
        return asked_again(request, visitor, clinic, row, "nurse/sign.html", error, ("reason",), **values)
    return RedirectResponse(entries_path(row), 303)


def _accept(clinic: Clinic, visitor: Visitor) -> None:
    said = {"user": visitor.name, "fact": "policy_accepted", "digest": policy_digest()}
    if not accepted_policy(clinic, visitor.name):
        clinic.enter(visitor, "system", "user.fact", said | {"on": clinic.now().date().isoformat()})


def _signing(clinic: Clinic, row: Row, visitor: Visitor) -> dict[str, Any]:
    with clinic.desk() as desk:
        ends = heads(desk.store, [row["id"]]).get(row["id"], {})
        last = desk.store.records(row["id"], {writer: count - 2 for writer, (count, _) in ends.items()})
    return _ending(clinic, row) | {
        "lines": entered(clinic, row, None),
        "seen": last[-1].digest if last else "",
        "accepted": accepted_policy(clinic, visitor.name),
        "policy": policy(),
    }
