"""Every entry that has a form of its own fields: checks, doses, notes, care, what comes afterwards."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from devices.errors import UsageError
from logger import kinds
from logger.entering.questions import about_dose
from logger.entering.standing import standing
from logger.errors import BadEntry, NotSignedIn
from logger.web.at_session import Entering, Row, answered, asked_again, page, session_for
from logger.web.clinic import Clinic
from logger.web.due import protocol_of
from logger.web.entry_fields import fields_of, payload_typed, secrets_typed, typed_of
from logger.web.entry_words import GROUPS, OFFERED, title_of
from logger.web.forms import happened_at, key_of
from logger.web.guards import Form, TheClinic

router = APIRouter()
EXAMPLES = {"kind": "check.weight"}


@router.get("/sessions/{session}/enter")
def everything(request: Request, session: str, visitor: Entering, clinic: TheClinic) -> Response:
    """List what can be entered, and what of it is on record."""
    row = session_for(clinic, visitor, session)
    with clinic.desk() as desk:
        records = desk.store.records(row["id"], streamed=False)
    last = {one.kind: one.record.at for one in standing(records)}
    groups = [
        (heading, [(kind, title_of(kind), last.get(kind, 0)) for kind in group]) for heading, group in GROUPS
    ]
    return page(request, visitor, clinic, row, "nurse/enter_list.html", groups=groups)


@router.get("/sessions/{session}/enter/{kind}")
def ask(request: Request, session: str, kind: str, visitor: Entering, clinic: TheClinic) -> Response:
    """Ask for an entry of a kind."""
    row = session_for(clinic, visitor, session)
    return page(request, visitor, clinic, row, "nurse/enter.html", **_offered(clinic, row, kind))


@router.post("/sessions/{session}/enter/{kind}")
def enter(
    request: Request, session: str, kind: str, visitor: Entering, clinic: TheClinic, form: Form
) -> Response:
    """Record an entry of a kind."""
    row, typed = session_for(clinic, visitor, session), typed_of(form)
    values = _offered(clinic, row, kind)
    try:
        said = payload_typed(kind, typed, clinic.users())
        if not typed.get("confirmed") and (question := about_dose(said)):
            raise BadEntry(f"{kind}: confirmed: {question}. Is that meant?")
        said |= {"happened_at": happened_at(form)} if values["has_time"] else {}
        secrets = secrets_typed(kind, typed, clinic.users())
        clinic.enter(visitor, row["id"], kind, said, key=key_of(form), secrets=secrets)
    except (UsageError, NotSignedIn) as error:
        names = (*(field.name for field in values["fields"]), "confirmed")
        values |= {"typed": typed}
        return asked_again(request, visitor, clinic, row, "nurse/enter.html", error, names, **values)
    return answered(request, row, f"{title_of(kind)}: saved.")


def _offered(clinic: Clinic, row: Row, kind: str) -> dict[str, Any]:
    if kind not in OFFERED:
        raise HTTPException(404)
    return form_of(clinic, row, kind)


def form_of(clinic: Clinic, row: Row, kind: str) -> dict[str, Any]:
    """Return what the form of a kind of `logger.web.entry_words.ENTERED_ANEW` shows."""
    with clinic.desk() as desk:
        text = desk.store.protocol_text(row["protocol_digest"])
    return {
        "title": title_of(kind),
        "action": f"/sessions/{row['id']}/enter/{kind}",
        "fields": fields_of(kind),
        "people": [user for user in clinic.users() if user.active and user.role in ("nurse", "physician")],
        "terms": list(protocol_of(text, row["protocol"]).effects),
        "has_time": issubclass(kinds.KINDS[kind], kinds.Stated),
        "taps": False,
    }
