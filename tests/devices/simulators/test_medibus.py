"""The simulated Draeger device: it asks back, and drops a line that does not answer."""

from datetime import datetime

import pytest

from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse

EPOCH = datetime(2026, 3, 2, 9)  # noqa: DTZ001


def record(text: bytes) -> bytes:
    return text + b"%02X\r" % (sum(text) & 0xFF)


@pytest.fixture
def device():
    device = Plan("medibus").actor(EPOCH)
    device.hear(record(b"\x1b\x51"), 0.0)
    return device


@pytest.fixture
def known(device):
    """A device whose first two questions are answered at second 0."""
    for answer in (b"\x01\x51", b"\x01\x52"):
        device.hear(record(answer), 0.0)
    device.send(0.0)
    return device


def raw(said):
    return [one.raw for one in said]


def test_it_is_silent_until_the_dialogue_begins():
    device = Plan("medibus").actor(EPOCH)
    device.hear(record(b"\x1b\x24"), 0.0)
    assert device.send(60.0) == []


def test_it_answers_the_beginning_begins_itself_and_asks_who_is_there(device):
    assert raw(device.send(0.0)) == [record(b"\x01\x51"), record(b"\x1b\x51")]
    device.hear(record(b"\x01\x51"), 0.5)
    assert raw(device.send(0.5)) == [record(b"\x1b\x52")]


def test_it_asks_whether_anybody_is_there_after_two_seconds(known):
    assert known.send(1.9) == []
    assert raw(known.send(2.0)) == [record(b"\x1b\x30")]


@pytest.mark.parametrize("answers", [[], [b"\x01\x51"], [b"\x01\x51", b"\x01\x52"]])
def test_it_drops_a_line_that_does_not_answer_one_of_its_questions(device, answers):
    for answer in answers:
        device.hear(record(answer), 0.0)
    device.send(0.0)
    device.send(2.0)
    device.hear(record(b"\x1b\x24"), 6.0)
    assert device.send(6.0) == []


def test_a_question_of_ours_is_no_answer_to_its_own(device):
    device.send(0.0)
    device.hear(record(b"\x1b\x24"), 2.0)
    device.send(2.0)
    device.hear(record(b"\x1b\x24"), 4.0)
    assert device.send(4.0) == []


def test_an_answer_keeps_the_line(known):
    device = known
    device.send(2.0)
    device.hear(record(b"\x01\x30"), 3.0)
    device.hear(record(b"\x1b\x24"), 6.0)
    assert raw(device.send(6.0))[0].startswith(b"\x01\x24")


def test_a_command_with_a_wrong_checksum_is_not_heard(device):
    device.send(0.0)
    device.hear(b"\x1b\x24FF\r", 1.0)
    assert device.send(1.0) == []


def test_the_adapter_keeps_the_dialogue_for_an_hour():
    said = rehearse(Plan("medibus"), 3600.0)
    asked = [one for one in said if one.raw.startswith(b"\x01\x24")]
    assert len(asked) > 1700
