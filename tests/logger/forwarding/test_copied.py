"""What is recorded arrives at the server: once, in order, whole, whatever goes away meanwhile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ledgers import NURSE
from plugs import Plug
from rooms import readings, service
from server import Server, forwarder_of, same, server_at, until

from devices.simulators.running import start
from logger.errors import ServerSilent
from logger.ledger.copying import quarantined


def test_a_session_stands_at_the_server_as_it_was_recorded(clinic, server, forwarder):
    room = clinic.opens("1", name="DEMO, Example")
    until(forwarder.step, lambda: same(server, room))
    file = server.file(room.session)
    assert (file.row["room"], file.patient["name"]) == ("1", "DEMO, Example")
    assert file.protocol == room.file().protocol
    assert server.is_whole(room.session)


def test_what_a_monitor_says_arrives_and_is_published_once(clinic, server, forwarder):
    monitor = start("masimo_ascii1", seed=1, speed=5.0)
    room = clinic.opens("1", demo=True)
    clinic.attaches(room, f"masimo_ascii1={monitor.url}")
    room.wait_for(lambda records: len(readings(records)) > 3)
    until(forwarder.step, lambda: same(server, room))
    published = [one.ref for one in server.door.published if one.session == room.session]
    assert len(published) == len(set(published)) >= 6
    monitor.stop()


def test_how_each_device_is_heard_is_known_at_the_server(clinic, server, forwarder):
    plug = Plug()
    room = clinic.opens("1")
    clinic.attaches(room, f"masimo_ascii1={plug.name}")
    until(forwarder.step, lambda: bool(server.receiving.recorders.devices(room.session)))
    [device] = server.receiving.recorders.devices(room.session)
    assert (device["source"], device["url"]) == ("masimo_ascii1", plug.name)
    plug.pull()


def test_what_stands_beside_the_sessions_in_a_room_comes_too_and_the_recorder_s_own_stream_does_not(
    clinic, server, forwarder
):
    clinic.nurse.append("room:1", "note", NURSE, {"text": "the window is broken"})
    clinic.nurse.append("system", "access", NURSE, {"event": "viewed"})
    until(forwarder.step, lambda: bool(server.file("room:1").records))
    assert not [one for one in server.file("system").records if one.writer == clinic.nurse.status().writer]


def test_what_was_recorded_while_the_server_was_gone_arrives_afterwards(clinic, server, forwarder):
    room = clinic.opens("1")
    until(forwarder.step, lambda: same(server, room))
    server.gone = True
    for number in range(30):
        clinic.nurse.append(room.session, "note", NURSE, {"text": f"note {number}"})
    with pytest.raises(ServerSilent):
        until(forwarder.step, lambda: False)
    server.gone = False
    until(forwarder.step, lambda: same(server, room))
    assert server.is_whole(room.session)


def test_a_forwarder_that_was_killed_is_followed_by_one_that_sends_nothing_twice(clinic, server, forwarder):
    room = clinic.opens("1")
    until(forwarder.step, lambda: same(server, room))
    clinic.nurse.append(room.session, "note", NURSE, {"text": "while nobody forwarded"})
    another = forwarder_of(clinic, server)
    server.posts.clear()
    until(another.step, lambda: same(server, room))
    assert sum(len(post.get("records", ())) for post in server.posts) == 1
    another.close()


def test_a_server_that_was_set_back_asks_for_what_it_lacks(clinic, forwarder, tmp_path):
    room = clinic.opens("1")
    with server_at(tmp_path / "older" / "clinic.db") as server:
        one = forwarder_of(clinic, server)
        until(one.step, lambda: same(server, room))
        clinic.nurse.append(room.session, "note", NURSE, {"text": "after the backup"})
        with server_at(tmp_path / "restored" / "clinic.db") as restored:
            server.receiving, server.door = restored.receiving, restored.door
            until(one.step, lambda: same(server, room))
            assert server.is_whole(room.session)
        one.close()


def test_a_recorder_that_was_killed_goes_on_and_so_does_its_copy(server, tmp_path: Path):
    database = tmp_path / "room" / "recorder.db"
    with service(database) as clinic:
        room = clinic.opens("1")
        forwarder = forwarder_of(clinic, server)
        until(forwarder.step, lambda: same(server, room))
    until(forwarder.step, lambda: not server.receiving.recorders.all()[0].recording)
    assert "does not run" in str(server.receiving.recorders.silence("1"))
    with service(database) as clinic:
        room.nurse = clinic.nurse
        until(forwarder.step, lambda: same(server, room))
    kinds = [record.kind for record in server.file(room.session).records]
    assert "session.pause" in kinds
    assert "session.resume" in kinds
    forwarder.close()


def test_ten_sessions_at_once_are_copied_to_their_end(clinic, server, forwarder):
    rooms = [clinic.opens(str(number)) for number in range(10)]
    for room in rooms[:5]:
        clinic.ends(room)
    until(forwarder.step, lambda: all(same(server, room) for room in rooms))
    states = [server.file(room.session).row["state"] for room in rooms]
    assert states == ["closed"] * 5 + ["open"] * 5


def test_a_purged_session_is_not_brought_back(clinic, server, forwarder):
    room, other = clinic.opens("1"), clinic.opens("2")
    said = {"session": room.session, "heads": [], "opened_at": "2026-01-01T00:00:00Z", "reason": "its time"}
    server.says("system", "purged", "admin.example", **said)
    until(forwarder.step, lambda: same(server, other))
    with server.door.desk() as desk:
        assert room.session not in desk.store.streams()
        assert quarantined(desk.store) == []


def test_the_clocks_are_compared_once_a_connection_and_in_each_session(clinic, server, forwarder):
    room = clinic.opens("1")
    until(forwarder.step, lambda: bool(compared(server, room.session)))
    [said] = compared(server, room.session)
    assert abs(said["ahead_s"]) < 5
    heard = server.receiving.recorders.all()[0]
    assert heard.clock is not None
    later = clinic.opens("2")
    until(forwarder.step, lambda: bool(compared(server, later.session)))


def compared(server: Server, session: str) -> list[dict[str, Any]]:
    with server.door.desk() as desk:
        records = desk.store.records(session)
    said = [json.loads(one.payload) for one in records if one.kind == "clock"]
    return [one for one in said if one["event"] == "compared"]
