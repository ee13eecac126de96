"""The notary of an open ledger: signs the heads that it is given, in a thread of its own.

A second place may be a share that hangs; recording must not wait for it. What could not be signed is signed
with the next heads, and said once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from logger.chains import Heads
from logger.checkpoints import Places, copy_elsewhere, sign
from logger.errors import LedgerError

EVERY = 60.0
"""Real seconds between two checkpoints, where something changed."""

LEAVE_WITHIN = 10.0
"""Real seconds that closing a ledger waits for its last checkpoint."""


@dataclass(frozen=True, slots=True)
class _Given:
    writer: str
    heads: Heads
    at: int


class Notary:
    """Signs checkpoints behind the owner's back, one after the other.

    Args:
        places: where they are kept.
        tell: takes one line for people where that could not be done; called from the thread.
    """

    def __init__(self, places: Places, tell: Callable[[str], None] = lambda _: None) -> None:
        self.places, self._tell = places, tell
        self._given: queue.SimpleQueue[_Given | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._unsigned: Heads = {}
        self._told = ""

    def attest(self, writer: str, heads: Heads, at: int) -> None:
        """Have a checkpoint over *heads* signed soon; *at* is microseconds UTC."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="notary", daemon=True)
            self._thread.start()
        self._given.put(_Given(writer, heads, at))

    def close(self) -> None:
        """Wait for what is being signed, though not for ever."""
        if self._thread is not None:
            self._given.put(None)
            self._thread.join(LEAVE_WITHIN)
            self._thread = None

    def _run(self) -> None:
        while (given := self._given.get()) is not None:
            for stream, heads in given.heads.items():
                self._unsigned.setdefault(stream, {}).update(heads)
            try:
                sign(self.places, given.writer, self._unsigned, given.at)
                self._unsigned = {}
                copy_elsewhere(self.places, given.writer)
            except LedgerError as error:
                if str(error) != self._told:
                    self._tell(str(error))
                self._told = str(error)
            else:
                self._told = ""
