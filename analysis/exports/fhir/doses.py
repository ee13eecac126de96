"""The dose: what was ordered, what the patient received, and drugs given beside the treatment.

Source: HL7 FHIR R4B (MedicationAdministration, MedicationRequest), SNOMED CT (routes), WHO ATC (drugs).

What was drawn, wasted or returned never went into the patient and is no administration: it is told among
the other records (``Communication``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.doses import ROUTES_OF_THEIR_OWN, Amount, Doses, doses_of
from analysis.exports.fhir.contents import Contents, Entry
from analysis.exports.fhir.elements import ATC, SNOMED, Json, coded, coding, concept, quantity
from analysis.exports.fhir.observations import profile_of
from analysis.protocol import Protocol
from analysis.timeline import Timeline

ROUTES = {
    "IV": coding(SNOMED, "47625008", "Intravenous route"),
    "IM": coding(SNOMED, "78421000", "Intramuscular route"),
    "SC": coding(SNOMED, "34206005", "Subcutaneous route"),
    "NASAL": coding(SNOMED, "46713006", "Nasal route"),
    "ORAL": coding(SNOMED, "26643006", "Oral route"),
    "SL": coding(SNOMED, "37839007", "Sublingual route"),
}
DRUGS = {
    ("ketamine", ""): coding(ATC, "N01AX03", "ketamine"),
    ("esketamine", "NASAL"): coding(ATC, "N06AX27", "esketamine"),
}
"""ATC codes by drug and route; of any other drug only its name."""

KIND_ROUTES = {
    "dose.device": "NASAL",
    "dose.injection": "IM",
    "dose.swallowed": "ORAL",
    "infusion.start": "IV",
}
"""What a record's kind says of the route, where its own text does not."""
GIVEN = ("dose.given", *ROUTES_OF_THEIR_OWN)


def add_doses(contents: Contents, protocol: Protocol, timeline: Timeline) -> None:
    """Add weights, orders, administrations, and other medication."""
    doses = doses_of(contents.session, timeline)
    weights = [_weight(contents, entry) for entry in contents.entries if entry.kind == "check.weight"]
    for entry in contents.entries:
        if entry.kind == "dose.ordered":
            _order(contents, entry)
        elif entry.kind == "medication":
            _medication(contents, entry)
        elif not entry.stands and (entry.kind in GIVEN or _gave(entry)):
            _administration(contents, entry, doses, protocol, weights)
    received = [contents.said_by[amount.reference] for amount in doses.given]
    if not received:  # an infusion ran, of nobody knows how much
        received = list(contents.standing("infusion.start"))[:1]
    taken = [contents.said_by[amount.reference] for amount in doses.taken]
    parts = [entry for entry in taken if entry not in received]
    for entry in received:
        own_parts = [part for part in parts if part.payload.get("drug") == entry.payload.get("drug")]
        parts = [part for part in parts if part not in own_parts]
        _administration(contents, entry, doses, protocol, weights, own_parts)
    for entry in parts:  # of another drug than any whole
        _administration(contents, entry, doses, protocol, weights)


def _gave(entry: Entry) -> bool:
    return entry.kind == "infusion.start" and entry.payload.get("mg") is not None


def _administration(
    contents: Contents,
    entry: Entry,
    doses: Doses,
    protocol: Protocol,
    weights: list[Json],
    parts: Sequence[Entry] = (),
) -> None:
    """Add what one record says was given; its *parts* (nasal devices) are notes: who sums up counts once."""
    route = entry.payload.get("route") or KIND_ROUTES.get(entry.kind) or protocol.route
    runs = _runs(contents, entry, route)
    reason = runs[-1].payload.get("reason") if runs else None
    amount = next((one for one in doses.given if one.reference == entry.reference), None)
    told = {one.reference: one for one in (entry, *runs, *parts)}.values()
    body = {
        "status": _status(contents, entry, runs),
        "statusReason": [concept(text=reason)] if reason else [],
        "medicationCodeableConcept": drug(entry.payload.get("drug") or "", route),
        "subject": contents.subject,
        "context": contents.encounter,
        "supportingInformation": weights,
        **_when(contents, entry, runs, parts),
        "performer": [{"actor": contents.given_by(entry)}],
        "dosage": _dosage(entry, route, runs, amount),
        "note": [contents.note("; ".join([one.summary, *_details(one)]), one) for one in told],
    }
    contents.add("MedicationAdministration", f"{entry.reference}/given", body, entry.reference)
    for part in parts:
        contents.made.setdefault(part.reference, []).append(contents.resources[-1]["id"])


def _runs(contents: Contents, entry: Entry, route: str) -> list[Entry]:
    """Return the records of the infusion that gave this dose; of another route, or replaced: none."""
    if not entry.stands or route != "IV" or entry.kind not in ("dose.given", "infusion.start"):
        return []
    runs = list(contents.standing("infusion."))
    drugs = {run.payload["drug"] for run in runs if run.payload.get("drug")}
    named = entry.payload.get("drug")
    return sorted(runs, key=lambda run: run.happened_at) if not (drugs and named) or named in drugs else []


def _status(contents: Contents, entry: Entry, runs: list[Entry]) -> str:
    """Return how it stands: an end with a reason, or a pause that nothing followed, is a stop."""
    if not entry.stands:
        return "entered-in-error"
    if not runs:
        return "completed"
    last, is_open = runs[-1], contents.session.state == "open"
    if last.kind == "infusion.end":
        return "stopped" if last.payload.get("reason") else "completed"
    if last.kind == "infusion.pause":
        return "on-hold" if is_open else "stopped"
    return "in-progress" if is_open else "unknown"


def _when(contents: Contents, entry: Entry, runs: Sequence[Entry], parts: Sequence[Entry]) -> Json:
    """Return when it was given: while the infusion ran, from the first part to the last, or at once."""
    if runs:
        end = runs[-1].happened_at if runs[-1].kind == "infusion.end" else None
        return {"effectivePeriod": contents.period(runs[0].happened_at, end)}
    if parts:
        times = [part.happened_at for part in parts]
        return {"effectivePeriod": contents.period(min(times), max(times))}
    return {"effectiveDateTime": contents.time(entry.happened_at)}


def _dosage(entry: Entry, route: str, runs: list[Entry], amount: Amount | None) -> Json:
    """Return the dosage; FHIR wants an amount or a rate in it. A rate stands there where it never changed."""
    payload = entry.payload
    rates = {run.payload["ml_h"] for run in runs if run.payload.get("ml_h") is not None}
    said: Json = {}
    texts = list(_texts(entry, rates, amount))
    if texts:
        said["text"] = "; ".join(texts)
    if route in ROUTES:
        said["route"] = concept(ROUTES[route], text=route)
    if payload.get("mg") is not None:
        said["dose"] = quantity(payload["mg"], "mg")
    if len(rates) == 1:
        said["rateQuantity"] = quantity(rates.pop(), "mL/h")
    return said if {"dose", "rateQuantity"} & said.keys() else {}


def _texts(entry: Entry, rates: set[float], amount: Amount | None) -> Iterator[str]:
    payload = entry.payload
    if payload.get("mg") is not None:
        yield f"{payload['mg']:g} mg"
    if payload.get("mg_per_kg") is not None:
        yield f"{payload['mg_per_kg']:g} mg/kg as recorded"
    if amount is not None and amount.per_kg is not None:
        yield f"{amount.per_kg:.3g} mg/kg computed from the weight {amount.weight_kg:g} kg"
    if len(rates) > 1:
        yield f"rates {', '.join(f'{rate:g}' for rate in sorted(rates))} mL/h, see the notes"
    yield from _details(entry)
    if payload.get("self_administered"):
        yield "self-administered"


def _details(entry: Entry) -> Iterator[str]:
    """Yield what a record of a dose says of the drug and of where it went, beside its amount."""
    for name in ("lot", "expiry", "site"):
        if entry.payload.get(name) is not None:
            yield f"{name} {entry.payload[name]}"


def _order(contents: Contents, entry: Entry) -> None:
    payload = entry.payload
    dose = [{"doseQuantity": quantity(payload["mg"], "mg")}] if payload.get("mg") is not None else []
    dosage: Json = {"text": entry.summary, "route": concept(ROUTES[payload["route"]], text=payload["route"])}
    body = {
        "status": "completed" if entry.stands else "entered-in-error",
        "intent": "order",
        "medicationCodeableConcept": drug(payload["drug"], payload["route"]),
        "subject": contents.subject,
        "encounter": contents.encounter,
        "authoredOn": contents.time(entry.happened_at),
        "requester": contents.said_person(payload["ordered_by"]),
        "dosageInstruction": [dosage | ({"doseAndRate": dose} if dose else {})],
        "note": [contents.note(entry.summary, entry)],
    }
    contents.add("MedicationRequest", f"{entry.reference}/ordered", body, entry.reference)


def _medication(contents: Contents, entry: Entry) -> None:
    """Add a drug given beside the treatment; its amount is in words, which only a note can hold."""
    payload = entry.payload
    amount = ", ".join(payload[name] for name in ("amount", "route") if name in payload)
    why = payload.get("why")
    body: Json = {
        "status": "completed" if entry.stands else "entered-in-error",
        "medicationCodeableConcept": drug(payload.get("drug", ""), ""),
        "subject": contents.subject,
        "context": contents.encounter,
        "effectiveDateTime": contents.time(entry.happened_at),
        "performer": [{"actor": contents.given_by(entry)}],
        "reasonCode": [concept(text=why)] if why else [],
        "note": [contents.note(text, entry) for text in (amount, entry.summary) if text],
    }
    contents.add("MedicationAdministration", f"{entry.reference}/medication", body, entry.reference)


def _weight(contents: Contents, entry: Entry) -> Json:
    body = contents.observed(entry, "vital-signs", coded("weight")) | {
        "valueQuantity": quantity(entry.payload["kg"], "kg"),
        "note": [contents.note(entry.summary)],
        "method": concept(text=entry.payload["how"]),
    }
    return contents.add(
        "Observation", f"{entry.reference}/weight", body, entry.reference, profile_of("weight")
    )


def drug(name: str, route: str) -> Json:
    """Return a drug by its name, and by its ATC code where that is known for the route."""
    known = [one for (drug, way), one in DRUGS.items() if drug == name.lower() and way in ("", route)]
    return concept(*known, text=name or "not said which")
