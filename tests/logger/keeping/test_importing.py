"""A session of another program becomes one of this ledger, which says where it came from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from invented_sessions import stormy
from ledgers import NURSE, open_session, opening

from analysis.exports.vital import write
from analysis.imports.measured import BadFile
from analysis.page import draw_page
from analysis.series import cut
from analysis.timeline import timeline_of
from logger.entering.desk import LedgerDesk
from logger.errors import BadEntry
from logger.keeping.importing import import_file
from logger.keeping.verifying import verify_session
from logger.reviewing.frames import build

START = datetime(2019, 5, 7, 8, tzinfo=UTC)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Two minutes of a saturation every second, written by pandas."""
    times = [START + timedelta(seconds=n) for n in range(120)]
    made = pd.DataFrame({"measured_at": times, "vital": "spo2", "value": 97.0, "unit": "%", "ward": "3"})
    made.to_csv(tmp_path / "old.csv", index=False)
    return tmp_path / "old.csv"


def brought(desk: LedgerDesk, path: Path, **more) -> str:
    return import_file(desk, path, opening(), stated_zone=False, **more).session


def test_it_is_whole_closed_and_verifies(desk, old, tmp_path):
    file = desk.file(brought(desk, old))
    assert file.row["state"] == "closed"
    assert verify_session(file, tmp_path)["ok"]


def test_its_records_are_made_now_by_who_imports(desk, old):
    session = brought(desk, old)
    readings = [record for record in desk.file(session).records if record.kind == "reading"]
    assert len(readings) == 120
    assert {record.author for record in readings} == {NURSE}
    assert {record.at for record in readings} == {desk.clock.now()}


def test_pages_and_metrics_have_the_times_of_the_file(desk, old):
    made = build(desk.file(brought(desk, old)))
    assert (made.opened_at, made.ended_at) == (START, START + timedelta(seconds=119))
    (series,) = cut(made, timeline_of(made)).values()
    assert series.t.tolist() == pytest.approx([n / 60 for n in range(120)])


def test_every_page_says_what_it_was_imported_from(desk, old):
    made = build(desk.file(brought(desk, old)))
    sentence = "Imported from old.csv on 2026-09-21 by nurse.example: not recorded by infusionlog"
    assert made.banners[0] == sentence
    assert draw_page(made)


def test_what_the_file_holds_beside_is_on_record(desk, old):
    events = build(desk.file(brought(desk, old))).events
    (said,) = events.loc[events["kind"] == "session.import", "payload"]
    assert (said["file"], said["values"], said["not_imported"]) == ("old.csv", 120, ["the columns ward"])
    assert len(said["sha256"]) == 64


def ours(path: Path, session: str) -> Path:
    """Make of a table one with the columns by which our own name their records."""
    made = pd.read_csv(path).assign(session=session, writer="a1", seq=range(120))
    made.to_csv(path, index=False)
    return path


def test_a_table_of_a_demo_that_is_known_here_is_a_demo(desk, old):
    demo = open_session(desk, demo=True)
    assert build(desk.file(brought(desk, ours(old, demo)))).demo


def test_of_a_table_of_a_session_that_is_not_here_it_is_said_that_nobody_can_tell(desk, old):
    made = import_file(desk, ours(old, "01a0"), opening(), stated_zone=False)
    assert "says not itself whether its session was a demo" in made.not_checked[0]


def test_a_number_out_of_range_is_in_no_figure_and_named(desk, old):
    old.write_text(old.read_text("utf-8").replace("97.0", "300", 1), encoding="utf-8")
    made = import_file(desk, old, opening(), stated_zone=False)
    assert "1 of spo2 outside" in made.strange[0]
    assert set(build(desk.file(made.session)).readings["quality"]) == {"good", "questionable"}


def test_the_end_of_what_is_imported_is_no_late_entry(desk, old):
    events = build(desk.file(brought(desk, old))).events
    (end,) = events[events["kind"] == "session.end"].itertuples()
    assert (end.happened_at, pd.isna(end.late_by_s)) == (START + timedelta(seconds=119), True)


def test_a_dose_of_that_day_can_be_entered_later(desk, old):
    session = brought(desk, old)
    given = {"drug": "ketamine", "mg": 40.0, "happened_at": (START + timedelta(minutes=1)).isoformat()}
    desk.append(session, "infusion.start", NURSE, given)
    timeline = timeline_of(build(desk.file(session)))
    assert (timeline.anchored, timeline.zero) == (True, START + timedelta(minutes=1))


def test_the_same_file_again_is_refused_and_its_session_named(desk, old):
    session = brought(desk, old)
    with pytest.raises(BadEntry, match=f"was imported before, as session {session}; --again"):
        brought(desk, old)
    assert brought(desk, old, again=True) != session


def test_a_wrong_file_leaves_the_ledger_as_it_was(desk, old):
    old.write_text(old.read_text("utf-8").replace("97.0", "x", 1), encoding="utf-8")
    with pytest.raises(BadFile, match="nothing was imported"):
        brought(desk, old)
    assert desk.status().sessions == []


@pytest.mark.parametrize(
    ("name", "sentence"), [("old.xlsx", "known are .csv, .vital"), ("gone.csv", "can't be read")]
)
def test_what_is_no_such_file_is_refused(desk, tmp_path, name, sentence):
    if name == "old.xlsx":
        (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(BadFile, match=sentence):
        brought(desk, tmp_path / name)


def test_a_session_without_a_patient_id_is_refused(desk, old):
    with pytest.raises(BadEntry, match="patient"):
        import_file(desk, old, replace(opening(), patient=""), stated_zone=False)


def test_a_vital_export_is_charted_with_the_values_it_had(desk, tmp_path):
    original = stormy()
    made = build(desk.file(brought(desk, write(original, tmp_path).paths[0])))
    for vital in ("nibp_sys", "spo2"):
        assert numbers(made, vital) == numbers(original, vital)
    assert draw_page(made)


def numbers(made, vital: str) -> list[tuple[datetime, float]]:
    """Times and values of what may enter a metric, of all sources."""
    rows = made.readings
    kept = rows[(rows["vital"] == vital) & rows["value"].notna() & (rows["quality"] == "good")]
    kept = kept[~kept["excluded"] & (kept["superseded_by"] == "")].sort_values(["measured_at", "value"])
    return list(zip(kept["measured_at"].dt.to_pydatetime(), kept["value"], strict=True))
