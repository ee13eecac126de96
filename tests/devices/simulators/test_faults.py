"""Faults: their form."""

import math

import pytest

from devices.errors import BadAddress
from devices.simulators.faults import Fault, parse_faults


def test_a_fault_has_a_second_and_may_have_a_duration():
    assert parse_faults(["unplug@900+20", "probe_off@300.5+60"]) == (
        Fault("probe_off", 300.5, 60.0),
        Fault("unplug", 900.0, 20.0),
    )


def test_a_fault_lasts_as_long_as_its_kind_does_unless_said():
    power, clock, record = parse_faults(["power_cycle@1", "clock_wrong@2", "nul@3"])
    assert (power.lasts, clock.lasts, record.lasts) == (20.0, math.inf, 0.0)


@pytest.mark.parametrize(
    "text", ["unplug", "unplug@", "unplug@x", "unplug@5+", "unplug@-5", "@5", "unplug@5-6"]
)
def test_another_form_is_refused(text):
    with pytest.raises(BadAddress, match=r"NAME@SECONDS\+DURATION"):
        parse_faults([text])


def test_an_unknown_fault_is_refused_with_the_known_ones():
    with pytest.raises(BadAddress, match="'earthquake' is unknown; known are unplug, silence, replug, paced"):
        parse_faults(["earthquake@5"])
