"""What forms of entries call the kinds of records and their fields."""

from __future__ import annotations

TITLES = {
    "check.identity": "Identity and time-out",
    "check.consent": "Consent",
    "check.escort": "Escort",
    "check.room": "Room and equipment",
    "check.medication": "Medication the patient takes",
    "check.weight": "Weight",
    "check.intake": "Food, fluid, nasal spray",
    "course.assessment": "Assessment before the treatment",
    "course.factors": "The patient's circumstances",
    "staff.present": "Somebody is present from now on",
    "staff.left": "Somebody has left",
    "staff.handover": "Handover of the watch",
    "dose.ordered": "Dose ordered",
    "dose.drawn": "Dose drawn",
    "infusion.start": "Infusion starts",
    "infusion.pause": "Infusion pauses",
    "infusion.rate": "Infusion rate changes",
    "infusion.end": "Infusion ends",
    "dose.device": "Nasal device",
    "dose.injection": "Injection",
    "dose.swallowed": "Dose swallowed",
    "dose.vomited": "Vomited after the dose",
    "dose.given": "Dose given",
    "dose.wasted": "Drug wasted",
    "dose.returned": "Drug returned",
    "note": "Note",
    "mark": "MARK",
    "intervention": "Intervention",
    "medication": "Medication given",
    "notified": "Somebody was told",
    "effect.report": "Side effect",
    "effect.resolved": "Side effect ended",
    "effect.none": "Asked: no side effect",
    "effect.ongoing": "Side effect goes on at leaving",
    "effect.serious": "Serious event",
    "assessment.score": "Score",
    "reading": "Reading by hand",
    "gap.reason": "Why nothing was heard",
    "downtime": "The program did not run",
    "followup": "Follow-up",
    "rems.submitted": "REMS form was sent",
    "discharge": "Patient leaves",
    "session.not_treated": "Not treated",
    "session.end": "Session ends",
    "amend": "Correction",
    "exclude": "Readings left out",
    "adopt": "Held cuff value claimed",
    "attribute": "Entry owned",
    "move": "Moved to another session",
    "session.patient": "Another patient's session",
    "sign": "Signature",
}
"""The heading of each kind's form, and its name in lists."""

GROUPS = (
    (
        "Before the dose",
        (
            "check.identity",
            "check.consent",
            "check.weight",
            "check.escort",
            "check.intake",
            "check.medication",
            "check.room",
            "staff.present",
            "staff.left",
            "course.assessment",
            "course.factors",
        ),
    ),
    ("Infusion", ("infusion.start", "infusion.rate", "infusion.pause", "infusion.end")),
    (
        "Dose",
        (
            "dose.ordered",
            "dose.drawn",
            "dose.given",
            "dose.device",
            "dose.injection",
            "dose.swallowed",
            "dose.vomited",
            "dose.wasted",
            "dose.returned",
        ),
    ),
    ("Care", ("note", "intervention", "medication", "notified", "effect.serious", "effect.ongoing")),
    ("Afterwards", ("gap.reason", "downtime", "followup", "rems.submitted")),
)
"""The kinds that have a form of their own fields, in the order of a session."""

OFFERED = frozenset(kind for _, group in GROUPS for kind in group)
"""The kinds that have a form of their own fields."""

ENTERED_ANEW = OFFERED | {"effect.report", "effect.resolved", "mark", "session.not_treated"}
"""The kinds whose form corrects them; others are withdrawn and entered again on their own page."""

LABELS = {
    "identifiers": "Compared with the patient",
    "performed_by": "Done by",
    "dosing_confirmed": "Drug, dose and route were read aloud",
    "check.consent.given": "Consent is on file",
    "reference": "Where it is filed",
    "arranged": "Somebody takes the patient home",
    "check.escort.name": "Who, by relation",
    "check.escort.reason": "Why nobody does",
    "kg": "Weight (kg)",
    "how": "How",
    "measured_on": "Measured on",
    "pump_kg": "Weight programmed into the pump (kg)",
    "mg": "Dose (mg)",
    "ml_h": "Pump rate (mL/h)",
    "mg_per_kg": "As ordered (mg/kg)",
    "weight_kg": "Weight the dose is made for (kg)",
    "duration_min": "Over (min)",
    "concentration_mg_ml": "Concentration (mg/mL)",
    "volume_ml": "Volume (mL)",
    "lot": "Lot",
    "expiry": "Expiry",
    "vial": "Vial",
    "second_check_by": "Second check by",
    "self_administered": "The patient gave it to themselves",
    "wasted_by": "Thrown away by",
    "dose.wasted.method": "How it was thrown away",
    "line_residue": "It had stayed in the line",
    "number": "Number of the device",
    "site": "Where",
    "dose_seen": "The dose was seen",
    "person": "Who",
    "responsible": "Has the watch",
    "what": "What was done",
    "why": "Why",
    "whom": "Who was told",
    "about": "About what",
    "on": "On",
    "item": "What",
    "term": "Side effect",
    "follow_up": "Who follows it up, and how",
    "criterion": "Why it is serious",
    "description": "What happened",
    "reported_to": "Reported to",
    "reported_at": "Reported when",
    "form_sent": "The report form was sent",
    "maoi": "MAO inhibitor",
    "sedative_hypnotic": "Sedative or hypnotic, no benzodiazepine",
    "oxygen": "Oxygen seen and tried",
    "suction": "Suction seen and tried",
    "airway": "Airway equipment seen and tried",
    "defibrillator": "Defibrillator seen and tried",
    "oximeter": "Oximeter seen and tried",
    "liver_kidney": "Liver and kidney",
    "check.room.text": "Remarks",
    "note.text": "Note",
    "followup.text": "What was learnt",
    "reached": "The patient was reached",
    "followup.how": "How, by telephone or in person",
    "start": "From",
    "end": "Until",
    "source": "Device, empty: any",
    "instead": "What was done instead",
    "submitted_at": "Sent when",
    "gap.reason.reason": "Why",
    "downtime.reason": "Why",
    "last_food": "Last food",
    "last_fluid": "Last fluid",
    "last_nasal_spray": "Last nasal spray",
    "text": "Remarks",
}
"""A field's label by kind and name, or by name; else the name itself, in words."""

HINTS = {
    "identifiers": "Two at least.",
    "note.text": "At most 4000 characters.",
    "mg_per_kg": "As it stands in the order; nothing is computed from it.",
    "check.escort.name": "As sister, friend; not their name.",
}

IDENTIFIERS = ("name", "birth", "wristband", "photo")
"""Kinds of identifiers that a form offers to compare."""


def title_of(kind: str) -> str:
    """Return what people call a kind of record."""
    return TITLES.get(kind, kind.replace(".", " ").replace("_", " "))


def label_of(kind: str, name: str) -> str:
    """Return what a form calls a field of a kind."""
    known = LABELS.get(f"{kind}.{name}") or LABELS.get(name)
    return known or in_words(name).capitalize()


def hint_of(kind: str, name: str) -> str:
    """Return what stands below a field's label, mostly nothing."""
    return HINTS.get(f"{kind}.{name}") or HINTS.get(name, "")


def in_words(name: str) -> str:
    """Return a name of the vocabulary as words."""
    return name.replace("_", " ")
