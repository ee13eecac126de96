"""The archive's file as readers see it that are not ours."""

from __future__ import annotations

import json

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from exported import motley

from analysis import archive
from analysis.archive.columns import CORE
from analysis.exports.parquet import write


@pytest.fixture
def made(tmp_path):
    session = motley()
    return session, write(session, tmp_path)


def test_pyarrow_finds_every_value_with_its_quality(made):
    session, copy = made
    rows = pq.read_table(copy.paths[0]).to_pylist()
    there = sum(value is not None for row in rows for name, value in row.items() if name.endswith("_quality"))
    assert there == len(session.readings)
    assert {row["kind"] for row in rows} == {"reading", "protocol", *session.events["kind"]}


def test_pyarrow_finds_the_heads_and_the_units(made):
    session, copy = made
    said = json.loads(pq.read_metadata(copy.paths[0]).metadata[b"infusionlog"])
    assert said["heads"] == [
        {"writer": h.writer, "count": h.count, "digest": h.digest} for h in session.heads
    ]
    units = dict(zip(session.readings["vital"], session.readings["unit"], strict=True))
    assert {one["vital"]: one["unit"] for one in said["vitals"]} == units


def test_duckdb_reads_it_as_it_stands(made):
    session, copy = made
    asked = duckdb.sql(
        f"SELECT count(spo2_quality), sum(spo2), max(session) FROM '{copy.paths[0]}'"
    ).fetchall()
    spo2 = session.readings[session.readings["vital"] == "spo2"]
    assert asked == [(len(spo2), spo2["value"].sum(), session.id)]


def test_pandas_reads_it_with_utc_times(made):
    session, copy = made
    table = pd.read_parquet(copy.paths[0])
    assert list(table.columns[: len(CORE)]) == list(CORE)
    assert str(table["at"].dtype) == "datetime64[us, UTC]"
    assert set(table["at"].dropna()) == {*session.readings["at"], *session.events["at"]}


def test_it_is_the_archives_file(made, tmp_path):
    session, copy = made
    again = archive.write(session, tmp_path / "again.parquet")
    assert copy.paths[0].read_bytes() == again.read_bytes()


def test_what_it_does_not_hold_is_said(made, tmp_path):
    session, copy = made
    assert len(copy.not_held) == 1
    assert "Name and birth" in write(session, tmp_path, with_identity=True).not_held[1]
