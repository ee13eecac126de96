"""The simulated Contec and Berry oximeters: what starts them, and what a second of packets is."""

from datetime import datetime

import pytest

from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse

EPOCH = datetime(2026, 3, 2, 9)  # noqa: DTZ001
START = bytes.fromhex("7D81A1808080808080")
ALIVE = bytes.fromhex("7D81AF808080808080")


def test_it_is_silent_until_it_is_started():
    device = Plan("contec_cms50").actor(EPOCH)
    assert device.send(10.0) == []
    device.hear(START, 10.0)
    assert len(device.send(11.0)) == 2


def test_it_stops_where_no_keep_alive_comes():
    device = Plan("contec_cms50").actor(EPOCH)
    device.hear(START, 0.0)
    assert [said.at for said in device.send(60.0)] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_keep_alive_in_pieces_is_understood():
    device = Plan("contec_cms50").actor(EPOCH)
    device.hear(START, 0.0)
    device.hear(ALIVE[:4], 3.0)
    device.hear(ALIVE[4:], 3.0)
    assert len(device.send(60.0)) == 9


@pytest.mark.parametrize(
    ("name", "size", "packets"), [("contec_cms50", 9, 60), ("contec_cms50_v5", 5, 60), ("berry_bci", 5, 100)]
)
def test_a_second_holds_so_many_packets(name, size, packets):
    assert {len(one.raw) for one in rehearse(Plan(name), 9.0)} == {size * packets}


@pytest.mark.parametrize(("name", "places"), [("contec_cms50_v5", (3, 4)), ("berry_bci", (3, 4))])
def test_without_a_finger_rate_and_saturation_are_127_and_more(name, places):
    said = rehearse(Plan(name, faults=parse_faults(["probe_off@3+3"])), 9.0)[4].raw
    assert [said[place] for place in places] == [0x7F, 0x7F]
