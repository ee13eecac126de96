from __future__ import annotations

import pytest

from devices import registry
from devices.contract import Frame, Quality, Unread, decode

RECORD = bytes([0x80, 72, 97, 0x20])


def events(raw: bytes):
    return decode(registry.adapter("nonin_8").decoder(), [raw])


def said(record: bytes):
    return {str(r.vital): (r.value, r.quality, r.reason) for r in events(record * 3)[0].readings}


@pytest.mark.parametrize(
    ("high", "low", "rate"), [(0, 127, 127), (1, 0, 128), (1, 2, 130), (2, 0, 256), (2, 65, 321)]
)
def test_a_rate_has_nine_bits_in_two_bytes(high, low, rate):
    assert said(bytes([0x80 | high, low, 97, 0x20]))["spo2_pr"] == (rate, Quality.GOOD, None)


def test_511_and_127_are_no_value():
    assert said(bytes([0x83, 127, 127, 0x00])) == {
        "spo2": (None, Quality.INVALID, "absent"),
        "spo2_pr": (None, Quality.INVALID, "absent"),
    }


@pytest.mark.parametrize(
    ("first", "last", "quality", "reason"),
    [
        (0xA0, 0x20, Quality.QUESTIONABLE, "out_of_track"),
        (0x90, 0x20, Quality.QUESTIONABLE, "low_perfusion"),
        (0x88, 0x20, Quality.QUESTIONABLE, "marginal_perfusion"),
        (0x84, 0x20, Quality.QUESTIONABLE, "artifact"),
        (0x80, 0x08, Quality.INVALID, "sensor_off"),
    ],
)
def test_a_status_bit_judges_both_numbers(first, last, quality, reason):
    assert set(said(bytes([first, 72, 97, last])).values()) == {(97, quality, reason), (72, quality, reason)}


def test_a_low_battery_is_a_state():
    assert events(bytes([0x80, 72, 97, 0x21]) * 3)[0].states == ("low_battery",)


def test_at_the_beginning_three_records_wait_for_one_another():
    assert events(RECORD * 2) == []
    assert [event.raw for event in events(RECORD * 3)] == [RECORD] * 3


def test_once_in_step_every_record_is_given_at_once():
    decoder = registry.adapter("nonin_8").decoder()
    decoder.feed(RECORD * 3)
    assert len(decoder.feed(RECORD)) == 1


@pytest.mark.parametrize("place", range(4))
def test_an_inserted_byte_makes_no_other_number(place):
    broken = RECORD[:place] + b"\0" + RECORD[place:]
    frames = [event for event in events(RECORD * 3 + broken + RECORD * 3) if isinstance(event, Frame)]
    assert {tuple(r.value for r in frame.readings) for frame in frames} == {(97.0, 72.0)}


def test_a_format_2_stream_has_no_number_in_format_8():
    frame = bytes([1, 0x80, 60, 72, (1 + 0x80 + 60 + 72) & 0xFF])
    assert {type(event) for event in events(frame * 75)} == {Unread}
