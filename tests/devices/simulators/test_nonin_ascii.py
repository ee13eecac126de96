"""The simulated Avant 9600: a header when it is switched on, then a line a second."""

from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse


def lines(*faults):
    return [one.raw.decode() for one in rehearse(Plan("nonin_ascii", faults=parse_faults(faults)), 60.0)]


def test_the_header_comes_again_when_it_was_switched_off():
    assert [n for n, line in enumerate(lines("power_cycle@10+5")) if "FORMAT" in line] == [0, 11]


def test_without_a_finger_there_are_dashes():
    assert lines("probe_off@10+5")[12] == "SPO2=--- HR=---\r\n"
