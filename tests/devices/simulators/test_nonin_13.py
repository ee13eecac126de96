"""The simulated 9560 in format 13: a spot check every 20 seconds, with a right sum."""

from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse


def spot_checks(*faults):
    return [one.raw for one in rehearse(Plan("nonin_13", faults=parse_faults(faults)), 61.0)]


def test_a_spot_check_has_22_bytes_and_a_right_sum():
    assert [(len(raw), sum(raw[6:20]) & 0xFF == raw[20]) for raw in spot_checks()] == [(22, True)] * 4


def test_without_a_finger_it_says_that_nothing_was_measured():
    assert [raw[14] & 1 for raw in spot_checks("probe_off@20+10")] == [0, 1, 0, 0]
