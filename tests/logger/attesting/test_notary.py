"""The notary: what changed is signed every minute, at the end of a session, and when a ledger is closed."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from ledgers import NURSE, Hands, open_session, reading, url_of
from rooms import on

from logger.attesting.checkpoints import Checkpoint, Found, Places, read
from logger.attesting.notary import EVERY
from logger.clock import SessionClock
from logger.entering.desk import LedgerDesk
from logger.entering.sessions import open_ledger
from logger.keeping.verifying import verify_ledger


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "elsewhere").mkdir()
    return Places(tmp_path / "checkpoints", tmp_path / "elsewhere", tmp_path / "config")


def opened(tmp_path: Path, places: Places, told: list[str] | None = None) -> LedgerDesk:
    tell = told.append if told is not None else lambda _: None
    desk = open_ledger(url_of(tmp_path / "clinic.db"), create=True, places=places, tell=tell)
    desk.clock = SessionClock.resumed(desk.store.anchor(), 0, sources=Hands().sources())
    return desk


def signed(places: Places, desk: LedgerDesk) -> list[Checkpoint]:
    return list(read(places.log(desk.store.writer)).checkpoints)


def test_what_changed_is_signed_once_a_minute(tmp_path, places):
    desk = opened(tmp_path, places)
    session = open_session(desk)
    for now in (100.0, 100.0 + EVERY - 1, 100.0 + EVERY, 100.0 + 3 * EVERY):
        desk.store.append([reading(session, desk.clock.now(), spo2=97.0)])
        desk.look(now)
    desk.look(100.0 + 9 * EVERY)
    desk.close()
    counts = [one.heads[session][desk.store.writer][0] for one in signed(places, desk)]
    assert counts == [5, 6]


def test_a_recorder_signs_while_it_records_and_is_verified_meanwhile(tmp_path, places, monkeypatch):
    monkeypatch.setattr("logger.entering.desk.EVERY", 0.0)
    desk = open_ledger(url_of(tmp_path / "clinic.db"), create=True, places=places)
    with on(desk) as room:
        log, pause = places.log(desk.store.writer), threading.Event()
        for _ in range(200):
            if log.exists():
                break
            pause.wait(0.05)
        answer = verify_ledger(room.nurse, tmp_path, found=Found((read(log),)))
        room.nurse.append(room.session, "session.end", NURSE, {})
    assert (answer["ok"], answer["checkpoint"]["file"]) == (True, str(log))
    first, *_, last = read(log).checkpoints
    assert room.session in first.heads
    assert tuple(last.heads[room.session][desk.store.writer]) == (4, desk_head(tmp_path, room.session))


def test_a_ledger_in_which_nothing_changed_is_not_signed(tmp_path, places):
    desk = opened(tmp_path, places)
    desk.look(100.0)
    desk.close()
    assert not places.log(desk.store.writer).exists()


def test_the_end_of_a_session_is_signed_at_once_and_elsewhere_too(tmp_path, places):
    desk = opened(tmp_path, places)
    session = open_session(desk)
    desk.append(session, "session.end", NURSE, {})
    desk.close()
    [made] = signed(places, desk)
    assert tuple(made.heads[session][desk.store.writer]) == (4, desk_head(tmp_path, session))
    assert read(places.elsewhere / f"{desk.store.writer}.jsonl").checkpoints[-1].digest == made.digest


def test_what_a_kill_left_unsigned_is_signed_with_the_next(tmp_path, places):
    desk = opened(tmp_path, places)
    one, other = open_session(desk), open_session(desk, "2", patient="INVENTED-2")
    desk.look(100.0)
    desk.append(one, "session.end", NURSE, {})
    desk._notary = None  # killed: nothing is signed any more
    desk.append(other, "session.end", NURSE, {})
    desk.close()
    desk = opened(tmp_path, places)
    third = open_session(desk, "3", patient="INVENTED-3")
    desk.close()
    assert {other, third} <= signed(places, desk)[-1].heads.keys()


def test_a_ledger_that_was_set_back_goes_on_as_another_writer(tmp_path, places):
    desk = opened(tmp_path, places)
    session = open_session(desk)
    desk.close()
    shutil.copyfile(tmp_path / "clinic.db", tmp_path / "kept.db")
    desk = opened(tmp_path, places)
    desk.append(session, "note", NURSE, {"text": "lost when the file was brought back"})
    desk.close()
    shutil.copyfile(tmp_path / "kept.db", tmp_path / "clinic.db")
    told: list[str] = []
    again = opened(tmp_path, places, told)
    assert again.store.writer != desk.store.writer
    assert "was set back to an earlier state" in told[0]
    again.close()


def test_a_ledger_from_before_a_whole_session_was_set_back_too(tmp_path, places):
    desk = opened(tmp_path, places)
    desk.close()
    shutil.copyfile(tmp_path / "clinic.db", tmp_path / "kept.db")
    desk = opened(tmp_path, places)
    open_session(desk)
    desk.close()
    shutil.copyfile(tmp_path / "kept.db", tmp_path / "clinic.db")
    told: list[str] = []
    again = opened(tmp_path, places, told)
    again.close()
    assert (again.store.writer != desk.store.writer, len(told)) == (True, 1)


def test_a_place_that_can_not_be_written_is_told_once_and_recording_goes_on(tmp_path, places):
    (tmp_path / "checkpoints").write_text("a file where the folder should be")
    told: list[str] = []
    desk = opened(tmp_path, places, told)
    session = open_session(desk)
    for now in (100.0, 100.0 + EVERY, 100.0 + 2 * EVERY):
        desk.store.append([reading(session, desk.clock.now(), spo2=97.0)])
        desk.look(now)
    desk.close()
    assert len(told) == 1
    assert "set `checkpoints` to another folder" in told[0]


def test_what_could_not_be_signed_is_signed_later(tmp_path, places):
    (tmp_path / "checkpoints").write_text("a file where the folder should be")
    desk = opened(tmp_path, places)
    one = open_session(desk)
    desk.look(100.0)
    desk.look(100.0 + EVERY)
    desk._notary.close()
    (tmp_path / "checkpoints").unlink()
    other = open_session(desk, "2", patient="INVENTED-2")
    desk.look(100.0 + 2 * EVERY)
    desk.close()
    assert {one, other} <= signed(places, desk)[-1].heads.keys()


def desk_head(tmp_path: Path, session: str) -> str:
    desk = open_ledger(url_of(tmp_path / "clinic.db"))
    try:
        return desk.file(session).records[-1].digest
    finally:
        desk.close()
