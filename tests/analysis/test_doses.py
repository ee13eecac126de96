from typing import Any

import invented_sessions as invented

from analysis.doses import Doses, doses_of
from analysis.timeline import timeline_of

NURSE = {"name": "n.example", "authenticated": True}


def doses(*events: dict[str, Any]) -> Doses:
    made = invented.session([], [*invented.infusion(), *events])
    return doses_of(made, timeline_of(made))


def test_what_was_drawn_is_what_was_given_wasted_and_returned():
    found = doses(
        invented.event(-5, "dose.drawn", 3, drug="ketamine", mg=50.0),
        invented.event(40, "dose.given", 4, drug="ketamine", mg=38.0, given_by=NURSE),
        invented.event(45, "dose.wasted", 5, drug="ketamine", mg=8.0),
        invented.event(46, "dose.wasted", 6, drug="ketamine", mg=2.0, line_residue=True),
    )
    (balance,) = found.balances
    assert (balance.given, balance.wasted, balance.difference) == (38, 10, 2)


def test_two_drugs_are_two_balances():
    found = doses(
        invented.event(-5, "dose.drawn", 3, drug="ketamine", mg=50.0),
        invented.event(-5, "dose.drawn", 4, drug="midazolam", mg=5.0),
        invented.event(46, "dose.returned", 5, drug="midazolam", mg=5.0),
    )
    assert [(b.drug, b.difference) for b in found.balances] == [("ketamine", 10), ("midazolam", 0)]


def test_what_was_given_is_what_a_person_recorded_as_given_else_what_the_infusion_began_with():
    given = invented.event(40, "dose.given", 4, drug="ketamine", mg=38.0, given_by=NURSE)
    assert [(d.basis, d.given[0].mg) for d in (doses(given), doses())] == [
        ("dose.given", 38),
        ("infusion.start", 40),
    ]


def test_milligrams_per_kilogram_come_from_the_weight_on_record_only():
    weight = invented.event(-10, "check.weight", 3, kg=80.0, how="measured")
    given = invented.event(40, "dose.given", 4, drug="ketamine", mg=40.0, given_by=NURSE)
    assert doses(weight, given).given[0].per_kg == 0.5
    assert doses(given).given[0].per_kg is None


def test_a_dose_as_ordered_is_told_from_another_and_from_one_that_nobody_can_compare():
    def order(mg: float | None) -> dict[str, Any]:
        return invented.event(-9, "dose.ordered", 3, drug="ketamine", mg=mg, ordered_by=NURSE)

    assert [doses(order(mg)).as_ordered for mg in (40.0, 45.0, None)] == [True, False, None]
    assert doses().as_ordered is None


def test_a_later_order_takes_the_place_of_the_one_before():
    orders = [
        invented.event(m, "dose.ordered", 3 + i, drug="ketamine", mg=mg, ordered_by=NURSE)
        for i, (m, mg) in enumerate([(-9, 45.0), (-5, 40.0)])
    ]
    assert [order.mg for order in doses(*orders).standing] == [40]
    assert doses(*orders).as_ordered is True


def test_a_dose_that_was_withdrawn_counts_no_more():
    gone = invented.event(40, "dose.given", 4, drug="ketamine", mg=38.0, superseded_by="b2:9")
    assert doses(gone).basis == "infusion.start"
