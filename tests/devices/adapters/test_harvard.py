"""Harvard: a reply that does not say its question is read only where the question is beyond doubt."""

from __future__ import annotations

import pytest

from devices import registry
from devices.adapters.harvard import EVERY, PATIENCE, QUIET
from devices.contract import Frame, Unread, decode

STEP = 0.25


def reply(text: str, prompt: str = ">") -> bytes:
    return f"\r\n{text}\r\n{prompt}".encode()


class Line:
    """A pump and the logger: what is asked, and what the frames of the answers read."""

    def __init__(self) -> None:
        self.decoder, self.second = registry.adapter("harvard").decoder(), 0.0
        self.asked = self.decoder.opening()[0].raw

    def waits(self, seconds: float) -> list[bytes]:
        """Return what is asked while nobody answers for so long."""
        asked: list[bytes] = []
        until = self.second + seconds
        while self.second < until:
            self.second += STEP
            asked += [send.raw for send in self.decoder.due(self.second)]
        return asked

    def hears(self, text: str, prompt: str = ">") -> dict[str, float | None]:
        """Return the values of a reply's frame."""
        events = self.decoder.feed(reply(text, prompt))
        return {r.vital: r.value for one in events if isinstance(one, Frame) for r in one.readings}

    def answers(self, text: str) -> dict[str, float | None]:
        """Return the values of the answer to the question that is out, after which the next one goes out."""
        read = self.hears(text)
        self.asked = (self.waits(EVERY + STEP) or [b""])[0]
        return read


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def in_turn(line: Line) -> Line:
    """A line on which the first question, for the unit, is answered: the rate is asked for."""
    line.answers("ML/H")
    assert line.asked == b"RAT\r"
    return line


def offline(*chunks: bytes):
    return decode(registry.adapter("harvard").decoder(), chunks)


def test_the_first_question_is_the_one_whose_answer_shows_itself(line):
    assert line.asked == b"RNG\r"


def test_a_rate_is_read_between_two_equal_units(in_turn):
    assert in_turn.answers("  60.000") == {}
    assert in_turn.asked == b"RNG\r"
    assert in_turn.answers("ML/H") == {"flow_rate": 60.0}


@pytest.mark.parametrize(
    ("unit", "rate"), [("ML/M", 3600.0), ("UL/H", 0.06), ("UL/MN", 3.6), ("ML/HR", 60.0), ("ul/min", 3.6)]
)
def test_a_rate_is_said_in_the_vocabularys_unit(line, unit, rate):
    line.answers(unit)
    line.answers("60.0")
    assert line.answers(unit) == {"flow_rate": pytest.approx(rate)}


def test_a_unit_that_changed_meanwhile_makes_no_rate(in_turn):
    in_turn.answers("60.000")
    assert in_turn.answers("UL/M") == {}


def test_a_volume_without_a_unit_is_a_local_value_in_none(in_turn):
    in_turn.answers("60.000")
    in_turn.answers("ML/H")
    assert in_turn.asked == b"VOL\r"
    assert in_turn.answers("1.234") == {"local:harvard:volume": 1.234}
    assert in_turn.asked == b"RNG\r"


def test_a_volume_with_its_unit_is_the_volume_given(in_turn):
    in_turn.answers("60.000 ml/hr")
    in_turn.answers("ML/H")
    assert in_turn.answers("1234 ul") == {"vol_delivered": 1.234}


def test_a_rate_with_its_unit_is_read_at_once(in_turn):
    assert in_turn.answers("1.000 ml/mn") == {"flow_rate": 60.0}


@pytest.mark.parametrize(
    ("prompt", "state"), [(":", "stopped"), (">", "running"), ("<", "withdrawing"), ("*", "stalled")]
)
def test_the_prompt_is_the_state(prompt, state):
    (frame,) = offline(reply("", prompt))
    assert (frame.states, frame.raw_flags["prompt"]) == ((state,), prompt)


# Lost replies. The order of questions is the only thing that tells the numbers apart.


def test_nothing_else_is_asked_while_an_answer_is_out(in_turn):
    assert in_turn.waits(PATIENCE - 2 * EVERY) == []


def test_a_late_rate_is_not_taken_for_the_volume(in_turn):
    in_turn.answers("60.000")
    in_turn.answers("ML/H")
    assert in_turn.asked == b"VOL\r"
    assert in_turn.waits(PATIENCE) == [b"RNG\r"]  # given up; only what shows itself is asked
    assert in_turn.hears("1.234") == {}
    assert in_turn.hears("ML/H") == {}


def test_after_a_lost_reply_the_unit_is_asked_until_it_is_answered(in_turn):
    assert in_turn.waits(3 * PATIENCE) == [b"RNG\r"] * 3
    in_turn.answers("ML/H")
    assert in_turn.asked == b"RAT\r"


def test_an_answer_that_comes_after_it_was_given_up_starts_the_silence_anew(in_turn):
    in_turn.waits(PATIENCE)
    assert in_turn.hears("60.000") == {}
    assert in_turn.waits(QUIET - 2 * STEP) == []
    assert in_turn.waits(4 * STEP) == [b"RNG\r"]


def test_two_replies_to_one_question_are_none(in_turn):
    assert in_turn.hears("60.000") == {}
    assert in_turn.hears("1.234") == {}
    assert in_turn.waits(QUIET + STEP) == [b"RNG\r"]
    assert in_turn.answers("ML/H") == {}


def test_a_unit_where_a_number_was_asked_for_is_the_answer_to_an_older_question(in_turn):
    assert in_turn.hears("ML/H") == {}
    assert in_turn.hears("60.000") == {}
    assert in_turn.hears("ML/H") == {}


def test_the_rest_of_a_broken_reply_is_not_taken_for_the_next_answer(in_turn):
    in_turn.decoder.feed(b"\r\n  60.")
    in_turn.waits(PATIENCE)
    events = in_turn.decoder.feed(b"000\r\n>")
    assert [r for one in events if isinstance(one, Frame) for r in one.readings] == []
    assert in_turn.answers("ML/H") == {}


@pytest.mark.parametrize(
    "broken", [b"60.000\r\n>", b"\r\n60\r\n.000\r\n>", b"\r\n60.000>", b"\r\n6\xb0\r\n>"]
)
def test_what_has_not_the_form_of_a_reply_is_unread_and_ends_the_turn(in_turn, broken):
    (unread,) = in_turn.decoder.feed(broken)
    assert isinstance(unread, Unread)
    assert in_turn.waits(QUIET + STEP) == [b"RNG\r"]


@pytest.mark.parametrize("text", ["1e3", "60.0.0", "--", "60.000 l/h", "60.000 ml/s"])
def test_a_number_of_another_form_is_none(in_turn, text):
    assert in_turn.hears(text) == {}


def test_a_pump_that_does_not_know_the_word_for_its_unit_is_asked_with_the_other(line):
    line.hears("?", ":")
    assert line.waits(QUIET + STEP) == [b"RAN\r"]
    line.answers("ML/H")
    line.answers("60.0")
    assert line.asked == b"RAN\r"
    assert line.answers("ML/H") == {"flow_rate": 60.0}


def test_an_error_is_an_answer_without_a_number(in_turn):
    assert in_turn.hears("NA") == {}
    assert in_turn.waits(EVERY + STEP) == [b"RNG\r"]


# A capture, or a line that is only listened to: no question is known.


def test_a_bare_number_in_a_capture_is_none():
    frames = offline(reply("ML/H"), reply("60.000"), reply("ML/H"), reply("1.234"))
    assert [frame.readings for frame in frames] == [()] * 4


def test_a_rate_with_its_unit_is_read_from_a_capture():
    (frame,) = offline(reply("  60.000 ml/hr"))
    assert [(r.vital, r.value) for r in frame.readings] == [("flow_rate", 60.0)]


def test_an_amount_in_a_capture_may_be_a_target_and_is_none():
    (frame,) = offline(reply("40.000 ml"))
    assert frame.readings == ()


def test_a_lone_carriage_return_is_never_sent():
    assert not registry.adapter("harvard").permits(b"\r")
