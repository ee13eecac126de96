import gzip
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from exported import motley, standing

from analysis.exports.quiet_library import quiet
from analysis.exports.vital import write
from analysis.imports.measured import BadFile
from analysis.imports.vital import read_vital
from devices.vocabulary import config_folder, unit_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
START = datetime(2019, 5, 7, 8, tzinfo=UTC).timestamp()


@pytest.fixture
def recorder(tmp_path):
    """A file of Vital Recorder with these tracks: name, unit, numbers of so many seconds after START."""

    def make(*tracks) -> Path:
        with quiet("vitaldb.utils") as vitaldb:
            file = vitaldb.VitalFile()
            for name, unit, numbers in tracks:
                file.add_track(
                    name, [{"dt": START + after, "val": value} for after, value in numbers], unit=unit
                )
            file.to_vital(str(tmp_path / "old.vital"))
        return tmp_path / "old.vital"

    return make


def test_known_tracks_are_imported_and_the_others_named(recorder):
    path = recorder(
        ("Solar8000/HR", "/min", [(0, 71.0), (2, 72.0)]),
        ("Solar8000/BT", "C", [(0, 36.8)]),
        ("BIS/BIS", "", [(0, 45.0)]),
        ("Solar8000/ETCO2", "kPa", [(0, 5.1)]),
    )
    found = read_vital(path, NOW)
    assert [(one.vital, one.value, one.source) for one in found.values] == [
        ("ecg_hr", 71.0, "import.Solar8000"),
        ("temp", 36.8, "import.Solar8000"),  # 32 bits hold 36.79999923706055
        ("ecg_hr", 72.0, "import.Solar8000"),
    ]
    assert found.not_imported == ("the tracks BIS/BIS, Solar8000/ETCO2 (kPa)",)


def test_a_cuff_value_that_is_sent_again_and_again_is_one_reading(recorder):
    sent = [(0, 142.0), (2, 142.0), (4, 142.0), (300, 142.0), (302, 138.0)]
    found = read_vital(recorder(("Solar8000/NIBP_SBP", "mmHg", sent)), NOW)
    assert [(one.at.timestamp() - START, one.value) for one in found.values] == [
        (0, 142),
        (300, 142),
        (302, 138),
    ]
    assert found.not_imported == ("2 cuff values that repeat one less than 20 s before",)


def test_a_file_of_ours_comes_back_with_every_time_value_and_mark(tmp_path):
    made = motley()
    found = read_vital(write(made, tmp_path).paths[0], NOW)
    assert len(found.values) == len(made.readings)
    for vital in ("spo2", "temp", "nibp_sys"):
        mine = [one for one in found.values if (one.vital, one.source) == (vital, "import.monitor")]
        back = [
            (round(one.at.timestamp() * 1e6), one.value)
            for one in mine
            if not one.reason and one.quality == "good"
        ]
        assert back == standing(made, vital)
    marked = {
        (one.vital, one.value, one.quality, one.reason)
        for one in found.values
        if one.quality != "good" or one.reason
    }
    assert marked >= {
        ("nibp_sys", 188.0, "invalid", "held"),
        ("nibp_sys", 141.0, "invalid", "excluded"),
        ("nibp_sys", None, "good", "failed"),
        ("spo2", 61.0, "invalid", "replaced"),
        ("spo2", 60.0, "questionable", ""),
        ("spo2", None, "good", "sensor_off"),
    }


@pytest.mark.parametrize("demo", [True, False])
def test_a_demo_stays_a_demo(tmp_path, demo):
    banners = (
        ("DEMO: no patient; the numbers come from a simulator or a device in demo mode",) if demo else ()
    )
    assert read_vital(write(motley(banners=banners), tmp_path).paths[0], NOW).demo is demo


def test_numbers_that_are_none_are_counted_and_left_out(recorder):
    found = read_vital(recorder(("Solar8000/HR", "/min", [(0, 71.0), (1, float("nan"))])), NOW)
    assert [one.value for one in found.values] == [71.0]
    assert found.not_imported == ("1 values that are no number",)


def test_a_file_without_a_known_track_names_those_it_has(recorder):
    with pytest.raises(BadFile, match="has no track that is known here; it has BIS/BIS"):
        read_vital(recorder(("BIS/BIS", "", [(0, 45.0)])), NOW)


def test_a_time_to_come_is_refused_with_its_track(recorder):
    path = recorder(("Solar8000/HR", "/min", [(400_000_000, 71.0)]))
    with pytest.raises(BadFile, match=r"track Solar8000/HR: .* has not come yet"):
        read_vital(path, NOW)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no .vital file: it does not begin with VITA"),
        (b"at,vital\n", "is no .vital file"),
        (gzip.compress(b"something else"), "it does not begin with VITA"),
        (gzip.compress(b"VITA" + bytes(9)), "can't be read to its end|has no track"),
    ],
)
def test_what_is_no_vital_file_is_refused(tmp_path, content, sentence):
    (tmp_path / "old.vital").write_bytes(content)
    with pytest.raises(BadFile, match=sentence):
        read_vital(tmp_path / "old.vital", NOW)


def test_a_file_that_was_cut_off_is_refused(recorder):
    path = recorder(("Solar8000/HR", "/min", [(n, 71.0) for n in range(99)]))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadFile, match="is cut off"):
        read_vital(path, NOW)


def test_every_track_of_the_table_means_a_vital_in_its_unit():
    tracks = tomllib.loads((config_folder() / "import" / "vital.toml").read_text("utf-8"))["track"]
    written = tomllib.loads((config_folder() / "import" / "units.toml").read_text("utf-8"))["written"]
    for name, said in tracks.items():
        unit = unit_of(said["vital"])
        assert set(said["units"]) <= {"", unit, *written[unit]}, name
