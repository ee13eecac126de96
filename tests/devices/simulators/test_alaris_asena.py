"""The simulated Asena answers bare questions, and nobody controls it."""

from __future__ import annotations

import pytest

from devices.adapters.alaris_asena import written
from devices.contract import Frame
from devices.registry import adapter
from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import EPOCH, rehearse


def told(*texts, at=0.0, faults=()):
    actor = Plan("alaris_asena", faults=parse_faults(faults), infusion_at=60.0).actor(EPOCH)
    for text in texts:
        actor.hear(written(text), at)
    return [said.raw for said in actor.send(at)]


def frames(seconds, *faults):
    said = rehearse(Plan("alaris_asena", faults=parse_faults(faults), infusion_at=60.0), seconds)
    decoder = adapter("alaris_asena").decoder()
    return [event for one in said for event in decoder.feed(one.raw) if isinstance(event, Frame)]


def test_it_is_silent_until_asked():
    assert told() == []


def test_it_answers_a_field_it_knows():
    assert told(b"COMMS_PROTOCOL") == [b"!COMMS_PROTOCOL^Asena Rev 2.1.5|661A\r"]


def test_its_alarm_answer_lacks_the_cr():
    assert told(b"ALARM") == [b"!ALARM^AL_NOALM^ ^ |C73B"]


@pytest.mark.parametrize("text", [b"INF_START", b"INF_RATE^99.0^ml/h", b"REMOTE_CTRL^ENABLED^3CC1", b"NEWS"])
def test_it_does_not_answer_what_it_does_not_know(text):
    assert told(text) == []


def test_it_does_not_hear_while_it_is_switched_off():
    assert told(b"INF", at=25.0, faults=["power_cycle@20+10"]) == []


def test_forty_ml_are_infused_in_forty_minutes():
    given = [r.value for one in frames(2520.0) for r in one.readings if r.vital == "vol_delivered"]
    assert (given[0], given[-1]) == (0.0, 40.0)
    assert given == sorted(given)


def test_an_occlusion_stops_the_pump_under_an_alarm():
    seen = frames(300.0, "occlusion@120+60")
    alarms = [one.raw_flags["ALARM"] for one in seen if "alarm" in one.states]
    assert set(alarms) == {"AL_OCCLUSION^ ^ "}
    last = [r.value for one in seen for r in one.readings if r.vital == "vol_delivered"][-1]
    assert last == pytest.approx(3.0, abs=0.1)
