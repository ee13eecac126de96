"""The commands that correct what stands in the wrong place, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ledgers import Hands, desk_at, open_session

from logger.clock import wall
from logger.sessions import open_ledger


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
