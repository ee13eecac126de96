"""Who signed, and who corrected, withdrew, left out, claimed or moved what: Provenance.

Source: HL7 FHIR R4B (Provenance), ASTM E1762-95 (kinds of signatures), HL7 v3 DataOperation.

A signature here is a person's own sign-in over the ends of all chains; it carries no cryptographic data, so
``Signature.data`` is empty, and the chains' ends are what the Provenance was made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.exports.fhir.contents import Contents, Entry
from analysis.exports.fhir.elements import OWN, TERMINOLOGY, Json, coding, concept
from analysis.exports.fhir.observations import Left

ASTM = "urn:iso-astm:E1762-95:2013"
SIGNED = {
    "entry_complete": coding(ASTM, "1.2.840.10065.1.12.1.1", "Author's Signature"),
    "qa": coding(ASTM, "1.2.840.10065.1.12.1.5", "Verification Signature"),
    "review": coding(ASTM, "1.2.840.10065.1.12.1.13", "Review Signature"),
}
"""By the meaning of a signature."""

CORRECTIONS = ("amend", "exclude", "adopt", "move", "attribute", "session.patient")


def add_provenances(contents: Contents, left: list[Left]) -> None:
    """Add every signature and every correction; *left* are the readings that a person left out."""
    for entry in contents.entries:
        if entry.kind == "sign":
            _signature(contents, entry)
        elif entry.kind in CORRECTIONS:
            _correction(contents, entry, left)


def _signature(contents: Contents, entry: Entry) -> None:
    payload, who = entry.payload, contents.person(entry.author)
    heads = [f"{head['writer']} {head['count']} {head['digest']}" for head in payload["heads"]]
    body = _head(contents, entry, "attester", payload["role"]) | {
        "target": [contents.encounter],
        "entity": [
            {"role": "source", "what": {"identifier": {"system": f"{OWN}chain-end", "value": head}}}
            for head in heads
        ],
        "signature": [
            {
                "type": [SIGNED[payload["meaning"]]],
                "when": contents.time(entry.at),
                "who": who | {"display": payload["name"]},
            }
        ],
    }
    said = (
        [f"signed although not recorded: {', '.join(payload['not_recorded'])}"]
        if payload.get("not_recorded")
        else []
    )
    said += [payload["reason"]] if payload.get("reason") else []
    if said:
        body["reason"] = [concept(text="; ".join(said))]
    contents.add("Provenance", f"{entry.reference}/signed", body)


def _correction(contents: Contents, entry: Entry, left: list[Left]) -> None:
    """Add a correction: what it made, or what it speaks of, and what stood there before."""
    payload = entry.payload
    undone = bool(payload.get("undo"))
    before = contents.links(payload.get("target", "")) or [
        link for ref in payload.get("refs", ()) for link in contents.links(ref)
    ]
    if payload.get("vital") and not undone:
        before = [{"reference": f"urn:uuid:{one.name}"} for one in left if _meant(one, payload)]
    before = [*{link["reference"]: link for link in before}.values()]
    after = contents.links(entry.reference)
    removed = payload.get("withdrawn") or (entry.kind == "exclude" and not undone)
    code = "NULLIFY" if removed else "UPDATE"
    body = _head(contents, entry, "author", "") | {
        "target": after or before or [contents.encounter],
        "activity": concept(coding(f"{TERMINOLOGY}v3-DataOperation", code), text=entry.summary),
        "reason": [concept(text=payload["reason"])] if payload.get("reason") else [],
        "entity": [{"role": "revision", "what": link} for link in before] if after else [],
    }
    if payload.get("second"):
        body["agent"].append({"type": _type("verifier"), "who": contents.said_person(payload["second"])})
    contents.add("Provenance", f"{entry.reference}/{entry.kind}", body)


def _meant(one: Left, payload: Mapping[str, Any]) -> bool:
    """Return whether an exclusion of a vital in a span speaks of a reading."""
    start, end = (payload.get(edge) and pd.Timestamp(payload[edge]) for edge in ("start", "end"))
    measured = one.row.measured_at
    return bool(
        one.row.vital == payload["vital"]
        and (not start or measured >= start)
        and (not end or measured <= end)
    )


def _head(contents: Contents, entry: Entry, type_of_agent: str, role: str) -> Json:
    agent: Json = {"type": _type(type_of_agent), "who": contents.person(entry.author)}
    if role:
        agent["role"] = [concept(text=role)]
    return {"recorded": contents.time(entry.at), "agent": [agent]}


def _type(code: str) -> Json:
    return concept(coding(f"{TERMINOLOGY}provenance-participant-type", code))
