"""Elements that many resources share: codes and where they come from, quantities, reasons for no value.

Source: HL7 FHIR R4B (data types), US Core (vital signs), HL7 Terminology (data-absent-reason).
"""

from __future__ import annotations

from typing import Any

from devices.vocabulary import codes_of

Json = dict[str, Any]

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
MDC = "urn:iso:std:iso:11073:10101"
ATC = "http://www.whocc.no/atc"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
OWN = "urn:infusionlog:"
"""The beginning of every system of names that are this program's own: terms, kinds, records, users."""

ABSENT = {"masked": "masked", "failed": "error", "invalid": "error", "not_calibrated": "error"} | {
    "over_range": "error",
    "under_range": "error",
    "sensor_off": "not-performed",
    "off": "not-performed",
}
"""Why a device has no value, in FHIR's words, else ``unknown``; its own word stands beside."""


def coding(system: str, code: str, display: str = "") -> Json:
    """Return one code of a system."""
    return {"system": system, "code": code} | ({"display": display} if display else {})


def concept(*codings: Json, text: str = "") -> Json:
    """Return a concept by its codes, in their order, and in words."""
    return ({"coding": list(codings)} if codings else {}) | ({"text": text} if text else {})


def coded(parameter: str, also: str = "", text: str = "") -> Json:
    """Return the concept of a row of the code table: LOINC, MDC, SNOMED CT as far as they are confirmed.

    A name that no other system has is one of this program's own. *also*: a row whose LOINC codes it has too.
    """
    codes = codes_of(parameter)
    loinc = dict.fromkeys((*codes.loinc, *(codes_of(also).loinc if also else ())))
    found = [coding(LOINC, code) for code in loinc]
    found += [coding(MDC, codes.mdc, codes.refid)] if codes.mdc else []
    found += [coding(SNOMED, codes.snomed)] if codes.snomed else []
    return concept(*(found or [coding(f"{OWN}vital", parameter)]), text=text or codes.label or parameter)


def own(kind: str, code: str, text: str = "") -> Json:
    """Return a concept of this program's own: a term, a kind of record, a word of a person."""
    return concept(coding(f"{OWN}{kind}", code.replace(" ", "_")), text=text or code)


def number(value: float) -> int | float:
    """Return a number as it is written: 97, not 97.0."""
    return int(value) if value == int(value) else float(value)


def quantity(value: float, unit: str) -> Json:
    """Return a value with its UCUM unit."""
    said: Json = {"value": number(value)}
    return said | ({"unit": unit, "system": UCUM, "code": unit} if unit else {})


def absent(reason: str) -> Json:
    """Return why there is no value."""
    code = ABSENT.get(reason, "unknown")
    return concept(coding(f"{TERMINOLOGY}data-absent-reason", code), text=reason or "not said why")
