"""The commands that copy what was recorded, prove it, and let it go."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from ledgers import NURSE, Hands, desk_at, open_session, reading, url_of

from logger.clock import SECOND, wall
from logger.entering.desk import LedgerDesk


@pytest.fixture
def session(database: Path) -> str:
    """A closed session of an hour ago, a reading a minute."""
    desk = desk_at(database, Hands(wall=wall() - 3600 * SECOND))
    try:
        found = open_session(desk, name="DEMO, Example", born="1900-01-01")
        start = desk.clock.now()
        desk.store.append([reading(found, start + n * 60 * SECOND, spo2=97.0) for n in range(10)])
        desk.append(found, "session.end", NURSE, {})
        return found
    finally:
        desk.close()


def test_a_session_is_exported_and_checked_with_python_alone(command, session, tmp_path):
    answer = command("export", "last", "--format", "csv", "--out", str(tmp_path / "out"))
    assert (answer.status, len(answer.out.splitlines())) == (0, 6)
    script = [sys.executable, "-I", tmp_path / "out" / "verify.py"]
    assert session in subprocess.run(script, capture_output=True, text=True, check=True).stdout


def test_a_patients_sessions_are_exported_with_an_index(command, session, tmp_path):
    assert command("export", "--patient", "INVENTED-1", "--out", str(tmp_path / "out")).status == 0
    assert session in (tmp_path / "out" / "index.csv").read_text("utf-8")
    assert "DEMO, Example" in (tmp_path / "out" / "patient.txt").read_text("utf-8")


def test_several_sessions_each_get_a_folder(command, database, session, tmp_path):
    desk = desk_at(database, Hands(wall=wall()))
    other = open_session(desk)
    desk.close()
    assert command("export", session, other, "--out", str(tmp_path / "out")).status == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {session, other}


def test_another_programs_format_says_what_it_does_not_hold(command, session, tmp_path):
    (made,) = command("export", "last", "--format", "edf", "--out", str(tmp_path / "out"), "--json").json
    assert (made["session"], made["format"]) == (session, "edf")
    assert [Path(path).name for path in made["paths"]] == ["session.edf", "README.txt"]
    assert any("entries" in line for line in made["not_held"])
    said = command("export", "last", "--format", "vital", "--out", str(tmp_path / "again"))
    assert (said.status, "vital does not hold all of the session: see README.txt" in said.complaint) == (
        0,
        True,
    )


def test_a_checkpoint_kept_elsewhere_finds_a_session_that_was_taken_out(command, database, session, tmp_path):
    kept = tmp_path / "usb.jsonl"
    made = command("checkpoint", "--out", str(kept), "--json").json
    assert (made["heads"], made["file"]) == (2, str(kept))
    assert command("verify", "--checkpoint", str(kept)).status == 0
    with closing(sqlite3.connect(database)) as forged, forged:
        forged.execute("DELETE FROM record WHERE session_id = ?", (session,))
        forged.execute("DELETE FROM session WHERE id = ?", (session,))
    answer = command("verify", "--checkpoint", str(kept), "--json")
    [broken] = [one for one in answer.json["sessions"] if not one["ok"]]
    assert (answer.status, broken["session"]) == (1, session)
    assert broken["first_broken"]["what"].startswith("missing: checkpoint ")
    assert answer.json["checkpoint"]["keys"] == [made["key"]]


def test_a_ledger_that_was_moved_is_held_to_what_its_writers_signed_before(
    command, database, session, tmp_path
):
    command("checkpoint")
    moved = tmp_path / "moved.db"
    database.replace(moved)
    command("access", "--database", url_of(moved))
    with closing(sqlite3.connect(moved)) as forged, forged:
        forged.execute("DELETE FROM record WHERE session_id = ?", (session,))
        forged.execute("DELETE FROM session WHERE id = ?", (session,))
    answer = command("verify", "--json", "--database", url_of(moved))
    [broken] = [one for one in answer.json["sessions"] if not one["ok"]]
    assert (answer.status, broken["session"]) == (1, session)


def test_checkpoints_that_could_not_be_compared_are_said(command, session, tmp_path):
    made = Path(command("checkpoint", "--json").json["file"])
    other = made.with_name("00000000.jsonl")
    other.write_bytes(made.read_bytes())
    said = command("verify")
    assert (said.status, f"{other}: no chain of its writer is in this ledger" in said.out) == (0, True)
    made.write_text(made.read_text("utf-8").replace('"number":1', '"number":2', 1), "utf-8")
    said = command("verify")
    assert (said.status, "compare with a copy that was kept elsewhere" in said.out) == (1, True)


def test_a_verification_leaves_its_heads_in_the_ledger(command, database, session, tmp_path):
    command("checkpoint", "--out", str(tmp_path / "usb.jsonl"))
    command("verify", "--checkpoint", str(tmp_path / "usb.jsonl"))
    assert [len(one) for one in checkpoints_of(database, session)] == [64]


def test_what_stands_here_or_is_signed_by_nobody_known_is_no_checkpoint_from_elsewhere(
    command, database, session, tmp_path, monkeypatch
):
    command("verify", "--checkpoint", command("checkpoint", "--json").json["file"])
    monkeypatch.setenv("INFUSIONLOG_CHECKPOINTS", str(tmp_path / "forger"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "forger"))
    command("checkpoint", "--out", str(tmp_path / "forged.jsonl"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    command("verify", "--checkpoint", str(tmp_path / "forged.jsonl"))
    assert checkpoints_of(database, session) == [None, None]


def test_a_checkpoint_that_does_not_name_the_heads_of_now_proves_nothing_of_them(command, database, tmp_path):
    desk = desk_at(database, Hands(wall=wall() - 3600 * SECOND))
    session = open_session(desk)
    desk.close()
    command("checkpoint", "--out", str(tmp_path / "usb.jsonl"))
    command("note", "said later", "--author", NURSE)
    assert command("verify", "--checkpoint", str(tmp_path / "usb.jsonl")).status == 0
    assert checkpoints_of(database, session) == [None]


def checkpoints_of(database: Path, session: str) -> list[str | None]:
    """Return of each verification of the session the checkpoint from elsewhere that it was made against."""
    with closing(sqlite3.connect(database)) as ledger:
        found = ledger.execute("SELECT payload FROM record WHERE kind = 'verified' ORDER BY seq").fetchall()
    said = [json.loads(text) for (text,) in found]
    return [one.get("checkpoint") for one in said if session in one["sessions"]]


@pytest.mark.parametrize(("elsewhere", "ok"), [("", None), ("usb", True), ("unplugged", False)])
def test_the_doctor_says_whether_checkpoints_are_elsewhere(command, tmp_path, monkeypatch, elsewhere, ok):
    (tmp_path / "usb").mkdir()
    monkeypatch.setenv("INFUSIONLOG_CHECKPOINTS_ELSEWHERE", elsewhere and str(tmp_path / elsewhere))
    [found] = [one for one in command("doctor", "--json").json if one["what"] == "checkpoints"]
    assert found["ok"] is ok


def test_a_key_that_this_user_never_signed_with_is_said(command, session, tmp_path, monkeypatch):
    command("checkpoint", "--out", str(tmp_path / "usb.jsonl"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "auditor"))
    answer = command("verify", "--checkpoint", str(tmp_path / "usb.jsonl"))
    assert (answer.status, "is the clinic's: this user never signed with it" in answer.out) == (0, True)


def test_a_rotated_key_signs_on_and_the_log_still_verifies(command, session):
    first = command("checkpoint", "--json").json
    second = command("checkpoint", "--rotate", "--json").json
    assert (first["key"] != second["key"], second["number"] > first["number"]) == (True, True)
    assert command("verify", "--json").json["checkpoint"]["keys"] == [first["key"], second["key"]]


def test_who_did_what_is_listed(command, session, tmp_path):
    command("show", "last")
    command("chart", "last", "--out", str(tmp_path / "page.svg"))
    command("export", "last", "--out", str(tmp_path / "out"))
    log = command("access", "--session", "last", "--json").json
    assert [one["event"] for one in log] == ["viewed", "charted", "exported"]
    assert "charted" in command("access").out
    assert command("access", "--user", "nobody").complaint == "nothing of this kind in the access log"


def test_a_backup_is_restored_elsewhere_and_verified(command, session, tmp_path):
    backup, new = tmp_path / "usb" / "backup.db", url_of(tmp_path / "new" / "clinic.db")
    assert command("backup", str(backup), "--json").json["ok"]
    answer = command("restore", str(backup), "--database", new)
    assert (answer.status, f"{session}  whole" in answer.out) == (0, True)
    assert command("verify", session, "--database", new).status == 0


def test_only_what_is_due_is_purged(command, database, monkeypatch):
    hands = Hands(wall=wall() - 400 * 86400 * SECOND)
    desk = desk_at(database, hands)
    due, kept = (ended(desk, hands, patient) for patient in ("INVENTED-1", "INVENTED-2"))
    desk.close()
    refused = command("purge", due, "--reason", "x")
    assert (refused.status, "retention_years" in refused.complaint) == (3, True)
    monkeypatch.setenv("INFUSIONLOG_RETENTION_YEARS", "1")
    refused = command("purge", kept, "--reason", "x")
    assert (refused.status, "is kept until" in refused.complaint) == (3, True)
    assert "its tombstone is" in command("purge", due, "--reason", "x").out
    assert command("show", due).status == 3


def ended(desk: LedgerDesk, hands: Hands, patient: str) -> str:
    """A session that is closed; half a year passes after it."""
    session = open_session(desk, patient=patient)
    desk.append(session, "session.end", NURSE, {})
    hands.move(200 * 86_400)
    return session


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("export", "last", "--format", "pdf", "--out", "x"), 2, "known are csv, "),
        (("export", "last", "--with-identity", "--out", "x"), 2, "name nobody"),
        (("export", "--out", "x"), 2, "name sessions, or a patient"),
        (("export", "last", "--patient", "P", "--out", "x"), 2, "one of the two"),
        (("export", "--patient", "nobody", "--out", "x"), 3, "no session of patient nobody"),
        (("export", "last", "--out", "/proc/none"), 3, "can't be written"),
        (("verify", "--checkpoint", "/none.jsonl"), 3, "can't be read as checkpoints"),
        (("restore", "/none.db"), 3, "there is no backup"),
        (("backup", "/proc/none/backup.db"), 3, "/proc/none"),
    ],
)
def test_what_can_not_be_done_is_refused_with_a_sentence(command, session, words, status, says):
    answer = command(*words)
    assert (answer.status, says in answer.complaint) == (status, True), answer.complaint


def test_a_checkpoint_over_nothing_is_refused_and_none_is_written_over(command, database, session, tmp_path):
    (tmp_path / "usb.jsonl").write_text("")
    assert "never written over" in command("checkpoint", "--out", str(tmp_path / "usb.jsonl")).complaint
    desk_at(tmp_path / "empty.db", Hands(wall=wall())).close()
    answer = command("checkpoint", "--database", url_of(tmp_path / "empty.db"))
    assert (answer.status, "nothing was signed" in answer.complaint) == (3, True)
