"""How what a decoder gives stands in records."""

from __future__ import annotations

from devices.contract import Frame, Quality, Reading, Unread
from logger.recording.bodies import joined, value_of
from logger.recording.cuff import Cycle


def test_neighbouring_fragments_of_one_reason_are_one():
    frame, a, b, c = Frame(b"f"), Unread(b"a", "x"), Unread(b"b", "x"), Unread(b"c", "y")
    assert joined([a, b, c, frame, a]) == [Unread(b"ab", "x"), c, frame, a]
    assert joined([a]) == [a]


def test_what_is_as_usual_is_left_out():
    assert value_of(Reading("spo2", 98.0), None) == {"vital": "spo2", "value": 98.0}


def test_a_doubtful_value_says_how_and_why():
    reading = Reading("spo2", 71.0, "motion", Quality.QUESTIONABLE, variant="display")
    assert value_of(reading, None) == {
        "vital": "spo2",
        "value": 71.0,
        "reason": "motion",
        "variant": "display",
        "quality": "questionable",
    }


def test_a_held_cuff_reading_keeps_its_number_and_is_invalid():
    said = value_of(Reading("nibp_sys", 188.0), Cycle((188.0,), None, None, held=True))
    assert (said["value"], said["reason"], said["quality"]) == (188.0, "held", "invalid")
