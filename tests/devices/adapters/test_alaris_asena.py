"""Alaris Asena: the dialogue's lines, lines without CR, and one bare question at a time."""

from __future__ import annotations

import json

import device_captures
import pytest

from devices import registry
from devices.adapters.alaris_asena import written
from devices.contract import Event, Frame, Unread, completed, decode

INF = b"INF^8002-00001^-^SET^60.00^ml/h^^12.345^ml^17.91^mmHg^24+^EVENT^127904"


def vectors():
    return json.loads(device_captures.real("alaris_asena/vectors.json").read_text())


def events(*chunks: bytes) -> list[Event]:
    return decode(registry.adapter("alaris_asena").decoder(), chunks)


def frame(text: bytes) -> Frame:
    (read,) = events(written(text))
    assert isinstance(read, Frame), read
    return read


def values(read: Frame) -> dict[str, float | None]:
    return {reading.vital: reading.value for reading in read.readings}


def test_every_line_of_the_dialogue_has_a_right_crc():
    lines = [line.encode() for line in vectors()["frames"]]
    read = events(*lines)
    assert [event.raw for event in read] == lines
    assert all(isinstance(event, Frame) for event in read)


def test_the_published_line_with_a_wrong_crc_is_unread():
    (line,) = vectors()["bad_crc"]
    (unread,) = events(line.encode())
    assert isinstance(unread, Unread)
    assert unread.why.startswith("checksum E5C9")


def test_an_infusion_says_rate_volume_and_pressure():
    read = frame(INF)
    assert values(read) == {"flow_rate": 60.0, "vol_delivered": 12.345, "local:alaris_asena:pressure": 17.91}
    assert read.raw_flags == {"serial": "8002-00001", "mode": "SET", "battery": "24+", "event": "127904"}


def test_a_rate_set_is_no_sign_that_the_pump_runs():
    assert frame(INF).states == ()


def test_an_infusion_of_another_form_is_kept_and_says_no_number():
    read = frame(b"INF^8002-00001^SET^60.00^ml/h")
    assert (read.readings, read.raw_flags) == ((), {"INF": "8002-00001^SET^60.00^ml/h"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"INF_RATE^0.10^ml/h", {"flow_rate": 0.1}),
        (b"INF_RATE^1.0^ml/min", {"flow_rate": 60.0}),
        (b"INF_RATE^1.0^mcg/h", {}),
        (b"INF_RATE^^ml/h", {"flow_rate": None}),
        (b"INF_RATE", {}),
        (b"INF_VI^3.5^ml", {"vol_delivered": 3.5}),
        (b"INF_VTBI^40.0^ml", {"vtbi": 40.0}),
        (b"INF_RATE_MAX_SYRINGE^1200.00^ml/h", {}),
    ],
)
def test_a_field_says_its_number_in_its_unit(text, said):
    assert values(frame(text)) == said


@pytest.mark.parametrize(("text", "states"), [(b"AL_NOALM", ("no_alarm",)), (b"AL_OCCLUSION", ("alarm",))])
def test_an_alarm_is_a_state_and_its_text_is_kept(text, states):
    read = frame(b"ALARM^" + text + b"^ ^ ")
    assert (read.states, read.raw_flags["ALARM"]) == (states, text.decode() + "^ ^ ")


def test_a_line_may_lack_its_cr():
    alarm, infusion = written(b"ALARM^AL_NOALM^ ^ ")[:-1], written(INF)
    assert [event.raw for event in events(alarm + infusion)] == [alarm, infusion]


def test_the_last_line_without_cr_is_read_when_the_input_is_over():
    decoder = registry.adapter("alaris_asena").decoder()
    alarm = written(b"ALARM^AL_NOALM^ ^ ")[:-1]
    assert decoder.feed(alarm) == []
    assert [event.raw for event in completed(decoder)] == [alarm]
    assert decoder.pending == b""


def test_an_escape_breaks_a_line_off():
    unread, read = events(b"!INF^8002-0\x1b" + written(INF))
    assert isinstance(unread, Unread)
    assert unread.why == "broken off by the pump"
    assert isinstance(read, Frame)


def test_one_question_waits_for_the_answer_of_the_one_before():
    decoder = registry.adapter("alaris_asena").decoder()
    assert [send.raw for send in decoder.opening()] == [b"!COMMS_PROTOCOL|E8DA\r"]
    assert decoder.due(1.0) == []
    decoder.feed(written(b"COMMS_PROTOCOL^Asena Rev 2.1.5"))
    assert [send.raw for send in decoder.due(1.1)] == [b"!INST_SERIALNO|457D\r"]


def test_a_question_without_answer_is_given_up_after_four_seconds():
    decoder = registry.adapter("alaris_asena").decoder()
    decoder.opening()
    assert [len(decoder.due(elapsed)) for elapsed in (1.0, 3.9, 4.0, 5.0, 8.0)] == [0, 0, 1, 0, 1]


def test_an_answer_without_cr_counts_as_one():
    decoder = registry.adapter("alaris_asena").decoder()
    decoder.opening()
    decoder.feed(written(b"COMMS_PROTOCOL^Asena Rev 2.1.5")[:-1])
    assert len(decoder.due(1.0)) == 1


def test_the_pump_is_never_taken_into_remote_control():
    decoder = registry.adapter("alaris_asena").decoder()
    asked = [send.raw for send in decoder.opening()]
    for elapsed in range(1, 600):
        decoder.feed(written(INF))
        asked += [send.raw for send in decoder.due(float(elapsed))]
    assert len(asked) > 500
    assert not any(b"REM" in raw or b"^" in raw for raw in asked)
