from __future__ import annotations

import json
from datetime import datetime

import device_captures
import pytest

from devices import registry
from devices.adapters.medibus import frame, moment
from devices.contract import Frame, Send, Unread, decode

ESC, SOH = 0x1B, 0x01
DATA = "EB  98E1  7096 1188C  7191  8892   5"


def data(text: str = DATA) -> bytes:
    return frame(SOH, 0x24, text.encode("ascii"))


def read(*raw: bytes):
    return decode(registry.adapter("medibus").decoder(), [b"".join(raw)])


def values(one: Frame):
    return {(str(reading.vital), reading.variant): reading.value for reading in one.readings}


@pytest.fixture(scope="module")
def vectors():
    return json.loads(device_captures.real("medibus/vectors.json").read_text())


def test_every_documented_frame_has_the_right_checksum(vectors):
    frames = [bytes.fromhex(one["hex"]) for one in vectors["frames"]]
    assert [type(read(raw)[0]) for raw in frames] == [Frame] * 11


def test_the_documented_data_say_saturation_and_pulse(vectors):
    (said,) = [one for one in vectors["frames"] if "spo2" in one]
    (one,) = read(bytes.fromhex(said["hex"]))
    assert values(one) == {("spo2", ""): said["spo2"], ("spo2_pr", ""): said["pulse"]}


def test_the_documented_time_is_read(vectors):
    (said,) = [one for one in vectors["frames"] if one["meaning"].startswith("1993")]
    assert read(bytes.fromhex(said["hex"]))[0].device_time == datetime.fromisoformat(said["meaning"])


def test_time_stamps_of_real_devices_are_read(vectors):
    for said in vectors["timestamps"]:
        assert moment(said["text"]) == datetime.fromisoformat(said["expect"][:19]), said


@pytest.mark.parametrize("text", ["25:00 7-OCT-14", " 9:33 7-ABC-14", " 9:33 31-FEB-14", ""])
def test_a_time_that_no_calendar_has_is_none(text):
    assert moment(text) is None


def test_an_empty_answer_holds_no_reading():
    assert read(data(""))[0].readings == ()


def test_a_cuff_reading_has_an_age_in_minutes():
    (one,) = read(data())
    cuff = [reading for reading in one.readings if reading.vital.startswith("nibp")]
    assert [(r.value, r.age, r.measured_at_from) for r in cuff] == [
        *((118.0, 300.0, "age"), (71.0, 300.0, "age"), (88.0, 300.0, "age"))
    ]


def test_equal_pressures_are_a_new_reading_where_the_minutes_fall_back():
    frames = read(data(), data(), data(DATA[:-1] + "0"))
    assert [frame.readings[-1].repeat for frame in frames] == [False, True, False]


@pytest.mark.parametrize(
    ("field", "value"),
    [("  98", 98.0), (" 7.4", 7.4), ("-  8", -8.0), ("98  ", 98.0), (" -.5", -0.5), ("   0", 0.0)],
)
def test_a_number_may_have_blanks_around_it_and_after_its_minus(field, value):
    assert values(read(data(f"C3{field}"))[0]) == {("temp", "T1"): value}


def test_percent_and_kilopascal_are_no_mmhg():
    one = read(data("DB 5.0E3 5.1E6  38"))[0]
    assert values(one) == {
        ("local:medibus:etco2_percent", ""): 5.0,
        ("local:medibus:etco2_kpa", ""): 5.1,
        ("etco2", ""): 38.0,
    }


def test_a_code_whose_unit_is_not_told_is_kept_raw():
    assert read(data("B9 6.1"))[0].raw_flags == {"B9": "6.1"}


@pytest.mark.parametrize("text", ["EB 98", "EB  98E", "EB----", "EB  98EB  97", "eb  98"])
def test_data_of_another_form_are_unread(text):
    assert isinstance(read(data(text))[0], Unread)


def test_realtime_bytes_may_stand_anywhere():
    whole = data()
    mixed = b"\xd0\xc1" + b"".join(bytes([byte, 0x9F]) for byte in whole[:-1]) + whole[-1:]
    (one,) = read(mixed)
    assert one.raw == mixed
    assert values(one)["spo2", ""] == 98.0


@pytest.mark.parametrize("code", [0x51, 0x52, 0x30])
def test_a_question_of_the_device_is_answered_at_once(code):
    question, answer = read(frame(ESC, code))
    assert isinstance(question, Frame)
    assert answer == Send(frame(SOH, code))


@pytest.mark.parametrize("code", [0x24, 0x29, 0x55])
def test_another_question_of_the_device_is_not_answered(code):
    assert [type(event) for event in read(frame(ESC, code))] == [Frame]


def test_a_question_with_a_wrong_checksum_is_not_answered():
    assert [type(event) for event in read(b"\x1b\x30FF\r")] == [Unread]


def test_a_refusal_is_kept():
    body = b"\x15"
    assert isinstance(read(body + b"%02X\r" % sum(body))[0], Frame)


def test_the_dialogue_begins_then_asks_and_never_twice_at_once():
    decoder = registry.adapter("medibus").decoder()
    assert decoder.opening() == [Send(frame(ESC, 0x51))]
    assert [decoder.due(float(second)) for second in (1, 2)] == [[], [Send(frame(ESC, 0x51))]]
    decoder.feed(frame(SOH, 0x51))
    assert [decoder.due(float(second)) for second in (3, 4, 6, 8)] == [[], [Send(frame(ESC, 0x24))], [], []]
    decoder.feed(data())
    assert decoder.due(9.0) == [Send(frame(ESC, 0x24))]


def test_an_answer_that_does_not_come_begins_the_dialogue_again():
    decoder = registry.adapter("medibus").decoder()
    decoder.feed(frame(SOH, 0x51))
    decoder.due(2.0)
    assert decoder.due(12.0) == [Send(frame(ESC, 0x51))]


def test_nothing_but_questions_for_data_and_answers_may_be_sent():
    adapter = registry.adapter("medibus")
    asked = [code for code in range(128) if adapter.permits(frame(ESC, code))]
    answered = [code for code in range(128) if adapter.permits(frame(SOH, code))]
    assert (asked, answered) == ([0x24, 0x28, 0x51], [0x30, 0x51, 0x52])
