"""A session in another program's format: the folder, what its README.txt says, and what is refused."""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from told_sessions import Room, cuff, excludes, spo2

from analysis import exports
from analysis.exports import UnknownFormat
from analysis.wording import CHART_STATEMENT
from logger.errors import CantWrite, LibraryMissing
from logger.reviewing.formats import export_as, known_formats

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def told(desk, hands) -> Room:
    room = Room(desk, hands, name="DEMO, Example", born="1900-01-01")
    room.heard(spo2(97.5), cuff(142))
    room.heard(spo2(None, reason="sensor_off"))
    room.types(nibp_sys=150)
    excludes(room, "spo2", 0, 1)
    room.says("note", text="Laughs – is asleep")
    room.says("session.end")
    return room


def readme(folder: Path) -> str:
    return " ".join((folder / "README.txt").read_text("utf-8").split())


@pytest.mark.parametrize("form", ["csv", "hl7"])
def test_an_empty_folder_that_was_there_is_closed_to_others(told, tmp_path, form):
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    export_as(form, told.desk.file(told.session), folder, NOW)
    assert folder.stat().st_mode & 0o077 == 0


def test_the_tables_and_every_format_are_known():
    assert known_formats() == sorted(["csv", *exports.names()])


@pytest.mark.parametrize("form", exports.names())
def test_a_readme_says_what_it_is_when_it_was_made_and_what_it_does_not_hold(told, tmp_path, form):
    made = export_as(form, told.desk.file(told.session), tmp_path / "out", NOW)
    said = readme(tmp_path / "out")
    assert f"{told.session}, in the format {form}, made at 2026-11-23T12:00:00+00:00 by infusionlog " in said
    for sentence in (*made.not_held, CHART_STATEMENT):
        assert " ".join(sentence.split()) in said
    for path in made.paths[:-1]:
        assert f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.relative_to(tmp_path / 'out')}" in said
    for head in told.table().heads:
        assert f"{head.writer} {head.count} {head.digest}" in said


@pytest.mark.skipif(sys.platform == "win32", reason="rights are kept otherwise there")
@pytest.mark.parametrize("form", known_formats())
def test_only_its_user_can_read_it(told, tmp_path, form):
    made = export_as(form, told.desk.file(told.session), tmp_path / "out", NOW)
    assert {path.stat().st_mode & 0o777 for path in made.paths} == {0o600}
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700


def test_the_patients_id_goes_along_and_the_name_only_where_it_was_asked_for(told, tmp_path):
    file = told.desk.file(told.session)
    for asked in (False, True):
        folder = tmp_path / str(asked)
        header = export_as("edf", file, folder, NOW, with_identity=asked).paths[0].read_bytes()[8:88]
        assert (b"INVENTED-1" in header, b"DEMO,_Example" in header, b"01-JAN-1900" in header) == (
            True,
            asked,
            asked,
        )


def test_a_folder_with_anything_in_it_is_left_as_it_is(told, tmp_path):
    (tmp_path / "mine.txt").write_text("somebody's own")
    with pytest.raises(CantWrite, match="name another folder"):
        export_as("edf", told.desk.file(told.session), tmp_path, NOW)


def test_a_format_that_nobody_wrote_is_named(told, tmp_path):
    with pytest.raises(UnknownFormat, match="no format is called 'pdf'"):
        export_as("pdf", told.desk.file(told.session), tmp_path / "out", NOW)


def test_a_library_that_is_missing_is_named_and_nothing_is_left(told, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "edfio", None)
    with pytest.raises(
        LibraryMissing, match=r"needs the library edfio.*pip install 'infusionlog\[formats\]'"
    ):
        export_as("edf", told.desk.file(told.session), tmp_path / "out", NOW)
    assert not (tmp_path / "out").exists()
