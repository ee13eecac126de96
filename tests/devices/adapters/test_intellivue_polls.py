"""How an IntelliVue monitor is asked for numbers: every second by itself, or where it must be, each time."""

from __future__ import annotations

import json
from datetime import datetime

import device_captures
import pytest

from devices.adapters import _intellivue_frames as frames
from devices.adapters._intellivue_dialogue import ALARMS, ALIVE, NUMBERS, NUMBERS_ONCE
from devices.adapters.intellivue import ADAPTER
from devices.contract import Frame, Send, decode
from devices.simulators import _intellivue_replies as replies
from devices.simulators.actor import Scene
from devices.simulators.cuff import Cuff
from devices.simulators.intellivue import Simulated
from devices.simulators.patient import Patient
from devices.simulators.plan import Plan

NOON = datetime(2026, 3, 2, 12, 0)  # noqa: DTZ001
SPO2 = replies.Shown("spo2", 0x4BB8, 0x0220, 95.0)


def accept(extended: int = 0x8C000000) -> bytes:
    return frames.framed(b"\x0e" + frames.association_request(extended=extended)[1:])


CREATE = frames.framed(replies.mds_create(0, replies.mds(NOON, 0)))


def numbers(sequence: int | None = 0) -> bytes:
    """A reply with a saturation; without a *sequence* it is that of a single poll."""
    told = [(0, 0x8300, replies.numeric((SPO2,), 0))]
    return frames.framed(replies.reply(1, frames.NUMERIC, 8000, told, sequence))


def error(invocation: int) -> bytes:
    return frames.framed(replies.error(invocation))


def served(*heard: bytes):
    """Return a decoder whose monitor has agreed, told what it is, and said what else was *heard*."""
    decoder = ADAPTER.decoder()
    decoder.opening()
    decode(decoder, [*(heard or [accept()]), CREATE])
    return decoder


def asked(decoder, elapsed: float) -> list[bytes]:
    """Return what is asked at a second: the payloads alone."""
    names = {frames.framed(one): one for one in (NUMBERS, NUMBERS_ONCE, ALARMS, ALIVE)}
    return [names[send.raw] for send in decoder.due(elapsed)]


def test_a_monitor_that_grants_them_is_asked_for_numbers_every_second_and_left_alone():
    decoder = served()
    assert NUMBERS in asked(decoder, 1.0)
    for second in range(2, 29):
        decode(decoder, [numbers()])
        assert NUMBERS_ONCE not in asked(decoder, float(second))


def test_the_recorded_monitor_grants_numbers_waves_and_enumerations():
    path = device_captures.real("intellivue/dialogue_vectors.json")
    said = {message["name"]: message["payload_hex"] for message in json.loads(path.read_text())["messages"]}
    assert frames.granted(bytes.fromhex(said["assoc_response"])) == 0x8C000000


def test_a_monitor_that_does_not_grant_them_is_asked_each_second():
    decoder = served(accept(extended=0x0C000000))
    assert NUMBERS not in asked(decoder, 1.0)
    for second in range(2, 9):
        decode(decoder, [numbers(sequence=None)])
        assert NUMBERS_ONCE in asked(decoder, float(second))


def test_an_answer_without_a_profile_grants_nothing():
    assert NUMBERS_ONCE in asked(served(frames.framed(b"\x0e\x01\x00")), 1.0)


@pytest.mark.parametrize("cut_off", range(1, 60))
def test_an_answer_that_is_cut_off_raises_nothing(cut_off):
    assert frames.granted(frames.association_request()[:-cut_off]) in (0, 0x8C000000)


def test_a_monitor_that_answers_the_question_with_an_error_is_asked_each_second():
    decoder = served()
    assert NUMBERS in asked(decoder, 1.0)
    decode(decoder, [error(1)])
    assert asked(decoder, 2.0) == [NUMBERS_ONCE]
    assert asked(decoder, 2.5) == []
    assert asked(decoder, 3.0) == [NUMBERS_ONCE]


def test_an_error_to_another_question_changes_nothing():
    decoder = served()
    asked(decoder, 1.0)
    decode(decoder, [error(2)])
    assert asked(decoder, 2.0) == []


def test_a_monitor_that_leaves_the_question_unanswered_is_asked_each_second_after_ten():
    decoder = served()
    asked(decoder, 1.0)
    for second in range(2, 10):
        decode(decoder, [frames.framed(replies.reply(3, frames.MDS, 0, [(0, 0, replies.mds(NOON, 0))]))])
        assert NUMBERS_ONCE not in asked(decoder, float(second))
    assert NUMBERS_ONCE in asked(decoder, 11.0)


def test_the_question_for_a_minute_is_not_repeated_to_who_has_refused_it():
    decoder = served()
    asked(decoder, 1.0)
    decode(decoder, [error(1)])
    for second in range(2, 70):
        decode(decoder, [numbers(sequence=None)])
        assert NUMBERS not in asked(decoder, float(second))


def test_the_answer_to_a_single_question_is_read_like_any_other():
    frame = next(one for one in decode(ADAPTER.decoder(), [numbers(sequence=None)]) if isinstance(one, Frame))
    assert [(r.vital, r.value) for r in frame.readings] == [("spo2", 95.0)]


def test_the_single_question_may_be_sent():
    assert ADAPTER.permits(frames.framed(NUMBERS_ONCE))
    assert not [one for one in decode(ADAPTER.decoder(), [error(1)]) if isinstance(one, Send)]


class Older(Simulated):
    """A simulated monitor that knows no numerics every second."""

    grants = 0x0C000000


class Denies(Older):
    """One that says that it grants them, and answers the question with an error."""

    def _take(self, raw: bytes, payload: bytes) -> Frame:
        if payload[0] == frames.CONNECT:
            self.grants = Simulated.grants
        taken = super()._take(raw, payload)
        self.grants = Older.grants
        return taken


@pytest.mark.parametrize("kind", [Simulated, Older, Denies])
def test_a_monitor_of_any_kind_says_a_saturation_every_second_or_two(kind):
    plan = Plan("intellivue")
    patient = Patient(plan.seed)
    actor = kind(Scene(patient, Cuff(patient), (), NOON))
    decoder, seconds = ADAPTER.decoder(), []
    sends = decoder.opening()
    for second in range(60):
        for send in sends:
            actor.hear(send.raw, float(second))
        sends = []
        for said in actor.send(float(second)):
            for event in decoder.feed(said.raw):
                if isinstance(event, Send):
                    sends.append(event)
                elif any(reading.vital == "spo2" for reading in event.readings):
                    seconds.append(second)
        sends += decoder.due(float(second))
    assert len(set(seconds)) > 25
