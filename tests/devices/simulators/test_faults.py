"""Faults: their form."""

import math
import re
from pathlib import Path

import pytest

from devices.errors import BadAddress
from devices.simulators.faults import KNOWN, Fault, parse_faults


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


def test_every_fault_is_documented_with_how_long_it_lasts():
    page = (Path(__file__).parents[3] / "docs" / "simulators.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \|", page, re.MULTILINE))
    assert set(rows) == set(KNOWN)
    assert {name: lasting(rows[name]) for name in rows} == KNOWN


def lasting(words: str) -> float:
    """Return the seconds that the documentation's words mean."""
    if words == "on":
        return math.inf
    return 0.0 if words.startswith("a") else float(words.removesuffix(" s"))
