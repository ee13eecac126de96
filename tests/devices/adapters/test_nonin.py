from __future__ import annotations

import json

import device_captures
import pytest
from device_captures import nonin_packet

from devices import registry
from devices.contract import Frame, Quality, Unread, decode


def events(raw: bytes):
    return decode(registry.adapter("nonin").decoder(), [raw])


def values(frame: Frame) -> dict[tuple[str, str], float | None]:
    return {(str(reading.vital), reading.variant): reading.value for reading in frame.readings}


def with_status(packet: bytes, frame: int, status: int) -> bytes:
    raw = bytearray(packet)
    raw[frame * 5 + 1] |= status
    raw[frame * 5 + 4] = sum(raw[frame * 5 : frame * 5 + 4]) & 0xFF
    return bytes(raw)


@pytest.fixture(scope="module")
def vectors():
    return json.loads(device_captures.real("nonin/vectors.json").read_text())


def test_the_good_vector_says_what_its_author_says(vectors):
    good = vectors["packet_good"]
    (frame,) = events(bytes.fromhex(good["hex"]))
    said = values(frame)
    assert said == {
        ("spo2", ""): good["spo2"],
        ("spo2", "display"): good["spo2_d"],
        ("spo2", "fast"): good["spo2_fast"],
        ("spo2", "beat_to_beat"): good["spo2_bb"],
        ("spo2", "extended"): good["e_spo2"],
        ("spo2", "extended_display"): good["e_spo2_d"],
        ("spo2_pr", ""): good["hr"],
        ("spo2_pr", "display"): good["hr_d"],
        ("spo2_pr", "extended"): good["e_hr"],
        ("spo2_pr", "extended_display"): good["e_hr_d"],
    }
    assert frame.raw_flags["firmware"] == str(good["firmware"])
    assert {reading.quality for reading in frame.readings} == {Quality.GOOD}


def test_vectors_of_damaged_streams_make_a_frame_only_of_a_whole_packet(vectors):
    made = [
        len([e for e in events(bytes.fromhex(raw)) if isinstance(e, Frame)])
        for raw in vectors["device_streams"]
    ]
    assert made == [0, 0, 0, 0, 0, 1]


def test_a_vector_resynchronises_at_the_true_start(vectors):
    (case,) = [case for case in vectors["frame_cases"] if case.get("resync")]
    false_start = bytes.fromhex(case["hex"])[:2]
    unread, frame = events(false_start + nonin_packet())
    assert (unread.raw, unread.why) == (false_start, "no start of a packet")
    assert isinstance(frame, Frame)


@pytest.mark.parametrize("rate", [127, 128, 130, 255, 256, 321])
def test_rates_above_127_are_read_from_both_bytes(rate):
    (frame,) = events(nonin_packet(rate=rate))
    assert {value for (vital, _), value in values(frame).items() if vital == "spo2_pr"} == {float(rate)}


def test_511_and_127_are_no_value():
    (frame,) = events(nonin_packet(rate=511, spo2=127))
    assert set(values(frame).values()) == {None}
    assert {reading.reason for reading in frame.readings} == {"absent"}


@pytest.mark.parametrize(
    ("status", "quality", "reason"),
    [
        (0x40, "invalid", "sensor_disconnected"),
        (0x20, "questionable", "artifact"),
        (0x10, "questionable", "out_of_track"),
        (0x08, "invalid", "sensor_off"),
        (0x06, "questionable", "marginal_perfusion"),
        (0x04, "questionable", "low_perfusion"),
        (0x02, "good", None),
    ],
)
def test_a_status_bit_in_one_frame_judges_the_packet(status, quality, reason):
    (frame,) = events(with_status(nonin_packet(), 11, status))
    assert {(r.quality, r.reason) for r in frame.readings} == {(quality, reason)}
    assert frame.readings[0].value == 97.0
    assert frame.raw_flags["status"] == f"{0x81 | status:02x}"


def test_red_and_green_in_turn_are_low_and_not_marginal_perfusion():
    (frame,) = events(with_status(with_status(nonin_packet(), 3, 0x04), 9, 0x02))
    assert frame.readings[0].reason == "low_perfusion"


def test_a_packet_with_a_sync_inside_is_none():
    whole = nonin_packet()
    unread, frame = events(whole[:50] + whole)
    assert (len(unread.raw), unread.why) == (50, "a packet of 10 frames")
    assert isinstance(frame, Frame)


def test_a_frame_that_is_given_as_soon_as_its_25th_frame_is_in():
    decoder = registry.adapter("nonin").decoder()
    assert decoder.feed(nonin_packet()[:-1]) == []
    assert len(decoder.feed(nonin_packet()[-1:])) == 1


def test_a_lost_byte_costs_its_packet_alone():
    whole = nonin_packet()
    unread, *rest = events(whole[:61] + whole[62:] + whole + whole)
    assert isinstance(unread, Unread)
    assert [len(frame.raw) for frame in rest] == [125, 125]


def test_a_low_battery_is_a_state():
    raw = bytearray(nonin_packet())
    raw[7 * 5 + 3] = 0x01
    raw[7 * 5 + 4] = sum(raw[35:39]) & 0xFF
    (frame,) = events(bytes(raw))
    assert frame.states == ("low_battery",)


@pytest.mark.parametrize("rate", [72, 127, 128, 130, 321])
def test_format_7_says_the_same_as_format_2(rate):
    (wide,) = events(nonin_packet(rate, form=7))
    (narrow,) = events(nonin_packet(rate))
    assert wide.readings == narrow.readings
    assert (wide.raw_flags["format"], narrow.raw_flags["format"]) == ("7", "2")


@pytest.mark.parametrize("lost", range(1, 125, 7))
@pytest.mark.parametrize("form", [2, 7])
def test_a_packet_that_lost_a_byte_is_of_neither_format(form, lost):
    whole = nonin_packet(form=form)
    *unread, frame = events(whole[:lost] + whole[lost + 1 :] + whole)
    assert unread
    assert all(isinstance(event, Unread) for event in unread)
    assert frame.raw == whole


def test_a_module_that_is_switched_to_the_other_format_is_read_on():
    frames = events(nonin_packet() + nonin_packet(form=7) + nonin_packet())
    assert [frame.raw_flags["format"] for frame in frames] == ["2", "7", "2"]


def test_a_packet_of_both_formats_is_none():
    mixed = nonin_packet()[:60] + nonin_packet(form=7)[60:]
    assert not [event for event in events(mixed) if isinstance(event, Frame)]
