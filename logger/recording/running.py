"""An open session as the recorder holds it: its devices, their lines, and what is due to be looked at."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from devices.addresses import line_of
from devices.errors import InfusionlogError, UsageError
from devices.registry import adapter
from logger import kinds
from logger.clock import SECOND, SessionClock, moment
from logger.entering.attached import attached_devices, ever_attached, last_identities
from logger.ledger.capture import Span, capture_folder, left_behind
from logger.ledger.models import Entry, Written
from logger.ledger.store import Store
from logger.recording.line import Happening, Line, Opened, Refused, silence_limit
from logger.recording.source import Chunk, Source

CLOCK_EVERY = 3600 * SECOND
"""Microseconds between two records of how well the clock is kept."""

Tell = Callable[[str], None]
Bring = Callable[[str, str, Line, Happening], None]
"""Brings what happened on a line to the recorder's loop: session, device, line, what."""

HANGS = 15.0
"""Real seconds of opening a port after which its driver hangs: a connection is given up after two."""


@dataclass(slots=True)
class Device:
    """A source and the thread of its line; *leaving*: the last word to the device was said."""

    source: Source
    line: Line
    url: str
    receive_only: bool
    waves: bool
    hung: bool = False
    leaving: bool = False
    port: str = ""


class RunningSession:
    """One session between its opening and its end.

    Args:
        row: the session's, from the ledger.
        store: for the place of captures and the reserve; nothing is written through it here.
        bring: called from the line threads.
        tell: takes one line for people about what happens; no patient text goes there.
    """

    def __init__(
        self, row: Mapping[str, Any], store: Store, clock: SessionClock, bring: Bring, tell: Tell
    ) -> None:
        self.id, self._row = str(row["id"]), row
        self._store, self._clock, self._bring, self._tell = store, clock, bring, tell
        self._folder = capture_folder(store.path, self.id)
        self._clock_checked = clock.now()
        self.devices: dict[str, Device] = {}
        self._next_capture: dict[str, int] = {}

    def listen(
        self,
        name: str,
        adapter_name: str,
        url: str,
        since: int,
        identity: str | None = None,
        *,
        receive_only: bool = False,
        waves: bool = False,
    ) -> Source:
        """Start hearing a device; a cuff reading measured before *since* is held.

        *identity* is the USB adapter it was on before a restart; nothing is sent where it is *receive_only*.
        Its *waves* are asked for and recorded where they are wanted.
        """
        source = self._source(name, adapter_name, url, since, waves=waves)
        line = Line(
            url,
            source.adapter,
            self._clock,
            lambda line, what: self._bring(self.id, name, line, what),
            identity,
            receive_only=receive_only,
        )
        self.devices[name] = Device(source, line, url, receive_only, waves)
        line.start()
        return source

    def _source(self, name: str, adapter_name: str, url: str, since: int, *, waves: bool) -> Source:
        model = adapter(adapter_name)
        model = model.wanting_waves() if waves else model
        return Source(
            self.id,
            name,
            replace(model, link=line_of(url, model.link)),
            opened_at=since,
            zone=ZoneInfo(self._row["zone"]),
            folder=self._folder,
            make_room=self._store.reserve.give_up,
            speed=self._clock.speed,
            next_capture=self._next_capture.get(name, 0),
        )

    def resume(self, records: Sequence[Written]) -> list[Entry]:
        """Go on with the devices the session had, and say why nothing was recorded since the last record."""
        at, last = self._clock.now(), records[-1]
        cause = "the recorder ended without a word: killed, or the power failed"
        if last.kind == "session.pause":
            cause = kinds.SessionPause.model_validate_json(last.payload).cause
        resumed = kinds.SessionResume(cause=cause, since=moment(last.at))
        entries = [self._entry(at, "session.resume", resumed)]
        if self._clock.rebooted:
            entries.append(self.clock_entry(at, "reboot"))
        if self._clock.behind:
            entries.append(self.clock_entry(at, "behind", uncertain=True))
        identities, taken = last_identities(records), _taken(records)
        self._next_capture = {name: max(numbers) + 1 for name, numbers in taken.opened.items()}
        attached = attached_devices(records)
        for name, device in ever_attached(records).items():
            try:
                source = (
                    self._listen_to(device, identities.get(name))
                    if name in attached
                    else self._source(name, str(device.adapter), str(device.url), at, waves=device.waves)
                )
            except UsageError as error:  # an adapter that this version has not: the others go on
                if name in attached:
                    refused = kinds.Link(source=name, event="refused", cause=str(error))
                    entries.append(self._entry(at, "link", refused))
                continue
            if name in attached:
                source.resume(records, last.at)
            closed = taken.closed.get(name, set())
            left = left_behind(self._folder, name, closed)
            gone = taken.opened.get(name, set()) - closed - {capture.number for capture in left}
            entries += [source.capture_gone(at, number) for number in sorted(gone)]
            for capture in left:
                entries += source.left_behind(at, capture, taken.spans.get((name, capture.number), ()))
        return entries

    def _listen_to(self, device: kinds.Device, identity: str | None) -> Source:
        """Hear a device that an earlier recorder heard in this session."""
        return self.listen(
            device.source,
            str(device.adapter),
            str(device.url),
            self._row["opened_at"],
            identity,
            receive_only=device.receive_only,
            waves=device.waves,
        )

    def take(self, name: str, line: Line, what: Happening) -> list[Entry]:
        """Return the records that something on a device's line makes; requests go out on the line.

        A line that was given up because its driver hung may still have something to tell; it comes too late.
        """
        device = self.devices.get(name)
        if device is None or device.line is not line:
            return []
        source = device.source
        if isinstance(what, Chunk):
            return self._hear(device, what)
        device.hung = False
        if isinstance(what, Opened):
            device.line.meet()
            device.port = what.port
            entries = source.connect(what.at, what.port, what.identity, what.waited)
            self._ask(device, what.at)
            self._tell(f"{name}: connected on {what.port}")
            return entries
        self._tell(f"{name}: {what.cause}")
        if isinstance(what, Refused):
            return [source.refused(what.at, what.cause)]
        device.port = ""
        return source.lose(what.at, what.cause)

    def _hear(self, device: Device, chunk: Chunk) -> list[Entry]:
        unheard = device.source.silent_since is not None
        entries, sends = device.source.hear(chunk)
        for send in () if device.leaving else sends:
            device.line.send(send.raw)
        if unheard and device.source.silent_since is None:
            self._tell(f"{device.source.name}: heard")
        return entries

    def _ask(self, device: Device, at: int) -> None:
        # One that only listens and took itself to ask would claim what another computer is answered.
        if device.receive_only or device.leaving:
            return
        for send in device.source.asks(at):
            device.line.send(send.raw)

    def look(self, at: int) -> list[Entry]:
        """Look at what time alone brings: silence, requests that are due, the hourly word on the clock."""
        entries: list[Entry] = []
        for device in self.devices.values():
            silent = device.source.check_silence(at, silence_limit(device.source.adapter, self._clock.speed))
            if silent:
                since = moment(device.source.silent_since or at)
                self._tell(f"{device.source.name}: not heard since {since:%H:%M:%S} UTC")
            entries += silent
            entries += self._check_driver(device, at)
            if device.source.connected:
                self._ask(device, at)
        if at - self._clock_checked >= CLOCK_EVERY:
            self._clock_checked = at
            entries.append(self.clock_entry(at, "checked"))
        return entries

    def _check_driver(self, device: Device, at: int) -> list[Entry]:
        """Say so once where a driver does not come back from opening a port: nothing else would tell it."""
        since = device.line.opening_since
        if device.hung or since is None or time.monotonic() - since < HANGS:
            return []
        device.hung = True
        cause = f"{device.url}: its driver does not come back from opening it; pull the plug and plug it in"
        self._tell(f"{device.source.name}: {cause}")
        return [device.source.refused(at, cause)]

    def abandon(self) -> None:
        """Stop hearing the devices, without a word to them: the session met a fault, and is taken up again.

        What they still bring is in the raw captures or in the driver, and is recorded then.
        """
        for device in self.devices.values():
            device.line.end()

    def keep(self, name: str, line: Line, what: Happening) -> None:
        """Keep the bytes that a line of an abandoned session still brings."""
        device = self.devices.get(name)
        if device is None or device.line is not line:
            return
        if isinstance(what, Chunk) and device.source.connected:
            with contextlib.suppress(InfusionlogError, OSError):  # it may be the fault
                device.source.keep(what)

    def is_quiet(self) -> bool:
        """Return whether no line of an abandoned session can bring anything any more."""
        return all(self.has_ended(name) for name in self.devices)

    def drop(self) -> None:
        """Let go of an abandoned session's captures; they are closed by a record when it is taken up."""
        for device in self.devices.values():
            device.source.drop()

    def dismiss(self, name: str) -> None:
        """Say the last word to a device and end its line; it may still have something to tell."""
        device = self.devices[name]
        for send in device.source.stops():
            device.line.send(send.raw)
        device.leaving = True
        device.line.end()

    def has_ended(self, name: str) -> bool:
        """Return whether a device's line can bring nothing any more."""
        return name not in self.devices or self.devices[name].line.is_over()

    def seal(self, name: str) -> list[Entry]:
        """Let go of a device whose line was ended, and return the records that close its capture."""
        device = self.devices.pop(name, None)
        if device is None:
            return []
        at, entries = self._clock.now(), []
        if device.line.is_alive():
            cause = f"{device.url}: its driver does not come back; the line was given up"
            entries.append(device.source.refused(at, cause))
        self._next_capture[name] = device.source.next_capture
        return entries + device.source.seal(at)

    def pause(self, cause: str) -> Entry:
        """Return the record that the recorder stops and the session stays open."""
        return self._entry(self._clock.now(), "session.pause", kinds.SessionPause(cause=cause))

    def reserve_given_up(self) -> Entry:
        """Return the record that the disk was full."""
        return self._entry(self._clock.now(), "storage", kinds.Storage(event="reserve_given_up"))

    def clock_entry(self, at: int, event: Any, step: int = 0, *, uncertain: bool = False) -> Entry:
        """Return a record about the logger's clock; *step* in microseconds."""
        kernel = self._clock.synchronisation()
        said = kinds.Clock(
            event=event,
            wall=moment(self._clock.wall()),
            step_s=step / SECOND if step else None,
            synchronised=kernel.synchronised,
            by=kernel.by,
            max_error_s=kernel.max_error_s,
            uncertain=uncertain,
        )
        return self._entry(at, "clock", said)

    def listen_again(self, had: Mapping[str, Device], since: int) -> None:
        """Start hearing devices again whose lines were ended, each as it was heard."""
        for name, one in had.items():
            self.listen(
                name,
                one.source.adapter.name,
                one.url,
                since,
                receive_only=one.receive_only,
                waves=one.waves,
            )

    def status(self) -> Iterator[dict[str, Any]]:
        """Yield how each device is heard."""
        for name, device in self.devices.items():
            heard, silent = device.source.heard_at, device.source.silent_since
            yield {
                "session": self.id,
                "source": name,
                "adapter": device.source.adapter.name,
                "url": device.url,
                "port": device.port,
                "connected": device.source.connected,
                "heard_at": None if heard is None else moment(heard).isoformat(),
                "silent_since": None if silent is None else moment(silent).isoformat(),
            }

    def _entry(self, at: int, kind: str, payload: kinds.Payload) -> Entry:
        return Entry(self.id, at, kind, "recorder", kinds.text_of(payload))


@dataclass(slots=True)
class _Taken:
    """Of each device the captures that a record opens or closes; of each capture what stands in a record."""

    opened: dict[str, set[int]] = field(default_factory=dict)
    closed: dict[str, set[int]] = field(default_factory=dict)
    spans: dict[tuple[str, int], list[Span]] = field(default_factory=dict)


def _taken(records: Sequence[Written]) -> _Taken:
    taken = _Taken()
    for record in records:
        if record.kind not in {"link", "reading", "unread", "wave"}:
            continue
        body = json.loads(record.payload)
        if body.get("event") == "capture_closed":
            taken.closed.setdefault(body["source"], set()).add(body["capture"])
        elif body.get("event") == "connected" and "capture" in body:
            taken.opened.setdefault(body["source"], set()).add(body["capture"])
        elif "offset" in body:
            spans = taken.spans.setdefault((body["source"], body["capture"]), [])
            begin, end = body["offset"], body["offset"] + body["length"]
            if spans and spans[-1][1] == begin:  # nearly always: so a long session takes no room
                begin = spans.pop()[0]
            spans.append((begin, end))
    return taken
