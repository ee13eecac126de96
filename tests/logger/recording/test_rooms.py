"""The sessions of a recorder: whose line is whose while one of them is put aside, and when it is taken up."""

from __future__ import annotations

import json
import time

import pytest
from ledgers import NOON, open_session

from logger.recording import line
from logger.recording.line import Line, Opened
from logger.recording.rooms import Batch, Happened, Rooms
from logger.recording.source import Chunk

NOWHERE = "socket://127.0.0.1:9"


@pytest.fixture
def rooms(desk, monkeypatch) -> Rooms:
    """One session with one device whose line is played by hand, put aside, and due at once."""
    monkeypatch.setattr("logger.recording.aside.TAKE_UP", (0.0,))
    monkeypatch.setattr(Line, "start", lambda one: None)
    made = Rooms(desk, Batch(desk.store), lambda *_: None, lambda _: None)
    session = open_session(desk)
    device = {"source": "monitor", "event": "attached", "adapter": "nonin", "url": NOWHERE}
    desk.append(session, "device", "nurse.example", device)
    made.watch(session, resumed=True)
    told(made, Opened(NOON, NOWHERE, None, b""))
    made.do(made.open[session], lambda: 1 // 0)
    return made


def told(rooms: Rooms, what: line.Happening) -> None:
    """Have the device's line bring something."""
    waits(rooms)
    rooms.take(brought(rooms, what))


def waits(rooms: Rooms) -> None:
    one(rooms)._told += 1


def brought(rooms: Rooms, what: line.Happening) -> Happened:
    [running] = [*rooms.open.values(), *rooms.aside]
    return Happened(running.id, "monitor", one(rooms), what)


def one(rooms: Rooms) -> Line:
    [running] = [*rooms.open.values(), *rooms.aside]
    return running.devices["monitor"].line


def test_a_session_that_is_put_aside_keeps_its_lines(rooms):
    [row] = rooms.heard()
    assert (row["source"], row["url"], row["connected"]) == ("monitor", NOWHERE, False)


def test_what_a_line_brought_before_its_session_is_taken_up_is_in_a_record(desk, rooms):
    waits(rooms)
    late = brought(rooms, Chunk(b"late", NOON))
    rooms.look(time.monotonic())
    assert not rooms.open
    rooms.take(late)
    rooms.look(time.monotonic())
    [session] = rooms.open
    unread = [json.loads(one.payload) for one in desk.store.records(session) if one.kind == "unread"]
    assert [body["length"] for body in unread] == [4]


def test_no_session_is_taken_up_while_the_recorder_ends(rooms):
    rooms.leaving = True
    rooms.look(time.monotonic() + 1000)
    assert not rooms.open
    assert rooms.aside
