import numpy as np
import pytest
from exported import motley, standing
from invented_sessions import event, nearly_empty, reading, session

from analysis.exports.copy import NotForThisFormat
from analysis.exports.one_hertz import one_hertz
from analysis.exports.quiet_library import quiet
from analysis.exports.wfdb import write

SERIES = [("spo2", "spo2", "monitor"), ("temp", "temp", "monitor"), ("manual:nibp_sys", "nibp_sys", "manual")]


def read(folder):
    """The record and its remarks, by PhysioNet's own library."""
    with quiet("wfdb") as wfdb:
        record, remarks = wfdb.rdrecord(str(folder / "session")), wfdb.rdann(str(folder / "session"), "rem")
    return record, list(zip(remarks.sample.tolist(), remarks.aux_note, strict=True))


def test_each_value_comes_back_equal(tmp_path):
    made = motley()
    write(made, tmp_path)
    record, _ = read(tmp_path)
    began = one_hertz(made).began
    for name, vital, source in SERIES:
        column = record.p_signal[:, record.sig_name.index(name)]
        for at, value in standing(made, vital, source):
            assert column[(at - began) // 1_000_000] == value


def test_silence_and_no_value_are_nan_and_a_remark_says_which(tmp_path):
    write(motley(), tmp_path)
    record, remarks = read(tmp_path)
    spo2 = record.p_signal[:, record.sig_name.index("spo2")]
    assert np.isnan(spo2).sum() == len(spo2) - 160
    (silence,) = [text for _, text in remarks if text.startswith("monitor: spo2 no value")]
    assert silence.startswith("monitor: spo2 no value (sensor_off), 20 times [for 19")


def test_a_remark_has_its_time_to_a_millisecond(tmp_path):
    made = motley()
    write(made, tmp_path)
    record, remarks = read(tmp_path)
    times = {text: at for at, text in remarks}
    cuff_at = made.readings.loc[made.readings["value"] == 142, "measured_at"].iat[0].timestamp()
    started = one_hertz(made).start.timestamp()
    text = "monitor: nibp_sys 142 mm[Hg], nibp_dia 88 mm[Hg], nibp_map 106 mm[Hg]"
    assert times[text] == pytest.approx((cuff_at - started) * 1000, abs=1)
    assert record.base_datetime == one_hertz(made).start.replace(tzinfo=None)


def test_what_lies_outside_of_the_records_times_says_its_own(tmp_path):
    write(motley(), tmp_path)
    texts = [text for _, text in read(tmp_path)[1]]
    assert "[at 2026-03-02T12:30:00+00:00] medication: Took a pill before (nurse.example)" in texts


def test_letters_beyond_ascii_stand_as_their_codes_and_are_counted(tmp_path):
    copy = write(motley(), tmp_path)
    texts = [text for _, text in read(tmp_path)[1]]
    assert r"note: Sagt: \u60aa\u3044\u5922, then laughs \u2013 \xbd asleep (nurse.example)" in texts
    assert r"Letters beyond ASCII in 1 annotations: each stands as its code (\xe9)." in copy.not_held


def test_a_long_text_goes_on_in_the_next_remark(tmp_path):
    long = " ".join(f"word{n}" for n in range(90))
    write(session([reading(0, "spo2", 97.0, 1)], [event(1, "note", 2, summary=long)]), tmp_path)
    pieces = [text for _, text in read(tmp_path)[1]]
    assert f"note: {long} (nurse.example)" in "".join(pieces)


def test_the_header_says_whose_session_it_is_and_what_is_loud(tmp_path):
    write(motley(banners=("DEMO: no patient",)), tmp_path)
    record, _ = read(tmp_path)
    assert record.comments[1:] == [
        "patient P-0007",
        "clinic's zone America/New_York (-0500)",
        "DEMO: no patient",
    ]
    assert set(record.units) == {"mmHg", "%", "Cel"}


def test_a_name_has_no_place_and_that_is_said(tmp_path):
    copy = write(motley(), tmp_path, with_identity=True)
    assert "The patient's name and birth, which were asked for: WFDB has no place for them." in copy.not_held


def test_a_session_without_a_number_is_refused(tmp_path):
    with pytest.raises(
        NotForThisFormat, match="holds no good number, and WFDB knows no record without a signal"
    ):
        write(nearly_empty(), tmp_path)
