from __future__ import annotations

import pytest

from devices import registry
from devices.contract import Send, Unread, decode

SAMPLE = "P:--,85,120, 45, 80,000,010,000, 5"


def read(*lines: str):
    return decode(registry.adapter("accutorr3").decoder(), ["".join(f"{x}\r\n" for x in lines).encode()])


def values(frame):
    return {str(reading.vital): reading.value for reading in frame.readings}


def test_the_printed_sample_says_systolic_then_mean_then_diastolic():
    (frame,) = read(SAMPLE)
    assert values(frame) == {
        **{"spo2": None, "pulse_generic": 85.0, "nibp_sys": 120.0, "nibp_map": 45.0, "nibp_dia": 80.0}
    }
    assert frame.raw_flags == {"minutes": "5", "st0": "000", "st1": "010", "st2": "000"}


def test_the_last_field_is_the_age_in_minutes():
    (frame,) = read(SAMPLE)
    cuff = [reading for reading in frame.readings if reading.vital.startswith("nibp")]
    assert {(reading.age, reading.measured_at_from) for reading in cuff} == {(300.0, "age")}


def test_equal_pressures_are_a_new_reading_where_the_minutes_fall_back():
    frames = read(SAMPLE, SAMPLE, SAMPLE[:-2] + " 6", SAMPLE[:-2] + " 0")
    assert [frame.readings[-1].repeat for frame in frames] == [False, True, True, False]


@pytest.mark.parametrize("off", ["--", " --", "  ", "---"])
def test_dashes_and_blanks_are_off(off):
    (frame,) = read(SAMPLE.replace("85", off))
    assert (frame.readings[1].value, frame.readings[1].reason) == (None, "absent")


@pytest.mark.parametrize(
    "broken", [SAMPLE[2:], SAMPLE[:-4], SAMPLE.replace("120", "820"), SAMPLE.replace("85", "8.5")]
)
def test_a_line_of_another_form_is_unread(broken):
    (event,) = read(broken)
    assert isinstance(event, Unread)


def test_it_asks_with_one_letter_and_may_send_no_other():
    adapter = registry.adapter("accutorr3")
    assert adapter.decoder().opening() == [Send(b"P")]
    assert [code for code in range(256) if adapter.permits(bytes([code]))] == [ord("P")]
