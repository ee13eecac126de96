"""The simulated Capnostream: what starts its stream and keeps it, and its text reports."""

from datetime import datetime

from devices.simulators.capnostream import frame
from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse

EPOCH = datetime(2026, 3, 2, 9)  # noqa: DTZ001


def test_it_is_silent_until_it_is_started():
    device = Plan("capnostream").actor(EPOCH)
    assert device.send(10.0) == []
    device.hear(frame(1, b"") + frame(4, b""), 10.0)
    assert len(device.send(11.0)) == 3


def test_it_stops_where_no_sign_of_life_comes():
    device = Plan("capnostream").actor(EPOCH)
    device.hear(frame(4, b""), 0.0)
    assert [said.at for said in device.send(60.0)] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_it_stops_when_told_to():
    device = Plan("capnostream").actor(EPOCH)
    device.hear(frame(4, b"") + frame(5, b""), 0.0)
    assert device.send(60.0) == []


def test_85_stands_at_the_start_of_a_frame_only():
    raw = rehearse(Plan("capnostream"), 30.0)[5].raw
    assert raw.count(b"\x85") == 21


def test_a_report_has_blanks_without_a_probe():
    lines = [
        one.raw
        for one in rehearse(Plan("capnostream_report", faults=parse_faults(["probe_off@20+30"])), 90.0)
    ]
    assert [line.split(b"\t")[5:8] == [b"", b"", b""] for line in lines[1:]] == [False, True, False]
