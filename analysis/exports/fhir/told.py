"""What people wrote that no other resource has a place for: notes, marks, checks, who was told, waste.

Each is a Communication with the record's own line of text, its kind, author and time; what was done for the
patient without a drug is a Procedure. What the recorder says of itself and of its lines is not among them.
"""

from __future__ import annotations

from collections import Counter

from analysis.exports.fhir.contents import RECORDER, Contents, Entry
from analysis.exports.fhir.elements import Json, concept, own

RECORDERS = (
    "clock", "link", "device", "unread", "storage", "session.open", "session.resume", "session.pause",
    "session.close_without", "session.ended_elsewhere", "close", "pump.",
)  # fmt: skip
"""Kinds, by their beginnings, that no person wrote."""

ELSEWHERE = (
    "amend", "exclude", "adopt", "move", "attribute", "session.patient", "sign", "effect.", "medication",
    "assessment.score", "dose.ordered", "dose.given", "dose.device", "dose.injection", "dose.swallowed",
    "infusion.", "check.weight", "intervention",
)  # fmt: skip
"""Kinds, by their beginnings, that have resources of their own."""


def add_told(contents: Contents) -> None:
    """Add every record of a person that is nowhere else."""
    for entry in contents.entries:
        if entry.kind == "intervention":
            _done(contents, entry)
        elif not entry.kind.startswith((*RECORDERS, *ELSEWHERE)):
            _told(contents, entry)


def of_recorder(contents: Contents) -> Counter[str]:
    """Return how many records there are of each kind that is not in the bundle."""
    return Counter(entry.kind for entry in contents.entries if entry.kind.startswith(RECORDERS))


def _told(contents: Contents, entry: Entry) -> None:
    body: Json = {
        "status": "completed" if entry.stands else "entered-in-error",
        "category": [own("record", entry.kind)],
        "subject": contents.subject,
        "encounter": contents.encounter,
        "sent": contents.time(entry.happened_at),
        "sender": contents.program() if entry.author == RECORDER else contents.person(entry.author),
        "payload": [{"contentString": entry.summary}],
    }
    heard = [entry.payload[name] for name in ("whom", "witness", "taker") if entry.payload.get(name)]
    if heard:
        body["recipient"] = [contents.said_person(person) for person in heard]
    if entry.at != entry.happened_at:
        body["note"] = [contents.note(f"entered at {contents.time(entry.at)}")]
    contents.add("Communication", f"{entry.reference}/told", body, entry.reference)


def _done(contents: Contents, entry: Entry) -> None:
    payload = entry.payload
    body: Json = {
        "status": "completed" if entry.stands else "entered-in-error",
        "code": concept(text=payload["what"]),
        "subject": contents.subject,
        "encounter": contents.encounter,
        "performedDateTime": contents.time(entry.happened_at),
        "recorder": contents.person(entry.author),
        "performer": [{"actor": contents.said_person(payload["given_by"])}],
        "reasonCode": [concept(text=payload["why"])],
        "note": [contents.note(entry.summary, entry)],
    }
    contents.add("Procedure", f"{entry.reference}/done", body, entry.reference)
