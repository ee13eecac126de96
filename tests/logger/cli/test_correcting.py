"""The commands that correct what stands in the wrong place, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ledgers import Hands, desk_at, open_session

from logger.clock import wall
from logger.entering.sessions import open_ledger


@pytest.fixture
def rooms(database: Path) -> tuple[str, str]:
    """Two open sessions of two patients."""
    desk = desk_at(database, Hands(wall=wall()))
    try:
        return open_session(desk, "1", patient="INVENTED-1"), open_session(desk, "2", patient="INVENTED-2")
    finally:
        desk.close()


def file_of(database: Path, session: str):
    desk = open_ledger(f"sqlite:///{database}")
    try:
        return desk.file(session)
    finally:
        desk.close()


def test_an_entry_is_moved_to_the_room_it_was_meant_for(command, database, rooms):
    here, there = rooms
    wrong = command("note", "sat up", "--room", "1").out.strip()
    moved = command("move", wrong, "--to", there, "--reason", "wrong room", "--room", "1", "--second", "b.b")
    assert moved.status == 0, moved.complaint
    arrived = json.loads(file_of(database, there).records[-1].payload)
    assert (arrived["text"], arrived["origin"]["session"]) == ("sat up", here)


def test_a_session_goes_to_the_right_patient_and_what_was_taken_out_is_listed(
    command, database, rooms, tmp_path
):
    here, _ = rooms
    command("chart", here, "--out", str(tmp_path / "page.svg"))
    answer = command("rebind", "INVENTED-1", "INVENTED-9", "--reason", "namesake", "--session", here)
    assert answer.status == 0, answer.complaint
    assert "taken out under the wrong name: charted" in answer.complaint
    assert file_of(database, here).row["patient"] == "INVENTED-9"
    listed = {row["session"]: row["patient"] for row in command("sessions", "--json").json}
    assert listed[here] == "INVENTED-9"


def test_a_session_of_another_patient_than_was_named_is_left_alone(command, rooms):
    answer = command("rebind", "INVENTED-7", "INVENTED-9", "--reason", "x", "--session", rooms[0])
    assert (answer.status, "is of patient INVENTED-1" in answer.complaint) == (2, True)


def test_a_move_to_a_session_that_is_not_there_is_refused(command, rooms):
    wrong = command("note", "x", "--room", "1").out.strip()
    answer = command("move", wrong, "--to", "nowhere", "--reason", "x", "--room", "1")
    assert (answer.status, "no session nowhere" in answer.complaint) == (3, True)


def test_an_entry_of_nobody_is_owned(command, database, rooms):
    kept = command("note", "x", "--author", "unattributed", "--room", "1").out.strip()
    owned = command("attribute", kept, "--reason", "mine", "--author", "n.n", "--room", "1")
    assert owned.status == 0, owned.complaint
    assert file_of(database, rooms[0]).records[-1].author == "n.n"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("move", "--reason", "x", "--to", "s"), "one record, or a device with the time"),
        (("exclude", "--reason", "x"), "either a REF, or --vital"),
    ],
)
def test_what_means_nothing_is_refused(command, rooms, words, why):
    answer = command(*words, "--room", "1")
    assert (answer.status, why in answer.complaint) == (2, True), answer.complaint


# An entry made anew.


def entered(database: Path, session: str) -> dict[str, object]:
    """Return what the last record of a session enters anew."""
    return json.loads(file_of(database, session).records[-1].payload)["entry"]


def test_an_entry_made_anew_is_kept_as_its_model_has_it_and_not_as_it_was_typed(command, database, rooms):
    wrong = command("check", "weight", "kg=80", "how=stated", "--room", "1").out.strip()
    words = ("kg= 90", "how=measured", "measured_on=2026-09-01")
    assert command("correct", wrong, *words, "--reason", "typed", "--room", "1").complaint == ""
    kept = {"v": 1, "kg": 90.0, "how": "measured", "measured_on": "2026-09-01"}
    assert entered(database, rooms[0]) == kept
    shown = command("show", rooms[0])
    assert (shown.status, "90 kg" in shown.out) == (0, True), shown.complaint


def test_the_time_of_a_correction_is_when_the_entry_happened(command, database, rooms):
    wrong = command("dose", "start", "--drug", "ketamine", "--room", "1").out.strip()
    words = ("drug=ketamine", "mg=40", "--at", "-10")
    assert command("correct", wrong, *words, "--reason", "earlier", "--room", "1").complaint == ""
    said = json.loads(file_of(database, rooms[0]).records[-1].payload)
    assert "happened_at" in said["entry"]
    assert "happened_at" not in said


def test_a_time_within_an_entry_is_read_on_the_clinics_clock(command, database, rooms):
    wrong = command("check", "intake", "last_food=-300", "--room", "1").out.strip()
    assert command("correct", wrong, "last_food=-90", "--reason", "x", "--room", "1").complaint == ""
    assert str(entered(database, rooms[0])["last_food"]).endswith("Z")


def test_a_correction_is_corrected_by_its_own_reference(command, database, rooms):
    wrong = command("effect", "nausea", "--severity", "mild", "--room", "1").out.strip()
    again = command("correct", wrong, "term=nausea", "severity=severe", "--reason", "x", "--room", "1")
    words = ("term=dizziness", "severity=mild", "--reason", "y", "--room", "1")
    assert command("correct", again.out.strip(), *words).complaint == ""
    assert entered(database, rooms[0])["term"] == "dizziness"


def test_a_score_is_corrected_answer_by_answer(command, database, rooms):
    wrong = command("score", "moaas", "4", "--room", "1").out.strip()
    words = ("instrument=moaas", "answers.1=3", "answered_by=clinician", "--reason", "x", "--room", "1")
    assert command("correct", wrong, *words).complaint == ""
    anew = entered(database, rooms[0])
    assert (anew["version"], anew["answers"]) == ("moaas-5", {"1": 3})


def test_a_discharge_is_corrected_item_by_item(command, database, rooms):
    wrong = command("discharge", "gait=yes", "--decided-by", "p.p", "--role", "physician", "--room", "1")
    words = ("items.gait=no:unsteady", "decided_by=p.p", "role=physician", "escort_present=yes")
    answer = command("correct", wrong.out.strip(), *words, "--reason", "x", "--room", "1")
    assert answer.complaint == ""
    assert entered(database, rooms[0])["items"] == {"gait": {"answer": "no", "reason": "unsteady"}}


def test_for_a_reading_there_is_another_command(command, rooms):
    typed = command("vital", "nibp_sys=185", "--room", "1").out.strip()
    answer = command("correct", typed, "nibp_sys=158", "--reason", "x", "--room", "1")
    assert (answer.status, "`infusionlog amend` takes its new values" in answer.complaint) == (2, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("kg=heavy", "how=stated"), "kg: Input should be a valid number"),
        (("kg=80", "how=stated", "--at", "2099-01-01T00:00"), "has not come yet"),
        (("kg.1=80", "how=stated"), "write FIELD=VALUE with one of kg, how"),
    ],
)
def test_an_entry_that_no_new_one_could_be_is_refused(command, rooms, words, why):
    wrong = command("check", "weight", "kg=80", "how=stated", "--room", "1").out.strip()
    answer = command("correct", wrong, *words, "--reason", "x", "--room", "1")
    assert (answer.status, why in answer.complaint) == (2, True), answer.complaint
