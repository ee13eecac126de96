"""The simulated HL7 monitor sends every 10 s, and again what nobody acknowledges."""

from devices.contract import Send
from devices.registry import adapter
from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import EPOCH


def monitor(*faults, **more):
    return Plan("hl7_oru", faults=parse_faults(faults), **more).actor(EPOCH)


def times(said):
    return [one.at for one in said]


def answer(said):
    events = adapter("hl7_oru").decoder().feed(said.raw)
    return next(event.raw for event in events if isinstance(event, Send))


def test_a_message_that_nobody_acknowledges_comes_three_times():
    assert times(monitor().send(12.0)) == [0.0, 3.0, 6.0, 10.0]


def test_an_acknowledged_message_comes_once():
    one = monitor()
    (first,) = one.send(0.0)
    one.hear(answer(first), 1.0)
    assert times(one.send(10.0)) == [10.0]


def test_an_acknowledgement_may_come_in_pieces():
    one = monitor()
    (first,) = one.send(0.0)
    for byte in answer(first):
        one.hear(bytes([byte]), 1.0)
    assert times(one.send(9.0)) == []


def test_the_acknowledgement_of_another_message_counts_for_nothing():
    one = monitor()
    (first,) = one.send(0.0)
    one.hear(answer(first).replace(b"|1|", b"|9|").replace(b"AA|1", b"AA|9"), 1.0)
    assert times(one.send(3.0)) == [3.0]


def test_it_is_silent_while_it_is_switched_off():
    assert [t for t in times(monitor("power_cycle@5+20").send(40.0)) if 5 <= t < 25] == []


def test_it_says_that_it_is_in_demo_mode():
    (said,) = monitor("demo@0+60").send(0.0)
    assert said.states == ("demo",)
    assert b"|DEMO|" in said.raw
