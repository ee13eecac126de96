"""The simulated Fresenius pump talks after DC, asks for life, and leaves who does not answer."""

from __future__ import annotations

import pytest

from devices.adapters.fresenius import written
from devices.registry import adapter
from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import EPOCH, rehearse

IN_BASE, ALONE = 2, 3


def pump(*faults, seed=ALONE):
    return Plan("fresenius", seed, faults=parse_faults(faults), infusion_at=60.0).actor(EPOCH)


def told(actor, *texts, at=0.0):
    for text in texts:
        actor.hear(written(text), at)
    return [said.raw for said in actor.send(at)]


def answer(text):
    return b"\x06" + written(text)


def test_it_is_silent_until_asked():
    assert pump().send(60.0) == []


def test_it_says_no_values_before_the_talk_is_open():
    assert told(pump(), "LE;dr") == [answer("I;1E")]


def test_a_single_pump_has_no_base():
    assert told(pump(), "0DC") == [b"\x154"]


def test_a_base_tells_its_pumps():
    assert told(pump(seed=IN_BASE), "0DC", "0LE;b", "1DC")[1:] == [answer("0C;b01"), answer("1C")]


def test_a_value_comes_with_an_enquiry():
    assert told(pump(), "DC", "LE;dr")[1:] == [b"\x05", answer("C;d0000;r00000000")]


def test_who_does_not_answer_the_enquiry_has_to_begin_again():
    actor = pump()
    told(actor, "DC", "LE;dr")
    assert told(actor, "LE;dr", at=1.0) == [answer("I;1E")]


@pytest.mark.parametrize("text", ["PR;60", "MO", "OF", "LE;q"])
def test_it_does_not_know_any_other_word(text):
    assert told(pump(), "DC", text)[1:] == [answer("I;01")]


def test_a_wrong_sum_is_refused():
    actor = pump()
    actor.hear(b"\x02DC00\x03", 0.0)
    assert [said.raw for said in actor.send(0.0)] == [b"\x152"]


@pytest.mark.parametrize(("seed", "slot"), [(IN_BASE, "1"), (ALONE, "")])
def test_forty_ml_are_infused_in_forty_minutes(seed, slot):
    decoder = adapter("fresenius").decoder()
    said = rehearse(Plan("fresenius", seed, infusion_at=60.0), 2520.0)
    frames = [event for one in said for event in decoder.feed(one.raw) if hasattr(event, "readings")]
    given = [
        r.value for one in frames for r in one.readings if (r.vital, r.variant) == ("vol_delivered", slot)
    ]
    assert (given[0], given[-1]) == (0.0, 40.0)
    assert given == sorted(given)
