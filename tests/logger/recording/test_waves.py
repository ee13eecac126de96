"""The blocks of a second that waves are recorded in: whole, in order, cut at gaps, nothing made up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.contract import Frame, Scale, Wave
from logger.clock import SECOND
from logger.kinds import Wave as WaveRecord
from logger.recording.waves import NO_SAMPLE, Place, WaveBlocks, pack, unpack

NOON = 1_790_000_000 * SECOND
RATE = 75.0


def frame(*samples: int | None, follows: bool = True, rate: float = RATE, **more: Any) -> Frame:
    return Frame(b"x", waves=(Wave("pleth", samples, rate, follows=follows, **more),))


def taken(*arrivals: tuple[float, Frame], speed: float = 1.0, closed: bool = True) -> list[WaveRecord]:
    """The blocks of frames that arrive so many seconds after noon, one chunk each."""
    blocks, payloads = WaveBlocks("monitor", speed), []
    for number, (second, one) in enumerate(arrivals):
        blocks.expect([one])
        at = NOON + round(second * SECOND)
        payloads += blocks.take(one, at, Place(0, number, number + 1))
    payloads += blocks.close() if closed else []
    return [WaveRecord.model_validate(payload) for payload in payloads]


def samples(block: WaveRecord) -> list[int | None]:
    none = NO_SAMPLE[block.bits]
    return [None if step == none else step for step in unpack(block.samples, block.bits)]


def seconds(moment: datetime) -> float:
    return round(moment.timestamp() - NOON / SECOND, 6)


def test_a_block_is_recorded_when_its_second_is_full():
    thirds = [(third / 3, frame(*range(25))) for third in range(1, 5)]
    assert [block.count for block in taken(*thirds[:2], closed=False)] == []
    assert [block.count for block in taken(*thirds[:3], closed=False)] == [75]
    assert [block.count for block in taken(*thirds)] == [75, 25]


def test_a_block_begins_when_its_first_sample_was_taken():
    first, second = taken(*((third / 3, frame(*range(25))) for third in range(1, 7)))
    assert (seconds(first.start), seconds(second.start)) == (0.0, 1.0)


def test_what_arrives_at_once_was_taken_one_after_the_other():
    blocks, both = WaveBlocks("monitor"), [frame(*range(75)), frame(*range(75))]
    blocks.expect(both)
    payloads = [said for one in both for said in blocks.take(one, NOON, Place(0, 0, 1))]
    starts = [seconds(WaveRecord.model_validate(said).start) for said in payloads]
    assert starts == [-2.0, -1.0]


def test_the_first_block_follows_nothing_and_the_next_ones_follow():
    assert [block.follows for block in taken(*((n, frame(*range(75))) for n in range(1, 4)))] == [
        False,
        True,
        True,
    ]


def test_missing_samples_end_a_block():
    before, after = taken((1, frame(1, 2, 3)), (1.2, frame(7, 8, follows=False)))
    assert (samples(before), samples(after)) == ([1, 2, 3], [7, 8])
    assert after.follows is False


@pytest.mark.parametrize(("later", "follows"), [(0.0, True), (0.4, True), (0.6, False), (-0.6, False)])
def test_samples_that_come_too_late_or_too_early_are_not_known_to_follow(later, follows):
    blocks = taken((1, frame(*range(75))), (2 + later, frame(*range(75))))
    assert blocks[1].follows is follows
    assert seconds(blocks[1].start) == (1.0 if follows else 1.0 + later)


def test_simulated_time_jumps_and_is_no_gap():
    assert [block.follows for block in taken((1, frame(*range(75))), (9, frame(*range(75))), speed=100)] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    "other", [frame(1, rate=100.0), frame(1, scale=Scale("%", 0.1))], ids=["rate", "scale"]
)
def test_another_rate_or_scale_is_another_block(other):
    assert [block.follows for block in taken((1, frame(1, 2)), (1.01, other))] == [False, False]


def test_a_sample_that_the_device_has_not_is_none_in_its_place():
    [block] = taken((1, frame(5, None, -5)))
    assert samples(block) == [5, None, -5]


@pytest.mark.parametrize(("step", "bits"), [(32767, 16), (-32767, 16), (-32768, 32), (40_000, 32)])
def test_a_sample_is_never_taken_for_a_missing_one(step, bits):
    [block] = taken((1, frame(step, None)))
    assert (samples(block), block.bits) == ([step, None], bits)


def test_a_wave_that_stops_is_recorded_while_others_go_on():
    ecg = Wave("ecg", (1, 2), 300.0)
    both = Frame(b"x", waves=(ecg, Wave("pleth", (7,), RATE)))
    blocks = taken((0.01, both), *((n / 3, frame(*range(25))) for n in range(1, 9)), closed=False)
    assert [block.wave for block in blocks].count("ecg") == 1


def test_a_block_names_the_bytes_of_its_frames():
    [block] = taken((1, frame(1)), (1.01, frame(2)), (1.02, frame(3)))
    assert (block.capture, block.offset, block.length) == (0, 0, 3)


def test_no_more_than_a_second_is_ever_held_back():
    blocks, recorded = WaveBlocks("monitor"), 0
    for third in range(1, 3000):
        one = frame(*range(25))
        blocks.expect([one])
        said = blocks.take(one, NOON + third * SECOND // 3, Place(0, third, third + 1))
        recorded += sum(payload["count"] for payload in said)
        assert third * 25 - recorded < 75


@given(
    rows=st.lists(
        st.lists(st.one_of(st.none(), st.integers(-40_000, 40_000)), min_size=1, max_size=200), min_size=1
    ),
    rate=st.sampled_from([25.0, 62.5, 75.0, 300.0]),
)
def test_every_sample_is_recorded_once_and_in_order(rows, rate):
    ends = [sum(map(len, rows[: n + 1])) / rate for n in range(len(rows))]
    blocks = taken(*((end, frame(*row, rate=rate)) for end, row in zip(ends, rows, strict=True)))
    assert [step for block in blocks for step in samples(block)] == [step for row in rows for step in row]
    assert all(block.count == len(samples(block)) <= rate for block in blocks)


@given(st.lists(st.one_of(st.none(), st.integers(-(1 << 31) + 1, (1 << 31) - 1))))
def test_packed_samples_come_back(steps):
    bits, packed = pack(steps)
    none = NO_SAMPLE[bits]
    assert [None if step == none else step for step in unpack(packed, bits)] == steps
