"""What is looked at before the dose and before leaving: identity, consent, escort, room, discharge."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from logger.kinds.base import Moment, Name, Part, Payload, Person, Stated, Text


class IdentityCheck(Stated):
    """The time-out: which identifiers of the patient were compared, and whether dosing was read aloud.

    *identifiers* are their kinds (``name``, ``birth``, ``wristband``), never the patient's own.
    """

    identifiers: tuple[Name, ...] = Field(min_length=2)
    performed_by: Person
    dosing_confirmed: bool = False


class Consent(Stated):
    """Whether the patient's consent is on file, and where."""

    given: bool
    reference: Name | None = None


class Escort(Stated):
    """Whether somebody will take the patient home; the reason where nobody will.

    *name* is the escort's relation ("sister"), not their name.
    """

    arranged: bool
    name: Name | None = None
    reason: Text | None = None


class RoomReady(Stated):
    """The equipment that was seen and tried in the room."""

    oxygen: bool
    suction: bool
    airway: bool
    defibrillator: bool
    oximeter: bool
    text: Text | None = None


class ConcomitantMedication(Stated):
    """Which of the groups the patient takes. Source: REMS patient monitoring form, 2021 and later."""

    benzodiazepine: bool
    sedative_hypnotic: bool
    opioid: bool
    psychostimulant: bool
    maoi: bool
    other: Text | None = None


class Weight(Stated):
    """The weight that the dose is made for. *pump_kg* is what was programmed into the pump."""

    kg: float = Field(gt=0)
    how: Literal["measured", "stated"]
    measured_on: date | None = None
    pump_kg: float | None = Field(default=None, gt=0)


class Intake(Stated):
    """When the patient last ate, drank and used a nasal spray."""

    last_food: Moment | None = None
    last_fluid: Moment | None = None
    last_nasal_spray: Moment | None = None


class MonitorCheck(Stated):
    """Whether the monitor beside this patient showed what came in from *source* at that moment.

    *shown* are the numbers that were asked about, by their vitals; *no*: the patient's monitor shows nothing
    of the kind, as where the line is another room's; *different*: it shows other numbers.
    """

    source: Name
    answer: Literal["yes", "no", "different"]
    shown: dict[str, float] = Field(default_factory=dict)
    text: Text | None = None


class CourseAssessment(Stated):
    """An assessment before the treatment: when it was made and where it is written."""

    item: Literal["psychiatric_evaluation", "history", "medication", "physical", "laboratory"]
    on: date
    reference: Name | None = None


class CourseFactors(Stated):
    """The patient's own circumstances, shown and never computed with."""

    body: Text | None = None
    age: Text | None = None
    liver_kidney: Text | None = None
    interactions: Text | None = None
    previous_response: Text | None = None
    severity: Text | None = None
    comorbidity: Text | None = None


class DischargeItem(Part):
    """One item of the discharge list: what was found; a *no* has its reason."""

    answer: Literal["yes", "no", "not_applicable"]
    reason: Text | None = None


class Discharge(Stated):
    """The patient leaves: the reading window ends here.

    *items* by the id of the protocol's discharge items. *decided_by* in *role*: the protocol says which
    roles may. *ready_at*: when the patient would have been ready to leave.
    """

    items: dict[str, DischargeItem] = Field(default_factory=dict)
    decided_by: Person
    role: Name
    escort_present: bool
    escort_reason: Text | None = None
    ready_at: Moment | None = None
    instructions_given: bool = False


class RemsSubmitted(Payload):
    """The REMS patient monitoring form of this session was submitted."""

    submitted_at: Moment
    reference: Name | None = None


CHECKS: dict[str, type[Payload]] = {
    "check.identity": IdentityCheck,
    "check.consent": Consent,
    "check.escort": Escort,
    "check.room": RoomReady,
    "check.medication": ConcomitantMedication,
    "check.weight": Weight,
    "check.intake": Intake,
    "check.monitor": MonitorCheck,
    "course.assessment": CourseAssessment,
    "course.factors": CourseFactors,
    "discharge": Discharge,
    "rems.submitted": RemsSubmitted,
}
