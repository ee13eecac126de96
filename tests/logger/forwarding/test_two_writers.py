"""One session, two writers: the recorder and the clinic's pages. Each closes its own chain."""

from __future__ import annotations

import json
import threading

import pytest
from ledgers import NURSE, kinds_of, reading
from plugs import Plug
from rooms import Room
from server import Server, same, until

from analysis.session import Session
from logger.errors import BadEntry, LineTaken, RecorderSilent
from logger.ledger.models import Entry
from logger.reviewing.frames import build
from logger.settings import find_protocol


@pytest.fixture
def room(clinic, server, forwarder) -> Room:
    """A session that the recorder opened and the server has."""
    made = clinic.opens("1")
    until(forwarder.step, lambda: same(server, made))
    return made


# The end.


def test_the_end_at_the_server_lets_the_recorder_close_its_chain(server, forwarder, room):
    server.says(room.session, "note", text="entered at the page")
    server.says(room.session, "session.end")
    assert state(server, room) == "ended"
    until(forwarder.step, lambda: state(server, room) == "closed")
    assert room.file().row["state"] == "closed"
    assert kinds_of(room.file().records)[-2:] == ["session.ended_elsewhere", "close"]
    assert server.is_whole(room.session)


def test_the_end_at_the_server_lets_the_devices_go(clinic, server, forwarder, room):
    plug = Plug()
    clinic.attaches(room, f"masimo_ascii1={plug.name}")
    server.says(room.session, "session.end")
    until(forwarder.step, lambda: state(server, room) == "closed")
    assert list(clinic.nurse.status().devices) == []
    plug.pull()


def test_the_end_at_the_recorder_closes_the_server_s_chain(clinic, server, forwarder, room):
    server.says(room.session, "note", text="entered at the page")
    clinic.ends(room)
    until(forwarder.step, lambda: state(server, room) == "closed")
    assert server.is_whole(room.session)
    assert server.is_whole("system")


def test_who_ends_second_is_told_who_was_first(server, room):
    server.says(room.session, "session.end")
    with pytest.raises(BadEntry, match=r"was ended by nurse.example at \d\d:\d\d:\d\d already"):
        server.says(room.session, "session.end", author="m.nurse")


def test_both_may_end_it_while_the_network_is_gone(clinic, server, forwarder, room):
    server.gone = True
    clinic.ends(room)
    server.says(room.session, "session.end", author="m.nurse")
    server.gone = False
    until(forwarder.step, lambda: state(server, room) == "closed" and same(server, room))
    assert server.is_whole(room.session)
    ends = [one for one in server.file(room.session).records if one.kind == "session.end"]
    assert server.file(room.session).row["ended_at"] == min(one.at for one in ends)


def test_what_was_required_and_came_from_the_other_writer_is_not_missing(clinic, server, forwarder, room):
    clinic.nurse.append(room.session, "session.not_treated", NURSE, {"reason": "a test"})
    until(forwarder.step, lambda: same(server, room))
    ended = server.says(room.session, "session.end")
    assert "dose_administered" not in json.loads(ended.payload)["not_recorded"]


def test_an_administrator_closes_it_without_a_recorder_that_is_never_heard_again(
    clinic, server, forwarder, room
):
    server.gone = True
    clinic.nurse.append(room.session, "note", NURSE, {"text": "on a PC that is cut off"})
    server.says(room.session, "session.end")
    writer = clinic.nurse.status().writer
    server.says(room.session, "session.close_without", "admin.example", writer=writer, reason="it burnt")
    assert state(server, room) == "closed"
    assert server.is_whole(room.session)
    server.gone = False
    until(forwarder.step, lambda: same(server, room) and room.file().row["state"] == "closed")
    until(forwarder.step, lambda: same(server, room))
    assert server.is_whole(room.session)
    banners = " ".join(value(server, room).banners)
    assert "arrived after the session was closed" in banners


def test_a_session_is_closed_without_a_chain_that_waits_alone(clinic, server, room):
    writer = clinic.nurse.status().writer
    with pytest.raises(BadEntry, match="end it first"):
        server.says(room.session, "session.close_without", writer=writer, reason="x")
    server.says(room.session, "session.end")
    with pytest.raises(BadEntry, match=f"waits for {writer}"):
        server.says(room.session, "session.close_without", writer="nobody", reason="x")


def test_what_is_entered_at_the_server_after_a_session_that_it_had_no_part_in_verifies(
    clinic, server, forwarder, room
):
    clinic.ends(room)
    until(forwarder.step, lambda: state(server, room) == "closed")
    server.says(room.session, "note", text="found later")
    assert state(server, room) == "closed"
    assert server.is_whole(room.session)


# Discharge.


def test_a_discharge_at_the_server_takes_the_devices_away(clinic, server, forwarder, room):
    plug = Plug()
    clinic.attaches(room, f"masimo_ascii1={plug.name}")
    until(forwarder.step, lambda: bool(server.receiving.recorders.devices(room.session)))
    server.says(room.session, "discharge", **DISCHARGE)
    until(forwarder.step, lambda: not clinic.nurse.status().devices)
    until(forwarder.step, lambda: same(server, room))
    assert state(server, room) == "open"
    plug.pull()


def test_a_discharge_that_is_withdrawn_brings_them_back(clinic, server, forwarder, room):
    plug = Plug()
    clinic.attaches(room, f"masimo_ascii1={plug.name}")
    until(forwarder.step, lambda: bool(server.receiving.recorders.devices(room.session)))
    left = server.says(room.session, "discharge", **DISCHARGE)
    until(forwarder.step, lambda: not clinic.nurse.status().devices)
    until(forwarder.step, lambda: same(server, room))
    server.says(room.session, "amend", target=left.ref, withdrawn=True, reason="the wrong room")
    until(forwarder.step, lambda: bool(clinic.nurse.status().devices))
    plug.pull()


# What one writer says of the other's records.


def test_entries_at_the_server_change_what_the_recorder_read(clinic, server, forwarder, room):
    with server.door.desk() as desk:
        now = desk.clock.now()
    heard = [reading(room.session, now + n, spo2=90.0 + n, nibp_sys=120.0 + n) for n in range(3)]
    first = [entered(clinic, one) for one in heard]
    until(forwarder.step, lambda: same(server, room))
    server.says(room.session, "amend", target=first[0], changes={"spo2": 97.0}, reason="typed wrong")
    server.says(room.session, "exclude", target=first[1], reason="movement")
    readings = value(server, room).readings
    spo2 = readings[readings["vital"] == "spo2"]
    assert 97.0 in set(spo2["value"])
    assert bool(readings[readings["seq"] == int(first[1].split(":")[1])]["excluded"].all())
    server.says(room.session, "session.end")
    until(forwarder.step, lambda: state(server, room) == "closed")
    assert server.is_whole(room.session)


def entered(clinic, entry: Entry) -> str:
    said = json.loads(entry.payload) | {"source": "manual"}
    for field in ("capture", "offset", "length"):
        said.pop(field)
    return str(clinic.nurse.append(entry.session, "reading", NURSE, said).ref)


# What the page asks of the recorder.


def test_the_page_opens_a_session_at_the_recorder(clinic, server, forwarder):
    until(forwarder.step, lambda: bool(heard(server)))
    protocol = find_protocol("iv_ketamine_40min")
    text = protocol.text + "\n# the clinic's own copy\n"
    asked = {"patient": "INVENTED-7", "name": "DEMO, Seven", "protocol": protocol.id, "protocol_text": text}
    session = asking(
        forwarder,
        lambda: server.receiving.recorders.open_session("7", NURSE, asked | {"zone": "Asia/Tokyo"}),
    )
    file = server.file(session)
    assert (file.row["room"], file.row["zone"], file.protocol) == ("7", "Asia/Tokyo", text)
    assert file.records[0].author == NURSE


def test_the_page_attaches_a_device_and_is_told_why_it_can_t(clinic, server, forwarder, room):
    plug = Plug()
    other = clinic.opens("2")
    clinic.attaches(other, f"masimo_ascii1={plug.name}")
    said = {"source": "m", "event": "attached", "adapter": "masimo_ascii1", "url": plug.name}
    until(forwarder.step, lambda: bool(heard(server)))
    with pytest.raises(LineTaken, match=r"a line has one device"):
        asking(
            forwarder,
            lambda: server.receiving.recorders.change_device(room.session, "1", NURSE, said),
        )
    plug.pull()


def test_an_ask_whose_answer_was_lost_is_done_once(clinic, server, forwarder):
    until(forwarder.step, lambda: bool(heard(server)))
    asked = {"patient": "INVENTED-7"}
    server.loses = 2
    session = asking(forwarder, lambda: server.receiving.recorders.open_session("7", NURSE, asked))
    assert [row["id"] for row in clinic.nurse.status().sessions] == [session]


def test_a_recorder_that_is_not_heard_is_said_to_be(server):
    with pytest.raises(RecorderSilent, match="can't be heard"):
        server.receiving.recorders.open_session("1", NURSE, {"patient": "INVENTED-1"})


def test_a_recorder_that_does_not_answer_in_time_is_said_to_be(server, forwarder):
    until(forwarder.step, lambda: bool(heard(server)))
    with pytest.raises(RecorderSilent, match="did not answer within"):
        server.receiving.recorders.ask("ward-2", "", "session.open", NURSE, {}, within=0.0)


def asking(forwarder, ask):
    """Return what *ask* gives while the forwarder takes its steps."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(ask())
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    until(forwarder.round, lambda: bool(found))
    thread.join()
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def heard(server: Server) -> bool:
    return any(one.is_heard for one in server.receiving.recorders.all())


def state(server: Server, room: Room) -> str:
    return str(server.file(room.session).row["state"])


def value(server: Server, room: Room) -> Session:
    return build(server.file(room.session))


DISCHARGE = {"decided_by": {"name": NURSE}, "role": "nurse", "escort_present": True}
