from __future__ import annotations

from datetime import datetime

import pytest

from devices import registry
from devices.contract import Frame, Quality, Unread, decode

TIME = bytes.fromhex("2026030214301550")


def spot_check(
    rate: bytes = b"\0\x48", spo2: int = 97, status: bytes = b"\x02\0", time: bytes = TIME, more: bytes = b""
):
    data = time + status + rate + bytes([0, spo2]) + more
    return b"\x00\x02\x00\x0d" + len(data).to_bytes(2, "big") + data + bytes([sum(data) & 0xFF, 3])


def read(raw: bytes):
    (event,) = decode(registry.adapter("nonin_13").decoder(), [raw])
    return event


def values(frame: Frame):
    return {str(reading.vital): reading.value for reading in frame.readings}


def test_a_spot_check_has_its_own_time():
    frame = read(spot_check())
    assert values(frame) == {"spo2": 97.0, "spo2_pr": 72.0}
    assert frame.device_time == datetime(2026, 3, 2, 14, 30, 15, 500_000)  # noqa: DTZ001


def test_it_is_not_acknowledged_for_the_device_would_delete_it():
    adapter = registry.adapter("nonin_13")
    assert adapter.may_send == ()
    assert not adapter.permits(b"\x06")


@pytest.mark.parametrize(
    ("rate", "value"),
    [
        (b"\x01\x02", 130.0),
        (b"\x00\x82", 130.0),
        (b"\x01\x00", 128.0),
        (b"\x02\x41", 321.0),
        (b"\x03\x7f", None),
        (b"\x01\xff", None),
    ],
)
def test_a_rate_is_read_in_seven_or_eight_bits(rate, value):
    assert values(read(spot_check(rate)))["spo2_pr"] == value


def test_a_status_that_says_no_measurement_leaves_no_number():
    frame = read(spot_check(status=b"\x01\0"))
    assert {(r.value, r.reason) for r in frame.readings} == {(None, "absent")}


def test_without_smartpoint_a_number_is_questionable():
    frame = read(spot_check(status=b"\0\0"))
    assert {(r.quality, r.reason) for r in frame.readings} == {(Quality.QUESTIONABLE, "low_signal_quality")}


def test_a_reading_from_memory_says_so():
    assert read(spot_check(status=b"\x02\x11")).states == ("from_memory", "low_battery")


def test_fourteen_bytes_are_a_minimum():
    assert values(read(spot_check(more=b"\1\2\3"))) == {"spo2": 97.0, "spo2_pr": 72.0}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (spot_check(time=bytes.fromhex("20261302143015ff")), "no such time: 20261302143015ff"),
        (spot_check(time=bytes.fromhex("2026130214301500")), "no such time: 2026130214301500"),
        (spot_check(spo2=101), "rate 72, saturation 101: out of range"),
        (spot_check()[:-1] + b"\4", "a spot check without its end"),
        (spot_check()[:-2] + b"\0\3", f"checksum 00, expected {spot_check()[-2]:02x}"),
    ],
)
def test_a_broken_spot_check_is_unread(raw, why):
    first = decode(registry.adapter("nonin_13").decoder(), [raw + spot_check()])[0]
    assert (type(first), first.why) == (Unread, why)
