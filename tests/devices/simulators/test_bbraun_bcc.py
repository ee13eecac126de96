"""The simulated ComDevice answers in parts, knows its own bed only, and forgets when switched off."""

from __future__ import annotations

import pytest

from devices.adapters._bcc_messages import ALIVE, GET, request
from devices.contract import Frame
from devices.registry import adapter
from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import EPOCH, rehearse

BED, ACK = b"DEMO-3", b"\x06"
STUFFED, PLAIN = 2, 3


def comdevice(*faults, seed=PLAIN):
    return Plan("bbraun_bcc", seed, faults=parse_faults(faults), infusion_at=60.0).actor(EPOCH)


def told(actor, *asked, at=0.0, stuffing=False):
    for what, bed in asked:
        actor.hear(request(what, bed, stuffing), at)
    return actor.send(at)


def pumps(seconds, *faults, seed=PLAIN):
    said = rehearse(Plan("bbraun_bcc", seed, faults=parse_faults(faults), infusion_at=60.0), seconds)
    decoder = adapter("bbraun_bcc").decoder()
    frames = [event for one in said for event in decoder.feed(one.raw) if isinstance(event, Frame)]
    return [frame for frame in frames if frame.readings]


def value(frame, vital, variant="11"):
    (found,) = [r.value for r in frame.readings if (r.vital, r.variant) == (vital, variant)]
    return found


def test_it_is_silent_until_asked():
    actor = comdevice()
    assert (actor.send(60.0), actor.due()) == ([], float("inf"))


def test_it_answers_anybody_who_asks_whether_it_is_alive():
    (said,) = told(comdevice(), (ALIVE, b"1"))
    assert b"DEMO-3/1/1>0,50100,GNACK,0" in said.raw


def test_it_says_nothing_of_its_pumps_to_who_does_not_know_its_bed():
    actor = comdevice()
    told(actor, (ALIVE, b"1"))
    assert told(actor, (GET, b"1")) == []


def test_it_says_nothing_of_its_pumps_before_alive():
    assert told(comdevice(), (GET, BED)) == []


def test_the_next_part_waits_for_its_acknowledgement():
    actor = comdevice()
    (first,) = told(actor, (ALIVE, b"1"), (GET, BED))[1:]
    assert actor.send(100.0) == []
    actor.hear(ACK, 1.0)
    (second,) = actor.send(1.0)
    assert (b"\x17" in first.raw, b"\x03" in second.raw) == (True, True)


def test_a_new_request_begins_again_at_the_first_part():
    actor = comdevice()
    _, first, again = told(actor, (ALIVE, b"1"), (GET, BED), (GET, BED))
    assert first.raw == again.raw


def test_it_forgets_who_asked_when_it_is_switched_off():
    actor = comdevice("power_cycle@20+10")
    told(actor, (ALIVE, b"1"))
    assert told(actor, (GET, BED), at=31.0) == []


def test_a_stuffed_request_is_bad_syntax_to_one_without_stuffing():
    (said,) = told(comdevice(), (ALIVE, b"1"), stuffing=True)
    assert b"GNERR,68" in said.raw


@pytest.mark.parametrize("seed", [STUFFED, PLAIN])
def test_forty_ml_are_infused_in_forty_minutes(seed):
    frames = pumps(2520.0, seed=seed)
    assert (value(frames[0], "vol_delivered"), frames[0].states) == (0.0, ("stopped",))
    middle = next(frame for frame in frames if value(frame, "vol_delivered") >= 20)
    assert middle.states == ("running",)
    assert value(middle, "time_remaining") == pytest.approx(20, abs=0.1)
    assert (value(frames[-1], "vol_delivered"), frames[-1].states) == (40.0, ("stopped",))


def test_an_occlusion_stops_the_pump_under_an_alarm():
    during = [frame for frame in pumps(300.0, "occlusion@120+60") if "alarm" in frame.states]
    assert {frame.states for frame in during} == {("stopped", "alarm")}
    assert {value(frame, "vol_delivered") for frame in during} == {1.0}
