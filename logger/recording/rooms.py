"""The sessions that a recorder holds: those it records, and those that met a fault and wait to be taken up.

What their devices bring becomes entries, which wait in one `Batch` for the commit of all sessions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from devices.errors import InfusionlogError
from logger.entering.desk import LedgerDesk
from logger.errors import DiskFull
from logger.ledger.models import Entry
from logger.ledger.store import Store
from logger.recording.aside import Aside
from logger.recording.line import Happening, Line
from logger.recording.running import Bring, RunningSession, Tell


@dataclass(frozen=True, slots=True)
class Happened:
    """Something on the line of a session's device."""

    session: str
    source: str
    line: Line
    what: Happening


class Batch:
    """Entries of all sessions that wait for their commit."""

    def __init__(self, store: Store) -> None:
        self._store, self._entries, self._since = store, list[Entry](), 0.0

    def add(self, entries: Iterable[Entry]) -> None:
        """Have *entries* wait."""
        before = len(self._entries)
        self._entries += entries
        if self._entries and not before:
            self._since = time.monotonic()

    def waits(self, seconds: float) -> bool:
        """Return whether the first of them has waited for so long."""
        return bool(self._entries) and time.monotonic() - self._since >= seconds

    def commit(self) -> None:
        """Put them on the disk."""
        if self._entries:
            self._store.append(self._entries)
            self._entries = []


class Rooms:
    """The sessions of a recorder.

    Attributes:
        open: those that are recorded, by their id.
        aside: those that wait to be taken up.
        leaving: the recorder ends, so none of them is taken up any more.
    """

    def __init__(self, desk: LedgerDesk, batch: Batch, bring: Bring, tell: Tell) -> None:
        self._desk, self._batch, self._bring, self._tell = desk, batch, bring, tell
        self.open: dict[str, RunningSession] = {}
        self.aside = Aside()
        self.leaving = False

    def __bool__(self) -> bool:
        """Return whether there is any session."""
        return bool(self.open or self.aside)

    def watch(self, session: str, *, resumed: bool) -> None:
        """Take up a session; one that was open before goes on with the devices it had."""
        row, store = self._desk.store.session(session), self._desk.store
        running = RunningSession(row, store, self._desk.clock, self._bring, self._tell)
        self.open[session] = running
        if resumed:
            self.do(running, lambda: running.resume(store.records(session)))
            self._batch.commit()

    def take(self, message: Happened) -> None:
        """Deal with something that happened on a line."""
        source, line, what = message.source, message.line, message.what
        try:
            if running := self.open.get(message.session):
                self.do(running, partial(running.take, source, line, what))
            else:
                self.aside.keep(message.session, source, line, what)
        finally:
            line.taken()

    def do(self, running: RunningSession, act: Callable[[], list[Entry]]) -> None:
        """Have *act* done for a session, whose own a fault in it is: no other session is to suffer from it.

        The disk is everybody's: that it is full is no fault of one session.
        """
        try:
            self._batch.add(act())
        except DiskFull:
            raise
        except Exception as error:
            self._put_aside(running, error)

    def _put_aside(self, running: RunningSession, error: Exception) -> None:
        known = isinstance(error, InfusionlogError)
        cause = str(error) if known else f"a fault of the recorder ({type(error).__name__}: {error})"
        self._tell(f"session {running.id} is put aside and will be taken up again: {cause}")
        self.open.pop(running.id, None)
        self.aside.put(running, time.monotonic())
        self._batch.add([running.pause(f"put aside: {cause}")])

    def take_up(self, session: str) -> None:
        """Go on with a session that was put aside, if nobody has ended it meanwhile."""
        self._batch.commit()
        self.aside.take(session)
        if self._desk.store.session(session)["state"] == "open":
            self.watch(session, resumed=True)

    def look(self, now: float) -> None:
        """Look at what time alone brings, on the clock too; *now* is a second of the monotonic clock."""
        clock = self._desk.clock
        if caught_up := clock.catch_up():
            self._desk.store.set_anchor(clock.anchor)
        at, step, slept = clock.now(), clock.step(), clock.slept()
        for running in list(self.open.values()):
            if caught_up:
                self._batch.add([running.clock_entry(at, "synchronised", caught_up)])
            self.do(running, partial(running.look, at))
            if step:
                self._batch.add([running.clock_entry(at, "stepped", step, uncertain=clock.doubted)])
            if slept:
                self._batch.add([running.clock_entry(at, "suspended", slept)])
        for session in [] if self.leaving else list(self.aside.due(now)):
            self.take_up(session)

    def heard(self) -> list[dict[str, Any]]:
        """Return how each device is heard; one of a session that is put aside is not, but keeps its line."""
        open_ = [row for running in self.open.values() for row in running.status()]
        return open_ + [row | {"connected": False} for running in self.aside for row in running.status()]
