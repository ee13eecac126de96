from __future__ import annotations

import pytest

from devices import registry
from devices.contract import Frame, Unread, decode


def read(line: str):
    (event,) = decode(registry.adapter("nonin_ascii").decoder(), [f"{line}\r\n".encode("latin-1")])
    return event


def values(line: str):
    return {(str(r.vital), r.variant): r.value for r in read(line).readings}


@pytest.mark.parametrize(
    ("line", "spo2", "rate"),
    [
        ("SPO2=097 HR=072", 97.0, 72.0),
        ("SPO2=100 HR=130", 100.0, 130.0),
        ("SPO2=--- HR=072", None, 72.0),
        ("SPO2=097 HR=---", 97.0, None),
        ("SPO2= 97 HR= 72", 97.0, 72.0),
        ("SPO2=097 HR=072*", 97.0, 72.0),
        ("14:30:15 SPO2=097 HR=072", 97.0, 72.0),
    ],
)
def test_a_line_says_saturation_and_rate(line, spo2, rate):
    assert values(line) == {("spo2", ""): spo2, ("spo2_pr", ""): rate}


def test_the_fast_average_is_told_apart():
    assert values("SPO2=097 HR=072 F") == {("spo2", "fast"): 97.0, ("spo2_pr", "fast"): 72.0}


def test_event_mark_and_time_of_day_are_kept():
    assert read("14:30:15 SPO2=097 HR=072 F*").raw_flags == {"time_of_day": "14:30:15", "event": "*"}


@pytest.mark.parametrize(
    "line",
    ["SPO2=97 HR=072", "SPO2=097 HR=72", "SPO2=101 HR=072", "SPO2=097 HR=322", "SPO2=0-7 HR=072", "SPO2=097"],
)
def test_a_line_of_another_form_is_unread(line):
    assert isinstance(read(line), Unread)


def test_a_header_is_a_frame_without_numbers():
    header = read("FORMAT #1 03/02/26 09:00:00")
    assert isinstance(header, Frame)
    assert header.readings == ()
