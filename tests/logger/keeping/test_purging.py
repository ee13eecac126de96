"""`purge`: what is removed, what stays, and when it is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ledgers import NURSE, Hands, desk_at, open_session, reading, url_of

from logger.attesting.checkpoints import Found, Places, read, sign
from logger.entering.desk import LedgerDesk
from logger.errors import LedgerUnusable, NoSuchSession, NotAllowed
from logger.keeping.backups import backup
from logger.keeping.purging import purge
from logger.keeping.verifying import verify_ledger
from logger.ledger.capture import capture_folder
from logger.ledger.chains import heads
from logger.ledger.store import Store
from logger.settings import archive_beside

ADMIN, REASON, TEN_YEARS = "a.admin", "kept for 10 years", 10 * 366 * 86_400
WORD = "a word that only this session has"


@pytest.fixture
def old(desk: LedgerDesk, hands: Hands) -> str:
    """A closed session of ten years ago, and an open one of another patient beside it."""
    session = open_session(desk, name="DEMO, Example")
    desk.store.append([reading(session, desk.clock.now(), spo2=97.0)])
    desk.append(session, "note", NURSE, {"text": WORD})
    desk.append(session, "session.end", NURSE, {})
    folder = capture_folder(desk.store.path, session)
    folder.mkdir(parents=True)
    (folder / "monitor-0.bytes").write_bytes(b"SPO2=097")
    hands.move(TEN_YEARS)
    open_session(desk, "2", patient="INVENTED-2")
    return session


def test_a_purge_removes_records_captures_and_rows(desk, old):
    purge(desk, old, REASON, ADMIN, 10)
    with pytest.raises(NoSuchSession):
        desk.file(old)
    assert (desk.store.records(old), capture_folder(desk.store.path, old).exists()) == ([], False)
    assert desk.store.patient("INVENTED-1")["name"] is None
    assert [row["patient"] for row in desk.store.sessions()] == ["INVENTED-2"]


def test_a_purge_removes_the_columnar_copy_and_no_other(desk, old, tmp_path):
    copies = [
        archive_beside(desk.store.path) / "month=2026-03" / f"{name}.parquet" for name in (old, "another")
    ]
    elsewhere = tmp_path / "shared" / "month=2026-03" / f"{old}.parquet"
    for copy in (*copies, elsewhere):
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(b"PAR1")
    purge(desk, old, REASON, ADMIN, 10)
    assert [copy.exists() for copy in (*copies, elsewhere)] == [False, True, True]


def test_a_purge_removes_the_copy_from_the_folder_that_is_set(desk, old, tmp_path):
    copy = tmp_path / "shared" / "month=2026-03" / f"{old}.parquet"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"PAR1")
    purge(desk, old, REASON, ADMIN, 10, tmp_path / "shared")
    assert not copy.exists()


def test_its_bytes_are_not_in_the_file_any_more(desk, old, tmp_path):
    purge(desk, old, REASON, ADMIN, 10)
    desk.close()
    assert WORD.encode() not in (tmp_path / "clinic.db").read_bytes()
    assert not (tmp_path / "clinic.db-wal").exists()


def test_its_tombstone_says_what_was_there(desk, old):
    had = heads(desk.store, [old])[old]
    ref = purge(desk, old, REASON, ADMIN, 10)
    [tombstone] = [record for record in desk.file("system").records if record.kind == "purged"]
    said = json.loads(tombstone.payload)
    assert (tombstone.ref, tombstone.author, said["reason"], said["session"]) == (ref, ADMIN, REASON, old)
    assert {one["writer"]: (one["count"], one["digest"]) for one in said["heads"]} == had


def test_checkpoints_still_verify(desk, old, tmp_path):
    places = Places(tmp_path / "checkpoints", None, tmp_path / "config")
    sign(places, desk.store.writer, heads(desk.store), desk.clock.now())
    purge(desk, old, REASON, ADMIN, 10)
    answer = verify_ledger(desk, tmp_path, found=Found((read(places.log(desk.store.writer)),)))
    [gone] = [one for one in answer["sessions"] if one["session"] == old]
    assert (answer["ok"], gone["not_checked"][0].startswith("purged, as ")) == (True, True)


def test_a_session_that_was_removed_behind_the_programs_back_is_no_purged_one(desk, old, tmp_path):
    places = Places(tmp_path / "checkpoints", None, tmp_path / "config")
    forged = {old: {desk.store.writer: (99, "f" * 64)}}
    sign(places, desk.store.writer, forged, desk.clock.now())
    purge(desk, old, REASON, ADMIN, 10)
    answer = verify_ledger(desk, tmp_path, found=Found((read(places.log(desk.store.writer)),)))
    [gone] = [one for one in answer["sessions"] if one["session"] == old]
    assert "purged" in gone["first_broken"]["what"]
    assert "names 99" in gone["first_broken"]["what"]


@pytest.mark.parametrize(
    ("years", "says"), [(None, "retention_years"), (11, "is kept until"), (200, "is kept until")]
)
def test_what_is_to_be_kept_is_kept(desk, old, years, says):
    with pytest.raises(NotAllowed, match=says):
        purge(desk, old, REASON, ADMIN, years)
    assert desk.store.records(old)


def test_the_time_of_keeping_runs_from_the_record_that_closes_a_session(desk, old):
    early = "UPDATE session SET closed_at = 0"
    desk.store.commit(lambda connection: connection.exec_driver_sql(early))
    with pytest.raises(NotAllowed, match="is kept until"):
        purge(desk, old, REASON, ADMIN, 11)


def test_an_open_session_is_kept(desk, old):
    with pytest.raises(NotAllowed, match="is open; only a closed session"):
        purge(desk, desk.store.sessions()[-1]["id"], REASON, ADMIN, 1)


def test_a_purge_that_a_power_cut_stopped_is_finished_by_the_same_command(desk, old, monkeypatch):
    with monkeypatch.context() as cut:
        cut.setattr("logger.keeping.purging.remove", lambda *_: None)
        first = purge(desk, old, REASON, ADMIN, 10)
    assert desk.store.records(old)
    assert purge(desk, old, REASON, ADMIN, 10) == first
    assert not desk.store.records(old)


def test_captures_that_can_not_be_removed_leave_a_purge_that_can_be_finished(desk, old, monkeypatch):
    def locked(path: Path) -> None:
        raise PermissionError(13, "in use", str(path))

    with monkeypatch.context() as held:
        held.setattr("logger.keeping.purging.shutil.rmtree", locked)
        with pytest.raises(LedgerUnusable, match="do the same again"):
            purge(desk, old, REASON, ADMIN, 10)
    purge(desk, old, REASON, ADMIN, 10)
    assert (desk.store.records(old), capture_folder(desk.store.path, old).exists()) == ([], False)


def test_a_backup_that_had_it_loses_it_with_the_next_one(desk, old, tmp_path: Path):
    target = tmp_path / "backup.db"
    backup(desk, desk.store.path, target, ADMIN)
    purge(desk, old, REASON, ADMIN, 10)
    again = backup(desk, desk.store.path, target, ADMIN)
    assert (again.sessions, again.problems) == (1, ())
    with Store(url_of(target)) as store:
        assert store.records(old) == []
    assert not capture_folder(target, old).exists()


def test_a_purge_is_for_administrators_once_there_are_users(desk, old, tmp_path):
    desk.people.add("first", ADMIN, "A. Admin", "admin", "a good password")
    desk.people.add(ADMIN, "n.nurse", "N. Nurse", "nurse", "another password")
    desk.people.set_secret("n.nurse", "n.nurse", "her own password")
    with pytest.raises(NotAllowed, match=r"n\.nurse is nurse"):
        desk.people.admit("n.nurse", "purged", {"n.nurse": "her own password"})


def test_years_end_on_the_same_day(tmp_path):
    hands = Hands(wall=1_835_438_400_000_000)  # 2028-02-29
    desk = desk_at(tmp_path / "leap.db", hands)
    session = open_session(desk)
    desk.append(session, "session.end", NURSE, {})
    with pytest.raises(NotAllowed, match="is kept until 2029-03-01"):
        purge(desk, session, REASON, ADMIN, 1)
    desk.close()
