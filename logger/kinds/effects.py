"""Side effects: reported, graded, ended, and what became of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from logger.kinds.base import Moment, Name, Part, Payload, Stated, Text

Severity = Literal["mild", "moderate", "severe"]


class Grade(Part):
    """A grade of the Common Terminology Criteria for Adverse Events, as a clinician judged it."""

    version: Literal["5.0", "6.0"]
    term: Name
    grade: int = Field(ge=1, le=5)


class EffectReport(Stated):
    """A side effect that the patient reports, or a new severity of one that is open.

    *term* is one of the protocol's pick-list or free words; *action* is what was done about it.
    """

    term: Name
    severity: Severity
    text: str | None = None
    action: Text | None = None
    ctcae: Grade | None = None


class EffectResolved(Stated):
    """A side effect has ended."""

    term: Name
    outcome: Literal["resolved", "resolved_with_sequelae"] = "resolved"
    action: Text | None = None


class EffectNone(Stated):
    """The patient was asked and reports no side effect."""


class EffectOngoing(Stated):
    """A side effect that has not ended when the patient leaves, and who follows it up how."""

    term: Name
    follow_up: Text


Criterion = Literal[
    "death",
    "life_threatening",
    "hospitalisation",
    "disability_or_permanent_damage",
    "congenital_anomaly",
    "other_important_medical_event",
]
"""Seriousness criteria. Source: 21 CFR 312.32."""


class EffectSerious(Stated):
    """A side effect meets a seriousness criterion; to whom it was reported, and when.

    *form_sent*: the report form went out.
    """

    term: Name
    criterion: Criterion
    description: Text
    reported_to: Name | None = None
    reported_at: Moment | None = None
    form_sent: bool = False


EFFECTS: dict[str, type[Payload]] = {
    "effect.report": EffectReport,
    "effect.resolved": EffectResolved,
    "effect.none": EffectNone,
    "effect.ongoing": EffectOngoing,
    "effect.serious": EffectSerious,
}
