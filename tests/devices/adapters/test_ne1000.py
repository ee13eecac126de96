"""New Era NE-1000: states, units, alarms, and questions that no value turns into commands."""

from __future__ import annotations

import pytest

from devices import registry
from devices.contract import Frame, Unread, decode


def read(text: str):
    (event,) = decode(registry.adapter("ne1000").decoder(), [b"\x02" + text.encode() + b"\x03"])
    return event


def values(text: str):
    return {reading.vital: reading.value for reading in read(text).readings}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("00II1.234W0.000ML", {"vol_delivered": 1.234, "local:ne1000:withdrawn": 0.0}),
        ("00II123.4W0.000UL", {"vol_delivered": 0.1234, "local:ne1000:withdrawn": 0.0}),
        ("00S5.000MH", {"flow_rate": 5.0}),
        ("00S1.000MM", {"flow_rate": 60.0}),
        ("00S500.0UH", {"flow_rate": 0.5}),
        ("00S500.0UM", {"flow_rate": 30.0}),
        ("00S40.00ML", {"vtbi": 40.0}),
        ("00SNE1000V3.92", {}),
        ("00S", {}),
    ],
)
def test_an_answer_says_its_number_in_the_vocabularys_unit(text, said):
    assert values(text) == said


@pytest.mark.parametrize(
    ("letter", "state"),
    [
        ("I", "running"),
        ("W", "withdrawing"),
        ("S", "stopped"),
        ("P", "paused"),
        ("T", "paused"),
        ("U", "waiting"),
        ("X", "purging"),
    ],
)
def test_the_letter_before_an_answer_is_the_state(letter, state):
    assert read(f"00{letter}60.00MH").states == (state,)


@pytest.mark.parametrize("letter", "RSTEO")
def test_an_alarm_is_a_state_without_numbers(letter):
    frame = read(f"00A?{letter}")
    assert (frame.states, frame.readings, frame.raw_flags["alarm"]) == (("alarm",), (), letter)


@pytest.mark.parametrize("error", ["?", "?NA", "?OOR", "?COM", "?IGN"])
def test_an_error_is_kept_without_numbers(error):
    frame = read(f"00S{error}")
    assert isinstance(frame, Frame)
    assert (frame.readings, frame.raw_flags["error"]) == ((), error)


@pytest.mark.parametrize("text", ["00S60.0MH", "00S60.00", "00S600000MH", "0S60.00MH", "00Q60.00MH"])
def test_what_lacks_a_byte_says_no_number(text):
    assert isinstance(read(text), Unread)
