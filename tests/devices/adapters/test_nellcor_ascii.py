from __future__ import annotations

import pytest

from devices import registry
from devices.contract import Frame, Quality, Unread, decode

LINE = "02-Mar-26 09:00:02    97      72      60    {:<17}"


def events(*lines: str):
    raw = "".join(f"{line}\r\n" for line in lines).encode("ascii")
    return decode(registry.adapter("nellcor_ascii").decoder(), [raw])


def values(frame: Frame) -> list[float | None]:
    return [reading.value for reading in frame.readings]


def test_a_line_without_status_is_good():
    (frame,) = events(LINE.format(""))
    assert values(frame) == [97.0, 72.0, 60.0]
    assert {reading.quality for reading in frame.readings} == {Quality.GOOD}
    assert frame.device_time.isoformat() == "2026-03-02T09:00:02"


def test_a_star_marks_a_number_outside_its_limit_and_takes_nothing_from_it():
    (frame,) = events("02-Mar-26 09:00:06    89*    190*    201    SL PH")
    assert values(frame) == [89.0, 190.0, 201.0]
    assert frame.raw_flags == {"status": "SL PH", "spo2_alarm": "*", "bpm_alarm": "*"}
    assert frame.readings[0].quality is Quality.GOOD


def test_dashes_are_no_value_and_the_status_says_why():
    (frame,) = events("02-Mar-26 09:00:08   ---     ---     ---    SD          AS   ")
    assert values(frame) == [None, None, None]
    assert {reading.reason for reading in frame.readings} == {"sensor_disconnected"}


def test_zeros_of_a_pulse_search_are_kept_as_the_invalid_numbers_they_are():
    (frame,) = events("02-Mar-26 09:00:10     0       0     ---    PS               ")
    assert values(frame) == [0.0, 0.0, None]
    assert {(r.quality, r.reason) for r in frame.readings} == {(Quality.INVALID, "searching")}


@pytest.mark.parametrize(
    ("status", "quality", "reason"),
    [
        ("AO", "good", None),
        ("AS", "good", None),
        ("BU", "good", None),
        ("LB", "good", None),
        ("PH", "good", None),
        ("PL", "good", None),
        ("SH", "good", None),
        ("SL", "good", None),
        ("MO", "questionable", "motion"),
        ("LM", "invalid", "pulse_lost"),
        ("LP", "invalid", "pulse_lost"),
        ("PS", "invalid", "searching"),
        ("SD", "invalid", "sensor_disconnected"),
        ("SO", "invalid", "sensor_off"),
        ("MO PS", "invalid", "searching"),
    ],
)
def test_each_status_code_has_its_quality(status, quality, reason):
    (frame,) = events(LINE.format(status))
    assert {(r.quality, r.reason) for r in frame.readings} == {(quality, reason)}
    assert frame.raw_flags["status"] == status


def test_several_codes_with_a_gap_of_thirteen_blanks_are_all_kept():
    (frame,) = events(LINE.format("MO             AO"))
    assert frame.raw_flags["status"].split() == ["MO", "AO"]
    assert frame.readings[0].reason == "motion"


def test_a_low_battery_is_a_state():
    (frame,) = events(LINE.format("LB"))
    assert frame.states == ("low_battery",)


def test_headers_may_stand_anywhere_and_keep_the_limits():
    limits, mode, heads, line = events(
        "N-560    VERSION 1.00.00    CRC:XXXX  SpO2 Limit: 90-100%    PR Limit: 60-170BPM",
        "                             ADULT           25SAT-S ",
        "TIME                 %SpO2   BPM     PA     Status",
        LINE.format(""),
    )
    assert limits.raw_flags["spo2_limits"] == "90-100"
    assert mode.raw_flags == {"patient_mode": "ADULT", "sat_seconds": "25"}
    assert (heads.readings, heads.raw_flags) == ((), {})
    assert values(line)


def test_months_are_english_in_either_case_and_amplitudes_may_have_leading_zeros():
    (frame,) = events("18-FEB-09 10:00:28    98     105     057    MO     ")
    assert values(frame) == [98.0, 105.0, 57.0]
    assert frame.device_time.month == 2


@pytest.mark.parametrize(
    "line",
    [
        "02-Mai-26 09:00:02    97      72      60",
        "02-Mar-26 09:00:02   101      72      60",
        "02-Mar-26 09:00:02    97     251      60",
        "02-Mar-26 09:00:02    97     72      60",
        "02-Mar-26 09:00:02    9       72      60",
        "9:00:02    97      72      60",
    ],
)
def test_a_line_out_of_form_or_range_is_unread(line):
    (event,) = events(line)
    assert isinstance(event, Unread)


def test_a_code_that_nobody_named_makes_the_numbers_questionable():
    (frame,) = events(LINE.format("AO SX"))
    assert {(r.quality, r.reason) for r in frame.readings if r.value is not None} == {
        ("questionable", "unknown_status")
    }
