from dataclasses import replace
from datetime import timedelta

import edfio
import numpy as np
import pyedflib
import pytest
from exported import motley, standing
from invented_sessions import EVERY, OPENED, event, nearly_empty, reading, session

from analysis.exports.copy import NotForThisFormat
from analysis.exports.edf import write
from analysis.exports.one_hertz import one_hertz
from analysis.session import Patient

SERIES = [("spo2", "spo2", "monitor"), ("temp", "temp", "monitor"), ("manual:nibp_sys", "nibp_sys", "manual")]


@pytest.fixture
def written(tmp_path):
    made = motley()
    return made, write(made, tmp_path).paths[0]


def test_edfio_reads_each_value_equal(written):
    made, path = written
    file = edfio.read_edf(path)
    began = one_hertz(made).began
    for name, vital, source in SERIES:
        (signal,) = [one for one in file.signals if one.label == name]
        said = standing(made, vital, source)
        samples = [signal.data[(at - began) // 1_000_000] for at, _ in said]
        assert np.round(samples, 1).tolist() == [value for _, value in said]


def test_pyedflib_reads_the_same(written):
    made, path = written
    with pyedflib.EdfReader(str(path)) as file:
        labels = file.getSignalLabels()
        samples = file.readSignal(labels.index("spo2"))
        assert file.getPhysicalDimension(labels.index("spo2")) == "%"
    began = one_hertz(made).began
    for at, value in standing(made, "spo2"):
        assert samples[(at - began) // 1_000_000] == value


def test_what_is_no_number_is_told_apart_by_what_the_header_says(written):
    _, path = written
    (signal,) = [one for one in edfio.read_edf(path).signals if one.label == "temp"]
    assert signal.prefiltering == "last of each second; no numbers: -3276.8 nothing came, -3276.7 no value"
    assert signal.data.min() == -3276.8


def test_an_annotation_has_the_exact_time_and_the_letters_that_were_typed(written):
    made, path = written
    file = edfio.read_edf(path)
    started = (one_hertz(made).start).timestamp()
    notes = {one.text: one.onset + started for one in file.annotations}
    cuff_at = made.readings.loc[made.readings["value"] == 142, "measured_at"].iat[0].timestamp()
    text = "monitor: nibp_sys 142 mm[Hg], nibp_dia 88 mm[Hg], nibp_map 106 mm[Hg]"
    assert notes[text] == pytest.approx(cuff_at, abs=1e-6)
    assert "note: Sagt: 悪い夢, then laughs – ½ asleep (nurse.example)" in notes


def test_what_happened_before_and_long_after_keeps_its_time(written):
    _, path = written
    with pyedflib.EdfReader(str(path)) as file:
        onsets, _, texts = file.readAnnotations()
    told = dict(zip(texts.tolist(), onsets.tolist(), strict=True))
    assert told["medication: Took a pill before (nurse.example)"] < -3600
    assert told["followup: Called, is well (nurse.example)"] > 9 * 24 * 3600


def test_the_header_says_the_clinics_time_the_session_and_no_name(written):
    made, path = written
    file = edfio.read_edf(path)
    assert (
        f"{file.startdate} {file.starttime:%H:%M}" == "2026-03-02 08:41"
    )  # just before it opened, 13:42 UTC
    assert file.local_patient_identification == "P-0007 X X X"
    assert file.local_recording_identification == f"Startdate 02-MAR-2026 {made.id} X infusionlog -0500"


def test_identity_is_in_the_header_where_it_was_asked_for(tmp_path):
    path = write(motley(), tmp_path, with_identity=True).paths[0]
    assert edfio.read_edf(path).local_patient_identification == "P-0007 X 29-FEB-1980 Nobody_Example"


def test_a_name_that_the_header_cant_hold_is_left_out_and_said(tmp_path):
    made = replace(motley(), patient=Patient("Nº 7", "Ξένη Example", "1980-02-29"))
    copy = write(made, tmp_path, with_identity=True)
    assert edfio.read_edf(copy.paths[0]).local_patient_identification == r"N\xba_7 X 29-FEB-1980 X"
    assert "The patient's name: the header has room for 80 characters of ASCII in all." in copy.not_held
    assert r"The patient's id as it is written: the header has ASCII only, and says N\xba_7." in copy.not_held


@pytest.mark.parametrize(("born", "held"), [("1980-02-29", "29-FEB-1980"), ("in the winter of 1980", "X")])
def test_a_birth_that_is_no_date_is_left_out_and_said(tmp_path, born, held):
    copy = write(replace(motley(), patient=Patient("P-0007", "", born)), tmp_path, with_identity=True)
    assert edfio.read_edf(copy.paths[0]).local_patient_identification == f"P-0007 X {held} X"
    assert any("The patient's birth" in line for line in copy.not_held) is (held == "X")


def test_a_year_that_the_header_has_not_is_refused(tmp_path):
    made = session([reading(0, "spo2", 97.0, 1)], [])
    made.readings["measured_at"] -= timedelta(days=365 * 50)
    with pytest.raises(
        NotForThisFormat, match="begins in 1976, and an EDF\\+ header knows the years 1985 to 2084"
    ):
        write(made, tmp_path)


def test_what_is_excluded_as_a_whole_is_in_the_annotations(tmp_path):
    made = motley()
    made.readings["excluded"] = True
    file = edfio.read_edf(write(made, tmp_path).paths[0])
    assert len(file.signals) == 0
    assert sum(one.text.count("[excluded]") for one in file.annotations) == len(made.readings)


def test_a_session_without_readings_is_a_file_of_annotations(tmp_path):
    file = edfio.read_edf(write(nearly_empty(), tmp_path).paths[0])
    assert len(file.signals) == 0
    assert file.annotations[0].text.startswith("begins 2026-03-02T13:41:59")


def test_over_a_daylight_saving_change_seconds_go_on(tmp_path):
    rows = [reading(60 * hour, "spo2", 90.0 + hour, hour) for hour in range(3)]
    moved = timedelta(days=6, hours=-8)  # 06:00 UTC on 8 March 2026, an hour before New York's clocks change
    made = session(rows, [], opened_at=OPENED + moved)
    for name in ("at", "measured_at"):
        made.readings[name] += moved
    file = edfio.read_edf(write(made, tmp_path).paths[0])
    (signal,) = file.signals
    (said,) = np.nonzero(signal.data > 0)
    assert np.diff(said).tolist() == [3600, 3600]
    assert f"{file.starttime:%H:%M}" == "00:41"


def test_more_sources_and_long_names_have_labels_of_their_own(tmp_path):
    rows = [
        reading(0, "local:masimo:perfusion", 1.0, n, source=f"monitor{n}", unit="ug/kg/min") for n in range(3)
    ]
    file = edfio.read_edf(write(session(rows, []), tmp_path).paths[0])
    labels = [one.label for one in file.signals]
    assert labels == ["monitor0:l:perfu", "monitor1:l:perfu", "monitor2:l:perfu"]
    assert file.signals[0].transducer_type == "monitor0:local:masimo:perfusion in ug/kg/min, from monitor0"


def test_every_invented_session_is_read_back_by_both(tmp_path):
    for number, invented in enumerate([*EVERY, lambda: session([], [event(0, "note", 1)])]):
        folder = tmp_path / str(number)
        folder.mkdir()
        made = invented()
        path = write(made, folder).paths[0]
        read = edfio.read_edf(path)
        with pyedflib.EdfReader(str(path)) as file:
            assert file.signals_in_file == len(read.signals)
            assert len(file.readAnnotations()[2]) == len(read.annotations) >= len(made.events)
