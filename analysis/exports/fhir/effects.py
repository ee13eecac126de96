"""Side effects: each episode an AdverseEvent, each report of it an Observation from then until the next one.

Source: HL7 FHIR R4B (AdverseEvent, Observation), HL7 Terminology (adverse-event-*).

R4B's AdverseEvent has no end and no change of severity: the Observations that point to it (``focus``) have.
"""

from __future__ import annotations

import pandas as pd

from analysis.effects import Episode, effects_of
from analysis.exports.fhir.contents import Contents, Entry
from analysis.exports.fhir.elements import TERMINOLOGY, Json, coding, concept, own
from analysis.protocol import Protocol
from analysis.timeline import Timeline

GIVEN = "/given"
"""How the identifiers of the treatment's own doses end; a drug given against an effect is no suspect."""


def add_effects(contents: Contents, protocol: Protocol, timeline: Timeline) -> None:
    """Add every episode, and every record of an effect, those that were replaced too."""
    episodes = effects_of(contents.session, protocol, timeline).episodes
    focus: dict[str, Json] = {}
    of_reports: dict[str, tuple[Json, pd.Timestamp | None]] = {}
    for episode in episodes:
        event = _adverse_event(contents, episode, timeline)
        focus[episode.term] = event
        later = (contents.said_by[report.reference].happened_at for report in episode.reports[1:])
        ends = (*later, _moment(timeline, episode.resolved))
        of_reports |= {
            report.reference: (event, end) for report, end in zip(episode.reports, ends, strict=True)
        }
    for entry in contents.entries:
        if entry.kind == "effect.report":
            _report(contents, entry, protocol, *of_reports.get(entry.reference, (None, None)))
        elif entry.kind.startswith("effect."):
            _said(contents, entry, protocol, focus.get(entry.payload.get("term", "")))


def _moment(timeline: Timeline, minute: float | None) -> pd.Timestamp | None:
    return None if minute is None else pd.Timestamp(timeline.moment_of(minute), tz="UTC")


def _adverse_event(contents: Contents, episode: Episode, timeline: Timeline) -> Json:
    """Add an episode, at its worst; what was given before it is what FHIR calls suspected, no more."""
    first = contents.said_by[episode.reports[0].reference]
    about = [entry for entry in contents.standing("effect.") if entry.payload.get("term") == episode.term]
    serious = [entry for entry in about if entry.kind == "effect.serious"]
    ended = [entry for entry in about if entry.kind == "effect.resolved"]
    end = _moment(timeline, episode.resolved)
    how = {entry.payload.get("outcome") for entry in ended if entry.happened_at == end}
    outcome = "resolvedWithSequelae" if "resolved_with_sequelae" in how else "resolved"
    outcome = "ongoing" if end is None else outcome
    grave = "serious" if serious else "non-serious"
    said = "; ".join(f"{one.payload['criterion']}: {one.payload['description']}" for one in serious)
    body: Json = {
        "actuality": "actual",
        "event": own("effect", episode.term, episode.label),
        "subject": contents.subject,
        "encounter": contents.encounter,
        "date": contents.time(first.happened_at),
        "detected": contents.time(first.happened_at),
        "recordedDate": contents.time(first.at),
        "seriousness": concept(coding(f"{TERMINOLOGY}adverse-event-seriousness", grave), text=said),
        "severity": concept(coding(f"{TERMINOLOGY}adverse-event-severity", episode.worst.severity)),
        "outcome": concept(coding(f"{TERMINOLOGY}adverse-event-outcome", outcome)),
        "recorder": contents.person(first.author),
    }
    given = [one for one in contents.resources if one["resourceType"] == "MedicationAdministration"]
    given = [one for one in given if one["identifier"][0]["value"].endswith(GIVEN)]
    before = [
        one for one in given if one["status"] != "entered-in-error" and _began(one) <= first.happened_at
    ]
    if before:
        body["suspectEntity"] = [{"instance": {"reference": f"urn:uuid:{one['id']}"}} for one in before]
    return contents.add("AdverseEvent", f"{first.reference}/episode", body, first.reference)


def _began(administration: Json) -> pd.Timestamp:
    period = administration.get("effectivePeriod", {})
    return pd.Timestamp(period.get("start") or administration["effectiveDateTime"])


def _report(
    contents: Contents, entry: Entry, protocol: Protocol, event: Json | None, end: pd.Timestamp | None
) -> None:
    payload = entry.payload
    severity = coding(f"{TERMINOLOGY}adverse-event-severity", payload["severity"])
    body = _observed(contents, entry, protocol, event)
    del body["effectiveDateTime"]
    body["effectivePeriod"] = contents.period(entry.happened_at, end)
    body["valueCodeableConcept"] = concept(severity, text=payload["severity"])
    if grade := payload.get("ctcae"):
        named = f"CTCAE {grade['version']} grade of {grade['term']}"
        body["component"] = [{"code": own("effect", "ctcae_grade", named), "valueInteger": grade["grade"]}]
    texts = [payload.get("text"), payload.get("action") and f"done about it: {payload['action']}"]
    body["note"] = [contents.note(text, entry) for text in texts if text]
    contents.add("Observation", f"{entry.reference}/effect", body, entry.reference)


def _said(contents: Contents, entry: Entry, protocol: Protocol, event: Json | None) -> None:
    """Add another record of an effect: asked and none, ended, to be followed up, serious."""
    payload = entry.payload
    body = _observed(contents, entry, protocol, event) | {"valueString": entry.summary}
    said = [payload.get(name) for name in ("action", "follow_up", "description")]
    if payload.get("reported_to"):
        when = payload.get("reported_at")
        said.append(f"reported to {payload['reported_to']}" + (f" at {when}" if when else ""))
    said.append("the report form was sent" if payload.get("form_sent") else None)
    body["note"] = [contents.note(text, entry) for text in said if text and text not in entry.summary]
    contents.add("Observation", f"{entry.reference}/effect", body, entry.reference)


def _observed(contents: Contents, entry: Entry, protocol: Protocol, event: Json | None) -> Json:
    term = entry.payload.get("term", "")
    label = protocol.effect_label(term) if term else "Side effects asked for"
    code = own("effect", term or "side_effects", label)
    if entry.kind != "effect.report":
        code["text"] = f"{label}: {entry.kind.removeprefix('effect.')}"
    focus = {"focus": [event]} if event and entry.stands else {}
    return contents.observed(entry, "exam", code) | focus
