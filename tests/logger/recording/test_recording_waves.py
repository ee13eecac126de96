"""Waves from a simulated device to the ledger and back, over a real line: the samples are those it sent."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from rooms import Room, file_of, recording, whole

from devices.simulators.running import simulated, stop_simulators
from logger.entering.desk import SessionFile
from logger.reviewing.frames import build
from logger.reviewing.showing import lines, shown
from logger.reviewing.wave_tables import COLUMNS, waves_of, write_waves

DEVICES = {"nonin": 1, "contec_cms50": 1, "datex_dri": 4, "intellivue": 4}
"""The devices of the requirement, and how many waves each one's simulator has."""


@pytest.fixture(autouse=True)
def _switched_off():
    yield
    stop_simulators()


def recorded(folder: Path, name: str, blocks: int, settings: str = "") -> tuple[Room, SessionFile]:
    """Record a device's waves until so many blocks are in the ledger."""
    url = f"simulate:{name}?speed=20{settings}"
    simulated(url, folder / "truth")
    with recording(folder / "x.db", f"{name}={url}", waves=True) as room:
        room.wait_for(lambda records: sum(record.kind == "wave" for record, _ in records) >= blocks)
    stop_simulators()  # its truth is written to the end
    return room, file_of(room)


def told(folder: Path, wave: str, variant: str) -> list[float | None]:
    """Return the values that the device put on the line, of one wave."""
    values: list[float | None] = []
    for line in (folder / "truth").read_text("utf-8").splitlines():
        for one in json.loads(line).get("waves", ()):
            if (one["name"], one["variant"]) == (wave, variant):
                scale = one["scale"] or {"step": 1.0, "offset": 0.0}
                values += [
                    None if step is None else round(scale["offset"] + scale["step"] * step, 9)
                    for step in one["samples"]
                ]
    return values


def runs(rows: pd.DataFrame) -> list[list[float | None]]:
    """Return a wave's values, parted where samples are missing."""
    parted = rows.groupby((~rows["follows"]).cumsum())["value"]
    return [[None if pd.isna(value) else value for value in run] for _, run in parted]


def holds(values: list[float | None], run: list[float | None]) -> bool:
    return f",{','.join(map(str, run))}," in f",{','.join(map(str, values))},"


@pytest.mark.parametrize("name", DEVICES)
def test_the_ledger_holds_the_samples_that_the_device_sent(tmp_path, name):
    _, file = recorded(tmp_path, name, blocks=8 * DEVICES[name])
    found = list(waves_of(file).groupby(["wave", "variant"], observed=True))
    assert len(found) == DEVICES[name]
    for (wave, variant), rows in found:
        values = told(tmp_path, wave, variant)
        assert all(holds(values, run) for run in runs(rows))
    assert whole(file, tmp_path)


@pytest.mark.parametrize("name", ["nonin", "datex_dri"])
def test_a_pulled_cable_is_a_gap_that_nothing_fills(tmp_path, name):
    _, file = recorded(tmp_path, name, blocks=40 * DEVICES[name], settings="&fault=unplug@20+5")
    for (wave, variant), rows in waves_of(file).groupby(["wave", "variant"], observed=True):
        values = told(tmp_path, wave, variant)
        assert all(holds(values, run) for run in runs(rows))
        apart = rows["at"].diff() > pd.Timedelta(seconds=3)
        assert apart.any()
        assert not rows["follows"][apart].any()


def test_a_session_that_is_resumed_goes_on_with_its_waves(tmp_path):
    room, first = recorded(tmp_path, "nonin", blocks=3)
    with recording(room.database, "nonin=simulate:nonin?speed=20") as again:
        had = sum(record.kind == "wave" for record in first.records)
        again.wait_for(lambda records: sum(record.kind == "wave" for record, _ in records) > had)
    assert again.session == room.session


def test_without_the_setting_no_wave_is_asked_for_or_recorded(tmp_path):
    with recording(tmp_path / "x.db", "datex_dri=simulate:datex_dri?speed=50") as room:
        room.wait_for(lambda records: sum(record.kind == "reading" for record, _ in records) >= 6)
    file = file_of(room)
    assert "wave" not in {record.kind for record in file.records}
    assert not any('"maintype":"1"' in record.payload for record in file.records)


def test_a_frame_of_waves_alone_has_no_record_of_its_own(tmp_path):
    _, file = recorded(tmp_path, "datex_dri", blocks=20)
    bodies = [json.loads(record.payload) for record in file.records if record.kind == "reading"]
    assert not [body for body in bodies if body["flags"].get("maintype") == "1"]
    places = [json.loads(r.payload) for r in file.records if r.kind in {"reading", "wave"}]
    spans = sorted((body["offset"], body["offset"] + body["length"]) for body in places)
    assert all(begin <= max(end for _, end in spans[:n]) for n, (begin, _) in enumerate(spans) if n)


def test_waves_are_in_no_table_of_the_session(tmp_path):
    _, file = recorded(tmp_path, "nonin", blocks=3)
    session = build(file)
    assert "wave" not in set(session.events["kind"])
    assert set(session.readings["vital"]) == {"spo2", "spo2_pr"}


def test_an_export_has_a_row_for_each_sample(tmp_path):
    _, file = recorded(tmp_path, "nonin", blocks=3)
    rows = write_waves(file, tmp_path)
    table = pd.read_csv(tmp_path / "waves.csv", parse_dates=["at"], keep_default_na=False)
    assert list(table.columns) == ["session", *COLUMNS]
    assert len(table) == rows == len(waves_of(file))
    assert table["at"].is_monotonic_increasing
    assert list(table["follows"]) == list(waves_of(file)["follows"])


def test_a_session_shows_which_waves_it_has(tmp_path):
    _, file = recorded(tmp_path, "datex_dri", blocks=12)
    counts = {(one["wave"], one["variant"]): one for one in shown(file)["waves"]}
    assert {key: one["rates"] for key, one in counts.items()} == {
        ("co2", ""): [25.0],
        ("ecg", "II"): [300.0],
        ("pleth", ""): [100.0],
        ("resp", ""): [25.0],
    }
    assert sum(one["samples"] for one in counts.values()) == len(waves_of(file))
    assert any(line.startswith("datex_dri        ecg/II") and "300 a second" in line for line in lines(file))


def test_a_session_without_waves_exports_none(tmp_path):
    with recording(tmp_path / "x.db") as room:
        file = room.file()
    assert write_waves(file, tmp_path) == 0
    assert not (tmp_path / "waves.csv").exists()
    assert list(waves_of(file).columns) == list(COLUMNS)
