"""The wave records of the record interface: against a real one, and its odd samples."""

from __future__ import annotations

import json
import struct

import device_captures
import pytest

from devices.adapters._dri_frames import frame_record, waves
from devices.adapters.datex_dri import ADAPTER
from devices.contract import Frame, Scale, Wave, decode


def record(*parts: tuple[int, bytes], number: int = 1, maintype: int = 1) -> bytes:
    """The frame of a record with these sub-records."""
    places, body = b"", b""
    for kind, part in parts:
        places += struct.pack("<hB", len(body), kind)
        body += part
    places = (places + struct.pack("<hB", 0, 0xFF)).ljust(24, b"\0")
    return frame_record(struct.pack("<hBBHI4xh", 40 + len(body), number, 8, 0, 0, maintype) + places + body)


def part(*steps: int, status: int = 0, label: int = 2, count: int | None = None) -> bytes:
    count = len(steps) if count is None else count
    return struct.pack(f"<hHH{len(steps)}h", count, status, label, *steps)


def read(*raw: bytes) -> list[Wave]:
    events = decode(ADAPTER.wanting_waves().decoder(), raw)
    return [wave for event in events if isinstance(event, Frame) for wave in event.waves]


def test_a_real_record_says_what_its_reader_says():
    said = json.loads(device_captures.real("datex_s5/lnhealth_expected.json").read_text())["wave"]
    text = device_captures.real("datex_s5/lnhealth_wave_record.hex").read_text()
    real = read(frame_record(bytes.fromhex("".join(text.split()))))
    ecg, pleth = real[0], real[-1]
    assert len(real) == said["subrecords"]
    assert (ecg.name, ecg.variant, ecg.rate, len(ecg.samples)) == ("ecg", "II", 300.0, said["first"]["n"])
    assert ecg.samples[0] == said["first"]["samples0"]
    assert ecg.scale == Scale("uV", 1.0)
    assert (pleth.name, pleth.rate, pleth.scale) == ("pleth", 100.0, Scale("%", 0.01))
    values = [0.01 * step for step in pleth.samples[:3] if step is not None]
    assert [values[0], values[2]] == [said["peer_expect"]["PLETH_first"], said["peer_expect"]["PLETH_third"]]
    assert all(set(wave.samples) == {None} for wave in real[1:-1]), "leads and transducers that are not there"


@pytest.mark.parametrize("code", [-32767, -32766, -32001, -32000])
def test_a_code_is_no_sample_and_its_neighbours_are(code):
    [wave] = read(record((8, part(-360, code, -376))))
    assert wave.samples == (-360, None, -376)


def test_a_number_above_the_codes_is_a_sample():
    assert read(record((1, part(-31999, 0))))[0].samples == (-31999, 0)


def test_a_lead_that_is_off_has_no_samples():
    assert read(record((1, part(5, 6, status=8))))[0].samples == (None, None)
    assert read(record((8, part(5, 6, status=8))))[0].samples == (5, 6)


@pytest.mark.parametrize(
    ("numbers", "follows"),
    [((1, 2), True), ((255, 0), True), ((1, 3), False), ((1, 1), False)],
)
def test_a_record_that_is_missing_is_seen_by_the_number_of_the_next(numbers, follows):
    first, second = (record((1, part(1)), number=number) for number in numbers)
    assert [wave.follows for wave in read(first, second)] == [False, follows]


@pytest.mark.parametrize("number", [2, 3])
def test_a_number_may_count_all_records_or_those_of_a_kind(number):
    other = record(number=2, maintype=4)
    waves_ = read(record((1, part(1)), number=1), other, record((1, part(2)), number=number))
    assert [wave.follows for wave in waves_] == [False, True]


def test_a_monitor_that_counts_anew_has_missed_something():
    restarted = record(number=0, maintype=4)
    waves_ = read(record((1, part(1)), number=7), restarted, record((1, part(2)), number=1))
    assert [wave.follows for wave in waves_] == [False, False]


def test_the_monitor_s_word_for_a_gap_is_taken():
    waves_ = read(record((1, part(1)), number=1), record((1, part(2, status=1)), number=2))
    assert [wave.follows for wave in waves_] == [False, False]


def test_two_channels_of_one_lead_are_told_apart():
    assert [wave.variant for wave in read(record((1, part(1)), (2, part(2))))] == ["II", "II 2"]


@pytest.mark.parametrize("count", [-1, 0, 4])
def test_more_samples_than_the_record_holds_are_none(count):
    assert read(record((1, part(1, 2, count=count)))) == []


def test_waves_without_a_known_rate_are_named_and_not_read():
    [event] = decode(ADAPTER.wanting_waves().decoder(), [record((22, part(1)), (23, part(1)))])
    assert isinstance(event, Frame)
    assert (event.waves, event.raw_flags["waves"]) == ((), "22 23")


def test_waves_that_stopped_are_asked_for_again_while_the_numbers_go_on():
    decoder = ADAPTER.wanting_waves().decoder()
    assert decoder.opening()[-1].raw == waves((1, 8, 9, 15))
    decoder.feed(record((1, part(1)), number=1))
    said = []
    for second in range(1, 40):
        decoder.feed(record(number=1, maintype=4))
        said += [(second, send.raw) for send in decoder.due(float(second))]
    assert said == [(16, waves((1, 8, 9, 15))), (31, waves((1, 8, 9, 15)))]
