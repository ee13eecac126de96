from typing import Any

import invented_sessions as invented
import pytest

from analysis.signatures import Signatures, signatures_of

INFUSION = invented.infusion()


def signed(*events: dict[str, Any], readings: list[dict[str, Any]] | None = None) -> Signatures:
    return signatures_of(invented.session(readings or [], [*INFUSION, *events]))


def sign(minute: float, seq: int, meaning: str = "review", **counts: int) -> dict[str, Any]:
    return invented.signed(minute, seq, meaning, **{"b2": seq, **counts})


def test_a_session_that_nobody_signed_is_a_draft():
    assert signed().state == "DRAFT"


def test_a_signature_over_all_that_was_entered_stands():
    found = signed(sign(120, 3))
    assert (found.state, found.standing[0].name, found.standing[0].changes) == ("SIGNED", "P. Example", ())


@pytest.mark.parametrize(
    "kind", ["amend", "exclude", "move", "note", "effect.report", "discharge", "check.room"]
)
def test_what_a_person_enters_after_a_signature_is_not_covered_by_it(kind):
    found = signed(sign(120, 3), invented.event(130, kind, 4))
    assert (found.state, found.standing[0].changes) == ("AMENDED AFTER SIGNATURE", ("b2:4",))


@pytest.mark.parametrize("kind", ["close", "followup", "rems.submitted", "clock", "link", "pump.state"])
def test_what_is_meant_to_come_afterwards_leaves_a_signature_as_it_is(kind):
    assert signed(sign(120, 3), invented.event(130, kind, 4)).state == "SIGNED"


def test_a_signature_of_the_same_meaning_takes_the_place_of_the_one_before():
    amend = invented.event(130, "amend", 4)
    assert signed(sign(120, 3), amend, sign(140, 5)).state == "SIGNED"
    assert signed(sign(120, 3), amend, sign(140, 5, "entry_complete")).state == "AMENDED AFTER SIGNATURE"


def test_an_entry_of_another_writer_that_came_in_later_is_not_covered():
    forwarded = {**invented.event(50, "note", 0), "writer": "c3"}
    found = signed(sign(120, 3), forwarded)
    assert found.standing[0].changes == ("c3:0",)


def test_a_reading_typed_after_a_signature_is_not_covered_whatever_time_it_states():
    late = invented.cuff(30, 150, 90, 9, writer="b2", source="manual", entered_by="nurse.example")
    assert signed(sign(120, 3), readings=late).standing[0].changes == ("b2:9",)


def test_readings_after_the_patient_has_left_belong_to_no_signature():
    heard = invented.cuff(119, 150, 90, 9)
    assert signed(sign(120, 3), readings=heard).state == "SIGNED"
    assert signed(sign(120, 3), readings=invented.cuff(50, 150, 90, 9)).state != "SIGNED"
    assert signed(sign(120, 3, a1=10), readings=invented.cuff(50, 150, 90, 9)).state == "SIGNED"


def test_each_meaning_has_its_last_signature():
    found = signed(sign(119, 3, "entry_complete"), sign(121, 4), sign(125, 5, "qa"))
    assert [each.meaning for each in found.standing] == ["entry_complete", "review", "qa"]
    assert found.latest("qa") is found.standing[2]
