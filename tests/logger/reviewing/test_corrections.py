"""What people change about readings: every old row stays, and says what became of it."""

from __future__ import annotations

import math

import pytest
from ledgers import NURSE
from told_sessions import at, cuff, events, excludes, iso, ref, rows, spo2


def test_an_amendment_adds_a_row_and_keeps_the_old_one_superseded(room):
    typed = room.types(nibp_sys=185, nibp_dia=88)
    amend = room.says("amend", target=typed.ref, changes={"nibp_sys": 158}, reason="typed wrong")
    old, other, new = rows(room)
    assert (old["value"], old["superseded_by"]) == (185.0, amend.ref)
    assert (other["value"], other["superseded_by"]) == (88.0, "")
    assert (new["value"], new["superseded_by"], ref(new), new["entered_by"]) == (158.0, "", amend.ref, NURSE)
    assert (new["at"], new["measured_at"], new["source"]) == (old["at"], old["measured_at"], "manual")


def test_an_amendment_can_be_amended(room):
    typed = room.types(nibp_sys=185)
    first = room.says("amend", target=typed.ref, changes={"nibp_sys": 158}, reason="x")
    second = room.says("amend", target=first.ref, changes={"nibp_sys": 156}, reason="y")
    assert [(row["value"], row["superseded_by"]) for row in rows(room)] == [
        (185.0, first.ref),
        (158.0, second.ref),
        (156.0, ""),
    ]
    assert [event["superseded_by"] for event in events(room)[-2:]] == [second.ref, ""]


def test_a_second_correction_under_the_first_name_corrects_what_stands_there_now(room):
    typed = room.types(nibp_sys=185)
    first = room.says("amend", target=typed.ref, changes={"nibp_sys": 158}, reason="x")
    second = room.says("amend", target=typed.ref, changes={"nibp_sys": 150}, reason="typed once more")
    assert [(row["value"], row["superseded_by"]) for row in rows(room)] == [
        (185.0, first.ref),
        (158.0, second.ref),
        (150.0, ""),
    ]


def test_an_exclusion_under_the_first_name_excludes_what_stands_there_now(room):
    typed = room.types(nibp_sys=185)
    room.says("amend", target=typed.ref, changes={"nibp_sys": 158}, reason="x")
    room.says("exclude", target=typed.ref, reason="cuff on the bent arm")
    assert [row["excluded"] for row in rows(room)] == [True, True]


def test_rows_stand_in_the_order_of_their_measurement(room):
    room.types(nibp_sys=120)
    room.types(nibp_sys=110, happened_at=iso(-60))
    assert [row["value"] for row in rows(room)] == [110.0, 120.0]


@pytest.mark.parametrize(
    "said",
    [{"value": None, "reason": "failed"}, {"value": 999.0, "quality": "invalid", "reason": "weak"}],
)
def test_a_persons_number_counts_whatever_the_device_said_against_its_own(room, said):
    heard = room.heard(cuff(**said))
    room.says("amend", target=heard.ref, changes={"nibp_sys": 120}, reason="read from the screen")
    new = rows(room)[-1]
    assert (new["value"], new["reason"], new["quality"]) == (120.0, "", "good")


def test_a_value_that_is_taken_back_is_nan_with_a_reason(room):
    typed = room.types(spo2=79)
    room.says("amend", target=typed.ref, changes={"spo2": None}, reason="the other patient's")
    new = rows(room)[-1]
    assert (math.isnan(new["value"]), new["reason"]) == (True, "amended")


def test_a_held_value_that_is_amended_stays_held(room):
    heard = room.heard(cuff(reason="held", quality="invalid"))
    room.says("amend", target=heard.ref, changes={"nibp_sys": 130}, reason="read from the screen")
    new = rows(room)[-1]
    assert (new["value"], new["reason"], new["quality"]) == (130.0, "held", "invalid")


def test_a_held_value_that_was_amended_is_claimed_under_its_first_name(room):
    held = room.heard(cuff(reason="held", quality="invalid"))
    amend = room.says("amend", target=held.ref, changes={"nibp_sys": 130}, reason="read from the screen")
    adopt = room.says("adopt", target=held.ref, taken_at=iso(-60), reason="seen to be taken")
    said = {(row["value"], row["reason"], row["superseded_by"]) for row in rows(room)}
    assert said == {(120.0, "held", amend.ref), (130.0, "held", adopt.ref), (130.0, "", "")}


def test_a_held_value_that_is_claimed_is_a_reading_of_the_time_it_was_taken(room):
    held = room.heard(cuff(reason="held", quality="invalid"), spo2())
    adopt = room.says("adopt", target=held.ref, taken_at=iso(-120), reason="seen to be taken")
    new, old, other = rows(room)
    assert (old["reason"], old["quality"], old["superseded_by"]) == ("held", "invalid", adopt.ref)
    assert other["superseded_by"] == ""
    assert (new["value"], new["reason"], new["quality"]) == (120.0, "", "good")
    assert (new["measured_at"], new["at"], ref(new), new["entered_by"]) == (at(-120), at(1), adopt.ref, NURSE)


def test_one_record_can_be_excluded_and_taken_back(room):
    first, second = room.heard(spo2()), room.heard(spo2())
    room.says("exclude", target=first.ref, reason="sensor on the cuff's arm")
    assert [row["excluded"] for row in rows(room)] == [True, False]
    room.says("exclude", target=second.ref, reason="x")
    room.says("exclude", target=first.ref, reason="it was the other arm", undo=True)
    assert [row["excluded"] for row in rows(room)] == [False, True]


@pytest.mark.parametrize(
    ("span", "excluded"),
    [
        ({}, [True, True, True]),
        ({"start": 2}, [False, True, True]),
        ({"end": 2}, [True, True, False]),
        ({"start": 2, "end": 2}, [False, True, False]),
        ({"start": 4}, [False, False, False]),
    ],
)
def test_a_span_of_one_vital_is_excluded_with_its_edges(room, span, excluded):
    for _ in range(3):
        room.heard(spo2(), {"vital": "ecg_hr", "value": 72.0})
    excludes(room, "spo2", **span)
    assert [row["excluded"] for row in rows(room, "spo2")] == excluded
    assert [row["excluded"] for row in rows(room, "ecg_hr")] == [False] * 3


def test_a_span_is_one_of_measurement_and_not_of_arrival(room):
    room.heard(cuff(measured_at=iso(-60)))
    excludes(room, "nibp_sys", end=-30)
    assert [row["excluded"] for row in rows(room)] == [True]


def test_what_is_typed_later_for_an_excluded_span_is_not_excluded(room):
    room.heard(spo2(60.0))
    excludes(room, "spo2", start=0, end=10)
    room.types(spo2=97, happened_at=iso(1))
    assert [(row["value"], row["excluded"]) for row in rows(room)] == [(60.0, True), (97.0, False)]
