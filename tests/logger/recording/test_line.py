"""The lines of a recorder: what is unplugged, floods, stands still or is not there."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from ledgers import NOON, Hands, desk_at, kinds_of, open_session
from plugs import Plug
from rooms import Room, file_of, ledger, links, on, readings, recording

from devices import ports
from devices.adapters.datex_dri import DriDecoder
from devices.errors import PortGone, PortMissing
from devices.registry import adapter
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import EPOCH
from devices.simulators.running import start, stop_simulators
from logger.clock import SECOND, SessionClock
from logger.recording import line
from logger.recording.one_session import Wanted, wanted_devices
from logger.recording.running import RunningSession
from logger.recording.source import Chunk

CAPTURES = Path(__file__).parents[2] / "captures"
MASIMO = "masimo_ascii1=simulate:masimo_ascii1?seed=5&speed=100"


@pytest.fixture(autouse=True)
def no_simulator_stays() -> Iterator[None]:
    yield
    stop_simulators()


def test_an_unplugged_monitor_comes_back_by_itself_and_the_gap_has_its_cause(tmp_path):
    with recording(tmp_path / "x.db", MASIMO + "&fault=unplug@30+60") as room:
        room.wait_for(lambda records: len(links(records, "heard")) == 2)
        file = room.file()
    lost, heard = [
        json.loads(record.payload)
        for record in file.records
        if record.kind == "link" and json.loads(record.payload)["event"] in {"lost", "heard"}
    ][1:3]
    assert lost["event"] == "lost"
    assert "ended" in lost["cause"]
    assert heard["since"] == lost["since"]


def test_a_monitor_that_comes_back_under_another_port_name_is_found_by_its_serial_number(
    tmp_path, monkeypatch
):
    first, second = Plug(), Plug()
    plugged = [first.port("SN-1")]
    monkeypatch.setattr(line, "open_port", partial(ports.open_port, list_ports=lambda: list(plugged)))
    with recording(tmp_path / "x.db", f"masimo_ascii1={first.name}") as room:
        room.wait_for(lambda records: bool(links(records, "connected")))
        plugged[:] = [second.port("SN-1")]
        first.pull()
        room.wait_for(lambda records: len(links(records, "connected")) == 2)
        connected = [
            json.loads(record.payload) for record in room.file().records if '"connected"' in record.payload
        ]
    assert [body["port"] for body in connected] == [first.name, second.name]
    assert len({body["identity"] for body in connected}) == 1


def test_a_flooding_device_waits_and_the_nurse_does_not(tmp_path):
    with flood() as url, recording(tmp_path / "x.db", f"masimo_ascii1={url}") as room:
        room.wait_for(lambda records: any(record.kind == "unread" for record, _ in records))
        assert room.nurse.append(room.session, "note", "nurse.example", {"text": "still here"}).seq
        assert room.recorder._happenings.qsize() <= line.MOST_WAITING + 2  # and the nurse's own


@contextmanager
def flood() -> Iterator[str]:
    """A device on TCP that sends rubbish as fast as it is taken."""
    server = socket.create_server(("127.0.0.1", 0))

    def send() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection, contextlib.suppress(OSError):
                    while True:
                        connection.sendall(b"rubbish without an end " * 400)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    yield f"socket://127.0.0.1:{server.getsockname()[1]}"
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(timeout=30)


def test_a_monitor_is_told_that_nobody_listens_any_more(tmp_path):
    plug = Plug()
    with recording(tmp_path / "x.db", f"datex_dri={plug.name}") as room:
        room.wait_for(lambda records: bool(links(records, "connected")))
        room.nurse.append(room.session, "session.end", "nurse.example", {})
    asked = os.read(plug.device, 100_000)
    plug.pull()
    assert asked.endswith(b"".join(send.raw for send in DriDecoder().stop()))


def test_a_monitor_that_was_told_so_is_asked_nothing_any_more(desk):
    running = RunningSession(
        desk.store.session(open_session(desk)), desk.store, desk.clock, lambda *_: None, lambda _: None
    )
    running.listen("monitor", "datex_dri", "socket://127.0.0.1:9", NOON)
    device, sent = running.devices["monitor"], list[bytes]()
    device.line.end()
    running.take("monitor", device.line, line.Opened(NOON, "x", None, b""))
    device.line.send = sent.append
    running.dismiss("monitor")
    running.look(NOON + 600 * SECOND)
    assert sent == [send.raw for send in DriDecoder().stop()]


class Peer:
    """Who is at the other end of a line for a while: *acts* are done at its reads, then the line ends."""

    name, identity, waited = "example", None, b""

    def __init__(self, *acts) -> None:
        self._acts, self.heard = iter(acts), list[bytes]()

    def read(self, patience: float) -> bytes:
        act = next(self._acts, None)
        if act is None:
            raise PortGone("it is gone")
        return act() or b""

    def write(self, raw: bytes) -> None:
        self.heard.append(raw)

    def close(self) -> None: ...


def on_line(monkeypatch, *peers: Peer) -> line.Line:
    """A line that *peers* are on, one after the other, and then nobody: it ends."""
    waiting = iter(peers)

    def opens(*_: object, **__: object) -> Peer:
        peer = next(waiting, None)
        if peer is None:
            made.end()
            raise PortMissing("nobody")
        return peer

    monkeypatch.setattr(line, "open_port", opens)
    clock = SessionClock.resumed(None, 0, speed=1.0, sources=Hands().sources())
    made = line.Line("x", adapter("hl7_oru"), clock, lambda one, _: one.taken())
    return made


def test_an_answer_to_who_was_on_the_line_before_is_not_sent_to_who_is_there_now(monkeypatch):
    monkeypatch.setattr(line, "BACK_OFF", (0.0,))
    late = [lambda: made.send(b"to the first"), lambda: made.meet(), lambda: made.send(b"to the second")]
    first, second = Peer(lambda: made.meet()), Peer(*late)
    made = on_line(monkeypatch, first, second)
    made.run()
    assert (first.heard, second.heard) == ([], [b"to the second"])


def test_a_peer_that_hangs_up_at_once_is_tried_less_and_less_often(monkeypatch):
    made = on_line(monkeypatch, *[Peer() for _ in range(5)], Peer(lambda: b"a byte"))
    waited: list[float] = []
    monkeypatch.setattr(made._ending, "wait", waited.append)
    made.run()
    assert waited == [0.2, 0.5, 1.0, 2.0, 5.0, 0.2, 0.5]


def test_what_the_end_of_the_line_completes_is_recorded(tmp_path):
    plug = Plug()
    with recording(tmp_path / "x.db", f"hl7_oru={plug.name}") as room:
        room.wait_for(lambda records: bool(links(records, "connected")))
        plug.say((CAPTURES / "hl7_oru.bin").read_bytes().strip(b"\x0b\x1c\r").split(b"\x1c\r")[0] + b"\r")
        room.wait_for(lambda _: next((tmp_path / "x.captures").rglob("*.bytes")).stat().st_size > 100)
        room.nurse.append(room.session, "session.end", "nurse.example", {})
    plug.pull()
    assert "reading" in kinds_of(file_of(room).records)


def test_a_new_session_is_not_opened_for_a_port_that_is_not_there(tmp_path):
    with (
        pytest.raises(PortMissing, match="no such port"),
        recording(tmp_path / "x.db", "nonin=/dev/no-such-port"),
    ):
        pytest.fail("it was opened")
    with ledger(tmp_path / "x.db") as desk:
        assert desk.store.sessions() == []


def test_a_port_that_is_gone_at_a_resumption_is_said_once_and_the_session_goes_on(tmp_path):
    plug = Plug()
    with recording(tmp_path / "x.db", f"masimo_ascii1={plug.name}") as room:
        room.wait_for(lambda records: bool(links(records, "connected")))
    plug.pull()
    with recording(tmp_path / "x.db") as room:
        room.wait_for(lambda records: bool(links(records, "refused")))
        room.nurse.append(room.session, "note", "nurse.example", {"text": "still here"})
        refused = [
            json.loads(record.payload) for record in room.file().records if '"refused"' in record.payload
        ]
    assert len(refused) == 1
    assert "no such port" in refused[0]["cause"]


def test_garbage_on_the_line_is_unread_and_says_which_setting_to_look_at(tmp_path, monkeypatch):
    monkeypatch.setattr("logger.recording.running.silence_limit", lambda adapter, speed: SECOND // 10)
    plug = Plug()
    with recording(tmp_path / "x.db", f"masimo_ascii1={plug.name}") as room:
        room.wait_for(lambda records: bool(links(records, "connected")))
        plug.say(b"\x00\xff\xfe garbage" * 20)
        room.wait_for(lambda records: any("9600 8N1" in body["cause"] for body in links(records, "silent")))
    plug.pull()


def test_a_stalled_reader_marks_the_times_of_what_lay_waiting(tmp_path, monkeypatch):
    monkeypatch.setattr(line, "STALL", -1.0)
    monkeypatch.setattr(line, "WAITED", 1e9)
    with recording(tmp_path / "x.db", MASIMO) as room:
        room.wait_for(lambda records: any("uncertain" in body for body in readings(records)))


def test_the_times_of_a_dense_line_are_certain_again_when_its_driver_holds_no_more(monkeypatch):
    seconds = [100.0]
    monkeypatch.setattr(line, "boottime", lambda: round(seconds[0] * SECOND))

    def comes(after: float, length: int) -> bytes:
        seconds[0] += after
        return bytes(length)

    reads = [(0.01, 10), (60.0, 4095), (0.01, 4095), *[(0.01, 10)] * 5]
    made = on_line(monkeypatch, Peer(*(partial(comes, *one) for one in reads)))
    told: list[str | None] = []
    monkeypatch.setattr(made, "_bring", lambda _, what: told.append(what))
    made.run()
    doubted = [bool(what.uncertain) for what in told if isinstance(what, Chunk)]
    assert doubted == [False, True, True, True, True, True, False, False]


def test_a_simulator_on_tcp_is_heard_too(tmp_path):
    simulator = start("masimo_ascii1", url="tcp://127.0.0.1:0", speed=20.0)
    try:
        with recording(tmp_path / "x.db", f"masimo_ascii1={simulator.url}") as room:
            room.wait_for(lambda records: len(readings(records)) > 2)
    finally:
        simulator.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows a pty's other end its speed")
def test_a_line_that_is_set_wrongly_by_its_address_is_named_with_that_setting(tmp_path):
    simulator, hands = start("masimo_ascii1", speed=100.0), Hands()
    try:
        with on(desk_at(tmp_path / "x.db", hands), f"masimo_ascii1={simulator.url}?baud=4800") as room:
            room.wait_for(lambda records: any(record.kind == "unread" for record, _ in records))
            hands.move(10)
            room.wait_for(lambda records: bool(links(records, "silent")))
            silent = next(json.loads(r.payload) for r in room.file().records if '"silent"' in r.payload)
    finally:
        simulator.stop()
    assert "is the line set to 4800 8N1?" in silent["cause"]


def test_a_line_that_another_computer_polls_is_heard_and_sent_nothing(tmp_path):
    plug, monitor = Plug(), Plan("datex_dri").actor(EPOCH)
    with recording(tmp_path / "x.db") as room:
        attach(room, *wanted_devices([], [f"datex_dri={plug.name}"]))
        monitor.hear(b"".join(send.raw for send in DriDecoder().opening()), 0.0)
        plug.say(b"".join(said.raw for said in monitor.send(60.0)))
        room.wait_for(lambda records: bool(readings(records)))
        refused = [record for record in room.file().records if '"refused"' in record.payload]
    assert plug.heard() == b""
    assert refused == []
    plug.pull()


def test_a_line_that_is_only_listened_to_stays_so_when_the_session_is_resumed(tmp_path):
    plug = Plug()
    with recording(tmp_path / "x.db") as room:
        attach(room, *wanted_devices([], [f"datex_dri={plug.name}"]))
    with recording(tmp_path / "x.db") as room:
        room.wait_for(lambda records: len(links(records, "connected")) == 2)
    assert plug.heard() == b""
    plug.pull()


def test_a_line_that_is_not_only_listened_to_is_asked(tmp_path):
    plug = Plug()
    with recording(tmp_path / "x.db") as room:
        attach(room, *wanted_devices([f"datex_dri={plug.name}"]))
        room.wait_for(lambda _: bool(plug.heard()))
    plug.pull()


def attach(room: Room, device: Wanted) -> None:
    room.nurse.append(room.session, "device", "nurse.example", device.payload())
    room.wait_for(lambda records: bool(links(records, "connected")))
