from __future__ import annotations

import device_captures
import pytest

from devices import registry
from devices.contract import Frame, Quality, Reading, Unread, decode

LINE = (
    "02/22/16 22:47:45 SN=0000056661 SPO2=098% BPM=097 PI=03.60% SPCO=--.-% SPMET=--.-%"
    " DESAT=-- PIDELTA=+-- ALARM=0000 EXC=000800"
)


def events(*lines: str):
    raw = "".join(f"{line}\r\n" for line in lines).encode("latin-1")
    return decode(registry.adapter("masimo_ascii1").decoder(), [raw])


def said(line: str) -> dict[str, Reading]:
    (frame,) = events(line)
    assert isinstance(frame, Frame), frame
    return {reading.vital: reading for reading in frame.readings}


def why(line: str) -> str:
    (event,) = events(line)
    assert isinstance(event, Unread), event
    return event.why


def test_published_lines_of_three_firmwares_are_read():
    lines = device_captures.real("masimo_ascii1/lines.txt").read_text().splitlines()
    frames = events(*(line for line in lines if line))
    found = [[(r.vital, r.value, r.reason) for r in frame.readings[:2]] for frame in frames]
    nothing = [("spo2", None, "no_sensor"), ("spo2_pr", None, "no_sensor")]
    assert found == [
        nothing,
        nothing,
        [("spo2", 98.0, "low_signal_quality"), ("spo2_pr", 123.0, "low_signal_quality")],
        [("spo2", None, "absent"), ("spo2_pr", None, "absent")],
    ]
    assert frames[2].raw_flags == {"ALARM": "000000", "EXC": "0000C00", "EXC1": "00000000"}
    assert [r.value for r in frames[2].readings if r.vital == "perfusion_index"] == [0.55]


def test_the_healthy_state_800_is_no_exception():
    assert {reading.quality for name, reading in said(LINE).items() if reading.value} == {Quality.GOOD}
    assert said(LINE)["perfusion_index"].value == 3.6


def test_the_device_time_is_read_in_american_order():
    (frame,) = events(LINE)
    assert frame.device_time.isoformat() == "2016-02-22T22:47:45"


def test_a_number_held_while_the_sensor_is_off_is_kept_as_invalid():
    held = said(LINE.replace("EXC=000800", "EXC=000824"))["spo2"]
    assert (held.value, held.quality, held.reason) == (98.0, Quality.INVALID, "sensor_off")


@pytest.mark.parametrize(
    ("bits", "quality", "reason"),
    [
        ("000801", "invalid", "no_sensor"),
        ("000802", "invalid", "sensor_defective"),
        ("000804", "questionable", "low_perfusion"),
        ("000808", "invalid", "searching"),
        ("000810", "invalid", "interference"),
        ("000840", "invalid", "ambient_light"),
        ("000880", "invalid", "sensor_unrecognised"),
        ("000C00", "questionable", "low_signal_quality"),
        ("000C20", "invalid", "sensor_off"),
        ("000B00", "good", None),
    ],
)
def test_each_exception_bit_has_its_quality(bits, quality, reason):
    reading = said(LINE.replace("EXC=000800", f"EXC={bits}"))["spo2"]
    assert (reading.value, reading.quality, reading.reason) == (98.0, quality, reason)


def test_alarm_bits_are_hexadecimal_kept_and_never_judged():
    (frame,) = events(LINE.replace("ALARM=0000", "ALARM=003A"))
    assert frame.raw_flags["ALARM"] == "003A"
    assert frame.readings[0].quality is Quality.GOOD


def test_keys_may_be_absent_new_or_in_another_order():
    short = said("02/22/16 22:47:45 EXC=000800 BPM=097 ZZTOP=12.5 SPO2=098%")
    assert {name: reading.value for name, reading in short.items()} == {"spo2": 98.0, "spo2_pr": 97.0}
    (frame,) = events(LINE + " ZZTOP=12.5")
    assert frame.raw_flags["ZZTOP"] == "12.5"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("SPO2=098%", "SPO2=98%", "SPO2: '98%' has a wrong form"),
        ("SPO2=098%", "SPO2=198%", "SPO2: 198 is out of range 0 to 100"),
        ("BPM=097", "BPM=-97", "BPM: '-97' has a wrong form"),
        ("BPM=097", "BPM=097 BPM=098", "BPM stands twice"),
        ("BPM=097 ", "", "BPM is not in the line"),
        ("BPM=097 ", "BPM 097 ", "'BPM' is no KEY=value"),
        ("EXC=000800", "EXC=00080", "EXC: '00080' has a wrong form"),
        ("02/22/16", "22/02/16", "no such time: 22/02/16 22:47:45"),
        ("SN=", "SN\xe9", "a byte that is no text"),
        ("02/22/16 22", "22", "not a data line"),
    ],
)
def test_a_broken_line_is_unread_with_its_reason(old, new, reason):
    assert why(LINE.replace(old, new)) == reason


def test_blank_lines_and_nuls_belong_to_the_line_they_precede():
    raw = b"\0\r\n\r\n" + LINE.encode() + b"\r\n"
    (frame,) = decode(registry.adapter("masimo_ascii1").decoder(), [raw])
    assert frame.raw == raw
    assert frame.readings[0].value == 98.0


def test_a_line_joined_in_its_middle_costs_only_itself():
    first, second = events(LINE[40:], LINE)
    assert isinstance(first, Unread)
    assert isinstance(second, Frame)


def test_a_line_without_an_end_is_given_up_at_its_longest():
    decoder = registry.adapter("masimo_ascii1").decoder()
    (event,) = decoder.feed(b"x" * 450)
    assert (len(event.raw), event.why) == (400, "no line end in 400 bytes")
