"""The simulated NE-1000 answers three questions, and stalls under an occlusion."""

from __future__ import annotations

import pytest

from devices.registry import adapter
from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import EPOCH, rehearse


def told(*asked, at=0.0, faults=()):
    actor = Plan("ne1000", faults=parse_faults(faults), infusion_at=60.0).actor(EPOCH)
    for raw in asked:
        actor.hear(raw, at)
    return [said.raw for said in actor.send(at)]


def test_it_is_silent_until_asked():
    assert told() == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (b"00DIS\r", b"\x0200SI0.000W0.000ML\x03"),
        (b"00RAT\r", b"\x0200S60.00MH\x03"),
        (b"00VOL\r", b"\x0200S40.00ML\x03"),
    ],
)
def test_it_answers_a_question(asked, said):
    assert told(asked) == [said]


def test_a_rate_may_have_been_typed_in_ml_a_minute():
    actor = Plan("ne1000", seed=1).actor(EPOCH)
    actor.hear(b"00RAT\r", 0.0)
    assert [said.raw for said in actor.send(0.0)] == [b"\x0200S1.000MM\x03"]


@pytest.mark.parametrize("asked", [b"00RUN\r", b"00RAT99\r", b"00STP\r"])
def test_it_does_not_do_what_it_is_told(asked):
    assert told(asked) == [b"\x0200S?\x03"]


def test_an_occlusion_is_said_once():
    assert told(b"00RAT\r", b"00RAT\r", at=130.0, faults=["occlusion@120+60"]) == [
        b"\x0200A?S\x03",
        b"\x0200S60.00MH\x03",
    ]


def test_it_says_that_it_was_switched_off():
    assert told(b"00RAT\r", at=31.0, faults=["power_cycle@20+10"]) == [b"\x0200A?R\x03"]


def test_forty_ml_are_infused_in_forty_minutes():
    decoder = adapter("ne1000").decoder()
    said = rehearse(Plan("ne1000", infusion_at=60.0), 2520.0)
    readings = [r for one in said for frame in decoder.feed(one.raw) for r in frame.readings]
    given = [r.value for r in readings if r.vital == "vol_delivered"]
    assert (given[0], given[-1]) == (0.0, 40.0)
    assert given == sorted(given)
