"""Columnar copies of sessions: which there are, which are stale, and what is never in them."""

from __future__ import annotations

import pytest
from told_sessions import Room, spo2

from analysis import archive
from analysis.archive.comparing import differing
from logger.reviewing import archiving
from logger.reviewing.archiving import MISSING, OPEN, compare, refresh
from logger.reviewing.frames import build


@pytest.fixture
def closed(room: Room) -> Room:
    """A session with a cuff cycle that is corrected, two entries, and an end."""
    for value in (97.0, None, 0.0):
        room.heard(spo2(value))
    room.says("infusion.start", drug="ketamine", mg=35.0)
    typed = room.types(nibp_sys=118.0, nibp_dia=70.0)
    room.says("amend", target=typed.ref, changes={"nibp_sys": 168.0}, reason="misread")
    room.says("note", text="sat up")
    room.says("session.end")
    return room


def test_a_session_read_from_its_copy_is_the_ledgers(closed, tmp_path):
    [made] = refresh(closed.desk, tmp_path)
    recorded = build(closed.desk.file(closed.session))
    back = archive.read(made.path, recorded.patient, recorded.identifiers)
    assert differing(back, recorded) == ()
    assert (made.made, made.why) == (True, "there was none")


def test_a_copy_that_names_the_ledgers_heads_is_used_as_it_is(closed, tmp_path):
    list(refresh(closed.desk, tmp_path))
    assert [(one.made, one.why) for one in refresh(closed.desk, tmp_path)] == [(False, "")]


def test_a_record_after_the_end_makes_the_copy_stale(closed, tmp_path):
    list(refresh(closed.desk, tmp_path))
    closed.says("note", text="rang at noon")
    [made] = refresh(closed.desk, tmp_path)
    assert (made.made, made.why) == (True, "the ledger has other heads by now")
    assert "rang at noon" in archive.read(made.path).events["summary"].iloc[-1]


def test_a_copy_by_another_version_is_made_anew(closed, tmp_path, monkeypatch):
    list(refresh(closed.desk, tmp_path))
    monkeypatch.setattr(archiving, "program", lambda: "infusionlog 99.0")
    [made] = refresh(closed.desk, tmp_path)
    assert made.why.startswith("made by infusionlog")


def test_a_damaged_copy_is_made_anew(closed, tmp_path):
    [made] = refresh(closed.desk, tmp_path)
    made.path.write_bytes(made.path.read_bytes()[:100])
    [again] = refresh(closed.desk, tmp_path)
    assert again.made
    assert "can't be read" in again.why


def test_an_open_session_has_no_copy(room, tmp_path):
    room.heard(spo2(97.0))
    assert [(one.path, one.why) for one in refresh(room.desk, tmp_path)] == [(None, OPEN)]
    assert archive.files_in(tmp_path) == []


def test_a_copy_whose_content_was_changed_is_found_by_comparing(closed, tmp_path):
    [made] = refresh(closed.desk, tmp_path)
    assert [one.differs for one in compare(closed.desk, tmp_path)] == [()]
    session = archive.read(made.path)
    session.readings.loc[0, "value"] = 99.0
    archive.write(session, made.path)
    assert [one.made for one in refresh(closed.desk, tmp_path)] == [False]
    assert [one.differs for one in compare(closed.desk, tmp_path)] == [("readings",)]


def test_a_closed_session_without_a_copy_is_named_by_comparing(closed, tmp_path):
    [found] = compare(closed.desk, tmp_path)
    assert (found.session, found.differs) == (closed.session, (MISSING,))


def test_an_open_session_without_a_copy_misses_none(room, tmp_path):
    room.heard(spo2(97.0))
    assert list(compare(room.desk, tmp_path)) == []


def test_a_copy_is_closed_to_other_users(closed, tmp_path):
    [made] = refresh(closed.desk, tmp_path / "archive")
    assert made.path.stat().st_mode & 0o077 == 0
    assert made.path.parent.stat().st_mode & 0o077 == 0
