"""Fresenius: messages, refusals, the line's own characters, and a talk that only asks."""

from __future__ import annotations

import pytest

from devices import registry
from devices.adapters.fresenius import written
from devices.contract import Event, Frame, Send, Unread, decode

ACK, DC4 = Send(b"\x06"), Send(b"\x14")


def events(*chunks: bytes) -> list[Event]:
    return decode(registry.adapter("fresenius").decoder(), chunks)


def frame(text: str) -> Frame:
    read, ack = events(b"\x06" + written(text))
    assert ack == ACK
    assert isinstance(read, Frame), read
    return read


def values(text: str) -> dict[tuple[str, str], float | None]:
    return {(reading.vital, reading.variant): reading.value for reading in frame(text).readings}


def asked(decoder, elapsed: float, answer: str = "") -> list[str]:
    """Return what is asked at *elapsed* seconds, after the pump has said *answer*."""
    if answer:
        decoder.feed(written(answer))
    return [send.raw[1:-3].decode() for send in decoder.due(elapsed)]


def test_check_characters_are_the_complement_of_the_sum():
    assert written("0DC") == b"\x020DC48\x03"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("C;d0258;r00003039", {("flow_rate", ""): 60.0, ("vol_delivered", ""): 12.345}),
        ("1C;d0001;r0", {("flow_rate", "1"): 0.1, ("vol_delivered", "1"): 0.0}),
        ("2C;d0258", {("flow_rate", "2"): 60.0}),
        ("1C;r3E8", {("vol_delivered", "1"): 1.0}),
        ("1C;d0258;x01", {}),
        ("1C;d", {}),
        ("1C;KETAMIN", {}),
        ("0C;b03", {}),
        ("C", {}),
    ],
)
def test_rate_is_in_tenths_and_volume_in_thousandths(text, said):
    assert values(text) == said


def test_an_error_has_no_numbers():
    read = frame("1I;12")
    assert (read.readings, read.states, read.raw_flags["text"]) == ((), ("error",), "12")


def test_the_drug_is_kept_as_text():
    assert frame("1C;KETAMIN").raw_flags == {"status": "1 C", "text": "KETAMIN"}


def test_only_the_answer_to_the_question_for_the_drug_is_the_drug():
    decoder = registry.adapter("fresenius").decoder()
    decoder.opening()
    asked(decoder, 1.0, "0C")
    asked(decoder, 2.0, "0C;b01")
    assert asked(decoder, 3.0, "1C") == ["1LP"]
    drug, _ = decoder.feed(written("1C;KETAMIN"))
    assert drug.raw_flags["drug 1"] == "KETAMIN"
    again, _ = decoder.feed(written("1C;KETAMIN"))
    assert "drug 1" not in again.raw_flags


def test_what_a_pump_says_unasked_is_kept_and_not_echoed():
    read, ack = events(written("1E;d0258"))
    assert isinstance(read, Frame)
    assert (read.readings, ack) == ((), ACK)


@pytest.mark.parametrize("broken", [b"\x021C;d0258FF\x03", b"\x021C;d02\xb5\x03", b"\x02\x03"])
def test_a_wrong_sum_is_unread_and_not_acknowledged(broken):
    (unread,) = events(broken)
    assert isinstance(unread, Unread)


def test_an_enquiry_is_answered_wherever_it_comes():
    whole = written("1C;d0258")
    assert events(b"\x05")[1:] == [DC4]
    assert events(whole[:4] + b"\x05" + whole[4:])[1:] == [DC4, ACK]
    assert len(events(whole[:4] + b"\x05" + whole[4:])[0].readings) == 1


def test_a_refusal_says_why():
    (read,) = events(b"\x152")
    assert isinstance(read, Frame)
    assert read.raw_flags == {"refused": "checksum"}


def test_a_base_is_asked_which_pumps_it_holds():
    decoder = registry.adapter("fresenius").decoder()
    assert [send.raw for send in decoder.opening()] == [written("0DC")]
    assert asked(decoder, 1.0, "0C") == ["0LE;b"]
    assert asked(decoder, 2.0, "0C;b05") == ["1DC"]
    assert asked(decoder, 3.0, "1C") == ["1LP"]
    assert asked(decoder, 4.0, "1C;KETAMIN") == ["3DC"]
    assert asked(decoder, 5.0, "3C") == ["3LP"]
    assert asked(decoder, 6.0, "3C;NACL") == ["1LE;dr"]
    assert asked(decoder, 7.0, "1C;d0;r0") == ["3LE;dr"]
    assert asked(decoder, 8.0, "3C;d0;r0") == ["1LE;dr"]


def test_a_single_pump_is_asked_where_there_is_no_base():
    decoder = registry.adapter("fresenius").decoder()
    decoder.opening()
    decoder.feed(b"\x154")
    assert asked(decoder, 1.0) == ["DC"]
    assert asked(decoder, 2.0, "C") == ["LP"]
    assert asked(decoder, 3.0, "C;KETAMIN") == ["LE;dr"]


def test_base_and_pump_are_tried_in_turn_while_nobody_answers():
    decoder = registry.adapter("fresenius").decoder()
    decoder.opening()
    assert [asked(decoder, second) for second in (3.0, 6.0, 9.0, 12.0)] == [[], ["DC"], [], ["0DC"]]


def test_a_talk_that_the_pump_has_closed_is_opened_again():
    decoder = registry.adapter("fresenius").decoder()
    decoder.opening()
    asked(decoder, 1.0, "0C")
    assert asked(decoder, 2.0, "0I;0D") == ["0DC"]
    assert asked(decoder, 3.0, "0C") == ["0LE;b"]
