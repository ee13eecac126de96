"""The recorder: hears every device of every running session and writes what they say into the ledger.

One loop owns the ledger. Threads only bring things to it: a line thread a device, one for the control
socket. What waits is committed at most `COMMIT_WITHIN` after the first of it arrived.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from devices.contract import Send
from devices.registry import adapter
from logger import kinds
from logger.capture import capture_folder, left_behind
from logger.clock import SECOND, moment, synchronisation
from logger.control import ControlServer, Request, answer
from logger.desk import LedgerDesk, Status
from logger.line import Ended, Happening, Line, Opened, Refused, silence_limit
from logger.models import Entry, Written
from logger.source import Chunk, Source

COMMIT_WITHIN = 0.2
"""Real seconds from the first waiting frame to its commit."""

LOOK_EVERY = 0.05
"""Real seconds between two looks at what is due: silence, requests to devices, the clock."""

CLOCK_EVERY = 3600 * SECOND
"""Microseconds between two records of how well the clock is kept."""

Tell = Callable[[str], None]


@dataclass(slots=True)
class Device:
    """A source and the thread of its line."""

    source: Source
    line: Line
    url: str


@dataclass(slots=True)
class Running:
    """An open session as the recorder holds it."""

    row: Mapping[str, Any]
    devices: dict[str, Device] = field(default_factory=dict)
    clock_checked: int = 0


@dataclass(frozen=True, slots=True)
class Happened:
    """Something on the line of a session's device."""

    session: str
    source: str
    what: Happening


class Recorder:
    """Owns a ledger's desk for as long as it runs.

    Args:
        desk: of the ledger, opened by this process.
        tell: takes one line for people about what happens; no patient text goes there.
    """

    def __init__(self, desk: LedgerDesk, tell: Tell = lambda _: None) -> None:
        self.desk, self._tell = desk, tell
        self._inbox: queue.SimpleQueue[Happened | Request] = queue.SimpleQueue()
        self._running: dict[str, Running] = {}
        self._waiting: list[Entry] = []
        self._waiting_since = 0.0
        self._stop = threading.Event()
        self._control = ControlServer(desk.status().pid, self._inbox.put)
        desk.store.ownership.announce(self._control.notice)
        desk.store.set_anchor(desk.clock.anchor)

    # What people ask for.

    def watch(self, session: str, *, resumed: bool) -> None:
        """Take up a session; one that was open before goes on with its devices and says why it paused."""
        running = self._running[session] = Running(
            self.desk.row(session), clock_checked=self.desk.clock.now()
        )
        if resumed:
            self._resume(running)

    def attach(self, session: str, name: str, adapter_name: str, url: str, author: str = "recorder") -> None:
        """Add a device to a running session, or replace the one of that name."""
        model = adapter(adapter_name)
        said: dict[str, Any] = {"source": name, "event": "attached", "adapter": adapter_name, "url": url}
        if model.experimental:
            said["experimental"] = True
        self.append(session, "device", author, said)

    def ask(self, session: str, kind: str, author: str, payload: Mapping[str, Any]) -> Written:
        """Record an entry from another thread of this process; return once it is on the disk."""
        request = Request("append", {"session": session, "kind": kind, "author": author, "payload": payload})
        self._inbox.put(request)
        said = request.answer.get()
        if "error" in said:
            raise RuntimeError(said["error"])
        return Written(**said["ok"])

    def stop(self) -> None:
        """Ask the loop to end; sessions stay open."""
        self._stop.set()

    # The loop.

    def run(self, until: int | None = None, cause: str = "the recorder was stopped") -> None:
        """Record until stopped, until every session is closed, or until *until* (microseconds, session clock).

        A session that *until* ends is closed; one that `stop` ends stays open.
        """
        look_at = 0.0
        try:
            while not self._stop.is_set() and self._running:
                self._take(self._next())
                now = time.monotonic()
                if self._waiting and now - self._waiting_since >= COMMIT_WITHIN:
                    self._commit()
                if now >= look_at:
                    look_at = now + LOOK_EVERY
                    self._look()
                if until is not None and self.desk.clock.now() >= until:
                    self._close_all()
        finally:
            self._leave(cause)

    def _next(self) -> Happened | Request | None:
        try:
            return self._inbox.get(timeout=LOOK_EVERY)
        except queue.Empty:
            return None

    def _take(self, message: Happened | Request | None) -> None:
        if isinstance(message, Request):
            self._commit()
            answer(message, self, self._device_rows)
        elif message is not None and message.session in self._running:
            device = self._running[message.session].devices.get(message.source)
            if device is not None:
                self._wait(self._hear(device, message.what))

    def _hear(self, device: Device, what: Happening) -> list[Entry]:
        source = device.source
        if isinstance(what, Chunk):
            unheard = source.silent_since is not None
            entries, sends = source.hear(what)
            self._send(device, sends)
            if unheard and source.silent_since is None:
                self._tell(f"{source.name}: heard")
            return entries
        if isinstance(what, Opened):
            entries = source.connect(what.at, what.port, what.identity, what.waited)
            self._send(device, source.asks(what.at))
            self._tell(f"{source.name}: connected on {what.port}")
            return entries
        self._tell(f"{source.name}: {what.cause}")
        if isinstance(what, Ended):
            return source.lose(what.at, what.cause)
        assert isinstance(what, Refused)  # noqa: S101  Happening has no other member
        return [source.refused(what.at, what.cause)]

    def _send(self, device: Device, sends: list[Send]) -> None:
        for send in sends:
            device.line.send(send.raw)

    def _look(self) -> None:
        at = self.desk.clock.now()
        for session, running in self._running.items():
            for device in running.devices.values():
                limit = silence_limit(device.source.adapter, self.desk.clock.speed)
                silent = device.source.check_silence(at, limit)
                if silent:
                    self._tell(
                        f"{device.source.name}: not heard since {moment(device.source.silent_since or at):%H:%M:%S}"
                    )
                self._wait(silent)
                if device.source.connected:
                    self._send(device, device.source.asks(at))
            if at - running.clock_checked >= CLOCK_EVERY:
                running.clock_checked = at
                self._wait([self._clock_entry(session, at, "checked")])
        if step := self.desk.clock.step():
            self._wait([self._clock_entry(session, at, "stepped", step) for session in self._running])
        if slept := self.desk.clock.slept():
            self._wait([self._clock_entry(session, at, "suspended", slept) for session in self._running])

    def _wait(self, entries: list[Entry]) -> None:
        if entries and not self._waiting:
            self._waiting_since = time.monotonic()
        self._waiting += entries

    def _commit(self) -> None:
        if not self._waiting:
            return
        self.desk.store.append(self._waiting)
        self._waiting = []
        if self.desk.store.reserve_given_up:
            self.desk.store.reserve_given_up = False
            at, payload = self.desk.clock.now(), kinds.text_of(kinds.Storage(event="reserve_given_up"))
            self._waiting = [Entry(session, at, "storage", "recorder", payload) for session in self._running]
            self._tell("the disk is full: the reserve was given up so that recording goes on; free space now")

    # The desk's verbs, as the control socket and `ask` reach them.

    @property
    def store(self) -> Any:
        """Return the ledger's store, for reading."""
        return self.desk.store

    def row(self, session: str) -> Mapping[str, Any]:
        """Return the session's row."""
        return self.desk.row(session)

    def status(self) -> Status:
        """Return who owns the ledger and which sessions it holds."""
        return self.desk.status()

    def append(self, session: str, kind: str, author: str, payload: Mapping[str, Any]) -> Written:
        """Record what a person says, and do what it asks of the recorder: a device, the end."""
        if kind == "device":
            adapter_named = payload.get("adapter")
            if adapter_named is not None:
                adapter(str(adapter_named))
        running = self._running.get(session)
        if kind == "session.end" and running is not None:
            self._drop(running)
        written = self.desk.append(session, kind, author, payload)
        if running is not None and kind == "device":
            self._follow(running, payload)
        if running is not None and kind == "session.end":
            del self._running[session]
        return written

    # Devices.

    def _follow(self, running: Running, said: Mapping[str, Any]) -> None:
        name, at = str(said["source"]), self.desk.clock.now()
        if name in running.devices:
            self._end_line(running, name)
        if said["event"] == "attached":
            self._listen(running, name, str(said["adapter"]), str(said["url"]), at)

    def _listen(self, running: Running, name: str, adapter_name: str, url: str, since: int) -> Source:
        session, model = running.row["id"], adapter(adapter_name)
        store = self.desk.store
        source = Source(
            session,
            name,
            model,
            opened_at=since,
            zone=ZoneInfo(running.row["zone"]),
            folder=capture_folder(store.path, session),
            make_room=store.give_up_reserve,
        )
        line = Line(url, model, self.desk.clock, lambda what: self._inbox.put(Happened(session, name, what)))
        running.devices[name] = Device(source, line, url)
        line.start()
        return source

    def _resume(self, running: Running) -> None:
        session, at = running.row["id"], self.desk.clock.now()
        records = self.desk.store.records(session)
        paused = records[-1].kind == "session.pause"
        cause = (
            kinds.SessionPause.model_validate_json(records[-1].payload).cause
            if paused
            else "the recorder ended without a word: killed, or the power failed"
        )
        since = moment(records[-1].at)
        entries = [
            Entry(
                session,
                at,
                "session.resume",
                "recorder",
                kinds.text_of(kinds.SessionResume(cause=cause, since=since)),
            )
        ]
        if self.desk.clock.behind:
            entries.append(self._clock_entry(session, at, "behind", uncertain=True))
        attached, closed = _devices_of(records)
        self._wait(entries)
        for name, said in attached.items():
            source = self._listen(running, name, str(said.adapter), str(said.url), running.row["opened_at"])
            source.resume(records, records[-1].at)
            folder = capture_folder(self.desk.store.path, session)
            self._wait(
                [source.capture_closed(at, one) for one in left_behind(folder, name, closed.get(name, set()))]
            )
        self._commit()

    def _drop(self, running: Running) -> None:
        for name in list(running.devices):
            self._end_line(running, name)

    def _end_line(self, running: Running, name: str) -> None:
        device = running.devices[name]
        device.line.end()
        while (message := self._drain()) is not None:
            self._take(message)
        self._wait(device.source.seal(self.desk.clock.now()))
        del running.devices[name]
        self._commit()

    def _drain(self) -> Happened | None:
        # What the ended lines still brought belongs to the session; requests keep their turn.
        kept: list[Request] = []
        found = None
        while found is None and not self._inbox.empty():
            message = self._inbox.get()
            if isinstance(message, Request):
                kept.append(message)
            else:
                found = message
        for request in kept:
            self._inbox.put(request)
        return found

    # The end.

    def _close_all(self) -> None:
        self._commit()
        for session in list(self._running):
            self.append(
                session, "session.end", "recorder", {"reason": "the time given with --for has passed"}
            )

    def _leave(self, cause: str) -> None:
        try:
            for session, running in self._running.items():
                self._drop(running)
                paused = kinds.text_of(kinds.SessionPause(cause=cause))
                self._wait([Entry(session, self.desk.clock.now(), "session.pause", "recorder", paused)])
            self._commit()
        finally:
            self._control.close()
            while not self._inbox.empty():
                if isinstance(request := self._inbox.get(), Request):
                    request.answer.put({"error": "the recorder has ended", "kind": "OwnerSilent"})

    def _clock_entry(
        self, session: str, at: int, event: Any, step: int = 0, *, uncertain: bool = False
    ) -> Entry:
        kernel = synchronisation()
        said = kinds.Clock(
            event=event,
            wall=moment(self.desk.clock.wall()),
            step_s=step / SECOND if step else None,
            synchronised=kernel.synchronised,
            by=kernel.by,
            max_error_s=kernel.max_error_s,
            uncertain=uncertain,
        )
        return Entry(session, at, "clock", "recorder", kinds.text_of(said))

    def _device_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "session": session,
                "source": name,
                "adapter": device.source.adapter.name,
                "url": device.url,
                "connected": device.source.connected,
                "heard_at": _iso(device.source.heard_at),
            }
            for session, running in self._running.items()
            for name, device in running.devices.items()
        ]


def _devices_of(records: list[Written]) -> tuple[dict[str, kinds.Device], dict[str, set[int]]]:
    attached: dict[str, kinds.Device] = {}
    closed: dict[str, set[int]] = {}
    for record in records:
        if record.kind == "device":
            said = kinds.Device.model_validate_json(record.payload)
            attached[said.source] = said
            if said.event == "detached":
                del attached[said.source]
        elif record.kind == "link":
            link = kinds.Link.model_validate_json(record.payload)
            if link.event == "capture_closed" and link.capture is not None:
                closed.setdefault(link.source, set()).add(link.capture)
    return attached, closed


def _iso(at: int | None) -> str | None:
    return None if at is None else moment(at).isoformat()
