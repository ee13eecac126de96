from __future__ import annotations

import struct
from datetime import datetime

import pytest

from devices import registry
from devices.contract import Frame, Quality, Send, Unread, decode
from devices.simulators.capnostream import frame

LIMITS = bytes([60, 15, 30, 6, 8, 100, 85, 140, 50])
TIME = datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001


def payload(
    etco2=38, fico2=0, breaths=14, spo2=97, pulse=66, co2=0, oximeter=0, unit=1, extended=0, limits=LIMITS
):
    seconds = int((TIME - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001
    head = struct.pack(">I5B", seconds, etco2, fico2, breaths, spo2, pulse)
    return head + bytes([0, 0, 0, 0, co2, oximeter, 0]) + limits + bytes([unit, extended])


def read(*raw: bytes):
    return decode(registry.adapter("capnostream").decoder(), [b"".join(raw)])


def numbers(**more):
    return read(frame(1, payload(**more)))[0]


def said(one: Frame):
    return {str(r.vital): (r.value, r.quality, r.reason) for r in one.readings}


def test_numerics_say_co2_respiration_saturation_pulse_and_the_monitors_time():
    one = numbers()
    assert {vital: value for vital, (value, _, _) in said(one).items()} == {
        **{"etco2": 38.0, "fico2": 0.0, "co2_rr": 14.0, "spo2": 97.0, "spo2_pr": 66.0}
    }
    assert one.device_time == TIME


def test_the_commands_of_the_readers_are_sent_and_no_others():
    adapter = registry.adapter("capnostream")
    assert adapter.decoder().opening() == [Send(bytes.fromhex("85010100")), Send(bytes.fromhex("85010405"))]
    assert adapter.decoder().due(1.0) == [Send(bytes.fromhex("85010607"))]
    allowed = [code for code in range(128) if adapter.permits(frame(code, b""))]
    assert allowed == [1, 4, 6]


def test_the_stream_is_asked_for_again_after_ten_seconds_of_silence():
    decoder = registry.adapter("capnostream").decoder()
    assert [len(decoder.due(float(second))) for second in (9, 10, 11)] == [1, 2, 1]


def test_an_identity_is_kept():
    (one,) = read(frame(4, b"V45.67 02/24/2008 B355987654  "))
    assert (one.raw_flags, one.readings) == ({"device": "V45.67 02/24/2008 B355987654"}, ())


@pytest.mark.parametrize("pulse", [0x80, 0x85, 127, 129])
def test_80_and_85_are_escaped_on_the_line(pulse):
    assert said(numbers(pulse=pulse))["spo2_pr"] == (float(pulse), Quality.GOOD, None)


def test_an_80_that_escapes_nothing_leaves_the_next_frame_whole():
    bare = frame(1, payload(fico2=0x80)).replace(b"\x80\x00\x0e", b"\x80\x0e")
    assert [event.raw for event in read(bare, frame(1, payload()))] == [bare, frame(1, payload())]


def test_ff_is_no_value():
    one = numbers(etco2=255, fico2=255, breaths=255, spo2=255, pulse=255)
    assert set(said(one).values()) == {(None, Quality.INVALID, "absent")}


@pytest.mark.parametrize(
    ("alarm", "reason"), [(0x20, "sensor_off"), (0x40, "sensor_disconnected"), (0x01, "no_pulse")]
)
def test_an_alarm_of_the_sensor_makes_its_numbers_invalid_and_no_others(alarm, reason):
    one = said(numbers(oximeter=alarm))
    assert one["spo2"] == (97.0, Quality.INVALID, reason)
    assert one["etco2"] == (38.0, Quality.GOOD, None)


@pytest.mark.parametrize(
    ("extended", "quality", "reason"),
    [
        (0x01, Quality.QUESTIONABLE, "check_calibration"),
        (0x02, Quality.QUESTIONABLE, "check_flow"),
        (0x04, Quality.INVALID, "pump_off"),
    ],
)
def test_a_fault_of_the_gas_path_doubts_its_numbers(extended, quality, reason):
    assert said(numbers(extended=extended))["co2_rr"] == (14.0, quality, reason)


def test_no_breath_and_a_low_battery_are_states():
    assert numbers(co2=1, extended=0x80).states == ("apnoea", "low_battery")


@pytest.mark.parametrize("unit", [2, 3])
def test_a_unit_whose_scale_is_not_documented_gives_no_co2(unit):
    one = said(numbers(unit=unit))
    assert one["etco2"] == (None, Quality.INVALID, "unit_unproved")
    assert one["spo2"][0] == 97.0


def test_a_record_shifted_by_a_byte_is_unread():
    good = payload()
    shifted = good[:4] + b"\0" + good[4:]
    _, unread, after = read(frame(1, good), frame(1, shifted), frame(1, good))
    assert (type(unread), unread.why) == (Unread, "numerics shifted by a byte")
    assert isinstance(after, Frame)


def test_a_saturation_that_equals_the_last_respiration_is_one_where_the_limits_stand():
    frames = read(frame(1, payload(breaths=40)), frame(1, payload(spo2=40)))
    assert said(frames[1])["spo2"][0] == 40.0


def test_waves_belong_to_the_numerics_that_follow_them():
    waves = b"".join(frame(0, bytes([number, 30, 0, 0])) for number in range(20))
    (one,) = read(waves + frame(1, payload()))
    assert one.raw.startswith(waves)
    assert len(one.readings) == 5


@pytest.mark.parametrize("place", [4, 9, 20])
def test_a_broken_frame_costs_itself_alone(place):
    whole = bytearray(frame(1, payload()))
    whole[place] ^= 0x02
    unread, one = read(bytes(whole), frame(1, payload()))
    assert isinstance(unread, Unread)
    assert isinstance(one, Frame)


def test_a_frame_that_is_too_short_for_numerics_is_unread():
    (unread,) = read(frame(1, payload()[:20]))
    assert unread.why == "numerics of 20 bytes"
