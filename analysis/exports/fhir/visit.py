"""The patient, the visit, its room, its staff, and the treatment as a whole."""

from __future__ import annotations

from analysis.exports.copy import birth_of
from analysis.exports.fhir.contents import Contents, Entry
from analysis.exports.fhir.elements import OWN, SNOMED, TERMINOLOGY, Json, coding, concept
from analysis.protocol import Protocol
from analysis.timeline import Timeline

ADMINISTRATION = coding(SNOMED, "18629005", "Administration of medicine")


def add_visit(contents: Contents, protocol: Protocol, timeline: Timeline, *, with_identity: bool) -> None:
    """Add Patient, Location, Encounter and Procedure."""
    session = contents.session
    contents.add("Patient", "patient", _patient(contents, with_identity=with_identity))
    room = concept(coding(f"{TERMINOLOGY}location-physical-type", "ro", "Room"))
    where = contents.add("Location", "room", {"name": session.room, "physicalType": room})
    contents.add("Procedure", "treatment", _treatment(contents, protocol, timeline))
    contents.add(
        "Encounter",
        "encounter",
        {
            "identifier": [{"system": f"{OWN}session", "value": session.id}],
            "status": "in-progress" if session.state == "open" else "finished",
            "class": coding(f"{TERMINOLOGY}v3-ActCode", "AMB", "ambulatory"),
            "subject": contents.subject,
            "participant": _participants(contents),
            "period": contents.period(session.opened_at, session.ended_at),
            "location": [{"location": where}],
        },
    )


def _patient(contents: Contents, *, with_identity: bool) -> Json:
    patient = contents.session.patient
    said: Json = {}
    if patient.id:
        said["identifier"] = [{"system": f"{OWN}patient", "value": patient.id}]
    if with_identity and patient.name:
        said["name"] = [{"text": patient.name}]
    if with_identity and (born := birth_of(patient)):
        said["birthDate"] = born.isoformat()
    return said


def _treatment(contents: Contents, protocol: Protocol, timeline: Timeline) -> Json:
    """Return the Procedure: from the first dose to the last end of an infusion on record."""
    session = contents.session
    not_treated = list(contents.standing("session.not_treated"))
    said: Json = {
        "status": _status(contents, timeline, not_treated),
        "code": concept(ADMINISTRATION, text=protocol.label),
        "subject": contents.subject,
        "encounter": contents.encounter,
    }
    if not_treated:
        said["statusReason"] = concept(text=not_treated[-1].payload["reason"])
    ends = list(contents.standing("infusion.end"))
    if timeline.anchored:
        said["performedPeriod"] = contents.period(timeline.zero, ends[-1].happened_at if ends else None)
    given = [entry.payload["given_by"] for entry in contents.standing("dose.given")]
    said["performer"] = [{"actor": contents.said_person(one)} for one in given]
    where = f"{session.course}, session {session.number}" if session.course else ""
    texts = [*filter(None, [where]), f"protocol {session.protocol_id}", *session.banners]
    said["note"] = [contents.note(text) for text in texts]
    return said


def _status(contents: Contents, timeline: Timeline, not_treated: list[Entry]) -> str:
    if not_treated and not timeline.anchored:
        return "not-done"
    if contents.session.state == "open":
        return "in-progress" if timeline.anchored else "preparation"
    return "completed" if timeline.anchored else "unknown"


def _participants(contents: Contents) -> list[Json]:
    """Return who was there, from when until when, as what; *responsible* is whoever watched the patient."""
    left = {entry.payload["person"]["name"]: entry for entry in contents.standing("staff.left")}
    found = []
    for entry in contents.standing("staff.present"):
        name = entry.payload["person"]["name"]
        role = entry.payload["role"].replace("_", " ")
        role += ", responsible for the patient's watch" if entry.payload.get("responsible") else ""
        gone = left.get(name)
        ended = gone.happened_at if gone and gone.happened_at >= entry.happened_at else None
        found.append(
            {
                "type": [concept(text=role)],
                "period": contents.period(entry.happened_at, ended),
                "individual": contents.said_person(entry.payload["person"]),
            }
        )
    return found
