"""The pleth of the finger oximeters: what stands in their packets, and when there is none."""

from __future__ import annotations

import json

import device_captures
import pytest

from devices import registry
from devices.contract import Frame, Wave, completed, decode

SENSOR_ALARM, DISCONNECTED, ARTIFACT = 0x08, 0x40, 0x20


def read(name: str, *raw: bytes) -> list[Wave]:
    decoder = registry.adapter(name).wanting_waves().decoder()
    events = decode(decoder, raw) + completed(decoder)
    return [wave for event in events if isinstance(event, Frame) for wave in event.waves]


def nonin_7(steps: list[int]) -> bytes:
    """A packet of format #7 with these steps."""
    packet = bytearray(device_captures.nonin_packet(form=7))
    for at, step in enumerate(steps):
        packet[5 * at + 1 : 5 * at + 3] = step.to_bytes(2, "big")
        packet[5 * at + 4] = sum(packet[5 * at : 5 * at + 4]) & 0xFF
    return bytes(packet)


def contec(signal=5, step=0, bar=6, rate=72, spo2=97) -> bytes:
    """One real-time packet of V7."""
    payload = [signal, step, bar, rate, spo2, 0x2C, 1]
    highs = sum((byte >> 7) << place for place, byte in enumerate(payload))
    return bytes([0x01, 0x80 | highs, *(byte | 0x80 for byte in payload)])


def test_a_packet_of_format_2_has_25_steps_of_8_bits():
    [wave] = read("nonin", device_captures.nonin_packet())
    assert (wave.name, wave.rate, wave.scale) == ("pleth", 75.0, None)
    assert wave.samples == tuple(range(100, 125))


def test_a_packet_of_format_7_has_25_steps_of_16_bits():
    steps = [0, 255, 256, 32767, 32768, 65535, *range(1000, 1019)]
    [wave] = read("nonin", nonin_7(steps))
    assert wave.samples == tuple(steps)


@pytest.mark.parametrize("status", [SENSOR_ALARM, DISCONNECTED])
def test_without_a_sensor_there_is_no_pleth(status):
    [wave] = read("nonin", device_captures.nonin_packet(status=0x80 | status))
    assert wave.samples == (None,) * 25


def test_an_artifact_is_what_the_sensor_saw():
    [wave] = read("nonin", device_captures.nonin_packet(status=0x80 | ARTIFACT))
    assert None not in wave.samples


def test_the_pleth_after_bytes_that_are_no_packet_does_not_follow():
    packet = device_captures.nonin_packet()
    rows = read("nonin", packet, packet, packet[:60], packet)
    assert [wave.follows for wave in rows] == [False, True, False]


def test_a_recorded_packet_says_the_step_that_its_reader_says():
    said = json.loads(device_captures.real("contec_cms50/expected_v7.json").read_text())
    [packet] = said["headrotor"]
    [wave] = read("contec_cms50", bytes.fromhex(packet["hex"]))
    assert (wave.samples, wave.rate) == ((packet["wave"],), 60.0)


@pytest.mark.parametrize(("signal", "mark"), [(0x80, 0), (0x10, 0), (0, 0x80)])
def test_while_the_oximeter_searches_there_is_no_pleth(signal, mark):
    [wave] = read("contec_cms50", contec() * 30 + contec(signal, 40 | mark) + contec(step=41) * 29)
    assert wave.samples == (0,) * 30 + (None,) + (41,) * 29


def test_the_last_packet_of_a_row_of_five_bytes_that_breaks_off_proves_no_step():
    packets = b"".join(bytes([0x85, step, 6, 72, 97]) for step in range(20))
    [wave] = read("contec_cms50_v5", packets + b"\x01")
    assert wave.samples == (*range(19), None)


def test_hid_reports_have_waves_of_no_known_rate_and_are_not_read():
    wave, value = bytes.fromhex("eb000348093f"), bytes.fromhex("eb010453637f0025")
    assert read("contec_cms50", (wave * 2 + value).ljust(64, b"\0") * 2) == []
