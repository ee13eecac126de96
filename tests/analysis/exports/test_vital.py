import pytest
from exported import motley, standing
from invented_sessions import nearly_empty

from analysis.exports.quiet_library import quiet
from analysis.exports.vital import write


def read(path):
    """Each track's times (microseconds) and values, by VitalDB's own library."""
    with quiet("vitaldb.utils") as vitaldb:
        file = vitaldb.VitalFile(str(path))
    return file, {
        name: [(round(one["dt"] * 1e6), one["val"]) for one in track.recs]
        for name, track in file.trks.items()
    }


@pytest.fixture
def tracks(tmp_path):
    made = motley()
    return made, read(write(made, tmp_path).paths[0])[1]


def test_every_number_comes_back_with_its_exact_time(tracks):
    made, read_back = tracks
    for vital, source in (
        ("spo2", "monitor"),
        ("temp", "monitor"),
        ("nibp_dia", "monitor"),
        ("nibp_sys", "manual"),
    ):
        assert read_back[f"{source}/{vital}"] == standing(made, vital, source)


def test_what_does_not_stand_is_in_a_track_that_says_why(tracks):
    _, read_back = tracks
    said = {
        "monitor/nibp_sys held": [188],
        "monitor/nibp_sys excluded": [141],
        "monitor/spo2 questionable": [60],
        "monitor/spo2 replaced": [61],
        "monitor/nibp_sys no value": ["failed"],
        "monitor/spo2 no value": ["sensor_off"] * 20,
    }
    assert {name: [value for _, value in read_back[name]] for name in said} == said


def test_no_reading_is_lost(tracks):
    made, read_back = tracks
    assert sum(len(one) for name, one in read_back.items() if name != "infusionlog/entries") == len(
        made.readings
    )


def test_entries_are_lines_of_text_with_their_times(tracks):
    made, read_back = tracks
    told = {text: at for at, text in read_back["infusionlog/entries"]}
    happened = made.events["happened_at"].iat[1].timestamp()
    assert told["note: Sagt: 悪い夢, then laughs – ½ asleep (nurse.example)"] == happened * 1e6


def test_the_file_knows_the_clinics_offset_and_the_units(tmp_path):
    file, _ = read(write(motley(), tmp_path).paths[0])
    assert file.dgmt == 300  # UTC minus local, in minutes: New York in winter
    assert file.trks["monitor/temp"].unit == "Cel"


def test_a_session_without_readings_has_its_entries(tmp_path):
    _, read_back = read(write(nearly_empty(), tmp_path).paths[0])
    assert list(read_back) == ["infusionlog/entries"]
