"""The dose: ordered, drawn, given, wasted, returned, and the infusion as it ran."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from logger.kinds.base import Milligrams, Name, Payload, Person, Stated, Text

Route = Literal["IV", "IM", "SC", "NASAL", "ORAL", "SL"]


class Infusion(Stated):
    """The infusion starts, pauses, changes its rate, or ends."""

    drug: str | None = None
    mg: float | None = Field(default=None, gt=0)
    ml_h: float | None = Field(default=None, ge=0)
    mg_per_kg: float | None = Field(default=None, gt=0)
    reason: str | None = None


class DoseOrdered(Stated):
    """What a prescriber ordered. *mg_per_kg* is as written in the order, never computed."""

    drug: Name
    route: Route
    mg: Milligrams | None = None
    mg_per_kg: float | None = Field(default=None, gt=0)
    weight_kg: float | None = Field(default=None, gt=0)
    duration_min: float | None = Field(default=None, gt=0)
    ordered_by: Person
    reason: Text | None = None


class DoseDrawn(Stated):
    """What was taken from the vial, or a nasal device from its box."""

    drug: Name
    mg: Milligrams
    concentration_mg_ml: float | None = Field(default=None, gt=0)
    volume_ml: float | None = Field(default=None, gt=0)
    lot: Name | None = None
    expiry: date | None = None
    vial: Name | None = None
    second_check_by: Person | None = None


class DoseGiven(Stated):
    """What the patient received; the milligrams per kilogram shown are computed from *mg* and the weight.

    *reason* says why it differs from the order. *weight_kg* is the weight the dose was made for.
    """

    drug: Name
    route: Route
    mg: Milligrams
    mg_per_kg: float | None = Field(default=None, gt=0)
    weight_kg: float | None = Field(default=None, gt=0)
    concentration_mg_ml: float | None = Field(default=None, gt=0)
    volume_ml: float | None = Field(default=None, gt=0)
    lot: Name | None = None
    expiry: date | None = None
    given_by: Person
    second_check_by: Person | None = None
    self_administered: bool = False
    reason: Text | None = None


class DoseWasted(Stated):
    """What was thrown away before a witness; *line_residue*: it stayed in the line and was thrown with it."""

    drug: Name
    mg: Milligrams
    method: Text
    wasted_by: Person
    witness: Person | None = None
    line_residue: bool = False


class DoseReturned(Stated):
    """What went back to the store unopened."""

    drug: Name
    mg: Milligrams
    returned_by: Person
    witness: Person | None = None


class NasalDevice(Stated):
    """One nasal device; the first is the session's anchor."""

    number: int = Field(ge=1, le=12)
    drug: Name
    mg: Milligrams
    lot: Name | None = None
    expiry: date | None = None


class Injection(Stated):
    """An injection into muscle or under the skin: the session's anchor."""

    drug: Name
    mg: Milligrams
    route: Route = "IM"
    site: Name | None = None


class Swallowed(Stated):
    """A dose by mouth: the session's anchor."""

    drug: Name
    mg: Milligrams


class Vomited(Stated):
    """The patient vomited after a dose by mouth; whether the dose was seen."""

    dose_seen: bool | None = None
    text: Text | None = None


DOSES: dict[str, type[Payload]] = {
    "infusion.start": Infusion,
    "infusion.pause": Infusion,
    "infusion.rate": Infusion,
    "infusion.end": Infusion,
    "dose.ordered": DoseOrdered,
    "dose.drawn": DoseDrawn,
    "dose.given": DoseGiven,
    "dose.wasted": DoseWasted,
    "dose.returned": DoseReturned,
    "dose.device": NasalDevice,
    "dose.injection": Injection,
    "dose.swallowed": Swallowed,
    "dose.vomited": Vomited,
}
