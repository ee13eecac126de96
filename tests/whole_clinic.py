"""A clinic of real processes: its server, a recorder, what forwards between them, and a simulated monitor."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from clinic import ADMIN, QUICK, ROLES, password
from commands import PROGRAM, answer, environment

from logger.entering.control import RemoteDesk
from logger.entering.sessions import open_ledger
from logger.errors import OwnerSilent
from logger.ledger.models import Written
from logger.ledger.owner import read_notice
from logger.people import accounts
from logger.people.accounts import NEW

T = TypeVar("T")

PINS = {name: f"{4711 + number}" for number, name in enumerate(ROLES)}
NAMES = {name: f"{name[0].upper()}. DEMO-{name[2:].capitalize()}" for name in ROLES}
"""What buttons call the users of `clinic.ROLES`."""


class Monitor:
    """A simulated monitor on a TCP port: its cable can be cut and put back."""

    def __init__(self, folder: Path, adapter: str = "masimo_ascii1") -> None:
        self.adapter, self.port, self._folder = adapter, free_port(), folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"socket://127.0.0.1:{self.port}"

    def speaks(self, seed: int = 7) -> None:
        words = [
            "simulate",
            self.adapter,
            "--url",
            f"tcp://127.0.0.1:{self.port}",
            "--seed",
            str(seed),
            "--cuff-every",
            "20",
        ]
        with (self._folder / "monitor.log").open("ab") as log:
            self._process = subprocess.Popen([*PROGRAM, *words], stdout=log, stderr=log)
        wait_for(lambda: listens(self.port))

    def cut(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class WholeClinic:
    """`serve` in *folder*, which starts a recorder and its forwarder by itself.

    Attributes:
        url: where its pages are.
        database: the server's ledger.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        self.database, self.room = folder / "clinic.db", folder / "room.db"
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = {f"INFUSIONLOG_{name.upper()}": value for name, value in settings.items()}
        self._serve: subprocess.Popen[bytes] | None = None

    def has_users(self) -> None:
        """Add one user of each role, and a second nurse, each with a password and a PIN."""
        desk = open_ledger(f"sqlite:///{self.database}", create=True)
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(accounts, "_hash", QUICK.hash)
                for name, role in ROLES.items():
                    added = {"user": name, "full_name": NAMES[name], "role": role}
                    by = {} if name == ADMIN else {ADMIN: password(ADMIN)}
                    desk.append("system", "user.added", ADMIN, added, by | {NEW: "first password"})
                    for what, before, new in (
                        ("password", "first password", password(name)),
                        ("pin", password(name), PINS[name]),
                    ):
                        said = {"user": name, "what": what}
                        desk.append("system", "user.secret", name, said, {name: before, NEW: new})
        finally:
            desk.close()

    def serves(self) -> None:
        """Start the server, and wait until it and its recorder can be heard."""
        more = {"INFUSIONLOG_CLINIC_DATABASE": f"sqlite:///{self.database}"} | self._settings
        words = ("serve", "--port", str(self.port))
        with (self.folder / "serve.log").open("ab") as log:
            self._serve = subprocess.Popen(
                [*PROGRAM, *words], env=environment(self.room) | more, stdout=log, stderr=log
            )
        wait_for(lambda: listens(self.port), "serve never listened")
        wait_for(lambda: self.recorder() is not None, "no recorder was started")

    def is_killed(self) -> None:
        """Kill the server, as a power cut would; its recorder goes on."""
        if self._serve is not None:
            self._serve.kill()
            self._serve.wait()

    def recorder(self) -> int | None:
        """Return the process of the recorder."""
        notice = read_notice(self.room)
        return notice.pid if notice is not None and notice.port else None

    def ends(self) -> None:
        """End the server, and the recorder that it left running."""
        if self._serve is not None and self._serve.poll() is None:
            self._serve.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._serve.wait(10)
            self._serve.kill()
            self._serve.wait()
        pid = self.recorder()
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            wait_for(lambda: self.recorder() is None, "the recorder never ended")

    def records(self, session: str, *, at_recorder: bool = False) -> list[Written]:
        """Return a session's records, at the server or at the recorder."""
        return _ask(
            self.room if at_recorder else self.database, lambda desk: list(desk.file(session).records), []
        )

    def sessions(self) -> list[Any]:
        """Return the server's sessions, newest last."""
        return _ask(self.database, lambda desk: list(desk.status().sessions), [])

    def is_whole(self) -> bool:
        """Return whether `verify` finds nothing wrong at the server."""
        return bool(answer(self.database, "verify")["ok"])

    def opens(self, device: str, room: str = "1", patient: str = "DEMO-001") -> str:
        """Open a session at the recorder, as a nurse at its console does; return it once it arrived."""
        words = ("record", "--room", room, "--patient", patient, "--device", device)
        process = subprocess.Popen([*PROGRAM, *words], env=environment(self.room), stdout=subprocess.PIPE)
        assert process.stdout is not None
        session = process.stdout.readline().decode().strip()
        process.terminate()
        process.wait(10)
        process.stdout.close()
        wait_for(lambda: any(one["id"] == session for one in self.sessions()), "the session never arrived")
        return session


@contextmanager
def whole_clinic(folder: Path, **settings: str) -> Iterator[WholeClinic]:
    """Give a clinic with users that is served; all its processes end with the block."""
    made = WholeClinic(folder, **settings)
    made.has_users()
    try:
        made.serves()
        yield made
    finally:
        made.ends()


def _ask(database: Path, question: Callable[[RemoteDesk], T], else_: T) -> T:
    notice = read_notice(database)
    if notice is None or not notice.port:
        return else_
    try:
        desk = RemoteDesk(notice)
        try:
            return question(desk)
        finally:
            desk.close()
    except OwnerSilent:
        return else_


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(
    there: Callable[[], bool], else_: str = "the processes never came to what is waited for"
) -> None:
    """Let the processes work until it is so."""
    pause = threading.Event()
    for _ in range(400):
        if there():
            return
        pause.wait(0.05)
    pytest.fail(else_)
