from __future__ import annotations

import json
import re

import device_captures
import pytest

from devices import registry
from devices.contract import Frame, Quality, Send, Unread, decode

PACKET = bytes.fromhex("01E0849392BCE3FFFF")
FIVE = bytes([0x85, 40, 6, 72, 97])


def read(raw: bytes, name: str = "contec_cms50"):
    decoder = registry.adapter(name).decoder()
    return decode(decoder, [raw]) + decoder.end()


def values(frame: Frame):
    return {str(reading.vital): reading.value for reading in frame.readings}


@pytest.fixture(scope="module")
def expected():
    return json.loads(device_captures.real("contec_cms50/expected_v7.json").read_text())


def test_a_packet_of_the_document_says_its_numbers():
    (frame,) = read(PACKET)
    assert values(frame) == {"spo2": 99.0, "spo2_pr": 60.0, "perfusion_index": None}


def test_the_recorded_dialogue_says_what_its_owner_says(expected):
    text = device_captures.real("contec_cms50/headrotor_v7_dialogue.txt").read_text()
    sent = bytes.fromhex("".join(re.findall(r"RSP ((?:[0-9A-F ]+)+)", text)))
    *replies, stream = read(sent)
    assert {type(event) for event in [*replies, stream]} == {Frame}
    assert [frame.raw_flags["reply"][:2] for frame in replies] == [
        *("0c", "0c", "06", "11", "0e", "13", "14", "02", "02", "04", "03")
    ]
    (said,) = expected["headrotor"]
    assert values(stream) == {"spo2": said["spo2"], "spo2_pr": said["pr"], "perfusion_index": said["pi"]}
    assert stream.raw.startswith(bytes.fromhex(said["hex"]))


def test_the_recorded_records_of_a_report_say_what_their_owner_says(expected):
    value, wave = expected["oxivis_ble"]
    report = (bytes.fromhex(wave["hex"]) * 2 + bytes.fromhex(value["hex"])).ljust(64, b"\0")
    (frame,) = read(report * 2)[:1]
    assert values(frame) == {"spo2": value["spo2"], "spo2_pr": value["pr"]}
    assert len([event for event in read(report * 2) if isinstance(event, Frame)]) == 2


def hid(flag: int, rate: int, spo2: int) -> bytes:
    body = bytes([0xEB, 1, flag, rate, spo2, 0x7F, 0])
    return body + bytes([sum(body) & 0x7F])


@pytest.mark.parametrize(
    ("flag", "rate", "shown"), [(4, 83, 83.0), (6, 2, 130.0), (6, 0, 128.0), (6, 0x7F, None)]
)
def test_a_flag_of_the_report_adds_128_to_the_rate(flag, rate, shown):
    assert values(read(hid(flag, rate, 97))[0])["spo2_pr"] == shown


def test_a_report_without_a_finger_has_no_number():
    assert set(values(read(hid(6, 0x7F, 0x7F))[0]).values()) == {None}


def test_a_report_with_a_wrong_sum_has_no_number():
    broken = bytearray(hid(4, 83, 97))
    broken[3] ^= 1
    assert not [event for event in read(bytes(broken) + hid(4, 83, 97)[:1]) if isinstance(event, Frame)]


def packet(*payload: int) -> bytes:
    highs = sum((byte >> 7) << place for place, byte in enumerate(payload))
    return bytes([1, 0x80 | highs, *(byte | 0x80 for byte in payload)])


@pytest.mark.parametrize("rate", [127, 128, 130, 254])
def test_a_rate_takes_its_highest_bit_from_the_second_byte(rate):
    assert values(read(packet(5, 40, 6, rate, 97, 0x2C, 1))[0])["spo2_pr"] == float(rate)


def test_perfusion_is_in_hundredths():
    assert values(read(packet(5, 40, 6, 72, 97, 0x2C, 1))[0])["perfusion_index"] == 3.0


@pytest.mark.parametrize(
    ("signal", "wave", "reason"), [(0x80, 0, "probe_error"), (0x10, 0, "searching"), (0, 0x80, "searching")]
)
def test_a_probe_error_and_a_search_make_numbers_invalid(signal, wave, reason):
    (frame,) = read(packet(signal, wave, 6, 72, 97, 0x2C, 1))
    assert {(r.quality, r.reason) for r in frame.readings} == {(Quality.INVALID, reason)}


def test_a_dropping_saturation_is_no_doubt_about_it():
    (frame,) = read(packet(0x25, 40, 6, 72, 91, 0x2C, 1))
    assert {r.quality for r in frame.readings} == {Quality.GOOD}


def test_bits_of_the_perfusion_in_the_second_byte_are_no_validity_code():
    (frame,) = read(PACKET)
    assert frame.readings[0].quality is Quality.GOOD


def test_sixty_packets_are_one_frame():
    assert [len(event.raw) for event in read(PACKET * 120)] == [540, 540]


def test_both_wire_forms_are_recognised_by_the_place_of_bit_7():
    nine, five = read(PACKET * 60 + FIVE * 60)
    assert values(nine) == {"spo2": 99.0, "spo2_pr": 60.0, "perfusion_index": None}
    assert values(five) == {"spo2": 97.0, "spo2_pr": 72.0}


@pytest.mark.parametrize("name", ["contec_cms50", "contec_cms50_v5", "berry_bci"])
def test_fewer_than_five_short_packets_in_a_row_are_none(name):
    assert not [event for event in read(FIVE * 4 + b"\0\0\0", name) if isinstance(event, Frame)]


@pytest.mark.parametrize("place", range(5))
def test_an_inserted_byte_makes_no_other_number_of_a_short_packet(place):
    broken = FIVE * 9 + FIVE[:place] + b"\0" + FIVE[place:] + FIVE * 9
    frames = [event for event in read(broken) if isinstance(event, Frame)]
    assert {tuple(values(frame).values()) for frame in frames} == {(97.0, 72.0)}


@pytest.mark.parametrize(
    ("third", "low", "rate"), [(0x46, 2, 130.0), (0x46, 0x7F, None), (6, 0, None), (6, 127, 127.0)]
)
def test_a_short_packet_keeps_the_highest_bit_of_the_rate_in_its_third_byte(third, low, rate):
    frame = read(bytes([0x85, 40, third, low, 97]) * 6)[0]
    assert values(frame)["spo2_pr"] == rate


@pytest.mark.parametrize("spo2", [0, 0x7F])
def test_no_saturation_has_two_forms_in_short_packets(spo2):
    assert values(read(bytes([0x85, 40, 6, 72, spo2]) * 6)[0])["spo2"] is None


@pytest.mark.parametrize(
    ("name", "quality", "reason"),
    [
        ("contec_cms50_v5", Quality.GOOD, None),
        ("berry_bci", Quality.INVALID, "sensor_disconnected"),
    ],
)
def test_the_makers_mean_different_things_by_one_bit(name, quality, reason):
    frame = read(bytes([0xA5, 40, 6, 72, 97]) * 6, name)[0]
    assert {(r.quality, r.reason) for r in frame.readings} == {(quality, reason)}


def test_garbage_of_a_wrong_speed_is_unread():
    garbage = bytes(byte * 37 % 251 for byte in range(600))
    assert {type(event) for event in read(garbage)} == {Unread}


def test_it_starts_the_stream_keeps_it_alive_and_sends_nothing_else():
    adapter = registry.adapter("contec_cms50")
    decoder = adapter.decoder()
    start, alive = bytes.fromhex("7D81A1808080808080"), bytes.fromhex("7D81AF808080808080")
    assert decoder.opening() == [Send(start)]
    assert [decoder.due(second) for second in (1.0, 2.0, 5.0, 6.0)] == [
        *([Send(alive)], [Send(alive)], [Send(start)], [Send(alive)])
    ]
    others = [bytes([0x7D, 0x81, code]) + b"\x80" * 6 for code in range(256) if code not in (0xA1, 0xAF)]
    assert not any(adapter.permits(raw) for raw in others)


@pytest.mark.parametrize("cut", range(2, 8))
def test_the_halves_of_two_packets_are_no_number(cut):
    other = bytes.fromhex("01E085B396C1E1FFFF")
    (frame,) = read(PACKET * 10 + PACKET[:cut] + other[cut:])
    assert values(frame) == {"spo2": 99.0, "spo2_pr": 60.0, "perfusion_index": None}
