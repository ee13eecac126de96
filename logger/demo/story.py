"""What people enter in the demo's sessions: the flawless one, and changes to it.

Minute 0 is the start of the infusion, or the first nasal device. People and patients are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from logger.demo.rehearsing import Line

ADMIN, NURSE, COLLEAGUE, PRESCRIBER, REVIEWER, AUDITOR = (
    "demo.admin",
    "demo.nurse",
    "demo.colleague",
    "demo.prescriber",
    "demo.reviewer",
    "demo.auditor",
)
Story = list[Line]
Change = Callable[[Story], Story]


def flawless(phq9: Sequence[int]) -> Story:
    """Return what people enter in a session in which nothing is missing."""
    story = [*before(phq9), *_infusion(), *_recovery()]
    return sorted(story, key=lambda line: line.minute)


def before(phq9: Sequence[int], drug: str = "ketamine", mg: float = 40, route: str = "IV") -> Story:
    """Return what is checked before the dose, and the dose until it is given."""
    order = {"drug": drug, "route": route, "mg": mg, "ordered_by": person(PRESCRIBER)}
    answers = {str(item): answer for item, answer in enumerate(phq9, 1)}
    return [
        _present(-19, PRESCRIBER, "prescriber"),
        _present(-19, NURSE, "registered_nurse", responsible=True),
        line(-18, "assessment.score", _score("phq9", "phq9-en", answers, "patient")),
        line(-17, "check.consent", {"given": True, "reference": "DEMO folder 1"}),
        line(-17, "check.escort", {"arranged": True, "name": "sister"}),
        line(-16, "check.medication", _NO_MEDICATION),
        line(-16, "check.weight", {"kg": 80, "how": "measured", "measured_on": 0, "pump_kg": 80}),
        line(-16, "check.intake", {"last_food": -480, "last_fluid": -150}),
        line(-14, "dose.ordered", order, author=PRESCRIBER),
        line(-13, "assessment.score", _moaas(5)),
        line(-12, "reading", typed(resp_rate=14)),
        line(
            -8,
            "check.identity",
            {
                "identifiers": ["name", "birth"],
                "performed_by": person(NURSE),
                "dosing_confirmed": True,
            },
        ),
        line(-3, "effect.none", {}),
    ]


def _infusion() -> Story:
    syringe = {"drug": "ketamine", "concentration_mg_ml": 10, "lot": "DEMO-LOT-7", "expiry": "2031-01-31"}
    return [
        line(-10, "dose.drawn", syringe | {"mg": 50, "volume_ml": 5}),
        line(
            -5,
            "dose.given",
            syringe
            | {
                "route": "IV",
                "mg": 40,
                "mg_per_kg": 0.5,
                "weight_kg": 80,
                "volume_ml": 4,
                "given_by": person(NURSE),
                "second_check_by": person(COLLEAGUE),
            },
            names=(COLLEAGUE,),
        ),
        line(0, "infusion.start", {"drug": "ketamine", "mg": 40, "mg_per_kg": 0.5, "ml_h": 60}),
        *[line(minute, "assessment.score", _moaas(4)) for minute in (10, 20, 30, 40)],
        *[line(minute, "reading", typed(resp_rate=13)) for minute in (10.2, 20.2, 30.2, 40.2)],
        line(12, "effect.report", {"term": "dissociation", "severity": "mild", "text": "floating a little"}),
        line(20, "assessment.score", _dissociation(4)),
        line(30, "effect.report", {"term": "nausea", "severity": "mild"}),
        line(40, "infusion.end", {}),
        line(40.4, "assessment.score", _dissociation(5)),
        line(44, "dose.wasted", _wasted(10), names=(COLLEAGUE,)),
    ]


def _recovery() -> Story:
    return [
        *[line(minute, "assessment.score", _moaas(5)) for minute in (55, 70, 85, 99)],
        *[line(minute, "reading", typed(resp_rate=14)) for minute in (55.2, 70.2, 85.2, 99.2)],
        line(50, "effect.resolved", {"term": "nausea"}),
        line(62, "effect.resolved", {"term": "dissociation"}),
        line(70.4, "assessment.score", _dissociation(1)),
        line(72, "effect.none", {}),
        line(99.4, "assessment.score", _dissociation(0)),
        line(100, "effect.none", {}),
        *leaving(102),
    ]


def leaving(minute: float, **more: Any) -> Story:
    """Return the discharge at *minute* and the end of the session after it."""
    said = {
        "items": {item: {"answer": "yes"} for item in _LEAVES},
        "decided_by": person(PRESCRIBER),
        "role": "physician",
        "escort_present": True,
        "instructions_given": True,
        "ready_at": -10,
    }
    return [
        line(minute, "discharge", said | more, names=(PRESCRIBER,)),
        line(minute + 3, "session.end", {}),
    ]


def nasal(phq9: Sequence[int]) -> Story:
    """Return what people enter in a flawless session with a nasal spray: two devices, five minutes apart."""
    lot = {"drug": "esketamine", "lot": "DEMO-LOT-9", "expiry": "2031-01-31"}
    given = lot | {"mg": 56, "route": "NASAL", "self_administered": True}
    spray = lot | {"mg": 28}
    watched = (10, 25, 40, 55, 70, 85, 100, 115, 124)
    story = [
        *before(phq9, "esketamine", 56, "NASAL"),
        line(-10, "dose.drawn", spray | {"mg": 56}),
        line(0, "dose.device", spray | {"number": 1}),
        line(5, "dose.device", spray | {"number": 2}),
        line(
            6, "dose.given", given | {"given_by": person(NURSE), "lot": "DEMO-LOT-9", "expiry": "2031-01-31"}
        ),
        *[line(minute + 0.2, "reading", typed(resp_rate=14)) for minute in watched],
        *[line(minute, "assessment.score", _moaas(score)) for minute, score in _NASAL_SEDATION],
        *[
            line(minute + 0.4, "assessment.score", _dissociation(score))
            for minute, score in _NASAL_DISSOCIATION
        ],
        line(18, "effect.report", {"term": "dissociation", "severity": "moderate"}),
        line(41, "effect.report", {"term": "dissociation", "severity": "mild"}),
        line(75, "effect.resolved", {"term": "dissociation"}),
        *[line(minute, "effect.none", {}) for minute in (90.5, 119.5)],
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


def line(
    minute: float,
    kind: str,
    said: Mapping[str, Any],
    author: str = NURSE,
    names: tuple[str, ...] = (),
    remember: str = "",
) -> Line:
    """Return what *author* enters at *minute*; *names* give their password for it too."""
    return Line(minute, kind, author, said, names, remember)


def _present(minute: float, who: str, role: str, *, responsible: bool = False) -> Line:
    said = {"person": person(who), "role": role, "responsible": responsible}
    return line(minute, "staff.present", said, names=(who,))


def person(name: str) -> dict[str, str]:
    """Return somebody as an entry names them."""
    return {"name": name}


def typed(**values: float) -> dict[str, Any]:
    """Return what a person read and typed."""
    readings = [{"vital": vital, "value": value} for vital, value in values.items()]
    return {"source": "manual", "readings": readings}


def _score(instrument: str, version: str, answers: Mapping[str, int], by: str) -> dict[str, Any]:
    return {"instrument": instrument, "version": version, "answers": dict(answers), "answered_by": by}


def _moaas(value: int) -> dict[str, Any]:
    return _score("moaas", "moaas-5", {"1": value}, "clinician")


def _dissociation(value: int) -> dict[str, Any]:
    return _score("nrs", "nrs-11", {"dissociation": value}, "patient")


def _wasted(mg: float) -> dict[str, Any]:
    said = {"drug": "ketamine", "mg": mg, "method": "sink, with water", "wasted_by": person(NURSE)}
    return said | {"witness": person(COLLEAGUE)}
