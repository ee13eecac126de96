"""What is recorded of a device's clock: at connection, every five minutes, at a jump and on drift."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from logger.clock import SECOND
from logger.recording.device_clock import DeviceClock, Offset

START = 1_790_000_000 * SECOND
CLAIM = datetime.fromisoformat("2026-09-21T14:13:20")
"""What a clock on the wall shows at `START` where it is UTC."""


class Device:
    """A device whose clock claims what the test lets it claim, second by second."""

    def __init__(self, zone: str = "UTC") -> None:
        self.clock, self.second = DeviceClock(ZoneInfo(zone)), 0

    def says(self, off: float = 0.0, after: float = 1) -> Offset | None:
        self.second += round(after)
        claim = CLAIM + timedelta(seconds=self.second + round(off))
        return self.clock.hear(START + self.second * SECOND, claim)


def test_the_offset_is_recorded_at_the_first_frame_and_then_every_five_minutes():
    device = Device()
    said = [device.says(-7) for _ in range(601)]
    assert [(second, offset) for second, offset in enumerate(said) if offset] == [
        (0, Offset(-7.0)),
        (300, Offset(-7.0)),
        (600, Offset(-7.0)),
    ]


def test_a_line_that_is_opened_anew_records_it_again():
    device = Device()
    device.says()
    device.clock.forget()
    assert device.says() == Offset(0.0)


@pytest.mark.parametrize("jump", [3600, -3600, 2, -2])
def test_a_clock_that_is_set_is_recorded_with_the_jump(jump):
    device = Device()
    device.says()
    assert device.says(jump) == Offset(jump, f"it jumped by {jump:+d} s")
    assert device.says(jump) is None


def test_a_clock_that_drifts_is_recorded_as_soon_as_it_is_as_far_as_a_jump():
    device = Device()
    said = [device.says(second / 50) for second in range(200)]
    drifts = [offset for offset in said[1:] if offset]
    assert [offset.cause for offset in drifts] == [
        "it drifted by +2.0 s in 75 s",
        "it drifted by +2.0 s in 100 s",
    ]


def test_a_tick_that_comes_a_second_early_or_late_is_nothing():
    device = Device()
    device.says()
    assert [device.says(off) for off in (1, 0, -1, 0, 1)] == [None] * 5


def test_a_claim_is_taken_for_one_on_the_clinic_s_wall():
    assert Device("Europe/Berlin").says(after=0) == Offset(-7200.0)
