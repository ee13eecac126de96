"""The desk: what is said becomes a record; the end of a session closes its chains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledgers import NOON, NURSE, Hands, Nurse, at, desk_at, kinds_of, reading

from logger.clock import SECOND
from logger.errors import BadEntry
from logger.keeping.verifying import verify_session
from logger.ledger import audit


@pytest.fixture
def nurse(tmp_path: Path) -> Iterator[Nurse]:
    hands = Hands()
    desk = desk_at(tmp_path / "clinic.db", hands)
    yield Nurse(desk, hands)
    desk.close()


def test_an_entry_is_stamped_with_the_session_clock_and_returned_as_it_stands(nurse):
    nurse.hands.move(61)
    written = nurse.says("note", text="calm")
    assert (written.at, written.author) == (NOON + 61 * SECOND, NURSE)
    assert written.payload == '{"text":"calm","v":1}'
    assert nurse.records()[-1] == written


def test_an_entry_can_be_looked_at_before_it_is_recorded(nurse):
    checked = nurse.desk.check(nurse.session, "note", NURSE, {"text": "calm"})
    assert len(nurse.records()) == 2
    assert nurse.desk.commit(checked) == nurse.records()[2]


def test_what_is_refused_leaves_no_record(nurse):
    with pytest.raises(BadEntry):
        nurse.says("note")
    assert len(nurse.records()) == 2


# The end.


def test_the_end_of_a_session_closes_its_chain_with_the_right_count(nurse):
    nurse.says("note", text="x")
    nurse.hands.move(60)
    ended = nurse.says("session.end", reason="went home")
    records = nurse.records()
    assert kinds_of(records) == ["session.open", "clock", "note", "session.end", "close"]
    assert records[3] == ended
    assert json.loads(records[4].payload) == {"count": 4, "head": ended.digest, "v": 1}
    row = nurse.desk.file(nurse.session).row
    assert (row["state"], row["ended_at"], row["closed_at"]) == ("closed", ended.at, ended.at)


def test_a_session_may_have_ended_before_it_is_said(nurse):
    nurse.hands.move(600)
    ended = nurse.says("session.end", happened_at=at(300))
    row = nurse.desk.file(nurse.session).row
    assert (row["ended_at"], row["closed_at"]) == (NOON + 300 * SECOND, ended.at)


def test_the_end_follows_a_record_that_is_stamped_ahead_of_it(nurse):
    nurse.desk.store.append([reading(nurse.session, NOON + SECOND, spo2=97.0)])
    nurse.says("session.end")
    (chain,) = audit.verify(nurse.records())
    assert (chain.closed, nurse.desk.file(nurse.session).row["ended_at"]) == (True, NOON + SECOND)


def test_what_is_entered_after_the_closing_chains_on_and_verifies(nurse, tmp_path):
    nurse.says("session.end")
    nurse.says("note", text="the form was found")
    nurse.says("effect.report", term="nausea", severity="mild", happened_at=at(-60))
    verdict = verify_session(nurse.desk.file(nurse.session), tmp_path)
    assert (verdict["ok"], verdict["writers"][0]["records"]) == (True, 6)
    assert nurse.desk.file(nurse.session).row["state"] == "closed"


def test_a_session_that_was_begun_on_another_machine_closes_whole(nurse, tmp_path, monkeypatch):
    old = nurse.records()
    nurse.desk.close()
    monkeypatch.setattr("logger.clock.machine_id", lambda: "another machine")
    moved = desk_at(tmp_path / "clinic.db", nurse.hands)
    moved.append(nurse.session, "session.end", NURSE, {})
    file = moved.file(nurse.session)
    closing = next(record for record in file.records if record.kind == "session.close_without")
    said = json.loads(closing.payload)
    assert (said["writer"], said["count"], said["head"]) == (old[0].writer, 2, old[-1].digest)
    assert verify_session(file, tmp_path)["ok"]
    moved.close()


# What can be asked.


def test_a_file_can_be_had_in_pages(nurse):
    nurse.says("note", text="x")
    whole = nurse.desk.file(nurse.session)
    page = nurse.desk.file(nurse.session, {whole.records[0].writer: 0}, 1)
    assert (page.row, page.records) == (whole.row, whole.records[1:2])


def test_the_desk_says_whose_ledger_it_is_and_what_time(nurse):
    status = nurse.desk.status()
    assert (status.pid, status.writer, status.now) == (1, nurse.desk.store.writer, NOON)
    assert [(row["id"], row["records"]) for row in status.sessions] == [(nurse.session, 2)]
