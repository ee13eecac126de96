"""What the recorder makes of one device's frames: when a cuff reading was taken, and whose it may be."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devices.contract import Adapter, Event, Frame, Link, Reading
from logger.clock import SECOND
from logger.kinds import canonical
from logger.ledger.capture import Sealed
from logger.ledger.models import Entry, Written
from logger.recording.source import Chunk, Source

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


def lost_after(tmp_path, seconds: float) -> tuple[Source, list[Entry]]:
    """Return what is recorded of a line that is lost so many seconds after its last bytes came."""
    says = Adapter("says", "says", (), Link(9600), (), "document", lambda: CompletesAtTheEnd([cuff(120)]))
    source = Source(
        "S", "monitor", says, opened_at=OPENED, zone=ZoneInfo("UTC"), folder=tmp_path, make_room=lambda: False
    )
    source.connect(OPENED, "/dev/example", None, b"")
    source.hear(Chunk(b"xx", OPENED + SECOND))
    return source, source.lose(OPENED + round((1 + seconds) * SECOND), "unplugged")


def test_what_the_end_of_a_line_completes_was_heard_with_its_last_bytes(tmp_path):
    source, entries = lost_after(tmp_path, 2)
    said = [json.loads(entry.payload).get("event", entry.kind) for entry in entries]
    assert said == ["reading", "capture_closed", "lost"]
    assert entries[0].at == source.silent_since == OPENED + SECOND


def test_what_is_completed_long_after_it_came_is_no_reading(tmp_path):
    _, entries = lost_after(tmp_path, 3600)
    said = [json.loads(entry.payload).get("event", entry.kind) for entry in entries]
    assert said == ["unread", "capture_closed", "lost"]


def test_what_a_killed_recorder_left_between_its_records_is_unread_too(tmp_path):
    source, _ = lost_after(tmp_path, 0)
    entries = source.left_behind(OPENED, Sealed(3, "x", 100, ""), [(10, 20), (30, 60), (50, 70)])
    places = [json.loads(entry.payload) for entry in entries if entry.kind == "unread"]
    assert [(body["offset"], body["length"]) for body in places] == [(0, 10), (20, 10), (70, 30)]


def said_by(tmp_path, *frames: Frame) -> list[dict[str, Any]]:
    """Return the bodies of what frames make that come once a second from a minute after the opening."""
    says = Adapter("says", "says", (), Link(9600), (), "document", lambda: Says(list(frames)))
    source = Source(
        "S", "monitor", says, opened_at=OPENED, zone=ZoneInfo("UTC"), folder=tmp_path, make_room=lambda: False
    )
    entries = source.connect(OPENED, "/dev/example", None, b"")
    for second in range(len(frames)):
        made, _ = source.hear(Chunk(b"x", OPENED + (60 + second) * SECOND))
        entries += made
    return [{"kind": entry.kind, **json.loads(entry.payload)} for entry in entries]


def of(device: str, frame: Frame) -> Frame:
    return replace(frame, device_id=device)


def test_a_device_that_says_who_it_is_is_named_once(tmp_path):
    bodies = said_by(tmp_path, *[of("EXAMPLE-1", cuff(122, age=10.0))] * 3)
    named = [body for body in bodies if body.get("event") == "identified"]
    assert [(body["identity"], "cause" in body) for body in named] == [("EXAMPLE-1", False)]


def test_another_device_on_the_line_is_named_and_what_its_cuff_holds_is_held(tmp_path):
    mine, other = of("EXAMPLE-1", cuff(122, age=10.0)), of("EXAMPLE-2", cuff(188, age=30.0))
    bodies = said_by(tmp_path, mine, other)
    [*_, named] = [body for body in bodies if body.get("event") == "identified"]
    assert named["cause"] == (
        "another device is on this line: it says that it is EXAMPLE-2, the one before was EXAMPLE-1"
    )
    [first, second] = [body["readings"][0] for body in bodies if body["kind"] == "reading"]
    assert ("reason" in first, second["reason"]) == (False, "held")


def test_a_restarted_recorder_knows_which_device_it_was(tmp_path):
    says = Adapter("says", "says", (), Link(9600), (), "document", lambda: Says([of("EXAMPLE-2", cuff(122))]))
    source = Source(
        "S", "monitor", says, opened_at=OPENED, zone=ZoneInfo("UTC"), folder=tmp_path, make_room=lambda: False
    )
    link = json.dumps({"v": 1, "source": "monitor", "event": "identified", "identity": "EXAMPLE-1"})
    link = link.replace(": ", ":")
    source.resume([Written("S", "w", 3, OPENED, "link", "says", link, "")], OPENED)
    source.connect(OPENED + 9 * SECOND, "/dev/example", None, b"")
    entries, _ = source.hear(Chunk(b"x", OPENED + 10 * SECOND))
    assert "another device is on this line" in "".join(entry.payload for entry in entries)


def resumed(tmp_path, frame: Frame, *said: tuple[float, str, dict[str, Any]]) -> dict[str, Any]:
    """Return the first value of a frame that is heard 90 s after the opening, when *said* was recorded."""
    says = Adapter("says", "says", (), Link(9600), (), "document", lambda: Says([frame]))
    source = Source(
        "S", "monitor", says, opened_at=OPENED, zone=ZoneInfo("UTC"), folder=tmp_path, make_room=lambda: False
    )
    records = [
        Written(
            "S",
            "w",
            seq,
            OPENED + round(at * SECOND),
            kind,
            "x",
            canonical({"source": "monitor", **body}),
            "",
        )
        for seq, (at, kind, body) in enumerate(said)
    ]
    source.resume(records, records[-1].at)
    source.connect(OPENED + 80 * SECOND, "/dev/example", None, b"")
    entries, _ = source.hear(Chunk(b"x", OPENED + 90 * SECOND))
    bodies = [json.loads(entry.payload) for entry in entries if entry.kind == "reading"]
    value: dict[str, Any] = bodies[0]["readings"][0]
    return value


ATTACHED = {"event": "attached", "adapter": "says", "url": "/dev/example"}
PLACE = {"v": 1, "capture": 0, "offset": 0, "length": 1}


def recorded(systolic: float) -> dict[str, Any]:
    return {**PLACE, "readings": [{"vital": "nibp_sys", "value": systolic}]}


def test_a_pressure_measured_before_the_device_was_attached_is_held_after_a_restart_too(tmp_path):
    value = resumed(tmp_path, cuff(188, age=60.0), (50, "device", ATTACHED))
    assert value["reason"] == "held"


def test_a_pressure_measured_while_the_recorder_was_away_counts(tmp_path):
    value = resumed(tmp_path, cuff(122, age=30.0), (50, "device", ATTACHED))
    assert "reason" not in value


def test_a_pressure_of_before_another_device_came_on_the_line_is_held_after_a_restart_too(tmp_path):
    other = {"event": "identified", "identity": "EXAMPLE-2", "cause": "another device is on this line"}
    value = resumed(tmp_path, cuff(188, age=30.0), (0, "device", ATTACHED), (70, "link", other))
    assert value["reason"] == "held"


def test_a_cycle_of_an_earlier_device_of_the_same_name_is_none_of_this_one(tmp_path):
    before = ((0, "device", ATTACHED), (10, "reading", recorded(188)))
    value = resumed(tmp_path, cuff(188, now=None), *before, (50, "device", ATTACHED))
    assert value["reason"] == "held"


class Fails(Says):
    """A decoder that fails at the second chunk, and says the same to every new one."""

    def feed(self, chunk: bytes) -> list[Event]:
        if chunk == b"bad":
            raise ZeroDivisionError
        return super().feed(chunk)


def test_what_a_device_repeats_after_its_decoder_failed_is_no_new_cycle(tmp_path):
    frames = [cuff(122, age=10.0), cuff(122, now=None)]
    decoder = Fails(frames)
    says = Adapter("says", "says", (), Link(9600), (), "document", lambda: decoder)
    source = Source(
        "S", "monitor", says, opened_at=OPENED, zone=ZoneInfo("UTC"), folder=tmp_path, make_room=lambda: False
    )
    source.connect(OPENED, "/dev/example", None, b"")
    made = [
        source.hear(Chunk(raw, OPENED + (60 + n) * SECOND))[0] for n, raw in enumerate((b"x", b"bad", b"x"))
    ]
    [again] = [json.loads(entry.payload)["readings"][0] for entry in made[2] if entry.kind == "reading"]
    assert again["repeat"]


def offsets(tmp_path, *claims: timedelta) -> list[float]:
    """Return the offsets that are recorded of a device whose clock is off by *claims*, second by second."""
    opened = datetime.fromtimestamp(OPENED // SECOND, UTC).replace(tzinfo=None)
    frames = [
        Frame(b"x", device_time=opened + timedelta(seconds=60 + number) + claim)
        for number, claim in enumerate(claims)
    ]
    return [body["offset_s"] for body in said_by(tmp_path, *frames) if body.get("event") == "device_clock"]


def test_a_device_s_offset_is_recorded_at_connection_every_five_minutes_and_at_each_jump(tmp_path):
    right, summer = timedelta(0), timedelta(hours=1)
    assert offsets(tmp_path, *[right] * 301, *[summer] * 5) == [0.0, 0.0, 3600.0]


def test_a_clock_that_drifts_by_two_seconds_a_day_makes_no_jump(tmp_path):
    drift = [timedelta(seconds=round(2 * second / 86400)) for second in range(0, 3600, 12)]
    assert offsets(tmp_path, *drift) == [0.0]


def test_a_clock_that_loses_its_time_is_recorded_with_where_it_went(tmp_path):
    opened = datetime.fromtimestamp(OPENED // SECOND, UTC).replace(tzinfo=None)
    lost = datetime(2000, 1, 1) - opened - timedelta(seconds=61)  # noqa: DTZ001 - a device's clock has no zone
    assert offsets(tmp_path, timedelta(0), lost) == [0.0, pytest.approx(lost.total_seconds())]
