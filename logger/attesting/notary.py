"""The notary of an open ledger: signs the heads that it is given, in a thread of its own.

A second place may be a share that hangs; recording must not wait for it. What could not be signed is signed
with the next heads, and said once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from logger import kinds
from logger.attesting.checkpoints import Checkpoint, Places, copy_elsewhere, last_of, sign
from logger.clock import microseconds
from logger.errors import LedgerError
from logger.ledger.chains import Heads, heads, streams
from logger.ledger.store import Store

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

    Attributes:
        unsigned: streams that may have changed before this process began, and were not signed since.
    """

    def __init__(self, places: Places, tell: Callable[[str], None] = lambda _: None) -> None:
        self.unsigned: set[str] = set()
        self._places, self._tell = places, tell
        self._given: queue.SimpleQueue[_Given | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._waiting: Heads = {}
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
            for stream, ends in given.heads.items():
                self._waiting.setdefault(stream, {}).update(ends)
            try:
                sign(self._places, given.writer, self._waiting, given.at)
                self._waiting = {}
                copy_elsewhere(self._places, given.writer)
            except LedgerError as error:
                if str(error) != self._told:
                    self._tell(str(error))
                self._told = str(error)
            else:
                self._told = ""


def notary_of(
    store: Store,
    places: Places,
    sessions: Sequence[Mapping[str, Any]],
    tell: Callable[[str], None] = lambda _: None,
) -> Notary:
    """Return the notary of a ledger that was opened just now.

    A ledger that lacks what its own last checkpoint names was set back: brought back from a copy. It begins
    a new writer, because records of the old one that are gone here may stand elsewhere.
    """
    last = last_of(places, store.writer)
    if last and _is_set_back(store, last):
        store.begin_writer()
        tell(f"{store.path}: was set back to an earlier state; it goes on as the new writer {store.writer}")
        last = None
    notary = Notary(places, tell)
    if last is None:
        notary.unsigned = set(streams(store))
    else:
        since = microseconds(datetime.fromisoformat(last.at))
        notary.unsigned = {row["id"] for row in sessions if (row["closed_at"] or row["opened_at"]) >= since}
    return notary


def _is_set_back(store: Store, last: Checkpoint) -> bool:
    here = heads(store, last.heads)
    gone = {stream for stream, said in last.heads.items() if store.writer in said and stream not in here}
    if gone and gone - set(_purged(store)):
        return True
    return any(
        said[store.writer][0] > here[stream].get(store.writer, (0, ""))[0]
        for stream, said in last.heads.items()
        if store.writer in said and stream in here
    )


def _purged(store: Store) -> Iterator[str]:
    for record in store.records(kinds.SYSTEM):
        if record.kind == "purged":
            yield kinds.Purged.model_validate_json(record.payload).session
