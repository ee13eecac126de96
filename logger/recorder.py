"""The recorder: hears every device of every running session and writes what they say into the ledger.

One loop owns the ledger. Threads only bring things to it: a line thread a device, one for the control
socket. What waits is committed at most `COMMIT_WITHIN` after the first of it arrived.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from devices.errors import InfusionlogError
from logger import kinds
from logger.control import ControlServer, Request, answer, refuse
from logger.desk import Checked, LedgerDesk, SessionFile, Status
from logger.errors import DiskFull
from logger.line import Happening
from logger.models import Entry, Written
from logger.running import RunningSession, Tell

COMMIT_WITHIN = 0.2
"""Real seconds from the first waiting frame to its commit."""

LOOK_EVERY = 0.05
"""Real seconds between two looks at what time alone brings."""


MOST_WAITING = 256
"""Happenings that may wait for the loop. A line that is quicker has to wait too: its bytes then wait in the
driver, and their arrival is marked as uncertain."""

ENDED = "the recorder has ended; ask again: the ledger is free now"


@dataclass(frozen=True, slots=True)
class Happened:
    """Something on the line of a session's device."""

    session: str
    source: str
    what: Happening


class Recorder:
    """The desk of a ledger while devices are heard; its loop owns the ledger.

    Args:
        desk: of the ledger, opened by this process.
        tell: takes one line for people about what happens; no patient text goes there.
    """

    def __init__(self, desk: LedgerDesk, tell: Tell = lambda _: None) -> None:
        self._desk, self._tell = desk, tell
        self._happenings: queue.Queue[Happened | None] = queue.Queue(MOST_WAITING)
        self._requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._running: dict[str, RunningSession] = {}
        self._waiting: list[Entry] = []
        self._waiting_since = 0.0
        self._stop = threading.Event()
        self._gate = threading.Lock()
        self._ended = False
        self._control = ControlServer(desk.status().pid, self._ask)
        desk.store.ownership.announce(self._control.notice)
        if desk.clock.speed == 1.0:
            desk.store.set_anchor(desk.clock.anchor)

    def watch(self, session: str, *, resumed: bool) -> None:
        """Take up a session; one that was open before goes on with the devices it had."""
        row, store = self._desk.store.session(session), self._desk.store
        running = RunningSession(row, store, self._desk.clock, self._bring, self._tell)
        self._running[session] = running
        if resumed:
            self._wait(running.resume(store.records(session)))
            self._commit()

    def stop(self) -> None:
        """Ask the loop to end, from any thread; sessions stay open."""
        self._stop.set()

    def run(self, until: int | None = None, cause: str = "the recorder was stopped") -> None:
        """Record until stopped, until every session is closed, or until *until* (microseconds, its clock).

        A session that *until* ends is closed; one that `stop` ends stays open, paused for *cause*.

        Raises:
            DiskFull: nothing more can be written; what was acknowledged is safe.
        """
        look_at = 0.0
        try:
            while self._running and not self._stop.is_set():
                self._take(self._next())
                self._answer_all()
                now = time.monotonic()
                if self._waiting and now - self._waiting_since >= COMMIT_WITHIN:
                    self._commit()
                if now >= look_at:
                    look_at = now + LOOK_EVERY
                    self._look()
                if until is not None and self._desk.clock.now() >= until:
                    self._end_all()
        finally:
            self._leave(cause)

    def _next(self) -> Happened | None:
        try:
            return self._happenings.get(timeout=LOOK_EVERY)
        except queue.Empty:
            return None

    def _take(self, message: Happened | None) -> None:
        if message is not None and message.session in self._running:
            self._wait(self._running[message.session].take(message.source, message.what))

    def _answer_all(self) -> None:
        while not self._requests.empty():
            answer(self._requests.get(), self)

    def _look(self) -> None:
        clock = self._desk.clock
        if caught_up := clock.catch_up():
            self._desk.store.set_anchor(clock.anchor)
        at, step, slept = clock.now(), clock.step(), clock.slept()
        for running in self._running.values():
            if caught_up:
                self._wait([running.clock_entry(at, "synchronised", caught_up)])
            self._wait(running.look(at))
            if step:
                self._wait([running.clock_entry(at, "stepped", step)])
            if slept:
                self._wait([running.clock_entry(at, "suspended", slept)])

    def _ask(self, request: Request) -> None:
        """Take a request from the control socket's threads; after the end nobody would answer it."""
        with self._gate:
            if not self._ended:
                self._requests.put(request)
                with contextlib.suppress(queue.Full):
                    self._happenings.put_nowait(None)  # wakes the loop
                return
        refuse(request, ENDED)

    def _bring(self, session: str, source: str, what: Happening) -> None:
        self._happenings.put(Happened(session, source, what))

    def _wait(self, entries: list[Entry]) -> None:
        if entries and not self._waiting:
            self._waiting_since = time.monotonic()
        self._waiting += entries

    def _commit(self) -> None:
        if self._waiting:
            self._desk.store.append(self._waiting)
            self._waiting = []
        if self._desk.store.reserve.given_up:
            self._desk.store.reserve.given_up = False
            self._tell("the disk is full: the reserve was given up so that recording goes on; free space now")
            self._wait([running.reserve_given_up() for running in self._running.values()])

    # The desk, as the control socket reaches it: the same, and the devices follow.

    def append(self, session: str, kind: str, author: str, payload: Mapping[str, Any]) -> Written:
        """Record what a person says, and do what it asks of the recorder: a device, the end."""
        entry = self._desk.check(session, kind, author, payload)
        self._commit()
        running = self._running.get(entry.session)
        if running is None:
            return self._desk.commit(entry)
        if isinstance(entry.payload, kinds.SessionEnd):
            return self._end(running, entry)
        written = self._desk.commit(entry)
        if isinstance(entry.payload, kinds.Device):
            self._follow(running, entry.payload)
        return written

    def _end(self, running: RunningSession, entry: Checked) -> Written:
        had = dict(running.devices)
        self._release(running, list(had))
        try:
            written = self._desk.commit(entry)
        except InfusionlogError:
            running.listen_again(had, self._desk.clock.now())
            raise
        del self._running[running.id]
        return written

    def _follow(self, running: RunningSession, said: kinds.Device) -> None:
        self._release(running, [name for name in running.devices if name == said.source])
        if said.event == "attached":
            at, quiet, waves = self._desk.clock.now(), said.receive_only, said.waves
            name, url = str(said.adapter), str(said.url)
            running.listen(said.source, name, url, at, receive_only=quiet, waves=waves)

    def file(
        self, session: str, after: Mapping[str, int] | None = None, limit: int | None = None
    ) -> SessionFile:
        """Return a session's file; what waits is committed first."""
        self._commit()
        return self._desk.file(session, after, limit)

    def status(self) -> Status:
        """Return who owns the ledger, which sessions it holds, and how each device is heard."""
        status = self._desk.status()
        devices = [row for running in self._running.values() for row in running.status()]
        return replace(status, devices=devices)

    def _release(self, running: RunningSession, names: list[str]) -> None:
        """End lines; what they still brought is recorded before their captures are closed."""
        for name in names:
            line = running.devices[name].line
            for send in running.devices[name].source.stops():
                line.send(send.raw)
            line.end()
            while line.is_alive():  # it may wait for a place to put what it has read
                self._take(self._next())
        for _ in range(self._happenings.qsize()):
            self._take(self._happenings.get())
        for name in names:
            self._wait(running.devices.pop(name).source.seal(self._desk.clock.now()))
        self._commit()

    def _end_all(self) -> None:
        for session in list(self._running):
            self.append(session, "session.end", "recorder", {"reason": "the time it was given has passed"})

    def _leave(self, cause: str) -> None:
        try:
            for running in self._running.values():
                self._release(running, list(running.devices))
                self._wait([running.pause(cause)])
            self._commit()
        except DiskFull:
            self._tell(
                "the disk is full: the last seconds could not be recorded; all that was acknowledged is safe"
            )
            raise
        finally:
            self._control.close()
            with self._gate:
                self._ended = True
            while not self._requests.empty():
                refuse(self._requests.get(), ENDED)
