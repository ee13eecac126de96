"""`serve` on one PC: sees to it that a recorder runs, and a forwarder from it to this server.

The recorder is a process on its own feet: nothing that happens to the server ends it, and one that runs
already is used. The forwarder belongs to the server and ends with it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from logger import kinds
from logger.entering.desk import LedgerDesk
from logger.errors import LedgerOwned
from logger.forwarding.alone import WITH_PARENT, place_of
from logger.forwarding.enrolling import Enrolment, digest_of, new_token
from logger.ledger.models import Entry
from logger.ledger.owner import Ownership, read_notice
from logger.people.accounts import RECORDER
from logger.settings import SQLITE

LOOK_EVERY = 0.5
"""Seconds between two looks at whether both run."""

BACKOFF = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds until a program that ended is started again; the last one repeats."""

GONE_WELL = 60.0
"""Seconds after which a program that was started counts as running well."""

LONGEST_LOG = 1 << 20
"""Bytes of a program's log after which it is begun anew at its next start."""

HERE = "this-pc"
"""What the recorder of the server's own machine is called."""

PROGRAM = (sys.executable, "-c", "from logger.cli import main; main()")

Tell = Callable[[str], None]


def enrol_here(desk: LedgerDesk) -> Path:
    """Have the recorder of this machine enrolled, and return the file that holds its token."""
    file = desk.store.path.with_name(desk.store.path.name + ".token")
    enrolment = Enrolment()
    enrolment.read(desk.store)
    with contextlib.suppress(OSError, UnicodeError):
        known = enrolment.by_token(file.read_text(encoding="ascii").strip())
        if known is not None and known.name == HERE:
            return file
    token = new_token()
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(token)
    said = kinds.RecorderEnrolled(recorder=HERE, token=digest_of(token))
    entry = Entry(kinds.SYSTEM, desk.clock.wall(), "recorder.enrolled", RECORDER, kinds.text_of(said))
    desk.store.append([entry])
    return file


@dataclass(frozen=True, slots=True)
class Programs:
    """What is to run: the recorder's ledger, and where and how it is forwarded."""

    database: Path
    url: str
    token_file: Path
    authority: Path | None = None

    def recorder(self) -> list[str]:
        """Return the recorder's command."""
        return [*PROGRAM, "recorder", "--database", f"{SQLITE}{self.database}"]

    def forward(self) -> list[str]:
        """Return the forwarder's command."""
        given = ["--to", self.url, "--token-file", str(self.token_file)]
        given += ["--ca", str(self.authority)] if self.authority else []
        return [*PROGRAM, "forward", *given, "--database", f"{SQLITE}{self.database}"]


class _Child:
    """A program that is started again where it ended, later and later where it ends at once."""

    def __init__(self, name: str, tell: Tell) -> None:
        self.name, self._tell = name, tell
        self.process: subprocess.Popen[bytes] | None = None
        self._tries, self._started, self._again_at = 0, 0.0, 0.0

    def look(self, start: Callable[[], subprocess.Popen[bytes]], *, there: bool) -> None:
        """Start it unless it is *there*, or is on its way."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            self._again(now, self.process.returncode)
        if there or self.process is not None or now < self._again_at:
            return
        self.process, self._started = start(), now
        self._tell(f"{self.name}: started, process {self.process.pid}")

    def _again(self, now: float, status: int) -> None:
        self._tries = 0 if now - self._started > GONE_WELL else self._tries
        wait = BACKOFF[min(self._tries, len(BACKOFF) - 1)]
        self.process, self._tries, self._again_at = None, self._tries + 1, now + wait
        self._tell(f"{self.name}: ended with status {status}; started again in {wait:g} s if it is not there")


class Supervisor:
    """Keeps a recorder and a forwarder running, in a thread of its own."""

    def __init__(self, programs: Programs, tell: Tell) -> None:
        self._programs = programs
        self._recorder, self._forward = _Child("recorder", tell), _Child("forward", tell)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the forwarder, and leave the recorder to its work."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        process = self._forward.process
        if process is not None:
            if process.stdin:
                process.stdin.close()  # it takes that for the end of this process
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
            process.wait()
        if self._recorder.process is not None:
            self._recorder.process.returncode = 0  # it goes on; nobody waits for it here

    def _run(self) -> None:
        database = self._programs.database
        while not self._stopped.is_set():
            self._recorder.look(self._start_recorder, there=_listens(database))
            self._forward.look(self._start_forward, there=self._is_forwarded())
            self._stopped.wait(LOOK_EVERY)

    def _is_forwarded(self) -> bool:
        return self._forward.process is None and _is_held(place_of(self._programs.database))

    def _start_recorder(self) -> subprocess.Popen[bytes]:
        on_its_feet: Mapping[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
            on_its_feet = {"creationflags": flags}
        with self._log("recorder") as log:
            return subprocess.Popen(  # noqa: S603  this program itself
                self._programs.recorder(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **on_its_feet
            )

    def _start_forward(self) -> subprocess.Popen[bytes]:
        with self._log("forward") as log:
            return subprocess.Popen(  # noqa: S603  this program itself
                self._programs.forward(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, WITH_PARENT: "1"},
            )

    def _log(self, name: str) -> IO[bytes]:
        database = self._programs.database
        database.parent.mkdir(parents=True, exist_ok=True)
        file = database.with_name(f"{database.name}.{name}.log")
        anew = file.exists() and file.stat().st_size > LONGEST_LOG
        return file.open("wb" if anew else "ab")


def _listens(database: Path) -> bool:
    """Return whether a recorder answers for a ledger: its port takes a connection."""
    notice = read_notice(database)
    if notice is None or not notice.port:
        return False
    try:
        socket.create_connection(("127.0.0.1", notice.port), timeout=2).close()
    except OSError:
        return False
    return True


def _is_held(place: Path) -> bool:
    """Return whether a forwarder is at work that this process did not start."""
    try:
        Ownership(place).release()
    except LedgerOwned:
        return True
    return False
