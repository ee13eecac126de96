"""A session that is read back from its file is the session that was written."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_sessions import EVERY, at, cuff, event, infusion, reading, session

from analysis import archive
from analysis.archive.reading import NoArchive
from analysis.protocol import UnknownProfile
from analysis.session import GAPS, READINGS, Patient, Session, table

TABLES = ("readings", "events", "gaps")


def assert_same(back: Session, written: Session) -> None:
    handed_over = written.readings.sort_values(
        ["measured_at", "writer", "seq"], kind="stable", ignore_index=True
    )
    for name, table_ in (("readings", handed_over), ("events", written.events), ("gaps", written.gaps)):
        pd.testing.assert_frame_equal(getattr(back, name), table_)
    for one in fields(written):
        if one.name not in TABLES:
            assert getattr(back, one.name) == getattr(written, one.name), one.name


def round_trip(written: Session, folder: Path) -> Session:
    path = archive.write(written, folder / "one.parquet")
    return archive.read(path, written.patient, written.identifiers)


@pytest.mark.parametrize("invented", EVERY, ids=lambda made: made.__name__)
def test_every_invented_session_comes_back(invented, tmp_path):
    written = invented()
    assert_same(round_trip(written, tmp_path), written)


@st.composite
def frames(draw) -> pd.DataFrame:
    """Readings as devices and people may leave them: in any order of a frame, said twice, corrected."""
    rows = []
    for seq in range(draw(st.integers(0, 12))):
        minute = draw(st.integers(-3, 9)) / 2
        frame = {
            "writer": draw(st.sampled_from(["a1", "b2"])),
            "source": draw(st.sampled_from(["monitor", "oximeter", "manual"])),
            "entered_by": draw(st.sampled_from(["", "n.example"])),
            "device_time": draw(st.sampled_from([pd.NaT, pd.Timestamp("2026-03-02 07:00")])),
            "uncertain": draw(st.booleans()),
            "late_by_s": draw(st.sampled_from([np.nan, 1500.0])),
        }
        for _ in range(draw(st.integers(1, 4))):
            value = draw(st.sampled_from([np.nan, 0.0, -0.5, 97.0, 36.6]))
            vital = draw(st.sampled_from(["spo2", "spo2_pr", "nibp_sys", "local:dri:7"]))
            said = {
                "variant": draw(st.sampled_from(["", "beat"])),
                "quality": draw(st.sampled_from(["good", "questionable", "invalid"])),
                "reason": draw(st.sampled_from(["", "sensor_off", "held"])),
                "excluded": draw(st.booleans()),
                "superseded_by": draw(st.sampled_from(["", "b2:9"])),
                "unit": draw(st.sampled_from(["%", "1"])) if vital == "local:dri:7" else "1",
                "measured_at": at(draw(st.sampled_from([minute, minute - 1]))),
                "measured_from": draw(st.sampled_from([pd.NaT, at(minute - 2)])),
            }
            rows.append(reading(minute, vital, value, seq, **{**frame, **said, "at": at(minute)}))
    return table(rows, READINGS)


@given(readings=frames())
def test_whatever_readings_there_are_they_come_back(readings, tmp_path_factory):
    written = session([], infusion(3))
    written = replace(written, readings=readings)
    assert_same(round_trip(written, tmp_path_factory.mktemp("archive")), written)


def test_absent_and_no_value_and_zero_are_three_things(tmp_path):
    told = [reading(1, "spo2", np.nan, 1, quality="invalid", reason="sensor_off"), reading(2, "spo2", 0.0, 2)]
    written = session([*told, reading(3, "resp_rate", 14.0, 3)], [])
    frames = archive.frames(archive.write(written, tmp_path / "one.parquet"))
    assert frames["spo2"].fillna(-1).tolist() == [-1, 0, -1]
    assert frames["spo2_quality"].tolist() == ["invalid", "good", None]
    assert frames["spo2_reason"].tolist() == ["sensor_off", None, None]


def test_a_frame_is_one_row_also_where_its_cuff_reading_was_measured_before(tmp_path):
    frame = [reading(5, vital, 97.0, 1) for vital in ("spo2", "spo2_pr")]
    measured = [{**row, "at": at(5), "measured_at": at(4)} for row in cuff(5, 120, 70, 1)]
    written = session([*measured, *frame], [])
    assert len(archive.frames(archive.write(written, tmp_path / "one.parquet"))) == 1
    assert_same(round_trip(written, tmp_path), written)


def test_two_sources_of_one_vital_stay_apart(tmp_path):
    written = session([reading(1, "spo2", 97.0, 1), reading(1, "spo2", 91.0, 2, source="oximeter")], [])
    frames = archive.frames(archive.write(written, tmp_path / "one.parquet"))
    assert dict(zip(frames["source"], frames["spo2"], strict=True)) == {"monitor": 97.0, "oximeter": 91.0}


def test_the_references_of_demo_records_are_kept_as_runs(tmp_path):
    said = (*(f"a1:{seq}" for seq in range(5000)), "b2:7", "a1:5003")
    written = session([], [], demo=True, demo_records=said)
    path = archive.write(written, tmp_path / "one.parquet")
    assert archive.read_facts(path).demo_records == (("a1", 0, 4999), ("b2", 7, 7), ("a1", 5003, 5003))
    assert archive.read(path).demo_records == said


def test_name_and_birth_stand_in_no_file(tmp_path):
    known = Patient("P-7", "Example Invented", "1980-01-01")
    written = session([], [], patient=known, identifiers=("Example Invented", "born 1980-01-01"))
    path = archive.write(written, tmp_path / "one.parquet")
    assert b"Example Invented" not in path.read_bytes()
    assert archive.read(path).identifiers == ("Patient P-7", "id P-7")
    assert archive.read(path).patient == Patient("P-7")


def test_the_metadata_name_the_heads_and_the_units(tmp_path):
    written = session([reading(1, "spo2", 97.0, 1)], [])
    path = archive.write(written, tmp_path / "one.parquet")
    facts = archive.read_facts(path)
    assert facts.heads == written.heads
    assert [(one.name, one.unit) for one in facts.vitals] == [("spo2", "%")]
    assert b"infusionlog" in pq.read_metadata(path).metadata


def test_the_same_session_gives_the_same_bytes(tmp_path):
    written = session([reading(1, "spo2", 97.0, 1), *cuff(2, 120, 70, 2)], [event(1, "note", 3, text="x")])
    first = archive.write(written, tmp_path / "one.parquet").read_bytes()
    back = archive.read(tmp_path / "one.parquet", written.patient, written.identifiers)
    assert archive.write(back, tmp_path / "two.parquet").read_bytes() == first


def test_an_open_gap_stays_open(tmp_path):
    gaps = [{"source": "monitor", "start": at(3), "end": pd.NaT, "cause": "unplugged"}]
    back = round_trip(session([], [], gaps), tmp_path)
    pd.testing.assert_frame_equal(back.gaps, table(gaps, GAPS))


def test_what_is_no_archive_is_named(tmp_path):
    path = tmp_path / "one.parquet"
    path.write_bytes(b"PAR1, or so it says")
    with pytest.raises(NoArchive, match=r"one\.parquet: can't be read as Parquet"):
        archive.read_facts(path)
    pd.DataFrame({"spo2": [97]}).to_parquet(path)
    with pytest.raises(NoArchive, match="is no session's file"):
        archive.read(path)


def test_a_file_that_is_cut_or_changed_within_is_noticed_on_reading(tmp_path):
    path = archive.write(session([reading(1, "spo2", 97.0, 1)], []), tmp_path / "one.parquet")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(NoArchive):
        archive.read(path)


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = archive.write(session([reading(1, "spo2", 97.0, 1)], []), tmp_path / "one.parquet")
    with pytest.raises(UnknownProfile):
        archive.write(session([], [], protocol_id="no_such_profile"), path)
    assert len(archive.frames(path)) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["one.parquet"]
