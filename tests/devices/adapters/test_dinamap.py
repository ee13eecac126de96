from __future__ import annotations

import json

import device_captures
import pytest

from devices import registry
from devices.adapters.dinamap import checksum
from devices.contract import Frame, Quality, Send, Unread, decode


def message(text: str) -> bytes:
    return text.encode("ascii") + checksum(text.encode("ascii")) + b"\r"


def cuff(status: int = 1, age: int = 5, values: str = "118071088") -> bytes:
    return message(f" NA{status}00{age:04d}{values}")


def read(*messages: bytes):
    return decode(registry.adapter("dinamap").decoder(), [b"".join(messages)])


@pytest.fixture(scope="module")
def vectors():
    return json.loads(device_captures.real("dinamap/vectors.json").read_text())["frames"]


def test_the_published_commands_have_the_right_checksum(vectors):
    assert [checksum(text[:-2].encode()).decode() for text in vectors] == [text[-2:] for text in vectors]


def test_only_the_two_questions_may_be_sent(vectors):
    adapter = registry.adapter("dinamap")
    allowed = [text for text in vectors if adapter.permits(f"{text}\r".encode("ascii"))]
    assert allowed == [" NA!2", " RC!8"]


@pytest.mark.parametrize("family", "NOSTRPM*")
def test_no_other_command_of_any_family_may_be_sent(family):
    adapter = registry.adapter("dinamap")
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        for more in ("", "0", "1"):
            raw = message(f" {family}{letter}{more}")
            assert adapter.permits(raw) == (raw in (b" NA!2\r", b" RC!8\r"))


def test_a_reply_says_systolic_diastolic_mean():
    (frame,) = read(cuff())
    assert {str(reading.vital): reading.value for reading in frame.readings} == {
        **{"nibp_sys": 118.0, "nibp_dia": 71.0, "nibp_map": 88.0}
    }


def test_a_rate_is_of_no_stated_source():
    frame, none = read(message(" RC 066"), message(" RC 000"))
    assert (frame.readings[0].vital, frame.readings[0].value) == ("pulse_generic", 66.0)
    assert (none.readings[0].value, none.readings[0].reason) == (None, "absent")


@pytest.mark.parametrize(("status", "reason"), [(0, "absent"), (2, "absent"), (3, "failed"), (9, "failed")])
def test_only_status_1_has_numbers(status, reason):
    (frame,) = read(cuff(status=status))
    assert {(r.value, r.reason) for r in frame.readings} == {(None, reason)}


def test_a_failed_cycle_is_one_however_often_it_is_said():
    frames = read(cuff(status=4), cuff(status=4), cuff(), cuff(status=4))
    assert [frame.readings[0].repeat for frame in frames] == [False, True, False, False]


def test_an_age_that_falls_back_is_a_new_reading_even_with_equal_values():
    frames = read(cuff(age=40), cuff(age=45), cuff(age=3))
    assert [frame.readings[0].repeat for frame in frames] == [False, True, False]


def test_the_age_becomes_a_measurement_time_once_its_unit_is_known():
    frames = read(*(cuff(age=age) for age in (40, 45, 50)))
    assert [frame.readings[0].age for frame in frames] == [None, None, 50.0]
    assert {reading.measured_at_from for reading in frames[2].readings} == {"age"}


def test_a_question_that_is_heard_holds_no_reading():
    frames = read(b" NA!2\r", b" NC0!E\r", cuff())
    assert [frame.raw_flags.get("question") for frame in frames] == ["NA", "NC", None]
    assert [len(frame.readings) for frame in frames] == [0, 0, 3]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (cuff()[:-3] + b"!!\r", "checksum !!, expected"),
        (message(" NA?12"), "no reply to NA: '?12'"),
        (b"~~\r", "no message"),
    ],
)
def test_another_reply_is_unread_with_its_text(raw, why):
    (event,) = read(raw)
    assert isinstance(event, Unread)
    assert event.why.startswith(why)


def test_pressures_in_no_order_are_questionable():
    (frame,) = read(cuff(values="071118088"))
    assert {reading.quality for reading in frame.readings} == {Quality.QUESTIONABLE}


def test_there_are_never_two_questions_at_once():
    decoder = registry.adapter("dinamap").decoder()
    asked = [decoder.opening(), *(decoder.due(float(second)) for second in range(1, 11))]
    assert all(len(sends) <= 1 for sends in asked)
    assert [sends for sends in asked if sends] == [[Send(raw)] for raw in (b" NA!2\r", b" RC!8\r") * 2] + [
        [Send(b" NA!2\r")]
    ]


def test_a_lost_byte_leaves_the_next_reply_whole():
    whole = cuff()
    *_, frame = read(whole[:9] + whole[10:], whole)
    assert isinstance(frame, Frame)
