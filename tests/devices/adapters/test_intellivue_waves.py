"""IntelliVue's waves: against a recorded session, and how its objects are told apart."""

from __future__ import annotations

import json
import struct

import device_captures
import pytest

from devices.adapters import _intellivue_frames as frames
from devices.adapters.intellivue import ADAPTER
from devices.contract import Frame, Scale, Wave, decode
from devices.simulators import _intellivue_replies as replies

ALONE, IN_A_GROUP = "000008000001428000000000", "000008000001428001030000"
TO_MILLIVOLT = "fefff000fd009ffb00003fff"
MARKS = "0003000c000480080003400100018004"


def about(label=0x0102, *, structure=ALONE, count=2, bits=14, flags=0x3000, period=16, scale=TO_MILLIVOLT):
    """The attributes that describe a wave."""
    return [
        (0x093F, bytes.fromhex(structure)),
        (0x096D, struct.pack(">HBBH", count, 16, bits, flags)),
        (0x0A16, bytes.fromhex(MARKS)),
        (0x098D, struct.pack(">I", period)),
        (0x0924, struct.pack(">I", 2 << 16 | label)),
        (0x0996, struct.pack(">H", 0x10B2)),
        (0x096F, bytes.fromhex(scale)),
    ]


def row(*steps, code=0x0102, state=0):
    return struct.pack(f">3H{len(steps)}H", code, state, 2 * len(steps), *steps)


def alone(*steps, **more):
    return (0x096E, row(*steps, **more))


def group(*rows):
    body = b"".join(rows)
    return (0x0967, struct.pack(">2H", len(rows), len(body)) + body)


def polled(*objects, ticks=8000):
    told = [(1, 0x2AE, replies.listed(attributes)) for attributes in objects]
    return frames.framed(replies.reply(1, frames.WAVE, ticks, told, sequence=0))


def read(*raw: bytes) -> list[Wave]:
    events = decode(ADAPTER.wanting_waves().decoder(), raw)
    return [wave for event in events if isinstance(event, Frame) for wave in event.waves]


@pytest.fixture(scope="module")
def recorded() -> list[Wave]:
    said = json.loads(device_captures.real("intellivue/dialogue_vectors.json").read_text())
    return read(*(bytes.fromhex(frame) for frame in said["all_monitor_frames_mib"]))


def test_a_recorded_session_has_every_lead_at_its_own_rate(recorded):
    kinds = {(wave.name, wave.variant, wave.rate) for wave in recorded}
    assert kinds == {
        *(("ecg", lead, 250.0) for lead in ("II", "V", "aVR")),
        *(("ecg", lead, 500.0) for lead in ("I", "III", "aVL", "aVF", "MCL")),
        *(("ecg", f"{lead} 1.02ae", 500.0) for lead in ("II", "V", "aVR")),
        ("pleth", "", 125.0),
        ("ibp", "ABP", 125.0),
        ("resp", "", 62.5),
    }


def test_in_a_recorded_session_every_row_follows_the_one_before(recorded):
    kinds = {(wave.name, wave.variant) for wave in recorded}
    assert sum(not wave.follows for wave in recorded) == len(kinds)


def test_a_recorded_pressure_is_the_one_that_the_monitor_shows(recorded):
    steps = [step for wave in recorded if wave.name == "ibp" for step in wave.samples if step is not None]
    [scale] = {wave.scale for wave in recorded if wave.name == "ibp"}
    assert scale == Scale("mm[Hg]", 0.0625, -50.0)
    lowest, highest = (scale.offset + scale.step * step for step in (min(steps), max(steps)))
    assert (round(lowest, -1), round(highest, -1)) == (70, 120)


def test_a_recorded_pleth_has_no_unit(recorded):
    assert {wave.scale for wave in recorded if wave.name == "pleth"} == {None}


def test_a_wave_is_read_from_when_it_is_described():
    before, after = polled([alone(8192, 8392)]), polled([*about(), alone(8192, 8392)], ticks=8032)
    [wave] = read(before, after)
    assert (wave.samples, wave.rate, wave.scale) == ((8192, 8392), 500.0, Scale("mV", 0.005, -40.96))


def test_a_group_and_a_lead_of_one_handle_keep_their_own_rates():
    described = polled(about(), about(0x0100, structure=IN_A_GROUP, count=1, period=32))
    rows = polled([group(row(1), row(2, code=0x0143))], [alone(3, 4)], ticks=9000)
    said = [(wave.variant, wave.rate, wave.samples) for wave in read(described, rows)]
    assert said == [("II", 250.0, (1,)), ("V", 250.0, (2,)), ("II 1.02ae", 500.0, (3, 4))]


def test_a_description_that_may_be_of_several_waves_is_of_none():
    both = polled(about(), about(0x0101))
    scale = polled([(0x096F, bytes.fromhex("00000000000000640000ffff"))], ticks=8010)
    rows = polled([alone(1, 2)], [alone(3, 4, code=0x0101)], ticks=8020)
    assert len(read(both, rows)) == 2
    assert read(both, scale, rows) == []


def test_a_row_of_another_length_than_was_told_is_not_read():
    assert read(polled(about()), polled([alone(1, 2, 3)])) == []


@pytest.mark.parametrize(("ticks", "follows"), [(8032, True), (8064, False), (8031, None), (8000, None)])
def test_a_row_that_is_missing_is_seen_and_one_told_twice_is_not_read_twice(ticks, follows):
    _, *second = read(polled([*about(), alone(1, 2)]), polled([alone(3, 4)], ticks=ticks))
    assert [wave.follows for wave in second] == [follows] * (follows is not None)


def test_the_monitor_s_time_begins_again_after_six_days():
    end = (1 << 32) - 32
    first, second = polled([*about(), alone(1, 2)], ticks=end), polled([alone(3, 4)], ticks=0)
    assert [wave.follows for wave in read(first, second)] == [False, True]


def test_the_marks_of_a_sample_are_no_part_of_it():
    steps = (8192, 8192 | 0x4001, 8192 | 0x8004, 8192 | 0x8008)
    [wave] = read(polled([*about(count=4), alone(*steps)]))
    assert wave.samples == (8192, 8193, None, None), "plain, a defibrillator's mark, invalid, saturated"


def test_a_sample_over_the_significant_bits_is_none_where_nothing_says_that_they_are_marks():
    [wave] = read(polled([*about(flags=0x2000), alone(16383, 16384)]))
    assert wave.samples == (16383, None)


@pytest.mark.parametrize("state", [0x8000, 0x2000, 0x1000])
def test_a_row_that_is_no_measurement_has_no_samples(state):
    [wave] = read(polled([*about(), alone(1, 2, state=state)]))
    assert wave.samples == (None, None)


def test_a_wave_that_nobody_knows_keeps_its_number():
    [wave] = read(polled([*about(0x7777), alone(1, 2, code=0x7777)]))
    assert wave.name == "local:intellivue:7777"


def test_the_poll_for_waves_is_that_of_a_recorded_host():
    said = json.loads(device_captures.real("intellivue/dialogue_vectors.json").read_text())["messages"]
    [theirs] = [bytes.fromhex(one["payload_hex"]) for one in said if one["name"] == "ext_poll_wave_request"]
    ours = frames.extended_poll(0x3EE, frames.WAVE, 60)
    assert ours[:-4] == theirs[:-4], "but for how long it lasts"


def test_the_waves_that_a_monitor_sends_are_never_chosen():
    said = json.loads(device_captures.real("intellivue/dialogue_vectors.json").read_text())["messages"]
    [theirs] = [bytes.fromhex(one["payload_hex"]) for one in said if one["name"] == "set_priority_list"]
    assert not ADAPTER.wanting_waves().permits(frames.framed(theirs))
