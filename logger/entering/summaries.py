"""One line for people about each record; what `show` lists, exports carry and the page prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from logger.kinds import CourseFactors, Stated

Body = Mapping[str, Any]

FACTORS = CourseFactors.model_fields.keys() - Stated.model_fields.keys()
"""The patient's circumstances that a course names."""


def summary(kind: str, body: Body) -> str:
    """Return one line about a record of *kind* with the payload *body*; never empty."""
    line = _SUMMARIES.get(kind)
    return " ".join(line(body).splitlines()) if line else kind


def _effect(body: Body) -> str:
    text = f" ({body['text']})" if body.get("text") else ""
    return f"{_words(body['term'])}, {body['severity']}{text}"


def _infusion(verb: str) -> Callable[[Body], str]:
    def line(body: Body) -> str:
        amounts = [
            (body.get("drug"), ""),
            (body.get("mg"), " mg"),
            (body.get("mg_per_kg"), " mg/kg"),
            (body.get("ml_h"), " mL/h"),
            (body.get("reason"), ""),
        ]
        said = ", ".join(
            f"{value:g}{unit}" if isinstance(value, float | int) else f"{value}{unit}"
            for value, unit in amounts
            if value is not None
        )
        return f"Infusion {verb}: {said}" if said else f"Infusion {verb}"

    return line


def _amend(body: Body) -> str:
    changes = ", ".join(
        f"{vital} = {'no value' if value is None else f'{value:g}'}"
        for vital, value in body["changes"].items()
    )
    return f"{body['target']} corrected: {changes}; {body['reason']}"


def _exclude(body: Body) -> str:
    span = (f" {word} {body[end]}" for word, end in (("from", "start"), ("to", "end")) if body.get(end))
    what = body.get("target") or f"{body['vital']}{''.join(span)}"
    return f"{what} {'no longer excluded' if body.get('undo') else 'excluded'}: {body['reason']}"


def _link(body: Body) -> str:
    cause = f": {body['cause']}" if body.get("cause") else ""
    offset = f" {body['offset_s']:+.1f} s" if "offset_s" in body else ""
    return f"{body['source']} {_words(body['event'])}{offset}{cause}"


def _clock(body: Body) -> str:
    if body["event"] == "compared":
        within = f", within {body['within_s']:.2f} s" if "within_s" in body else ""
        return f"Clock of {body['writer']} is ahead by {body['ahead_s']:+.2f} s{within}"
    step = f" by {body['step_s']:+.1f} s" if "step_s" in body else ""
    kept = {True: "synchronised", False: "not synchronised"}.get(
        body.get("synchronised", None), "not known to be kept"
    )
    return f"Clock {body['event']}{step} ({kept})"


def _device(body: Body) -> str:
    adapter = f" ({body['adapter']} on {body['url']})" if body.get("adapter") else ""
    return f"{body['source']} {body['event']}{adapter}"


def _reading(body: Body) -> str:
    values = ", ".join(
        f"{value['vital']} {'-' if value['value'] is None else format(value['value'], 'g')}"
        + (f" ({value['reason']})" if value.get("reason") else "")
        for value in body["readings"]
    )
    return f"{body['source']}: {values or 'no value'}"


def _amended(body: Body) -> str:
    if body.get("withdrawn"):
        return f"{body['target']} withdrawn: {body['reason']}"
    if "entry" in body:
        return f"{body['target']} entered anew: {body['reason']}"
    return _amend(body)


def _drug(verb: str) -> Callable[[Body], str]:
    def line(body: Body) -> str:
        number = f" no. {body['number']}" if "number" in body else ""
        route = f" {body['route']}" if "route" in body else ""
        amounts = [(body.get("mg"), " mg"), (body.get("mg_per_kg"), " mg/kg")]
        said = ", ".join(f"{value:g}{unit}" for value, unit in amounts if value is not None)
        people = "".join(
            f", {_words(role)} {_person(body[role])}"
            for role in ("ordered_by", "given_by", "second_check_by", "wasted_by", "returned_by", "witness")
            if body.get(role)
        )
        return f"{verb}{number}: {body['drug']}{route}{' ' + said if said else ''}{people}"

    return line


def _person(person: Body) -> str:
    name = str(person["name"])
    return name if person.get("authenticated") else f"{name} (named, not authenticated)"


def _yes_no(what: str, *fields: str) -> Callable[[Body], str]:
    """Return a line that tells each yes-or-no field that the body has, and its words beside them."""

    def line(body: Body) -> str:
        said = [f"{_words(field)} {'yes' if body[field] else 'no'}" for field in fields if field in body]
        return f"{what}: {', '.join([*said, *_texts(body)])}"

    return line


def _texts(body: Body) -> list[str]:
    return [str(body[field]) for field in ("name", "reference", "reason", "other", "text") if body.get(field)]


def _score(body: Body) -> str:
    answers = ", ".join(f"{item} = {'-' if a is None else a}" for item, a in body["answers"].items())
    return f"{body['instrument']} ({body['version']}): {answers}"


def _discharge(body: Body) -> str:
    no = [_words(item) for item, said in body.get("items", {}).items() if said["answer"] == "no"]
    found = f"; answered no: {', '.join(no)}" if no else ""
    return f"Discharge decided by {_person(body['decided_by'])} ({_words(body['role'])}){found}"


def _move(body: Body) -> str:
    what = body.get("target") or body.get("source") or "records"
    way = "moved to" if body["direction"] == "out" else "taken over from"
    return f"{what} ({body['count']} records) {way} session {body['session']}: {body['reason']}"


def _beside(body: Body) -> str:
    said = {
        "yes": "the monitor beside the patient shows it",
        "no": "the monitor beside the patient does not show it",
        "different": "the monitor beside the patient shows something else",
    }
    shown = ", ".join(f"{vital} {value:g}" for vital, value in body.get("shown", {}).items())
    text = f" ({body['text']})" if body.get("text") else ""
    return f"{body['source']}{': ' + shown if shown else ''}: {said[body['answer']]}{text}"


def _changed(body: Body) -> str:
    new = [f"{_words(field)} {body[field]}" for field in ("full_name", "role") if body.get(field)]
    if body.get("active") is not None:
        new.append("active again" if body["active"] else "deactivated")
    return f"User {body['user']}: {', '.join(new)}; {body['reason']}"


def _span(what: str) -> Callable[[Body], str]:
    return lambda body: (
        f"{what}{' of ' + body['source'] if body.get('source') else ''} "
        f"from {body['start']} to {body['end']}: {body['reason']}"
    )


def _checked(body: Body) -> str:
    lacks = f", {'; '.join(body['lacks'])}" if body.get("lacks") else ""
    what = (
        f"{body['source']} ({body['adapter']}, {body['model']} {body['serial']}, firmware {body['firmware']})"
    )
    return f"{what} checked at this site: {'' if body['passed'] else 'not '}passed{lacks}"


def _pump(body: Body) -> str:
    return " ".join(filter(None, (body["source"], body.get("slot"))))


def _pump_alarm(body: Body) -> str:
    return f"{_pump(body)}: " + (
        f"alarm {body['text']}" if body.get("text") else f"no alarm said any more{_was(body)}"
    )


def _pump_state(body: Body) -> str:
    by = f" (by its {body['by']})" if body.get("by") else ""
    given, whole = body.get("delivered_ml"), body.get("vtbi_ml")
    of = f" of {whole:g}" if whole is not None else ""
    volume = f"; {given:g}{of} mL delivered" if given is not None else ""
    return f"{_pump(body)}: {body['state']}{by}{_was(body)}{volume}"


def _was(body: Body) -> str:
    before = body.get("was")
    return "" if before is None else f", was {before:g}" if isinstance(before, float) else f", was {before}"


def _words(name: str) -> str:
    return name.replace("_", " ")


_SUMMARIES: dict[str, Callable[[Body], str]] = {
    "reading": _reading,
    "unread": lambda body: f"{body['source']}: {body['length']} bytes not read: {body['why']}",
    "wave": lambda body: f"{body['source']}: {body['count']} samples of {body['wave']}",
    "link": _link,
    "clock": _clock,
    "device": _device,
    "pump.state": _pump_state,
    "pump.rate": lambda body: f"{_pump(body)}: rate {body['ml_h']:g} mL/h{_was(body)}",
    "pump.alarm": _pump_alarm,
    "pump.drug": lambda body: f"{_pump(body)}: drug {body['drug']}{_was(body)}",
    "session.open": lambda body: f"Session opened in room {body['room']}, protocol {body['protocol']}",
    "session.import": lambda body: f"{body['values']} values imported from {body['file']}",
    "session.resume": lambda body: f"Recording resumed: {body['cause']}",
    "session.pause": lambda body: f"Recording paused: {body['cause']}",
    "session.end": lambda body: f"Session ended{': ' + body['reason'] if body.get('reason') else ''}",
    "session.ended_elsewhere": lambda body: f"Session ended by {body['ref']}; its devices are let go",
    "recorder.enrolled": lambda body: (
        f"Recorder {body['recorder']} enrolled for "
        + (f"rooms {', '.join(body['rooms'])}" if body.get("rooms") else "all rooms")
    ),
    "recorder.dismissed": lambda body: f"Recorder {body['recorder']} dismissed: {body['reason']}",
    "recorder.connected": lambda body: (
        f"Recorder {body['recorder']} connected as writer {body['writer']}"
        + (f"; its clock is ahead by {body['ahead_s']:+.2f} s" if "ahead_s" in body else "")
    ),
    "writer.refused": lambda body: f"Writer {body['writer']} refused by {body['by']}: {body['why']}",
    "close": lambda body: f"Chain closed after {body['count']} records",
    "session.close_without": lambda body: (
        f"Chain of {body['writer']} closed after {body['count']} records: {body['reason']}"
    ),
    "effect.report": _effect,
    "effect.resolved": lambda body: f"{_words(body['term'])} resolved",
    "effect.none": lambda _: "Asked: no side effect",
    "infusion.start": _infusion("started"),
    "infusion.pause": _infusion("paused"),
    "infusion.rate": _infusion("rate changed"),
    "infusion.end": _infusion("ended"),
    "note": lambda body: str(body["text"]),
    "mark": lambda body: str(body.get("text") or "Mark"),
    "amend": _amended,
    "exclude": _exclude,
    "adopt": lambda body: f"{body['target']} is this patient's, taken {body['taken_at']}: {body['reason']}",
    "storage": lambda _: "The disk was full: the reserve was given up",
    "effect.ongoing": lambda body: f"{_words(body['term'])} not ended at discharge; {body['follow_up']}",
    "effect.serious": lambda body: (
        f"Serious ({_words(body['criterion'])}): {_words(body['term'])}; {body['description']}"
    ),
    "dose.ordered": _drug("Ordered"),
    "dose.drawn": _drug("Drawn"),
    "dose.given": _drug("Given"),
    "dose.wasted": _drug("Wasted"),
    "dose.returned": _drug("Returned"),
    "dose.device": _drug("Nasal device"),
    "dose.injection": _drug("Injection"),
    "dose.swallowed": _drug("Swallowed"),
    "dose.vomited": lambda body: _yes_no("Vomited", "dose_seen")(body).removesuffix(": "),
    "staff.present": lambda body: (
        f"{_person(body['person'])} present as {_words(body['role'])}"
        f"{', responsible' if body.get('responsible') else ''}"
    ),
    "staff.left": lambda body: f"{_person(body['person'])} left",
    "staff.handover": lambda body: (
        f"Handover from {_person(body['giver'])} to {_person(body['taker'])}; "
        f"open: {', '.join(map(_words, body.get('open_effects', ()))) or 'nothing'}"
    ),
    "intervention": lambda body: f"{body['what']} ({body['why']}), by {_person(body['given_by'])}",
    "medication": lambda body: (
        f"{body['drug']} {body['amount']} {body['route']} ({body['why']}), "
        f"ordered by {_person(body['ordered_by'])}, given by {_person(body['given_by'])}"
    ),
    "notified": lambda body: f"Told {_person(body['whom'])}: {body['about']}",
    "gap.reason": _span("Gap"),
    "downtime": _span("Logger not running"),
    "followup": lambda body: (
        f"Follow-up by {body['how']}{'' if body['reached'] else ' (not reached)'}: {body['text']}"
    ),
    "check.identity": lambda body: (
        f"Identity compared by {_person(body['performed_by'])}: {', '.join(body['identifiers'])}"
        f"{'; dosing confirmed' if body.get('dosing_confirmed') else ''}"
    ),
    "check.consent": _yes_no("Consent on file", "given"),
    "check.escort": _yes_no("Escort", "arranged"),
    "check.room": _yes_no("Room", "oxygen", "suction", "airway", "defibrillator", "oximeter"),
    "check.medication": _yes_no(
        "Takes", "benzodiazepine", "sedative_hypnotic", "opioid", "psychostimulant", "maoi"
    ),
    "check.weight": lambda body: f"Weight {body['kg']:g} kg ({body['how']})",
    "check.intake": lambda body: (
        ", ".join(f"{_words(field)} {body[field]}" for field in body if field.startswith("last_")) or "Intake"
    ),
    "check.monitor": _beside,
    "course.assessment": lambda body: f"{_words(body['item']).capitalize()} of {body['on']}",
    "course.factors": lambda body: (
        "; ".join(f"{_words(field)}: {body[field]}" for field in body if field in FACTORS) or "No factors"
    ),
    "discharge": _discharge,
    "rems.submitted": lambda body: f"REMS form submitted {body['submitted_at']}",
    "assessment.score": _score,
    "move": _move,
    "session.patient": lambda body: f"Patient {body['was']} corrected to {body['patient']}: {body['reason']}",
    "attribute": lambda body: f"{body['target']} is this author's entry: {body['reason']}",
    "session.not_treated": lambda body: f"No dose given: {body['reason']}",
    "sign": lambda body: f"Signed ({_words(body['meaning'])}) by {body['name']}, {body['role']}",
    "user.added": lambda body: f"User {body['user']} ({body['full_name']}) added as {body['role']}",
    "user.changed": _changed,
    "user.secret": lambda body: f"User {body['user']}: new {body['what']}",
    "user.fact": lambda body: f"User {body['user']} {_words(body['fact'])} {body['on']}",
    "access": lambda body: " ".join(
        [_words(body["event"])] + [str(body[f]) for f in ("user", "session", "what") if body.get(f)]
    ),
    "protocol.approved": lambda body: f"Protocol {body['title']} approved by {body['approved_by']}",
    "verified": lambda body: (
        f"Verified {len(body['sessions'])} sessions, {len(body.get('broken', ()))} broken"
    ),
    "checkpoint": lambda body: f"Checkpoint over {body['heads']} heads",
    "audit.run": lambda body: f"Audit of {len(body['sessions'])} sessions",
    "audit.finding": lambda body: (
        f"{body['rule']} in {body['session']}: {body['disposition']}; {body['reason']}"
    ),
    "purged": lambda body: f"Session {body['session']} removed: {body['reason']}",
    "device.checked": _checked,
    "device.registered": lambda body: f"{body['model']} {body['serial']} ({body['adapter']}) registered",
}
