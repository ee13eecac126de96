"""The simulated IntelliVue monitor serves one host that keeps to the dialogue."""

import pytest

from devices.adapters import _intellivue_frames as frames
from devices.adapters.intellivue import ADAPTER
from devices.contract import Frame
from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import EPOCH, rehearse

CONNECT = frames.framed(frames.association_request())
RELEASE = frames.framed(frames.release_request())
ANSWER = frames.framed(frames.mds_create_result(1))
NUMBERS = frames.framed(frames.extended_poll(1, frames.NUMERIC, 3))


def monitor(*faults, **more):
    return Plan("intellivue", faults=parse_faults(faults), **more).actor(EPOCH)


def told(said):
    """Return what each record is: its session message, event or class."""
    decoder = ADAPTER.decoder()
    events = [event for one in said for event in decoder.feed(one.raw)]
    flags = [event.raw_flags for event in events if isinstance(event, Frame)]
    return [one.get("session") or one.get("event") or one["class"] for one in flags]


def served(*faults):
    one = monitor(*faults)
    one.hear(CONNECT, 0.0)
    one.send(0.0)
    one.hear(ANSWER, 0.0)
    return one


def test_it_is_silent_until_it_is_asked_for_an_association():
    one = monitor()
    assert (one.send(3600.0), one.due()) == ([], float("inf"))


def test_it_accepts_and_tells_what_it_is_until_it_is_answered():
    one = monitor()
    one.hear(CONNECT, 0.0)
    assert told(one.send(4.0)) == ["accept", "mds_create", "mds_create", "mds_create"]
    one.hear(ANSWER, 4.0)
    assert one.send(60.0) == []


def test_it_serves_nothing_before_it_is_answered():
    one = monitor()
    one.hear(CONNECT + NUMBERS, 0.0)
    assert set(told(one.send(3.0))) == {"accept", "mds_create"}


def test_a_second_association_is_refused():
    one = served()
    one.hear(CONNECT, 1.0)
    assert told(one.send(1.0)) == ["refuse"]


def test_numbers_come_every_second_in_three_parts_for_as_long_as_was_asked():
    one = served()
    one.hear(NUMBERS, 0.0)
    assert [said.at for said in one.send(60.0)] == [t for t in (0.0, 1.0, 2.0, 3.0) for _ in range(3)]


@pytest.mark.parametrize("piece", [1, 7])
def test_what_a_host_says_may_come_in_pieces(piece):
    one = monitor()
    for start in range(0, len(CONNECT), piece):
        one.hear(CONNECT[start : start + piece], 0.0)
    assert told(one.send(0.0)) == ["accept", "mds_create"]


def test_a_frame_with_a_wrong_check_is_ignored():
    one = monitor()
    one.hear(CONNECT[:-3] + bytes([CONNECT[-3] ^ 1]) + CONNECT[-2:], 0.0)
    assert one.send(10.0) == []


def test_a_silent_host_is_dropped_with_an_abort():
    assert told(served().send(3600.0)) == ["abort"]


def test_a_release_is_answered_and_ends_all():
    one = served()
    one.hear(NUMBERS + RELEASE, 0.0)
    assert told(one.send(3600.0)) == ["disconnect"]


def test_it_forgets_its_association_when_it_is_switched_off():
    one = served("power_cycle@1+5")
    one.hear(CONNECT, 10.0)
    assert told(one.send(10.0)) == ["accept", "mds_create"]


def test_a_host_that_keeps_to_the_dialogue_is_served_for_an_hour_and_again_after_a_power_cycle():
    plan = Plan("intellivue", faults=parse_faults(["power_cycle@100+20"]))
    said = rehearse(plan, 600.0)
    numbers = [one.at for one in said if one.readings]
    assert max(numbers) >= 598.0
    assert [t for t in numbers if 100 <= t < 120] == []
    assert min(t for t in numbers if t >= 120) < 145


@pytest.mark.parametrize("seed", range(5))
def test_alarm_texts_may_be_in_another_language_and_alphabet(seed):
    said = rehearse(
        Plan("intellivue", seed, faults=parse_faults(["probe_off@0+60", "foreign_texts@0"])), 30.0
    )
    decoder = ADAPTER.decoder()
    flags = [event.raw_flags for one in said for event in decoder.feed(one.raw) if isinstance(event, Frame)]
    (text,) = {one["technical_alarms"] for one in flags if "technical_alarms" in one}
    assert not text.isascii()
    assert "SpO" in text


def test_a_monitor_in_its_test_state_says_so():
    said = rehearse(Plan("intellivue", faults=parse_faults(["test@0+60"])), 30.0)
    assert {one.states for one in said if one.readings} == {("test",)}
