"""`demo --course`: eight sessions of an invented patient, some with something that QA has to find.

Six induction and two maintenance sessions, played by simulators and invented people. Each session is the
flawless one with a few lines changed; what was changed on purpose stands beside it, as a promise that the
audit is held to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from logger.desk import LedgerDesk
from logger.kinds import SYSTEM, Course
from logger.opening import Opening
from logger.people import NEW
from logger.rehearsing import Hands, Line, Rehearsal
from logger.settings import find_protocol
from logger.signing import policy_digest

ADMIN, NURSE, COLLEAGUE, PRESCRIBER, REVIEWER, AUDITOR = (
    "demo.admin",
    "demo.nurse",
    "demo.colleague",
    "demo.prescriber",
    "demo.reviewer",
    "demo.auditor",
)
PEOPLE = {
    ADMIN: "admin",
    NURSE: "nurse",
    COLLEAGUE: "nurse",
    PRESCRIBER: "physician",
    REVIEWER: "physician",
    AUDITOR: "qa",
}
PASSWORD = "demo password"  # noqa: S105  a demo's, printed by the demo itself
ROOM = "Demo room"
PATIENT = "DEMO-C01"
LEAD = 20.0
"""Minutes from the opening to the start of the treatment."""

Story = list[Line]
Change = Callable[[Story], Story]


@dataclass(frozen=True, slots=True)
class Told:
    """One session of the course.

    Attributes:
        day: of the course, from 0.
        phq9: the answers before it, by item.
        changed: what is different from the flawless session, in words, and the rules that must find it.
    """

    day: int
    course: Course
    phq9: Sequence[int]
    seed: int
    title: str
    changes: tuple[Change, ...] = ()
    found_by: tuple[str, ...] = ()
    protocol: str = "iv_ketamine_40min"
    faults: tuple[str, ...] = ()
    cuff_every: float = 300.0
    signs: tuple[str, ...] = ("entry_complete", "review")


# The flawless session, minute 0 being the start of the infusion.


def flawless(phq9: Sequence[int]) -> Story:
    """Return what people enter in a session in which nothing is missing."""
    story = [*before(phq9), *_infusion(), *_recovery()]
    return sorted(story, key=lambda line: line.minute)


def before(phq9: Sequence[int], drug: str = "ketamine", mg: float = 40, route: str = "IV") -> Story:
    """Return what is checked before the dose, and the dose until it is given."""
    order = {"drug": drug, "route": route, "mg": mg, "ordered_by": _person(PRESCRIBER)}
    answers = {str(item): answer for item, answer in enumerate(phq9, 1)}
    return [
        _present(-19, PRESCRIBER, "prescriber"),
        _present(-19, NURSE, "registered_nurse", responsible=True),
        _line(-18, "assessment.score", _score("phq9", "phq9-en", answers, "patient")),
        _line(-17, "check.consent", {"given": True, "reference": "DEMO folder 1"}),
        _line(-17, "check.escort", {"arranged": True, "name": "sister"}),
        _line(-16, "check.medication", _NO_MEDICATION),
        _line(-16, "check.weight", {"kg": 80, "how": "measured", "pump_kg": 80}),
        _line(-16, "check.intake", {}),
        _line(-14, "dose.ordered", order, author=PRESCRIBER),
        _line(-13, "assessment.score", _moaas(5)),
        _line(-12, "reading", _typed(resp_rate=14)),
        _line(
            -8,
            "check.identity",
            {
                "identifiers": ["name", "birth"],
                "performed_by": _person(NURSE),
                "dosing_confirmed": True,
            },
        ),
        _line(-3, "effect.none", {}),
    ]


def _infusion() -> Story:
    syringe = {"drug": "ketamine", "concentration_mg_ml": 10, "lot": "DEMO-LOT-7", "expiry": "2031-01-31"}
    return [
        _line(-10, "dose.drawn", syringe | {"mg": 50, "volume_ml": 5}),
        _line(
            -5,
            "dose.given",
            syringe
            | {
                "route": "IV",
                "mg": 40,
                "mg_per_kg": 0.5,
                "weight_kg": 80,
                "volume_ml": 4,
                "given_by": _person(NURSE),
                "second_check_by": _person(COLLEAGUE),
            },
            names=(COLLEAGUE,),
        ),
        _line(0, "infusion.start", {"drug": "ketamine", "mg": 40, "mg_per_kg": 0.5, "ml_h": 60}),
        *[_line(minute, "assessment.score", _moaas(4)) for minute in (10, 20, 30, 40)],
        *[_line(minute, "reading", _typed(resp_rate=13)) for minute in (10.2, 20.2, 30.2, 40.2)],
        _line(12, "effect.report", {"term": "dissociation", "severity": "mild", "text": "floating a little"}),
        _line(20, "assessment.score", _dissociation(4)),
        _line(30, "effect.report", {"term": "nausea", "severity": "mild"}),
        _line(40, "infusion.end", {}),
        _line(40.4, "assessment.score", _dissociation(5)),
        _line(44, "dose.wasted", _wasted(10), names=(COLLEAGUE,)),
    ]


def _recovery() -> Story:
    return [
        *[_line(minute, "assessment.score", _moaas(5)) for minute in (55, 70, 85, 99)],
        *[_line(minute, "reading", _typed(resp_rate=14)) for minute in (55.2, 70.2, 85.2, 99.2)],
        _line(50, "effect.resolved", {"term": "nausea"}),
        _line(62, "effect.resolved", {"term": "dissociation"}),
        _line(70.4, "assessment.score", _dissociation(1)),
        _line(72, "effect.none", {}),
        _line(99.4, "assessment.score", _dissociation(0)),
        _line(100, "effect.none", {}),
        *leaving(102),
    ]


def leaving(minute: float, **more: Any) -> Story:
    """Return the discharge at *minute* and the end of the session after it."""
    said = {
        "items": {item: {"answer": "yes"} for item in _LEAVES},
        "decided_by": _person(PRESCRIBER),
        "role": "physician",
        "escort_present": True,
        "instructions_given": True,
    }
    return [
        _line(minute, "discharge", said | more, names=(PRESCRIBER,)),
        _line(minute + 3, "session.end", {}),
    ]


def nasal(phq9: Sequence[int]) -> Story:
    """Return what people enter in a flawless session with a nasal spray: two devices, five minutes apart."""
    lot = {"drug": "esketamine", "lot": "DEMO-LOT-9", "expiry": "2031-01-31"}
    given = lot | {"mg": 56, "route": "NASAL", "self_administered": True}
    spray = lot | {"mg": 28}
    watched = (10, 25, 40, 55, 70, 85, 100, 115, 124)
    story = [
        *before(phq9, "esketamine", 56, "NASAL"),
        _line(-10, "dose.drawn", spray | {"mg": 56}),
        _line(0, "dose.device", spray | {"number": 1}),
        _line(5, "dose.device", spray | {"number": 2}),
        _line(
            6, "dose.given", given | {"given_by": _person(NURSE), "lot": "DEMO-LOT-9", "expiry": "2031-01-31"}
        ),
        *[_line(minute + 0.2, "reading", _typed(resp_rate=14)) for minute in watched],
        *[_line(minute, "assessment.score", _moaas(score)) for minute, score in _NASAL_SEDATION],
        *[
            _line(minute + 0.4, "assessment.score", _dissociation(score))
            for minute, score in _NASAL_DISSOCIATION
        ],
        _line(18, "effect.report", {"term": "dissociation", "severity": "moderate"}),
        _line(41, "effect.report", {"term": "dissociation", "severity": "mild"}),
        _line(75, "effect.resolved", {"term": "dissociation"}),
        *[_line(minute, "effect.none", {}) for minute in (90.5, 119.5)],
        *leaving(126),
    ]
    return sorted(story, key=lambda line: line.minute)


_NASAL_SEDATION = ((40, 4), (60, 5), (90, 5), (119, 5), (124.5, 5))
_NASAL_DISSOCIATION = ((40, 5), (60, 2), (90, 0), (119, 0))
_NO_MEDICATION = dict.fromkeys(
    ("benzodiazepine", "sedative_hypnotic", "opioid", "psychostimulant", "maoi"), False
)
_LEAVES = (
    "bp_back",
    "spo2_room_air",
    "alert",
    "gait",
    "dissociation_resolved",
    "nausea_minimal",
    "safety_check",
    "escort_present",
    "instructions_given",
    "iv_removed",
)


# What is changed on purpose.


def without(kind: str, *minutes: float) -> Change:
    """Return the change that leaves out the lines of *kind* (at *minutes*, where named)."""
    return lambda story: [
        line for line in story if line.kind != kind or (minutes and line.minute not in minutes)
    ]


def saying(kind: str, **said: Any) -> Change:
    """Return the change by which every line of *kind* says something else; None takes a field away."""

    def change(story: Story) -> Story:
        return [
            replace(line, said={k: v for k, v in {**line.said, **said}.items() if v is not None})
            if line.kind == kind
            else line
            for line in story
        ]

    return change


def alone(kind: str) -> Change:
    """Return the change by which nobody but the author gives a password for the lines of *kind*."""
    return lambda story: [replace(line, names=()) if line.kind == kind else line for line in story]


def also(*lines: Line) -> Change:
    """Return the change that adds *lines*."""
    return lambda story: sorted([*story, *lines], key=lambda line: line.minute)


def _interrupted() -> tuple[Change, ...]:
    """The infusion stops for six minutes, and a part of the dose is never given."""
    paused = _line(18, "infusion.pause", {"reason": "patient asked to stop, felt sick"})
    back = _line(24, "infusion.start", {"drug": "ketamine", "ml_h": 60, "reason": "patient agreed to go on"})
    return (
        also(paused, back),
        saying("dose.given", mg=36, volume_ml=3.6, mg_per_kg=0.45, reason="the patient wished to stop"),
        saying("dose.wasted", mg=14),
    )


def course() -> tuple[Told, ...]:
    """Return the eight sessions, in order."""
    serious = {
        "term": "bp_increase",
        "criterion": "other_important_medical_event",
        "description": "pressure above 180 with headache, seen by the physician on call",
    }
    typed = _line(15, "reading", _typed(nibp_sys=183, nibp_dia=101), remember="typed")
    told = [
        (0, "induction", (2, 3, 2, 3, 2, 2, 2, 1, 0), "Nothing is missing.", (), ()),
        (
            3,
            "induction",
            (2, 2, 2, 3, 2, 2, 2, 1, 0),
            "The infusion is interrupted; 14 mg are wasted before a witness.",
            _interrupted(),
            (),
        ),
        (
            7,
            "induction",
            (2, 2, 2, 2, 1, 2, 2, 1, 0),
            "The waste has no witness, and nobody looked at the room's equipment.",
            (saying("dose.wasted", witness=None),),
            ("R22", "R52"),
        ),
        (
            10,
            "induction",
            (1, 2, 2, 2, 1, 1, 2, 1, 0),
            "A serious side effect that nobody reported on; a note 40 minutes late.",
            (
                also(
                    _line(26, "effect.report", {"term": "bp_increase", "severity": "severe"}),
                    _line(27, "effect.serious", serious),
                    _line(70.6, "note", {"text": "physician came at once", "happened_at": -43}),
                    _line(90, "effect.resolved", {"term": "bp_increase"}),
                ),
            ),
            ("R27", "R31"),
        ),
        (
            14,
            "induction",
            (1, 1, 2, 2, 1, 1, 1, 1, 0),
            "The cuff fails for half an hour in the infusion; 2 mg are not accounted for.",
            (saying("dose.wasted", mg=8),),
            ("R05", "R21"),
        ),
        (
            17,
            "induction",
            (1, 1, 1, 2, 1, 1, 1, 0, 0),
            "Identity was not compared; a pressure was mistyped and corrected.",
            (
                without("check.identity"),
                also(
                    typed,
                    _line(
                        16,
                        "amend",
                        {"target": "{typed}", "changes": {"nibp_sys": 138}, "reason": "typed 183 for 138"},
                    ),
                ),
            ),
            ("R14",),
        ),
        (
            31,
            "maintenance",
            (1, 1, 1, 1, 1, 1, 1, 0, 0),
            "A nasal spray; no pressure 40 minutes after it.",
            (),
            ("R07",),
        ),
        (
            45,
            "maintenance",
            (1, 0, 1, 1, 1, 0, 1, 0, 0),
            "The patient leaves 30 minutes after the infusion, and nobody has reviewed the session.",
            (
                lambda story: [line for line in story if line.minute < 70],
                also(*leaving(70)),
            ),
            ("R10", "R44"),
        ),
    ]
    sessions = []
    for place, (day, phase, phq9, title, changes, found) in enumerate(told):
        induction = phase == "induction"
        number, planned = (place + 1, 6) if induction else (place - 5, None)
        where = Course(id="DEMO-COURSE", phase=phase, number=number, planned=planned)
        sessions.append(Told(day, where, phq9, 9700 + place, title, tuple(changes), found))
    sessions[4] = replace(sessions[4], faults=("cuff_failed@2100+1500",))
    sessions[6] = replace(sessions[6], protocol="esketamine_nasal", faults=("cuff_failed@2700+2400",))
    sessions[7] = replace(sessions[7], signs=("entry_complete",))
    return tuple(sessions)


def play_course(desk: LedgerDesk, now: datetime, tell: Callable[[str], None]) -> list[tuple[Told, str]]:
    """Play the course into an empty ledger, its last session some days before *now*; return the sessions.

    Args:
        desk: of the ledger.
        now: aware; the course ends before it.
        tell: takes a line about each session.
    """
    start = (now - timedelta(days=60)).replace(hour=9, minute=0, second=0, microsecond=0)
    hands = Hands(start - timedelta(days=1))
    stage = Rehearsal(desk, hands, dict.fromkeys(PEOPLE, PASSWORD))
    _people(desk, start)
    played = []
    for told in course():
        hands.at = int((start + timedelta(days=told.day)).timestamp()) * 1_000_000
        session = _play(stage, told)
        played.append((told, session))
        tell(f"session {told.course.number} ({told.course.phase}): {told.title}")
    return played


def _play(stage: Rehearsal, told: Told) -> str:
    opening = Opening(
        ROOM,
        PATIENT,
        find_protocol(told.protocol),
        ZoneInfo("UTC"),
        NURSE,
        name="DEMO, Course",
        born="1900-01-01",
        course=told.course,
    )
    story = (nasal if told.protocol == "esketamine_nasal" else flawless)(told.phq9)
    for change in told.changes:
        story = change(story)
    plan = Plan(
        "datex_dri",
        told.seed,
        faults=parse_faults(told.faults),
        cuff_every=told.cuff_every,
        infusion_at=LEAD * 60,
    )
    if "R52" not in told.found_by:
        ready = dict.fromkeys(("oxygen", "suction", "airway", "defibrillator", "oximeter"), True)
        stage.enter(f"room:{ROOM}", Line(0, "check.room", NURSE, ready))
    session = stage.play(opening, {"monitor": plan}, story, LEAD)
    stage.wait(30)
    signers = {"entry_complete": NURSE, "review": REVIEWER}
    for meaning in told.signs:
        reason = {"reason": "see the notes"} if meaning == "entry_complete" else {}
        stage.enter(session, Line(0, "sign", signers[meaning], {"meaning": meaning, **reason}))
        stage.wait(60)
    if told.protocol == "esketamine_nasal":
        submitted = stage.now().isoformat()
        stage.enter(session, Line(0, "rems.submitted", NURSE, {"submitted_at": submitted}))
    return session


def _people(desk: LedgerDesk, start: datetime) -> None:
    day = start.date().isoformat()
    facts: list[dict[str, Any]] = []
    for name, role in PEOPLE.items():
        said = {"user": name, "full_name": f"DEMO {name.removeprefix('demo.').capitalize()}", "role": role}
        first = {ADMIN: PASSWORD, NEW: PASSWORD}
        desk.append(SYSTEM, "user.added", ADMIN, said, first)
        own = {name: PASSWORD, NEW: PASSWORD}
        desk.append(SYSTEM, "user.secret", name, {"user": name, "what": "password"}, own)
        facts += [
            {"user": name, "fact": "trained", "what": "two hours with the demo", "on": day},
            {"user": name, "fact": "identity_verified", "what": "DEMO identity card", "on": day},
        ]
        policy = {"user": name, "fact": "policy_accepted", "on": day, "digest": policy_digest()}
        desk.append(SYSTEM, "user.fact", name, policy, {name: PASSWORD})
    for fact in facts:
        desk.append(SYSTEM, "user.fact", ADMIN, fact, {ADMIN: PASSWORD})
    device = {"adapter": "datex_dri", "model": "DEMO monitor", "serial": "DEMO-SN-1"}
    device |= {"calibrated_until": "2031-12-31"}
    desk.append(f"room:{ROOM}", "device.registered", ADMIN, device, {ADMIN: PASSWORD})


def _line(
    minute: float,
    kind: str,
    said: Mapping[str, Any],
    author: str = NURSE,
    names: tuple[str, ...] = (),
    remember: str = "",
) -> Line:
    return Line(minute, kind, author, said, names, remember)


def _present(minute: float, who: str, role: str, *, responsible: bool = False) -> Line:
    said = {"person": _person(who), "role": role, "responsible": responsible}
    return _line(minute, "staff.present", said, names=(who,))


def _person(name: str) -> dict[str, str]:
    return {"name": name}


def _typed(**values: float) -> dict[str, Any]:
    readings = [{"vital": vital, "value": value} for vital, value in values.items()]
    return {"source": "manual", "readings": readings}


def _score(instrument: str, version: str, answers: Mapping[str, int], by: str) -> dict[str, Any]:
    return {"instrument": instrument, "version": version, "answers": dict(answers), "answered_by": by}


def _moaas(value: int) -> dict[str, Any]:
    return _score("moaas", "moaas-5", {"1": value}, "clinician")


def _dissociation(value: int) -> dict[str, Any]:
    return _score("nrs", "nrs-11", {"dissociation": value}, "patient")


def _wasted(mg: float) -> dict[str, Any]:
    said = {"drug": "ketamine", "mg": mg, "method": "sink, with water", "wasted_by": _person(NURSE)}
    return said | {"witness": _person(COLLEAGUE)}
