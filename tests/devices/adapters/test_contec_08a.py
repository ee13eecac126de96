from __future__ import annotations

from datetime import datetime

import pytest

from devices import registry
from devices.contract import Frame, Unread, completed, decode


def record(
    sys: int, dia: int = 71, mean: int = 88, pulse: int = 66, month: int = 3, highs: int | None = None
):
    plain = [1, sys, dia, pulse, mean, 26, month]
    bits = sum((byte >> 7) << place for place, byte in enumerate(plain)) if highs is None else highs
    head = bytes([0x80 | bits, *(byte | 0x80 for byte in plain), 0x80])
    return head + bytes([0x80 | 2, 0x80 | 9, 0x80 | 30])


def read(raw: bytes):
    decoder = registry.adapter("contec_08a").decoder()
    return decode(decoder, [raw]) + completed(decoder)


@pytest.mark.parametrize("systolic", [90, 118, 127, 128, 142, 203])
def test_the_systolic_is_without_the_mark_of_its_byte(systolic):
    (frame,) = read(record(systolic, mean=80))
    assert frame.readings[0].value == float(systolic)


def test_a_stored_reading_has_its_own_time():
    (frame,) = read(record(118))
    assert {str(reading.vital): reading.value for reading in frame.readings} == {
        **{"nibp_sys": 118.0, "nibp_dia": 71.0, "nibp_map": 88.0, "nibp_pulse": 66.0}
    }
    assert {reading.measured_at for reading in frame.readings} == {datetime(2026, 3, 2, 9, 30)}  # noqa: DTZ001
    assert frame.states == ("from_memory",)


def test_two_equal_stored_readings_are_two_readings():
    assert [reading.repeat for frame in read(record(118) * 2) for reading in frame.readings] == [False] * 8


@pytest.mark.parametrize("broken", [record(118, month=13), record(118, dia=90), record(118, highs=0x7F)])
def test_a_record_without_sense_is_unread(broken):
    unread, frame = read(broken + record(118))
    assert isinstance(unread, Unread)
    assert isinstance(frame, Frame)


def test_nothing_is_sent_to_it():
    assert registry.adapter("contec_08a").may_send == ()


def test_a_file_that_begins_in_the_middle_of_a_record_makes_no_reading_of_two_halves():
    midnight = record(118)[:-2] + bytes([0x80, 0x80])
    unread, *frames = read(midnight[4:] + midnight + record(142))
    assert len(unread.raw) == 8
    assert [frame.readings[0].value for frame in frames] == [118.0, 142.0]
