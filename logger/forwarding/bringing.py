"""The forwarder's second task: brings raw captures of ended sessions to the server, behind the records."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

from logger.errors import ServerRefuses, ServerSilent
from logger.forwarding.calling import Server
from logger.forwarding.captures import PIECE, offered
from logger.ledger.capture import capture_folder

AT_ONCE = 200
"""Sessions whose files are offered in one question."""

AGAIN_AFTER = 5.0
"""Seconds until a server that did not take a file is asked again."""


class Bringing:
    """Brings captures in a thread of its own, over a connection of its own: a heartbeat waits for no file."""

    def __init__(self, database: Path, server: Server, tell: Callable[[str], None]) -> None:
        self._database, self._server, self._tell = database, server, tell
        self._due: dict[str, None] = {}
        self._changed = threading.Condition()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def bring(self, session: str) -> None:
        """Have the captures of a session that has ended brought soon; those that are there stay there."""
        with self._changed:
            self._due[session] = None
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="captures", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End; what was not brought is brought by the next forwarder."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _run(self) -> None:
        while sessions := self._next():
            try:
                self._bring(sessions)
            except ServerSilent:  # the one who forwards records says so
                with self._changed:
                    self._due = dict.fromkeys([*sessions, *self._due])
                    self._changed.wait_for(lambda: self._stopped, AGAIN_AFTER)
            except ServerRefuses as error:
                self._tell(str(error))
        self._server.close()

    def _next(self) -> list[str]:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or bool(self._due))
            if self._stopped:
                return []
            sessions = list(self._due)[:AT_ONCE]
            for session in sessions:
                del self._due[session]
            return sessions

    def _bring(self, sessions: list[str]) -> None:
        files = offered(self._database, sessions)
        if not files:
            return
        for session, wanted in self._server.ask("/captures", {"files": files})["wanted"].items():
            for name, first in wanted.items():
                self._bring_file(session, name, int(first))

    def _bring_file(self, session: str, name: str, first: int) -> None:
        path = capture_folder(self._database, session) / name
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                size = file.tell()
                file.seek(first)
                while first < size or not size:
                    piece = file.read(PIECE)
                    place = f"{first}/{size}/{digest}"
                    self._server.put(f"/captures/{session}/{name}", piece, {"X-From": place})
                    first += len(piece)
                    if not piece or self._stopped:
                        return
        except ServerRefuses as error:
            self._tell(str(error))
        except OSError as error:
            self._tell(f"{path}: can't be read ({error.strerror}); it is not forwarded")
