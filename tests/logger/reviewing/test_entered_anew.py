"""Entries that were wrong: entered anew or withdrawn, and where the session ends for its readings."""

from __future__ import annotations

import json

import pytest
from ledgers import NURSE, open_session
from told_sessions import events, iso, rows, spo2

from logger.entering.handing import open_effects
from logger.errors import BadEntry
from logger.kinds import Amend, canonical
from logger.ledger.models import Entry

DISCHARGE = {"decided_by": {"name": "p.example"}, "role": "physician", "escort_present": True}


def live(room, kind: str) -> list[dict[str, object]]:
    found = [event for event in events(room) if event["kind"] == kind and event["superseded_by"] == ""]
    return [event["payload"] | {"at_": event["happened_at"]} for event in found]


def test_an_entry_made_anew_takes_the_old_ones_place_and_time(room):
    wrong = room.says("effect.report", term="nausea", severity="mild", happened_at=iso(-30))
    anew = room.says("amend", target=wrong.ref, entry={"term": "nausea", "severity": "severe"}, reason="x")
    (effect,) = live(room, "effect.report")
    assert (effect["severity"], effect["at_"].isoformat()) == ("severe", iso(-30))
    old = next(event for event in events(room) if event["seq"] == wrong.seq)
    assert old["superseded_by"] == anew.ref


def test_an_entry_made_anew_can_be_made_anew_again(room):
    wrong = room.says("effect.report", term="nausea", severity="mild")
    first = room.says("amend", target=wrong.ref, entry={"term": "nausea", "severity": "severe"}, reason="x")
    room.says("amend", target=first.ref, entry={"term": "dizziness", "severity": "mild"}, reason="y")
    assert [effect["term"] for effect in live(room, "effect.report")] == ["dizziness"]


def test_a_second_correction_under_the_first_name_takes_the_firsts_place(room):
    dose = {"drug": "ketamine", "route": "IV", "given_by": {"name": "n"}}
    given = room.says("dose.given", mg=40, **dose)
    first = room.says("amend", target=given.ref, entry=dose | {"mg": 45}, reason="x")
    second = room.says("amend", target=given.ref, entry=dose | {"mg": 50}, reason="y")
    assert [one["mg"] for one in live(room, "dose.given")] == [50.0]
    replaced = {event["seq"]: event["superseded_by"] for event in events(room)}
    assert (replaced[given.seq], replaced[first.seq]) == (first.ref, second.ref)


@pytest.mark.parametrize("named", [0, 1, 2])
def test_a_withdrawal_takes_the_whole_line_back_whichever_of_its_names_it_gives(room, named):
    wrong = room.says("effect.report", term="nausea", severity="mild")
    line = [wrong]
    for term in ("headache", "dizziness"):
        entry = {"term": term, "severity": "mild"}
        line.append(room.says("amend", target=wrong.ref, entry=entry, reason="x"))
    room.says("amend", target=line[named].ref, withdrawn=True, reason="the other patient's")
    assert live(room, "effect.report") == []
    assert open_effects(room.desk.file(room.session).records) == []


def test_a_correction_keeps_the_time_that_the_one_before_it_gave(room):
    wrong = room.says("effect.report", term="nausea", severity="mild", happened_at=iso(-30))
    moved = {"term": "nausea", "severity": "mild", "happened_at": iso(-20)}
    room.says("amend", target=wrong.ref, entry=moved, reason="later")
    room.says("amend", target=wrong.ref, entry={"term": "headache", "severity": "mild"}, reason="y")
    (effect,) = live(room, "effect.report")
    assert (effect["term"], effect["at_"].isoformat()) == ("headache", iso(-20))


def test_a_new_entry_may_state_another_time(room):
    wrong = room.says("infusion.start", drug="ketamine", mg=40)
    entry = {"drug": "ketamine", "mg": 40, "happened_at": iso(-5)}
    room.says("amend", target=wrong.ref, entry=entry, reason="started earlier")
    assert [start["at_"].isoformat() for start in live(room, "infusion.start")] == [iso(-5)]


def test_a_new_entry_is_of_the_old_ones_form(room):
    wrong = room.says("effect.report", term="nausea", severity="mild")
    with pytest.raises(BadEntry, match="severity"):
        room.says("amend", target=wrong.ref, entry={"term": "nausea"}, reason="x")


def test_what_was_typed_into_a_correction_by_an_earlier_program_is_read_in_its_form(room):
    wrong = room.says("check.weight", kg=80, how="stated")
    typed = Amend(target=wrong.ref, entry={"kg": "90", "how": "stated"}, reason="x")
    room.said("amend", typed)
    assert [weight["kg"] for weight in live(room, "check.weight")] == [90.0]


def test_a_withdrawn_entry_stays_readable_and_counts_no_more(room):
    tapped = room.says("effect.report", term="nausea", severity="mild")
    room.says("amend", target=tapped.ref, withdrawn=True, reason="mis-tap")
    assert live(room, "effect.report") == []
    assert tapped.seq in [event["seq"] for event in events(room)]
    assert open_effects(room.desk.file(room.session).records) == []


def test_a_typed_reading_is_withdrawn_and_a_devices_is_excluded_instead(room):
    typed, heard = room.types(spo2=97), room.heard(spo2(96))
    taken_back = room.says("amend", target=typed.ref, withdrawn=True, reason="the other patient's")
    assert [row["superseded_by"] for row in rows(room)] == [taken_back.ref, ""]
    with pytest.raises(BadEntry, match="not entered anew or withdrawn"):
        room.says("amend", target=heard.ref, withdrawn=True, reason="x")


@pytest.mark.parametrize(
    ("entry", "stands"),
    [
        ({"kg": "90", "how": "measured"}, [90.0]),  # as ledgers kept it once: as it was typed
        ({"kg": "much", "how": "measured"}, []),
        ({"kg": "90", "how": "measured", "happened_at": "soon"}, []),
    ],
)
def test_a_new_entry_that_was_kept_as_typed_is_read_by_its_form_and_one_of_no_form_counts_nothing(
    room, entry, stands
):
    wrong = room.says("check.weight", kg=80, how="stated")
    said = canonical({"v": 1, "target": wrong.ref, "reason": "x", "entry": entry})
    room.desk.store.append([Entry(room.session, room.desk.clock.now(), "amend", NURSE, said)])
    assert [weight["kg"] for weight in live(room, "check.weight")] == stands
    assert f"{wrong.ref} entered anew: x" in [event["summary"] for event in events(room)]


@pytest.mark.parametrize(
    "said", [{}, {"changes": {"spo2": 97}, "withdrawn": True}, {"entry": {}, "withdrawn": True}]
)
def test_an_amendment_is_one_of_three(room, said):
    typed = room.types(spo2=79)
    with pytest.raises(BadEntry, match="one of the three"):
        room.says("amend", target=typed.ref, reason="x", **said)


def test_readings_end_where_the_patient_leaves(room):
    room.heard(spo2(97))
    room.says("discharge", **DISCHARGE)
    room.heard(spo2(55))
    assert [row["value"] for row in rows(room)] == [97.0]
    assert room.table().ended_at == live(room, "discharge")[0]["at_"]


def test_a_discharge_stated_too_early_hides_nothing_that_a_person_typed(room):
    room.hands.move(600)
    room.heard(spo2(55))
    typed = room.types(spo2=97)
    room.says("discharge", happened_at=iso(60), **DISCHARGE)
    assert [(row["value"], row["seq"]) for row in rows(room)] == [(97.0, typed.seq)]


def test_a_discharge_that_was_withdrawn_ends_nothing(room):
    left = room.says("discharge", **DISCHARGE)
    room.says("amend", target=left.ref, withdrawn=True, reason="came back")
    room.heard(spo2(96))
    assert [row["value"] for row in rows(room)] == [96.0]


def test_a_handover_lists_what_has_not_ended(room):
    for term in ("nausea", "dizziness", "nausea"):
        room.says("effect.report", term=term, severity="mild")
    room.says("effect.resolved", term="dizziness")
    assert open_effects(room.desk.file(room.session).records) == ["nausea"]


def test_a_handover_lists_effects_as_they_were_corrected_and_none_that_was_moved_away(room):
    nausea, headache = (
        room.says("effect.report", term=term, severity="mild") for term in ("nausea", "headache")
    )
    entry = {"term": "dizziness", "severity": "mild"}
    room.says("amend", target=nausea.ref, entry=entry, reason="was no nausea")
    other = open_session(room.desk, "2", patient="INVENTED-2")
    room.says("move", direction="out", session=other, target=headache.ref, reason="the other room's")
    assert open_effects(room.desk.file(room.session).records) == ["dizziness"]
    assert open_effects(room.desk.file(other).records) == ["headache"]


def test_an_effect_that_ended_is_not_open_again_once_its_report_is_corrected(room):
    effect = room.says("effect.report", term="nausea", severity="mild")
    room.says("effect.resolved", term="nausea")
    entry = {"term": "nausea", "severity": "severe"}
    room.says("amend", target=effect.ref, entry=entry, reason="was worse")
    assert open_effects(room.desk.file(room.session).records) == []


def test_a_reason_for_a_gap_covers_a_time_that_runs_forward(room):
    with pytest.raises(BadEntry, match="ends before it starts"):
        room.says("gap.reason", start=iso(0), end=iso(-60), reason="x")
    kept = room.says("gap.reason", start=iso(-60), end=iso(0), reason="went to the toilet")
    assert json.loads(kept.payload)["reason"] == "went to the toilet"
