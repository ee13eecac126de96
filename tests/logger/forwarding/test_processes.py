"""Server, forwarder and recorder as real processes: each is killed in the middle, and nothing is lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest
from commands import PROGRAM, answer, environment, run
from plugs import Plug

from logger.entering.control import RemoteDesk
from logger.errors import OwnerSilent
from logger.forwarding.alone import place_of
from logger.ledger.models import Written
from logger.ledger.owner import Notice, read_notice

T = TypeVar("T")

pytestmark = pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs pseudo-terminals")

LINE = b"03/02/26 09:00:00 SN=0001 SPO2=098% BPM=072 PI=3.10 ALARM=0000 EXC=000000\r\n"


class Place:
    """A folder with a clinic's ledger and a recorder's, and what runs on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.room, self.clinic = folder / "room.db", folder / "clinic.db"
        self.port = free_port()
        self.running: list[subprocess.Popen[bytes]] = []

    def starts(self, *words: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{words[0]}.log").open("ab")
        more = {"INFUSIONLOG_CLINIC_DATABASE": f"sqlite:///{self.clinic}"}
        process = subprocess.Popen(
            [*PROGRAM, *words], env=environment(self.room) | more, stdout=log, stderr=log
        )
        log.close()
        self.running.append(process)
        return process

    def serves(self, *words: str) -> subprocess.Popen[bytes]:
        process = self.starts("serve", "--port", str(self.port), *words)
        wait_for(lambda: listens(self.port))
        return process

    def forwards(self, port: int | None = None) -> subprocess.Popen[bytes]:
        token = self.folder / "token.txt"
        if not token.exists():
            done = run(
                self.room, "recorders", "enrol", "ward-2", "--clinic-database", f"sqlite:///{self.clinic}"
            )
            token.write_bytes(done.stdout)
        url = f"http://127.0.0.1:{port or self.port}"
        return self.starts("forward", "--to", url, "--token-file", str(token))

    def whole(self) -> bool:
        verdict = answer(self.clinic, "verify")
        return bool(verdict["ok"])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for process in made.running:
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
        process.wait()


def test_everything_is_killed_in_turn_and_nothing_is_lost(place):
    recorder = place.starts("recorder")
    server, forwarder = place.serves("--no-recorder"), place.forwards()
    with speaking() as url:
        session = opens(place, url)
        wait_for(lambda: count(place.clinic, session) > 5)
        kill(server)
        before = count(place.room, session)
        wait_for(lambda: count(place.room, session) > before + 5)
        server = place.serves("--no-recorder")
        wait_for(lambda: count(place.clinic, session) > before + 5)
        kill(forwarder)
        before = count(place.room, session)
        wait_for(lambda: count(place.room, session) > before + 5)
        place.forwards()
        wait_for(lambda: count(place.clinic, session) > before + 5)
        kill(recorder)
        recorder = place.starts("recorder")
        before = count(place.clinic, session)
        wait_for(lambda: count(place.clinic, session) > before + 5)
        assert run(place.clinic, "close", "--session", session).returncode == 0
        wait_for(lambda: state(place.clinic, session) == "closed")
    assert state(place.room, session) == "closed"
    assert records(place.room, session) <= records(place.clinic, session)
    assert place.whole()
    assert captures(place.room) == captures(place.clinic) != {}


def test_a_network_that_is_cut_is_found_again(place):
    place.starts("recorder")
    place.serves("--no-recorder")
    wire = Wire(place.port)
    place.forwards(wire.port)
    with speaking() as url:
        session = opens(place, url)
        wait_for(lambda: count(place.clinic, session) > 5)
        wire.cut()
        before = count(place.room, session)
        wait_for(lambda: count(place.room, session) > before + 5)
        wire.mend()
        wait_for(lambda: count(place.clinic, session) > before + 5)
    wire.cut()
    said = (place.folder / "forward.log").read_text()
    assert said.count("can't be heard") == said.count("is heard again") == 1


def test_serve_starts_a_recorder_and_leaves_it_to_its_work(place):
    server = place.serves()
    wait_for(lambda: (notice := read_notice(place.room)) is not None and notice.port > 0)
    pid = read_notice(place.room).pid
    try:
        server.terminate()
        assert server.wait(15) in (0, -signal.SIGTERM)
        os.kill(pid, 0)
        wait_for(lambda: read_notice(place_of(place.room)) is None)
        again = place.serves()
        wait_for(lambda: read_notice(place_of(place.room)) is not None)
        assert read_notice(place.room).pid == pid
        again.terminate()
        again.wait(15)
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: read_notice(place.room) is None)


class Wire:
    """A network between a forwarder and a server, which can be cut."""

    def __init__(self, to: int) -> None:
        self._to, self._ends, self._up = to, list[socket.socket](), True
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def cut(self) -> None:
        self._up = False
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def mend(self) -> None:
        self._up = True

    def _run(self) -> None:
        while True:
            here, _ = self._listening.accept()
            if not self._up:
                here.close()
                continue
            there = socket.create_connection(("127.0.0.1", self._to))
            self._ends += [here, there]
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=copy, args=(one, other), daemon=True).start()


def copy(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while heard := one.recv(65536):
            other.sendall(heard)
    for end in (one, other):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def speaking() -> Iterator[str]:
    """Give the terminal of a monitor that says a line ten times a second."""
    plug, ended = Plug(), threading.Event()

    def speak() -> None:
        while not ended.wait(0.1):
            with suppress(BlockingIOError):
                plug.say(LINE)

    os.set_blocking(plug.device, False)
    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield plug.name
    finally:
        ended.set()
        thread.join()
        plug.pull()


def opens(place: Place, url: str) -> str:
    wait_for(lambda: (notice := read_notice(place.room)) is not None and notice.port > 0)
    words = ("record", "--room", "1", "--patient", "INVENTED-1", "--device", f"masimo_ascii1={url}")
    process = subprocess.Popen([*PROGRAM, *words], env=environment(place.room), stdout=subprocess.PIPE)
    assert process.stdout is not None
    session = process.stdout.readline().decode().strip()
    process.terminate()
    process.wait(10)
    process.stdout.close()
    return session


def records(database: Path, session: str) -> set[Written]:
    return set(ask(database, lambda desk: desk.file(session).records))


def count(database: Path, session: str) -> int:
    def counted(desk: RemoteDesk) -> int:
        found = [row["records"] for row in desk.status().sessions if row["id"] == session]
        return int(found[0]) if found else 0

    return ask(database, counted, 0)


def state(database: Path, session: str) -> str:
    return ask(database, lambda desk: str(desk.file(session).row["state"]), "")


def ask(database: Path, question: Callable[[RemoteDesk], T], else_: T | None = None) -> T:
    """Ask the owner of a ledger, who may be starting just now."""
    notice = read_notice(database)
    try:
        desk = RemoteDesk(notice or Notice(0))
        try:
            return question(desk)
        finally:
            desk.close()
    except OwnerSilent:
        if else_ is None:
            raise
        return else_


def captures(database: Path) -> dict[str, bytes]:
    folder = database.with_name(f"{database.stem}.captures")
    found: dict[str, bytes] = {}

    def look() -> bool:
        found.update({path.name: path.read_bytes() for path in folder.rglob("*.bytes")})
        return bool(found)

    wait_for(look)
    return found


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(there: Callable[[], bool]) -> None:
    """Let the processes work until it is so."""
    pause = threading.Event()
    for _ in range(300):
        if there():
            return
        pause.wait(0.1)
    pytest.fail("the processes never came to what the test waits for")
