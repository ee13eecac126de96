"""The recorder: hears every device of every running session and writes what they say into the ledger.

One loop owns the ledger. Threads only bring things to it: a line thread a device, one for the control
socket. What waits is committed at most `COMMIT_WITHIN` after the first of it arrived, all sessions at once.
A session that meets a fault is put aside and taken up again from its records; the others go on.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from logger import kinds
from logger.clock import SECOND
from logger.entering.attached import check_free, taken_away
from logger.entering.checks import parsed
from logger.entering.control import ControlServer, Request, answer, refuse
from logger.entering.desk import ABOUT_USERS, Checked, LedgerDesk, SessionFile, Status
from logger.entering.opening import Opening, open_or_resume
from logger.errors import BadEntry, DiskFull, LedgerOwned, LineTaken
from logger.ledger.audit import Row
from logger.ledger.models import Written
from logger.people.accounts import FORWARD, RECORDER
from logger.recording.line import GIVE_UP, Happening, Line
from logger.recording.rooms import Batch, Happened, Rooms
from logger.recording.running import RunningSession, Tell

COMMIT_WITHIN = 0.2
"""Real seconds from the first waiting frame to its commit."""

LOOK_EVERY = 0.05
"""Real seconds between two looks at what time alone brings, and of taking what waits without a look."""

ASKED = 0.005
"""Real seconds of it while somebody waits for an answer."""

ENDED = "the recorder has ended; ask again: the ledger is free now"
STOPPED = "the recorder was stopped by a person or the system"

Opens = Callable[[str, Mapping[str, Any]], Opening]
"""Reads how somebody (author, what was asked) wants a session to be opened."""


class Recorder:
    """The desk of a ledger while devices are heard; its loop owns the ledger.

    Args:
        desk: of the ledger, opened by this process.
        tell: takes one line for people about what happens; no patient text goes there.
        opens: makes it a service: sessions can be opened through its desk, and it goes on without any.
    """

    def __init__(self, desk: LedgerDesk, tell: Tell = lambda _: None, opens: Opens | None = None) -> None:
        self._desk, self._tell, self._opens = desk, tell, opens
        self._happenings: queue.SimpleQueue[Happened | None] = queue.SimpleQueue()
        self._requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._batch = Batch(desk.store)
        self._rooms = Rooms(desk, self._batch, self._bring, tell)
        self._look_at = 0.0
        self._stop = threading.Event()
        self._gate = threading.Lock()
        self._ended = False
        self._control = ControlServer(desk.status().pid, self._ask)
        desk.store.ownership.announce(self._control.notice)
        if desk.clock.speed == 1.0:
            desk.store.set_anchor(desk.clock.anchor)

    def watch(self, session: str, *, resumed: bool) -> None:
        """Take up a session; one that was open before goes on with the devices it had."""
        self._rooms.watch(session, resumed=resumed)

    def stop(self) -> None:
        """Ask the loop to end, from any thread; sessions stay open."""
        self._stop.set()

    def run(self, until: int | None = None, cause: str = "the recorder was stopped") -> None:
        """Record until stopped, until every session is closed, or until *until* (microseconds, its clock).

        A session that *until* ends is closed; one that `stop` ends stays open, paused for *cause*. A service
        does not end because every session is closed.

        Raises:
            DiskFull: nothing more can be written; what was acknowledged is safe.
        """
        try:
            while (self._rooms or self._opens) and not self._stop.is_set():
                self._round()
                self._answer_all()
                if until is not None and self._desk.clock.now() >= until:
                    self._end_all()
        finally:
            self._leave(cause)

    def _round(self) -> None:
        """Take what has happened, commit what has waited long enough, look at what time brings."""
        with contextlib.suppress(queue.Empty):
            self._take(self._happenings.get(timeout=LOOK_EVERY))
            until = time.monotonic() + (LOOK_EVERY if self._requests.empty() else ASKED)
            while time.monotonic() < until:
                self._take(self._happenings.get_nowait())
        if self._batch.waits(COMMIT_WITHIN):
            self._commit()
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            self._look(now)

    def _take(self, message: Happened | None) -> None:
        if message is not None:
            self._rooms.take(message)

    def _answer_all(self) -> None:
        while not self._requests.empty():
            answer(self._requests.get(), self)

    def _look(self, now: float) -> None:
        self._desk.look(now)
        self._rooms.look(now)
        if self._opens and not self._rooms:
            self._follow_the_wall_clock()

    def _follow_the_wall_clock(self) -> None:
        """Take over a wall clock that was set, now that no session counts on the clock as it is."""
        clock = self._desk.clock.anew(self._desk.store.newest())
        if abs(clock.now() - self._desk.clock.now()) >= SECOND:
            self._desk.clock = clock
            self._desk.store.set_anchor(clock.anchor)

    def _ask(self, request: Request) -> None:
        """Take a request from the control socket's threads; after the end nobody would answer it."""
        with self._gate:
            if not self._ended:
                self._requests.put(request)
                self._happenings.put(None)  # wakes the loop
                return
        refuse(request, ENDED)

    def _bring(self, session: str, source: str, line: Line, what: Happening) -> None:
        self._happenings.put(Happened(session, source, line, what))

    def _commit(self) -> None:
        self._batch.commit()
        if self._desk.store.reserve.given_up:
            self._desk.store.reserve.given_up = False
            self._tell("the disk is full: the reserve was given up so that recording goes on; free space now")
            self._batch.add(running.reserve_given_up() for running in self._rooms.open.values())

    # The desk, as the control socket reaches it: the same, and the devices follow.

    def append(
        self,
        session: str,
        kind: str,
        author: str,
        payload: Mapping[str, Any],
        secrets: Mapping[str, str] | None = None,
    ) -> Written:
        """Record what a person says, and do what it asks of the recorder: a device, an opening, the end."""
        if kind == "session.open":
            return self._open(session, author, payload, secrets or {})
        if kind in ABOUT_USERS:
            return self._desk.append(session, kind, author, payload, secrets)
        if author == FORWARD:
            return self._told_by_the_server(session, kind, payload)
        return self._carry_out(self._desk.check(session, kind, author, payload, secrets))

    def _told_by_the_server(self, session: str, kind: str, payload: Mapping[str, Any]) -> Written:
        """Do what follows from a word of the server that this ledger is forwarded to."""
        if kind == "session.ended_elsewhere":
            said = parsed(kind, payload)
            assert isinstance(said, kinds.EndedElsewhere)  # noqa: S101  the kind of just this payload
            self._take_up(session)
            self._commit()
            return self._end(session, partial(self._desk.end_elsewhere, session, said))
        if kind == "writer.refused":
            refused = parsed(kind, payload)
            assert isinstance(refused, kinds.WriterRefused)  # noqa: S101  as above
            self._commit()
            return self._desk.go_on_as_another(refused)
        if kind == "device":
            return self._carry_out(self._desk.own(session, kind, payload))
        raise BadEntry(f"{kind} is not for {FORWARD} to say")

    def _carry_out(self, entry: Checked) -> Written:
        """Commit a checked entry, and do what it asks of the recorder."""
        self._take_up(entry.session)
        self._commit()
        running = self._rooms.open.get(entry.session)
        if running is None:
            return self._desk.commit(entry)
        if isinstance(entry.payload, kinds.SessionEnd):
            return self._end(running.id, partial(self._desk.commit, entry))
        if isinstance(entry.payload, kinds.Discharge):
            return self._discharge(running, entry)
        if isinstance(entry.payload, kinds.Amend) and entry.payload.withdrawn:
            return self._withdraw(running, entry, entry.payload)
        if not isinstance(entry.payload, kinds.Device):
            return self._desk.commit(entry)
        check_free(self._rooms.heard(), running.id, entry.payload)
        written = self._desk.commit(entry)
        self._follow(running, entry.payload)
        return written

    def _take_up(self, session: str) -> None:
        """Go on at once with a session that is put aside and is spoken of, when its lines have ended.

        What they still bring is kept first: it would belong to nobody afterwards.
        """
        until = time.monotonic() + GIVE_UP
        while session in self._rooms.aside:
            if self._rooms.aside.is_quiet(session) or time.monotonic() > until:
                self._rooms.take_up(session)
                return
            self._round()

    def _open(
        self, session: str, author: str, said: Mapping[str, Any], secrets: Mapping[str, str]
    ) -> Written:
        """Open a session, or return the first record of the one that is open there for the same patient."""
        if self._opens is None:
            raise LedgerOwned(
                f"process {os.getpid()} records one session into this ledger; end it, or start "
                "`infusionlog recorder` instead, which takes many"
            )
        if session:
            raise BadEntry(f"session.open: leave the session out; the ledger gives it its id, not {session}")
        opening = replace(self._opens(author, said), secrets=secrets)
        found, there = open_or_resume(self._desk, opening)
        if not there:
            self.watch(found, resumed=False)
        return self._desk.store.records(found, limit=1)[0]

    def _discharge(self, running: RunningSession, entry: Checked) -> Written:
        """The patient leaves: what the devices say from now on belongs to no session."""
        written = self._desk.commit(entry)
        for name in list(running.devices):
            detached = kinds.Device(source=name, event="detached")
            self._desk.commit(Checked(running.id, "device", RECORDER, detached))
            self._follow(running, detached)
        return written

    def _withdraw(self, running: RunningSession, entry: Checked, said: kinds.Amend) -> Written:
        """The devices that a discharge took away are heard again where it is withdrawn."""
        written = self._desk.commit(entry)
        for device in taken_away(self._desk.store.records(running.id, streamed=False), said.target):
            try:
                check_free(self._rooms.heard(), running.id, device)
            except LineTaken as error:
                self._tell(f"{device.source}: not heard again: {error}")
                continue
            self._desk.commit(Checked(running.id, "device", RECORDER, device))
            self._follow(running, device)
        return written

    def _end(self, session: str, close: Callable[[], Written]) -> Written:
        running = self._rooms.open.get(session)
        had = dict(running.devices) if running else {}
        if running:
            self._release((running, name) for name in had)
        try:
            written = close()
        except Exception:
            if running:
                running.listen_again(had, self._desk.clock.now())
            raise
        self._rooms.open.pop(session, None)
        return written

    def _follow(self, running: RunningSession, said: kinds.Device) -> None:
        self._release((running, name) for name in list(running.devices) if name == said.source)
        if said.event == "attached":
            at, quiet, waves = self._desk.clock.now(), said.receive_only, said.waves
            name, url = str(said.adapter), str(said.url)
            running.listen(said.source, name, url, at, receive_only=quiet, waves=waves)

    def file(
        self, session: str, after: Mapping[str, int] | None = None, limit: int | None = None
    ) -> SessionFile:
        """Return a session's file as it is on the disk; what waits follows within `COMMIT_WITHIN`."""
        return self._desk.file(session, after, limit)

    def rows_after(self, wanted: Mapping[str, Mapping[str, int]], limit: int) -> list[Row]:
        """Return records of several streams as they are on the disk."""
        return self._desk.rows_after(wanted, limit)

    def changes(self, since: str) -> Status:
        """Return what changed in the ledger since a position, and how each device is heard."""
        return replace(
            self._desk.changes(since), devices=self._rooms.heard(), service=self._opens is not None
        )

    def status(self, *, heads: bool = False) -> Status:
        """Return who owns the ledger, which sessions it holds, and how each device is heard."""
        return replace(
            self._desk.status(heads=heads), devices=self._rooms.heard(), service=self._opens is not None
        )

    def _release(self, which: Iterable[tuple[RunningSession, str]]) -> None:
        """End lines; what they still brought is recorded before their captures are closed.

        A line whose driver hangs is left behind after `GIVE_UP`. Meanwhile the other sessions go on.
        """
        released = list(which)
        for running, name in released:
            running.dismiss(name)
        until = time.monotonic() + GIVE_UP
        while not all(running.has_ended(name) for running, name in released):
            if time.monotonic() > until:
                break
            self._round()  # a line may wait for a place to put what it has read
        for _ in range(self._happenings.qsize()):  # not until it is empty: another line may flood
            self._take(self._happenings.get())
        for running, name in released:
            self._rooms.do(running, partial(running.seal, name))
        self._commit()

    def _end_all(self) -> None:
        for session in list(self._rooms.open):
            over = {"reason": "the time it was given has passed"}
            self._carry_out(self._desk.own(session, "session.end", over))

    def _leave(self, cause: str) -> None:
        self._rooms.leaving = True
        try:
            self._release(
                (one, name) for one in list(self._rooms.open.values()) for name in list(one.devices)
            )
            self._batch.add(running.pause(cause) for running in self._rooms.open.values())
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
