"""Cuff readings of a device whose own clock is set while it is recorded."""

from __future__ import annotations

from datetime import datetime, timedelta

from devices.contract import Frame, Reading
from logger.clock import SECOND
from logger.recording.cuff import Cuffs, Cycle

OPENED = 1_790_000_000 * SECOND
DEVICE_CLOCK = datetime(2026, 9, 21, 13, 0, 0)  # noqa: DTZ001  a device claims no zone


def said(systolic: float, taken: int, now: int, at: int) -> tuple[int, Frame]:
    """Return a frame of second *at* after the opening; *taken* and *now* are seconds of the device."""
    taken_at, shown = (DEVICE_CLOCK + timedelta(seconds=second) for second in (taken, now))
    reading = Reading("nibp_sys", systolic, measured_at=taken_at)
    return OPENED + at * SECOND, Frame(b"x", (reading,), device_time=shown)


def judged(*frames: tuple[int, Frame]) -> list[Cycle]:
    cuffs = Cuffs(OPENED)
    return [cuffs.judge(at, frame)[""] for at, frame in frames]


def test_a_reading_from_before_the_clock_was_set_has_the_time_of_its_arrival():
    hour = 3600
    *_, first, again = judged(
        said(120, taken=50, now=60, at=60),
        said(131, taken=361, now=hour + 365, at=365),
        said(131, taken=361, now=hour + 370, at=370),
    )
    assert (first.measured, first.repeat) == (OPENED + 365 * SECOND, False)
    assert (again.measured, again.repeat) == (first.measured, True)


def test_a_reading_from_after_the_clock_was_set_has_its_own_time():
    *_, cycle = judged(
        said(120, taken=50, now=60, at=60),
        said(120, taken=50, now=3665, at=65),
        said(131, taken=3700, now=3710, at=110),
    )
    assert cycle.measured == OPENED + 100 * SECOND


def test_two_cycles_of_one_time_are_two_where_the_clock_was_put_back_between_them():
    first, again, second = judged(
        said(120, taken=300, now=310, at=310),
        said(120, taken=300, now=200, at=500),
        said(133, taken=300, now=310, at=610),
    )
    assert (first.repeat, again.repeat, second.repeat) == (False, True, False)
    assert second.measured == OPENED + 600 * SECOND
