"""The simulated pressure modules: they answer two questions, and no command moves the cuff."""

from datetime import datetime

import pytest

from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse

EPOCH = datetime(2026, 3, 2, 9)  # noqa: DTZ001


@pytest.mark.parametrize("name", ["suntech", "stx_nibp"])
def test_it_is_silent_until_asked(name):
    assert Plan(name).actor(EPOCH).send(600.0) == []


@pytest.mark.parametrize(
    ("name", "command"), [("suntech", bytes.fromhex("3A20A6")), ("stx_nibp", b"\x0201;;D7\x03")]
)
def test_a_command_to_start_is_not_what_starts_the_cuff(name, command):
    device = Plan(name).actor(EPOCH)
    device.hear(command, 5.0)
    assert device.send(600.0) == []


def test_every_answer_of_suntech_sums_to_nothing():
    assert {sum(one.raw) & 0xFF for one in rehearse(Plan("suntech"), 120.0)} == {0}


def test_a_reading_is_answered_in_24_bytes_and_a_pressure_in_5():
    assert {len(one.raw) for one in rehearse(Plan("suntech"), 120.0)} == {5, 24}


def test_a_failed_cycle_has_an_error_and_no_pressure():
    plan = Plan("suntech", faults=parse_faults(["cuff_failed@61"]))
    raw = [one.raw for one in rehearse(plan, 120.0) if len(one.raw) == 24][-1]
    assert (raw[2:6], raw[20]) == (bytes(4), 2)


def test_stx_sends_the_pressure_of_the_cuff_while_it_is_at_work():
    lines = [one.raw for one in rehearse(Plan("stx_nibp"), 120.0)]
    assert b"150C0S3\r" in lines
    assert lines.count(b"999\r") == 1
