from __future__ import annotations

import json
import struct

import device_captures
import pytest

from devices import registry
from devices.contract import Frame, Quality, Send, Unread, decode


def answer(content: bytes) -> bytes:
    head = bytes([0x3E, len(content) + 3]) + content
    return head + bytes([-sum(head) & 0xFF])


def reading(sys=118, dia=71, mean=88, rate=66, beats=30, status=0, error=0) -> bytes:
    return answer(struct.pack("<HHBB8xBxHB2x", sys, dia, beats, status, rate, mean, error))


def pressure(value: int) -> bytes:
    return answer(struct.pack("<H", value))


def frames(*answers: bytes):
    return [f for f in decode(registry.adapter("suntech").decoder(), answers) if isinstance(f, Frame)]


def cuffs(*answers: bytes):
    return [frame for frame in frames(*answers) if frame.readings]


@pytest.fixture(scope="module")
def vectors():
    return json.loads(device_captures.real("suntech/vectors.json").read_text())


def test_the_vectors_say_what_their_author_says(vectors):
    cuff, data, acknowledged = (frames(bytes.fromhex(one["hex"]))[0] for one in vectors["responses"])
    said = vectors["responses"][1]
    assert cuff.raw_flags == {"cuff_pressure": str(vectors["responses"][0]["value"])}
    assert [r.value for r in data.readings] == [said["sys"], said["dia"], said["map"], said["hr"]]
    assert acknowledged.raw_flags == {"acknowledged": "4b"}


def test_a_vector_with_a_wrong_sum_is_unread(vectors):
    (bad,) = vectors["bad"]
    first, *_ = decode(registry.adapter("suntech").decoder(), [bytes.fromhex(bad["hex"]), reading()])
    assert isinstance(first, Unread)
    assert first.why == "checksum b1, expected ba"


def test_only_the_two_questions_of_the_vectors_may_be_sent(vectors):
    adapter = registry.adapter("suntech")
    start, *questions = (bytes.fromhex(one["hex"]) for one in vectors["requests"])
    assert not adapter.permits(start)
    assert all(adapter.permits(question) for question in questions)


def test_no_other_command_may_be_sent():
    adapter = registry.adapter("suntech")
    commands = [bytes([0x3A, code, -0x3A - code & 0xFF]) for code in range(256)]
    assert not any(adapter.permits(command) for command in commands)


def test_it_asks_for_the_reading_every_five_seconds_and_for_the_pressure_between():
    decoder = registry.adapter("suntech").decoder()
    asked = [decoder.due(float(second)) for second in range(1, 7)]
    assert [send == [Send(bytes.fromhex("3a7903004a"))] for send in asked] == [False] * 4 + [True, False]


def test_a_reading_that_is_asked_for_again_is_one_reading():
    first, again = cuffs(reading(), reading())
    assert [r.repeat for r in first.readings + again.readings] == [False] * 4 + [True] * 4


@pytest.mark.parametrize("changed", [{"sys": 121}, {"rate": 70}, {"beats": 31}])
def test_a_change_of_a_value_or_of_the_beats_is_a_new_reading(changed):
    assert cuffs(reading(), reading(**changed))[1].readings[0].repeat is False


def test_a_change_of_the_status_is_new_only_after_the_cuff_was_at_work():
    assert cuffs(reading(), reading(status=4))[1].readings[0].repeat is True
    assert cuffs(reading(), pressure(160), pressure(0), reading(status=4))[1].readings[0].repeat is False


def test_an_error_is_a_failed_cycle_without_numbers_recorded_once():
    _, failed, again = cuffs(reading(), reading(error=2), reading(error=2))
    assert {(r.value, r.reason) for r in failed.readings} == {(None, "failed")}
    assert [failed.readings[0].repeat, again.readings[0].repeat] == [False, True]
    assert failed.raw_flags["error"] == "02"


def test_a_second_failure_after_the_cuff_worked_is_another():
    one, two = cuffs(reading(error=2), pressure(150), reading(error=2))
    assert [one.readings[0].repeat, two.readings[0].repeat] == [False, False]


def test_an_error_code_in_the_place_of_a_pressure_is_no_pressure():
    (frame,) = cuffs(reading(sys=2047, dia=2047))
    assert {(r.value, r.reason) for r in frame.readings} == {(None, "over_range")}


def test_zero_is_no_pressure():
    (frame,) = cuffs(reading(0, 0, 0, 0))
    assert {(r.value, r.reason) for r in frame.readings} == {(None, "absent")}


def test_pressures_in_no_order_are_questionable():
    (frame,) = cuffs(reading(71, 118, 88))
    assert {(r.quality, r.reason) for r in frame.readings} == {(Quality.QUESTIONABLE, "disordered")}


def test_a_cuff_under_pressure_is_measuring():
    assert [frame.states for frame in frames(pressure(150), pressure(3))] == [("nibp_measuring",), ()]
