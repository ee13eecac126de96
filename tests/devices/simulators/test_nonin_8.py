"""The simulated WristOx2: four bytes a second, of which only the first has bit 7."""

from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse


def records(*faults):
    return [one.raw for one in rehearse(Plan("nonin_8", faults=parse_faults(faults)), 60.0)]


def test_only_a_first_byte_has_its_highest_bit():
    assert {tuple(byte >> 7 for byte in raw) for raw in records()} == {(1, 0, 0, 0)}


def test_without_a_finger_511_and_127_are_sent_under_the_sensor_alarm():
    assert records("probe_off@10+5")[12] == bytes([0x83, 127, 127, 0x08])
