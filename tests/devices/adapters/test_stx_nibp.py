from __future__ import annotations

import json

import device_captures
import pytest

from devices import registry
from devices.contract import Frame, Quality, Unread, decode


def status(state=1, message="00", cuff="118071088", rate="066", said: str | None = None) -> bytes:
    text = f"S{state};A0;C00;M{message};P{cuff};R{rate};T0000;;"
    right = f"{sum(text.encode()) & 0xFF:02X}"
    return f"\x02{text}{said or right}\x03\r".encode("ascii")


def events(*lines: bytes):
    return decode(registry.adapter("stx_nibp").decoder(), lines)


def cuffs(*lines: bytes):
    return [event for event in events(*lines) if isinstance(event, Frame) and event.readings]


@pytest.fixture(scope="module")
def vectors():
    return json.loads(device_captures.real("stx_nibp/vectors.json").read_text())


def test_the_printed_answer_is_read_though_its_sum_is_wrong_and_says_so(vectors):
    said = vectors["responses"][0]
    (frame,) = events(f"\x02{said['ascii']}\x03\r".encode("ascii"))
    assert [r.value for r in frame.readings] == [said["sys"], said["dia"], said["map"], said["pr"]]
    assert {r.quality for r in frame.readings} == {Quality.QUESTIONABLE}
    assert frame.raw_flags["checksum"] == f"D9, expected {said['check_computed']}"


def test_the_other_answer_of_the_vectors_is_systolic_diastolic_mean(vectors):
    said = vectors["responses"][1]
    text = f"{said['ascii_prefix']}T0000;;"
    (frame,) = events(f"\x02{text}{sum(text.encode()) & 0xFF:02X}\x03\r".encode("ascii"))
    assert [r.value for r in frame.readings] == [said["sys"], said["dia"], said["map"], said["pr"]]


def test_only_the_question_for_the_status_may_be_sent(vectors):
    adapter = registry.adapter("stx_nibp")
    start, ask = (f"\x02{one['ascii']}\x03".encode("ascii") for one in vectors["requests"])
    assert (adapter.permits(start), adapter.permits(ask)) == (False, True)


@pytest.mark.parametrize("number", [n for n in range(100) if n != 18])
def test_no_other_command_may_be_sent(number):
    text = f"{number:02d};;"
    command = f"\x02{text}{sum(text.encode()) & 0xFF:02X}\x03".encode("ascii")
    assert not registry.adapter("stx_nibp").permits(command)


def test_a_wrong_sum_makes_every_number_questionable():
    (frame,) = cuffs(status(said="00"))
    assert {(r.quality, r.reason) for r in frame.readings} == {(Quality.QUESTIONABLE, "checksum")}


@pytest.mark.parametrize(("cuff", "rate"), [("---------", "---"), ("000000000", "000")])
def test_dashes_and_zeros_are_no_value(cuff, rate):
    (frame,) = cuffs(status(cuff=cuff, rate=rate))
    assert {(r.value, r.reason) for r in frame.readings} == {(None, "absent")}


def test_a_cycle_that_was_seen_to_run_is_new_even_with_equal_values():
    frames = cuffs(status(), status(), status(state=3), status())
    assert [frame.readings[0].repeat for frame in frames] == [False, True, True, False]


def test_a_pressure_line_shows_that_a_cycle_ran():
    frames = cuffs(status(), b"150C0S3\r", b"999\r", status())
    assert [frame.readings[0].repeat for frame in frames] == [False, False]


def test_pressure_lines_hold_no_reading():
    line, end = events(b"150C0S3\r999\r")
    assert (line.raw_flags, line.states) == ({"cuff_pressure": "150"}, ("nibp_measuring",))
    assert (end.raw_flags, end.readings) == ({}, ())


def test_an_error_is_one_failed_cycle_however_often_it_is_said():
    _, failed, again = cuffs(status(), status(message="05"), status(message="05"))
    assert {(r.value, r.reason) for r in failed.readings} == {(None, "failed")}
    assert [failed.readings[0].repeat, again.readings[0].repeat] == [False, True]


@pytest.mark.parametrize("broken", [status()[:-3] + b"\x03\r", status(cuff="11807108"), b"S1;A0\r"])
def test_an_answer_of_another_form_is_unread(broken):
    (event,) = events(broken)
    assert isinstance(event, Unread)
