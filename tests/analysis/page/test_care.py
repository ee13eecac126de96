"""What people did for the patient, decided and signed, as the page says it."""

from dataclasses import replace
from typing import Any

import invented_sessions as invented
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis.page import draw_page

NURSE = {"name": "n.example", "authenticated": True}


def pages(*events: dict[str, Any], dose: bool = True) -> list[list[str]]:
    made = invented.session(invented.cycles(), [*(invented.infusion() if dose else []), *events])
    return [words(figure) for figure in draw_page(made)]


def first(*events: dict[str, Any], dose: bool = True) -> str:
    return " ".join(pages(*events, dose=dose)[0]).replace("\u00a0", " ")


def later(*events: dict[str, Any], dose: bool = True) -> str:
    return " ".join(line for page in pages(*events, dose=dose)[1:] for line in page).replace("\u00a0", " ")


def test_what_nobody_recorded_is_said_to_be_missing():
    said = first()
    for missing in (
        "MOAA/S: not recorded",
        "dissociation: not recorded",
        "ordered: not recorded",
        "interventions: none recorded",
        "discharge: not recorded",
        "not signed",
    ):
        assert missing in said


def test_a_dose_that_differs_from_the_order_shows_both_and_the_reason():
    said = first(
        invented.event(-9, "dose.ordered", 3, drug="ketamine", mg=45.0, route="IV", ordered_by=NURSE),
        invented.event(-8, "check.weight", 4, kg=80.0, how="measured"),
        invented.event(
            40, "dose.given", 5, drug="ketamine", mg=38.0, route="IV", given_by=NURSE, reason="line lost"
        ),
    )
    assert "given: ketamine 38 mg, 0.475 mg/kg" in said
    assert "ordered: ketamine 45 mg, 0.562 mg/kg (line lost)" in said


def test_a_start_after_a_pause_that_names_the_drug_again_is_no_second_dose():
    said = first(
        invented.event(18, "infusion.pause", 3),
        invented.event(24, "infusion.start", 4, drug="ketamine", ml_h=60.0),
        invented.event(41, "dose.given", 5, drug="ketamine", mg=36.0, given_by=NURSE),
    )
    assert "ketamine 40 mg, 0.5 mg/kg, 60 ml/h; given 36 mg" in said
    assert "…" not in said


def test_a_dose_as_ordered_says_only_that():
    order = invented.event(-9, "dose.ordered", 3, drug="ketamine", mg=40.0, route="IV", ordered_by=NURSE)
    assert "as ordered" in first(order)


def test_interventions_stand_with_their_minute_and_a_long_one_by_its_number():
    said = first(
        invented.event(31, "intervention", 5, what="oxygen 2 L", why="SpO2 90", given_by=NURSE),
        invented.event(35, "medication", 6, drug="ondansetron", amount="4 mg", route="IV", why="nausea"),
        invented.event(50, "intervention", 7, what="turned to the left side and held " * 3, why="x"),
    )
    assert "interventions: 3: oxygen 2 L at 31, ondansetron 4 mg at 35, event 3 at 50" in said


def test_a_serious_effect_is_said_loudly_with_its_criterion():
    events = (
        invented.event(30, "effect.report", 5, term="nausea", severity="severe"),
        invented.event(
            60, "effect.serious", 6, term="nausea", criterion="hospitalisation", description="kept overnight"
        ),
    )
    assert "serious: yes, hospitalisation" in first(*events)
    assert "Nausea: hospitalisation; kept overnight; reported to nobody on record" in later(*events)
    assert "serious: none recorded" in first(events[0])


def test_the_discharge_says_who_decided_in_which_role_and_when_the_patient_was_ready():
    left = invented.discharged(98, 9, ready=80, gait="yes", alert="yes", iv_removed="no")
    said = first(left)
    assert "decided by r.example (named, not authenticated), registered nurse" in said
    assert "list: 2 yes, 1 no, 7 not answered" in said
    assert "would have been ready at: 80 min" in said
    assert "discharge: at 98 min" in said
    assert "IV cannula removed, site checked: NO (invented)" in later(left)


def test_a_patient_who_was_asked_before_the_dose_was_asked_at_a_minute_below_zero():
    said = first(invented.event(-3, "effect.none", 3), invented.event(40, "effect.none", 4))
    assert "none (asked at −3, 40 min)" in said


def test_what_is_not_said_of_being_ready_is_not_cut():
    assert "would have been ready at: not recorded" in first(invented.discharged(98, 9))


def test_a_signature_is_printed_with_name_time_and_meaning():
    said = first(
        invented.signed(119, 8, "entry_complete", b2=8, a1=99_999), invented.signed(130, 9, b2=9, a1=99_999)
    )
    assert "N. Example, nurse, 02 Mar 2026 10:59 −05:00" in said
    assert "P. Example, physician, 02 Mar 2026 11:10 −05:00" in said
    assert "SIGNED" in said
    assert "closed, reviewed" in said


def test_what_was_changed_after_a_signature_is_counted_in_its_place():
    events = (invented.signed(120, 8, b2=8, a1=99_999), invented.event(130, "note", 9, text="late"))
    assert "AMENDED AFTER SIGNATURE" in first(*events)
    assert "AMENDED AFTER: 1" in first(*events)
    assert "AMENDED AFTER: b2:9" in later(*events)


def test_a_signature_without_a_review_says_that_nobody_reviewed():
    assert "closed, not reviewed" in first(invented.signed(120, 8, "entry_complete", b2=8, a1=99_999))


def test_a_session_that_was_not_treated_says_that_no_dose_was_given():
    said = first(invented.event(5, "session.not_treated", 3, reason="ate an hour ago"), dose=False)
    assert said.count("No dose given: ate an hour ago") == 2
    assert "No dose on record" not in said


def test_the_balance_of_a_drug_stands_with_its_people():
    said = later(
        invented.event(
            -5, "dose.drawn", 3, drug="ketamine", mg=50.0, lot="LOT-1", second_check_by={"name": "s.example"}
        ),
        invented.event(40, "dose.given", 4, drug="ketamine", mg=38.0, given_by=NURSE),
        invented.event(
            45, "dose.wasted", 5, drug="ketamine", mg=12.0, method="sink", wasted_by=NURSE, witness=NURSE
        ),
    )
    assert "drawn: ketamine 50 mg, lot LOT-1, second check by s.example (named, not authenticated)" in said
    assert "Balance of ketamine: drawn 50 mg, given 38, wasted 12, returned 0; difference 0 mg" in said


def test_every_nasal_device_is_listed_beside_what_was_given_in_all():
    spray = {"drug": "esketamine", "mg": 28.0}
    said = later(
        invented.event(0, "dose.device", 3, number=1, **spray),
        invented.event(5, "dose.device", 4, number=2, **spray),
        invented.event(6, "dose.given", 5, drug="esketamine", mg=56.0, given_by=NURSE),
        invented.event(20, "dose.vomited", 6, summary="Vomited: dose seen no"),
        dose=False,
    )
    assert "0 min (09:00)  nasal device 1: esketamine 28 mg" in said
    assert "5 min (09:05)  nasal device 2: esketamine 28 mg" in said
    assert "6 min (09:06)  given: esketamine 56 mg" in said
    assert "20 min (09:20)  Vomited: dose seen no" in said


def test_scores_stand_whole_on_a_later_page_with_how_they_are_added_up():
    said = later(invented.score(-12, "phq9", 3, {str(i): 2 for i in range(1, 10)}, state="week 2"))
    assert "PHQ-9 18 (0 to 27), moderately severe; item 9 = 2 (phq9-en; answered by the patient" in said
    assert "PHQ-9 (phq9-en): sum of 9 items, 0 to 27; only where all are answered" in said


def test_item_9_and_a_level_stand_on_the_first_page_where_they_are_not_none():
    form = {str(i): 1 for i in range(1, 10)}
    said = first(
        invented.score(-12, "phq9", 3, form), invented.score(-11, "cssrs", 4, {"1": 1, "2": 0, "6": 0})
    )
    assert "PHQ-9 item 9 = 1; C-SSRS: low" in said
    assert "item 9" not in first(invented.score(-12, "phq9", 3, form | {"9": 0}))


def test_staff_and_handovers_stand_on_a_later_page():
    said = later(
        invented.event(
            -10, "staff.present", 3, person=NURSE, role="nurse", summary="n.example present as nurse"
        ),
        invented.event(50, "staff.handover", 4, giver=NURSE, taker=NURSE, summary="Handover from n. to s."),
    )
    assert "−10 min (08:50)  n.example present as nurse (by nurse.example)" in said
    assert "50 min (09:50)  Handover from n. to s. (by nurse.example)" in said


@pytest.mark.parametrize("kind", ["gap.reason", "downtime", "rems.submitted", "check.consent"])
def test_what_has_no_number_on_the_first_page_stands_on_a_later_one(kind):
    assert "50 min (09:50)  invented words (by nurse.example)" in later(
        invented.event(50, kind, 9, summary="invented words")
    )


def test_a_marker_of_sedation_is_judged_by_the_scores():
    said = later(
        *(invented.score(m, "moaas", 10 + i, {"1": v}) for i, (m, v) in enumerate([(10, 5), (20, 3)]))
    )
    assert "MOAA/S 3 or lower (responds only to loud or repeated name): MOAA/S by hand 1 of 2" in said


@pytest.mark.parametrize("days", [1, 5])
def test_a_dose_of_days_before_does_not_stretch_the_axis(days):
    before = days * 1440
    early = [{**event, "happened_at": invented.at(-before)} for event in invented.infusion()[:1]]
    made = invented.session(invented.cycles(), early)
    page = words(draw_page(replace(made, opened_at=invented.OPENED))[0])
    opened = before - 18
    shown = [
        float(text.replace("−", "-")) for text in page if text.replace("−", "").isdigit() and len(text) >= 4
    ]
    assert all(opened - 60 <= minute <= opened + 180 for minute in shown if minute > 200)
    assert any(line.startswith("← ketamine 40\u00a0mg") and "before the opening" in line for line in page)


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]
