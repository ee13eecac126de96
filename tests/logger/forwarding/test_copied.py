"""What is recorded arrives at the server: once, in order, whole, whatever goes away meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ledgers import kinds_of
from plugs import Plug
from rooms import Service, service
from server import Server, forwarder_of, server_at, until

from devices.simulators.running import stop_simulators
from logger.forwarding.sending import Forwarder


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Service]:
    with service(tmp_path / "room" / "recorder.db") as made:
        yield made
    stop_simulators()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with server_at(tmp_path / "clinic" / "clinic.db") as made:
        yield made


@pytest.fixture
def forwarder(clinic: Service, server: Server) -> Iterator[Forwarder]:
    made = forwarder_of(clinic, server)
    yield made
    made.close()


def test_a_session_stands_at_the_server_as_it_was_recorded(clinic, server, forwarder):
    room = clinic.opens("1", name="DEMO, Example")
    until(forwarder.step, lambda: bool(server.posts) and known(server, room.session))
    assert heads(server.file(room.session).records, room) == heads(room.file().records, room)
    assert server.file(room.session).patient["name"] == "DEMO, Example"


def test_what_a_monitor_says_arrives_and_is_published(clinic, server, forwarder):
    plug = Plug()
    room = clinic.opens("1")
    clinic.attaches(room, f"masimo_ascii1={plug.name}")
    until(forwarder.step, lambda: known(server, room.session))
    until(forwarder.step, lambda: bool(server.receiving.recorders.devices(room.session)))
    [device] = server.receiving.recorders.devices(room.session)
    assert (device["source"], device["session"]) == ("masimo_ascii1", room.session)
    assert {one.session for one in server.door.published} >= {room.session}
    plug.pull()


def test_the_end_at_the_server_lets_the_recorder_close_its_chain(clinic, server, forwarder):
    room = clinic.opens("1")
    until(forwarder.step, lambda: known(server, room.session))
    server.says(room.session, "note", text="entered at the page")
    server.says(room.session, "session.end")
    assert server.file(room.session).row["state"] == "ended"
    until(forwarder.step, lambda: server.file(room.session).row["state"] == "closed")
    assert room.file().row["state"] == "closed"
    assert kinds_of(room.file().records)[-2:] == ["session.ended_elsewhere", "close"]
    assert server.is_whole(room.session)


def test_the_end_at_the_recorder_closes_the_server_s_chain(clinic, server, forwarder):
    room = clinic.opens("1")
    until(forwarder.step, lambda: known(server, room.session))
    server.says(room.session, "note", text="entered at the page")
    clinic.ends(room)
    until(forwarder.step, lambda: server.file(room.session).row["state"] == "closed")
    assert server.is_whole(room.session)


def known(server: Server, session: str) -> bool:
    with server.door.desk() as desk:
        return bool(desk.store.records(session))


def heads(records, room):
    writer = room.nurse.status().writer
    return [(one.ref, one.digest) for one in records if one.writer == writer]
