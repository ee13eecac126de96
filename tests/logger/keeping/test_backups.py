"""The drill: record, back up while recording, restore on another machine, verify, draw, go on."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledgers import NURSE, desk_at, open_session, opening, reading, url_of
from rooms import ledger, readings, recording

from logger.clock import SECOND
from logger.entering.desk import LedgerDesk
from logger.errors import LedgerUnusable
from logger.keeping.backups import backup, restore
from logger.keeping.verifying import verify_ledger, verify_session
from logger.kinds import Link, text_of
from logger.ledger.capture import capture_folder
from logger.ledger.copying import quarantined
from logger.ledger.models import Entry
from logger.ledger.store import Store
from logger.people.accounts import People
from logger.recording.one_session import start_recorder, wanted_devices
from logger.reviewing.frames import build

USER = "admin.example"


def test_a_ledger_is_backed_up_while_it_is_recorded_and_goes_on_on_another_machine(tmp_path, monkeypatch):
    here, disk, there = tmp_path / "room.db", tmp_path / "usb" / "backup.db", tmp_path / "new" / "clinic.db"
    with recording(here, "nonin=simulate:nonin") as room:
        room.wait_for(lambda records: len(readings(records)) >= 2)
        first = backup(room.nurse, here, disk, USER)
        room.wait_for(lambda records: len(readings(records)) >= 4)
        second = backup(room.nurse, here, disk, USER)
        room.nurse.append(room.session, "note", NURSE, {"text": "the recorder has gone on meanwhile"})
    assert (first.sessions, first.problems, second.problems) == (1, (), ())
    assert first.received.records > 0 < second.received.records
    assert first.received.duplicates == second.received.duplicates == 0

    monkeypatch.setattr("logger.clock.machine_id", lambda: "another machine")
    copied, answer = restore(disk, url_of(there), USER)
    assert (copied.problems, answer["ok"]) == ((), True)
    with ledger(there) as desk:
        before = desk.file(room.session).records
        assert {one.writer for one in before} != {desk.store.writer}
        assert not build(desk.file(room.session)).readings.empty
        go_on(desk)
        file = desk.file(room.session)
    assert (file.row["state"], file.records[: len(before)]) == ("closed", before)
    verdict = verify_session(file, there.parent)
    assert (verdict["ok"], len(verdict["writers"]), verdict["first_broken"]) == (True, 2, None)


def go_on(desk: LedgerDesk) -> None:
    """Resume the room's session on the machine that took over, and end it there."""
    recorder, session = start_recorder(desk, opening(), wanted_devices([]), lambda _: None)
    recorder.append(session, "session.end", NURSE, {})
    recorder.run()


def test_raw_captures_and_people_come_with_it(closed, tmp_path):
    closed.people.add("first", "a.admin", "A. Admin", "admin", "a good password")
    captures = capture_folder(closed.store.path, session_of(closed))
    captures.mkdir(parents=True)
    (captures / "monitor-0.bytes").write_bytes(b"SPO2=097")
    (captures / "monitor-0.times").write_text("0\t1\n")
    backup(closed, closed.store.path, tmp_path / "backup.db", USER)
    restore(tmp_path / "backup.db", url_of(tmp_path / "new.db"), USER)
    assert (
        capture_folder(tmp_path / "new.db", session_of(closed)) / "monitor-0.bytes"
    ).read_bytes() == b"SPO2=097"
    with ledger(tmp_path / "new.db") as desk:
        assert [user.name for user in desk.people.users()] == ["a.admin"]
        assert People(desk.store, desk.clock).signed_in("a.admin", "a good password").role == "admin"


def test_a_second_backup_brings_only_what_is_new(closed, tmp_path):
    backup(closed, closed.store.path, tmp_path / "backup.db", USER)
    closed.append(session_of(closed), "note", NURSE, {"text": "signed on paper"})
    again = backup(closed, closed.store.path, tmp_path / "backup.db", USER)
    assert (again.received.records, again.received.duplicates, again.captures) == (2, 0, 0)


def test_a_backup_is_a_ledger_that_verifies_as_it_stands(closed, tmp_path):
    backup(closed, closed.store.path, tmp_path / "backup.db", USER)
    with ledger(tmp_path / "backup.db") as desk:
        answer = verify_ledger(desk, tmp_path)
    assert (answer["ok"], [one["session"] for one in answer["sessions"]]) == (
        True,
        [session_of(closed), "system"],
    )


def test_who_backed_up_and_who_restored_stands_in_the_access_log(closed, tmp_path):
    backup(closed, closed.store.path, tmp_path / "backup.db", USER)
    restore(tmp_path / "backup.db", url_of(tmp_path / "new.db"), USER)
    with ledger(tmp_path / "new.db") as desk:
        said = [record.payload for record in desk.file("system").records]
    assert ['"event":"backup"' in said[0], '"event":"restore"' in said[-1]] == [True, True]


def test_a_capture_that_is_not_what_its_record_says_is_told(closed, tmp_path):
    said = Link(source="m", event="capture_closed", file="x/s/m-0.bytes", sha256="0" * 64)
    folder = capture_folder(closed.store.path, session_of(closed))
    folder.mkdir(parents=True)
    (folder / "m-0.bytes").write_bytes(b"forged")
    entry = Entry(session_of(closed), closed.clock.now(), "link", "recorder", text_of(said))
    record = closed.store.append([entry])[0]
    copied = backup(closed, closed.store.path, tmp_path / "backup.db", USER)
    assert copied.problems == (f"{session_of(closed)}: raw bytes m-0.bytes are not what {record.ref} says",)


def test_a_backup_of_a_ledger_that_was_set_back_is_a_fork_that_is_told(closed, tmp_path):
    """The file was brought back from a copy by hand, and its writer went on: two truths of one number."""
    backup(closed, closed.store.path, tmp_path / "backup.db", USER)
    session, writer = session_of(closed), closed.store.writer
    with closed.store.reading() as connection:
        last = connection.exec_driver_sql(
            "SELECT max(seq) FROM record WHERE session_id = ?", (session,)
        ).scalar()
    closed.store.commit(
        lambda connection: connection.exec_driver_sql(
            "DELETE FROM record WHERE session_id = ? AND seq = ?", (session, last)
        )
    )
    closed.store._tails.clear()
    closed.append(session, "note", NURSE, {"text": "another truth"})
    closed.append(session, "note", NURSE, {"text": "and more of it"})
    copied = backup(closed, closed.store.path, tmp_path / "backup.db", USER)
    assert any(f"record {writer}:" in problem for problem in copied.problems), copied.problems
    with Store(url_of(tmp_path / "backup.db")) as store:
        assert quarantined(store)


@pytest.mark.parametrize(
    ("source", "target", "says"),
    [("none.db", "new.db", "there is no backup"), ("backup.db", "clinic.db", "there is a ledger already")],
)
def test_nothing_is_restored_from_nothing_or_over_a_ledger(closed, tmp_path, source, target, says):
    backup(closed, closed.store.path, tmp_path / "backup.db", USER)
    with pytest.raises(LedgerUnusable, match=says):
        restore(tmp_path / source, url_of(tmp_path / target), USER)


def test_a_ledger_is_not_backed_up_into_another_clinics(closed, hands, tmp_path):
    other = desk_at(tmp_path / "other.db", hands)
    kept = open_session(other)
    other.close()
    with pytest.raises(LedgerUnusable, match="holds another ledger, which stays as it is"):
        backup(closed, closed.store.path, tmp_path / "other.db", USER)
    with Store(url_of(tmp_path / "other.db")) as store:
        assert [row["id"] for row in store.sessions()] == [kept]


@pytest.mark.parametrize("altered", ["clinic.db", "backup.db"])
def test_a_capture_whose_copy_has_as_many_bytes_and_others_is_told(closed, tmp_path, altered):
    folder = capture_folder(closed.store.path, session_of(closed))
    folder.mkdir(parents=True)
    (folder / "m-0.bytes").write_bytes(b"SPO2=097")
    backup(closed, closed.store.path, tmp_path / "backup.db", USER)
    (capture_folder(tmp_path / altered, session_of(closed)) / "m-0.bytes").write_bytes(b"SPO2=079")
    [problem] = backup(closed, closed.store.path, tmp_path / "backup.db", USER).problems
    assert "one of both was altered" in problem


def test_a_ledger_is_not_backed_up_into_itself(closed):
    with pytest.raises(LedgerUnusable, match="is the ledger itself"):
        backup(closed, closed.store.path, closed.store.path, USER)


def test_an_identity_comes_with_it(closed, tmp_path: Path):
    backup(closed, closed.store.path, tmp_path / "backup.db", USER)
    with ledger(tmp_path / "backup.db") as desk:
        assert desk.file(session_of(closed)).patient["name"] == "DEMO, Example"


@pytest.fixture
def closed(desk: LedgerDesk) -> LedgerDesk:
    """A ledger with one closed session."""
    session = open_session(desk, name="DEMO, Example")
    desk.store.append([reading(session, desk.clock.now() + n * SECOND, spo2=97.0) for n in range(5)])
    desk.append(session, "session.end", NURSE, {})
    return desk


def session_of(desk: LedgerDesk) -> str:
    return str(desk.store.sessions()[0]["id"])
