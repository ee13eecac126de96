"""A session as one FHIR R4B Bundle: what was measured, given, reported, answered, signed and corrected.

Source: HL7 FHIR R4B (4.3.0), US Core (vital signs), HL7 Terminology, LOINC, ISO/IEEE 11073-10101, UCUM.

The bundle is a ``collection``: it says what is on record and asks no server to do anything. Its resources
are named by UUIDs of the session and the record, so who wants to load it knows what was loaded before.
Every resource of a new form is checked against the standard's model before the file is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

from analysis.exports.copy import NO_DATE, Copy, birth_of
from analysis.exports.fhir.answers import add_answers
from analysis.exports.fhir.contents import TEST, Contents
from analysis.exports.fhir.doses import add_doses
from analysis.exports.fhir.effects import add_effects
from analysis.exports.fhir.elements import OWN, Json
from analysis.exports.fhir.monitors import add_monitors
from analysis.exports.fhir.observations import add_observations
from analysis.exports.fhir.provenances import add_provenances
from analysis.exports.fhir.told import add_told, of_recorder
from analysis.exports.fhir.visit import add_visit
from analysis.protocol import read_protocol
from analysis.session import Session
from analysis.timeline import timeline_of

ABOUT = """session.fhir.json: one FHIR R4B Bundle of type collection, UTF-8. Every reading is an Observation
of its own (a cuff cycle one with components), with the record it comes from as identifier. Replaced and
excluded values are there as entered-in-error, what took their place as corrected, with a Provenance;
questionable ones are preliminary. A number that its device called invalid, or that may be the last
patient's, is no value: it stands in the note of an Observation with a dataAbsentReason."""

OPENING = """Python: from fhir.resources.R4B.bundle import Bundle
bundle = Bundle.model_validate_json(open("session.fhir.json", "rb").read())"""

NAME = "session.fhir.json"


def write(session: Session, folder: Path, *, with_identity: bool = False) -> Copy:
    """Write the bundle; see `analysis.exports.copy.Format.write`.

    Raises:
        ModuleNotFoundError: `fhir.resources` is not installed.
        ValueError: a resource breaks the standard's model; nothing is written then.
    """
    contents = contents_of(session, with_identity=with_identity)
    check(contents)
    path = folder / NAME
    path.write_bytes(orjson.dumps(bundle(contents), option=orjson.OPT_APPEND_NEWLINE))
    return Copy((path,), tuple(_not_held(contents, with_identity=with_identity)))


def contents_of(session: Session, *, with_identity: bool = False) -> Contents:
    """Return all resources of a session."""
    protocol = read_protocol(session.protocol, session.protocol_id)
    timeline = timeline_of(session)
    contents = Contents(session)
    add_visit(contents, protocol, timeline, with_identity=with_identity)
    metrics = add_monitors(contents)
    add_doses(contents, protocol, timeline)
    add_effects(contents, protocol, timeline)
    add_answers(contents)
    add_told(contents)
    left = add_observations(contents, metrics)
    add_provenances(contents, left)
    return contents


def bundle(contents: Contents) -> Json:
    """Return the bundle of all resources."""
    entries = [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in contents.resources]
    head: Json = {"resourceType": "Bundle", "id": contents.named("bundle")}
    if contents.session.demo:
        head["meta"] = {"security": [TEST]}
    identifier = {"system": f"{OWN}session", "value": contents.session.id}
    return head | {"identifier": identifier, "type": "collection", "entry": entries}


def check(contents: Contents) -> None:
    """Hold one resource of each form (type, fields, status) against the standard's model.

    All of a two-hour session would take a quarter of a minute; the thousands of one form differ in nothing
    but numbers and times.

    Raises:
        ModuleNotFoundError: `fhir.resources` is not installed.
        ValueError: the resource's name, and what is wrong with it.
    """
    from fhir.resources.R4B import get_fhir_model_class

    seen = set()
    for one in contents.resources:
        form = (one.get("status"), *one)
        if form not in seen:
            seen.add(form)
            get_fhir_model_class(one["resourceType"]).model_validate(one)


def _not_held(contents: Contents, *, with_identity: bool) -> Iterator[str]:
    session = contents.session
    yield "Who read, exported or printed the session: the access log stands in the ledger's system records."
    if session.readings.empty:
        yield "The session has no readings: the bundle has no Observation of a device."
    if claimed := int(session.readings["device_time"].notna().sum()):
        yield f"What the device's own clock said beside {claimed} values."
    if len(session.gaps):
        yield f"Why nothing was heard in {len(session.gaps)} gaps."
    if counts := of_recorder(contents):
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        yield f"What the recorder said of itself, its lines, its clock and the pumps: {said}."
    yield "Fields of an entry beyond its line of text, where FHIR has no element for them."
    yield f"The protocol's text; its name is {session.protocol_id}. The records' digests."
    if not with_identity:
        yield "The patient's name and birth: this copy was made without --with-identity."
    elif session.patient.born and birth_of(session.patient) is None:
        yield NO_DATE
