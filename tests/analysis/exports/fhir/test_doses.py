"""What the patient received, and what they did not: administrations, orders, waste."""

from __future__ import annotations

from typing import Any

import bundles
import pytest
from invented_care import cared_for, troubled
from invented_sessions import START, at, event, infusion, session, stormy

from analysis.session import Session

NURSE = {"name": "n.example", "authenticated": True}


def test_a_dose_is_what_was_given_while_the_infusion_ran() -> None:
    (one,) = administrations(bundles.thinned(cared_for()))
    assert (one.status, float(one.dosage.dose.value), one.dosage.dose.code) == ("completed", 40, "mg")
    assert one.dosage.route.coding[0].code == "47625008"
    assert (float(one.dosage.rateQuantity.value), one.dosage.rateQuantity.code) == (60, "mL/h")
    assert (one.effectivePeriod.start, one.effectivePeriod.end) == (START, at(40))
    assert one.medicationCodeableConcept.coding[0].code == "N01AX03"
    assert one.performer[0].actor.display == "n.example"


def test_milligrams_per_kilogram_say_whether_somebody_wrote_them() -> None:
    given = event(1, "dose.given", 1, drug="ketamine", route="IV", mg=40.0, mg_per_kg=0.51, given_by=NURSE)
    weight = event(0, "check.weight", 2, kg=80.0, how="measured")
    (one,) = administrations(session([], [given, weight]))
    assert one.dosage.text == "40 mg; 0.51 mg/kg as recorded; 0.5 mg/kg computed from the weight 80 kg"


def test_the_weight_is_an_observation_that_the_dose_points_to() -> None:
    bundle = bundles.read(bundles.thinned(cared_for()))
    weight = next(one for one in bundles.measured(bundle) if one.code.coding[0].code == "29463-7")
    (dose,) = bundles.of(bundle, "MedicationAdministration")
    assert (float(weight.valueQuantity.value), weight.method.text) == (80, "measured")
    assert dose.supportingInformation[0].reference == f"urn:uuid:{weight.id}"


def test_waste_is_told_and_is_no_administration() -> None:
    bundle = bundles.read(bundles.thinned(cared_for()))
    assert len(bundles.of(bundle, "MedicationAdministration")) == 1
    kinds = {one.category[0].coding[0].code: one for one in bundles.of(bundle, "Communication")}
    assert {"dose.drawn", "dose.wasted"} <= kinds.keys()
    assert kinds["dose.wasted"].recipient[0].display == "s.example (named, not authenticated)"


def test_an_order_is_a_request() -> None:
    (one,) = bundles.of(bundles.read(bundles.thinned(troubled())), "MedicationRequest")
    dose = one.dosageInstruction[0].doseAndRate[0].doseQuantity
    assert (one.intent, float(dose.value), one.requester.display) == (
        "order", 45, "s.example (named, not authenticated)",
    )  # fmt: skip


def test_of_several_rates_none_stands_for_the_whole() -> None:
    (one,) = administrations(bundles.thinned(stormy()))
    assert one.dosage.rateQuantity is None
    assert "rates 50, 60 mL/h, see the notes" in one.dosage.text
    assert [note.text for note in one.note] == [
        "infusion.start", "infusion.pause", "infusion.rate", "infusion.end",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "state", "status"),
    [
        ([event(40, "infusion.end", 2)], "closed", "completed"),
        ([event(12, "infusion.end", 2, reason="vomiting")], "closed", "stopped"),
        ([event(12, "infusion.pause", 2)], "closed", "stopped"),
        ([event(12, "infusion.pause", 2)], "open", "on-hold"),
        ([], "open", "in-progress"),
        ([], "closed", "unknown"),
    ],
)
def test_a_status_says_how_the_infusion_ended(more: list[dict[str, Any]], state: str, status: str) -> None:
    made = session([], [event(0, "infusion.start", 1, drug="ketamine", mg=40.0), *more], state=state)
    (one,) = administrations(made)
    assert one.status == status


def test_an_infusion_of_nobody_knows_how_much_has_no_dosage() -> None:
    (one,) = administrations(session([], [event(0, "infusion.start", 1), event(40, "infusion.end", 2)]))
    assert one.dosage is None
    assert one.medicationCodeableConcept.text == "not said which"


def test_nasal_devices_are_doses_until_a_whole_is_recorded_then_its_notes() -> None:
    devices = [
        event(5 * n, "dose.device", n, number=n, drug="esketamine", mg=28.0, lot="LOT-2") for n in (1, 2)
    ]
    each = administrations(session([], devices))
    assert [float(one.dosage.dose.value) for one in each] == [28, 28]
    assert each[0].medicationCodeableConcept.coding[0].code == "N06AX27"
    given = event(9, "dose.given", 9, drug="esketamine", route="NASAL", mg=56.0, given_by=NURSE)
    (whole,) = administrations(session([], [*devices, given]))
    assert float(whole.dosage.dose.value) == 56
    assert (whole.effectivePeriod.start, whole.effectivePeriod.end) == (at(5), at(10))
    assert [(note.time, note.text) for note in whole.note[1:]] == [
        (at(5), "dose.device; lot LOT-2"), (at(10), "dose.device; lot LOT-2"),
    ]  # fmt: skip


def test_a_dose_of_another_drug_is_no_part() -> None:
    given = event(9, "dose.given", 9, drug="ketamine", route="IV", mg=40.0, given_by=NURSE)
    device = event(5, "dose.device", 1, number=1, drug="esketamine", mg=28.0)
    found = administrations(session([], [device, given]))
    assert [float(one.dosage.dose.value) for one in found] == [40, 28]


def test_an_injection_goes_into_muscle_where_nothing_else_is_said() -> None:
    (one,) = administrations(session([], [event(0, "dose.injection", 1, drug="ketamine", mg=40.0)]))
    assert one.dosage.route.text == "IM"


def test_a_dose_that_was_corrected_stands_in_error_beside_the_right_one() -> None:
    wrong = event(
        1, "dose.given", 1, drug="ketamine", route="IV", mg=400.0, given_by=NURSE, superseded_by="b2:2"
    )
    right = event(1, "dose.given", 2, drug="ketamine", route="IV", mg=40.0, given_by=NURSE)
    amended = event(3, "amend", 2, target="b2:1", entry={}, reason="a nought too many")
    bundle = bundles.read(session([], [wrong, right, amended]))
    by_status = {one.status: one for one in bundles.of(bundle, "MedicationAdministration")}
    assert {status: float(one.dosage.dose.value) for status, one in by_status.items()} == {
        "entered-in-error": 400, "completed": 40,
    }  # fmt: skip
    (why,) = bundles.of(bundle, "Provenance")
    assert why.target[0].reference == f"urn:uuid:{by_status['completed'].id}"
    assert why.entity[0].what.reference == f"urn:uuid:{by_status['entered-in-error'].id}"


def test_a_session_without_a_dose_has_none() -> None:
    assert administrations(session([], [])) == []
    assert administrations(session([], infusion()))[0].status == "completed"


def administrations(made: Session) -> list[Any]:
    return bundles.of(bundles.read(made), "MedicationAdministration")
