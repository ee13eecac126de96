"""What the recorder makes of one device's frames: when a cuff reading was taken, and whose it may be."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devices.contract import Adapter, Event, Frame, Link, Reading
from logger.clock import SECOND
from logger.source import Chunk, Source

OPENED = 1_790_000_000 * SECOND
NOON = datetime.fromisoformat("2026-03-02T12:00")


class Says:
    """A decoder that gives the frames it was made with, one a chunk."""

    pending = b""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = iter(frames)

    def feed(self, chunk: bytes) -> list[Event]:
        return [next(self._frames)]


def cuff(systolic: float, *, at: datetime | None = None, now: datetime | None = NOON, **more: Any) -> Frame:
    return Frame(b"x", (Reading("nibp_sys", systolic, measured_at=at, **more),), device_time=now)


def heard(tmp_path, *frames: Frame) -> list[dict[str, Any]]:
    """Return the systolic values of frames that come once a second from a minute after the opening."""
    says = Adapter("says", "says", (), Link(9600), (), "document", lambda: Says(list(frames)))
    source = Source(
        "S", "monitor", says, opened_at=OPENED, zone=ZoneInfo("UTC"), folder=tmp_path, make_room=lambda: False
    )
    source.connect(OPENED, "/dev/example", None, b"")
    entries = []
    for second in range(len(frames)):
        made, _ = source.hear(Chunk(b"x", OPENED + (60 + second) * SECOND))
        entries += made
    bodies = [json.loads(entry.payload) for entry in entries if entry.kind == "reading"]
    return [body["readings"][0] for body in bodies]


def test_a_pressure_measured_before_the_opening_is_held(tmp_path):
    [value] = heard(tmp_path, cuff(188, at=NOON - timedelta(minutes=26)))
    assert (value["reason"], value["quality"]) == ("held", "invalid")


def test_a_pressure_measured_since_the_opening_is_a_reading_of_its_own_time(tmp_path):
    [value] = heard(tmp_path, cuff(122, at=NOON - timedelta(seconds=20)))
    assert "reason" not in value
    assert datetime.fromisoformat(value["measured_at"]).timestamp() == OPENED // SECOND + 40


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=26 * 365)])
def test_a_pressure_of_a_time_that_has_not_come_is_held_as_one_without_a_time(tmp_path, back):
    [value] = heard(tmp_path, cuff(188, at=NOON - timedelta(minutes=26), now=NOON - back))
    assert (value["reason"], value["quality"]) == ("held", "invalid")
    assert "measured_at" not in value
    assert value["device_measured_at"] == (NOON - timedelta(minutes=26)).isoformat()


def test_two_seconds_between_the_device_s_own_times_are_none(tmp_path):
    [value] = heard(tmp_path, cuff(122, at=NOON + timedelta(seconds=2)))
    assert datetime.fromisoformat(value["measured_at"]).timestamp() == OPENED // SECOND + 60


def test_an_age_dates_a_pressure_too(tmp_path):
    old, new = heard(tmp_path, cuff(188, age=300.0), cuff(122, age=10.0))
    assert (old["reason"], "reason" in new) == ("held", False)


class CompletesAtTheEnd(Says):
    """A decoder whose last frame ends with the line."""

    def end(self) -> list[Event]:
        return [cuff(122)]


def test_what_the_end_of_a_line_completes_was_heard_before_it_was_lost(tmp_path):
    says = Adapter("says", "says", (), Link(9600), (), "document", lambda: CompletesAtTheEnd([cuff(120)]))
    source = Source(
        "S", "monitor", says, opened_at=OPENED, zone=ZoneInfo("UTC"), folder=tmp_path, make_room=lambda: False
    )
    source.connect(OPENED, "/dev/example", None, b"")
    source.hear(Chunk(b"x", OPENED + SECOND))
    entries = source.lose(OPENED + 2 * SECOND, "unplugged")
    said = [json.loads(entry.payload).get("event", entry.kind) for entry in entries]
    assert said[-1] == "lost"
    assert "heard" not in said
    assert source.silent_since == OPENED + 2 * SECOND
