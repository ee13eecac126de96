"""The doses on record: ordered, drawn, given, wasted, returned; and what each drug comes to.

What was given is what a person recorded as given; where nobody did, the devices, injections and doses by
mouth; where there is none of them either, what the infusion was started with, and `Doses.basis` says which.
Milligrams per kilogram are computed from the milligrams and the weight on record, never taken for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.session import InForce, Session, in_force
from analysis.timeline import Timeline

LOOSE_MG = 1e-6
"""What two sums of the same milligrams may differ by in floating point."""

ROUTES_OF_THEIR_OWN = ("dose.device", "dose.injection", "dose.swallowed")


@dataclass(frozen=True, slots=True)
class Amount:
    """One record of a dose; None where the record does not say it. *payload* has the rest."""

    minute: float
    kind: str
    drug: str | None
    mg: float | None
    mg_per_kg: float | None
    weight_kg: float | None
    reason: str | None
    author: str
    reference: str
    payload: Mapping[str, Any]

    @property
    def per_kg(self) -> float | None:
        """Return mg divided by the weight; None where one of the two is not on record."""
        return None if self.mg is None or not self.weight_kg else self.mg / self.weight_kg


@dataclass(frozen=True, slots=True)
class Balance:
    """What the records of one drug come to, mg; *difference* is drawn less given, wasted and returned."""

    drug: str
    drawn: float
    given: float
    wasted: float
    returned: float

    @property
    def difference(self) -> float:
        """Return how much of what was drawn is not accounted for; negative: more than was drawn."""
        return self.drawn - self.given - self.wasted - self.returned


@dataclass(frozen=True, slots=True)
class Doses:
    """All amounts by their time; *basis* is the kind of record that says what was given, empty: none does.

    *taken*: nasal devices, injections and doses by mouth, also where the whole is recorded as given.
    """

    ordered: tuple[Amount, ...]
    drawn: tuple[Amount, ...]
    given: tuple[Amount, ...]
    wasted: tuple[Amount, ...]
    returned: tuple[Amount, ...]
    taken: tuple[Amount, ...]
    basis: str
    weight_kg: float | None

    @property
    def balances(self) -> tuple[Balance, ...]:
        """Return the balance of each drug that was drawn."""
        parts = (self.drawn, self.given, self.wasted, self.returned)
        drugs = dict.fromkeys(amount.drug or "" for amount in self.drawn)
        return tuple(Balance(drug, *(_sum(part, drug) for part in parts)) for drug in drugs)

    @property
    def standing(self) -> tuple[Amount, ...]:
        """Return the last order of each drug: a later one takes the place of the one before."""
        return tuple({amount.drug or "": amount for amount in self.ordered}.values())

    @property
    def as_ordered(self) -> bool | None:
        """Return whether the milligrams given are those ordered last; None where it can't be told."""
        if not self.ordered or not self.given:
            return None
        if any(amount.mg is None for amount in (*self.standing, *self.given)):
            return None
        drugs = {amount.drug or "" for amount in (*self.standing, *self.given)}
        return all(abs(_sum(self.standing, drug) - _sum(self.given, drug)) < LOOSE_MG for drug in drugs)


def doses_of(session: Session, timeline: Timeline) -> Doses:
    """Return the session's doses, from its records that no amendment has replaced."""
    weights = [row.payload["kg"] for row in in_force(session.events, "check.weight")]
    weight = float(weights[-1]) if weights else None
    found = [
        _amount(timeline.since(row.happened), row, weight)
        for row in in_force(session.events, "dose.", "infusion.start")
    ]

    def of(*kinds: str) -> tuple[Amount, ...]:
        return tuple(amount for amount in found if amount.kind in kinds)

    started = tuple(amount for amount in of("infusion.start") if amount.mg is not None)
    taken = of(*ROUTES_OF_THEIR_OWN)
    given = of("dose.given") or taken or started
    return Doses(
        ordered=of("dose.ordered"),
        drawn=of("dose.drawn"),
        given=given,
        wasted=of("dose.wasted"),
        returned=of("dose.returned"),
        taken=taken,
        basis=given[0].kind if given else "",
        weight_kg=weight,
    )


def _amount(minute: float, row: InForce, weight: float | None) -> Amount:
    payload = row.payload
    return Amount(
        minute=minute,
        kind=row.kind,
        drug=payload.get("drug"),
        mg=payload.get("mg"),
        mg_per_kg=payload.get("mg_per_kg"),
        weight_kg=payload.get("weight_kg") or weight,
        reason=payload.get("reason"),
        author=row.author,
        reference=row.reference,
        payload=payload,
    )


def _sum(amounts: Iterable[Amount], drug: str) -> float:
    return float(sum(amount.mg or 0.0 for amount in amounts if (amount.drug or "") == drug))
