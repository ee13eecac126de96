"""One device of one session as the recorder hears it: chunks of bytes become entries for the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from devices.contract import (
    Adapter,
    AskingDecoder,
    Event,
    Frame,
    LeavingDecoder,
    Send,
    Unread,
    completed,
)
from devices.vocabulary import NIBP, PumpValue
from logger import kinds
from logger.clock import SECOND, moment
from logger.kinds import canonical
from logger.ledger.capture import Capture, Sealed, Span, uncovered
from logger.ledger.models import Entry, Written
from logger.recording.bodies import joined, value_of
from logger.recording.cuff import Cuffs
from logger.recording.device_clock import DeviceClock
from logger.recording.pump import PumpWatch
from logger.recording.strange import StrangeBytes
from logger.recording.waves import Place, WaveBlocks

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes as a port gave them; *at* is their arrival, *uncertain* why that time is not to be trusted."""

    raw: bytes
    at: int
    uncertain: str | None = None


class Source:
    """A device in a session.

    Attributes:
        name: what records call it.
        heard_at: when its last frame came, None before the first; microseconds UTC.
        silent_since: since when it is not heard, None while it is.
        connected: its port is open.
        next_capture: the least number of the capture of its next connection.
    """

    def __init__(
        self,
        session: str,
        name: str,
        adapter: Adapter,
        *,
        opened_at: int,
        zone: ZoneInfo,
        folder: Path,
        make_room: Callable[[], bool],
        speed: float = 1.0,
        next_capture: int = 0,
    ) -> None:
        self.next_capture = next_capture
        self.session, self.name, self.adapter = session, name, adapter
        self._folder, self._make_room = folder, make_room
        self._cuffs = Cuffs(opened_at)
        self._pump = PumpWatch() if PumpValue.FLOW_RATE in adapter.vitals else None
        self._waves = WaveBlocks(name, speed)
        self._decoder = adapter.decoder()
        self._capture: Capture | None = None
        self._last: Chunk | None = None
        self._offset, self._opened_at = 0, opened_at
        self._clock = DeviceClock(zone)
        self._device_id = ""
        self.heard_at: int | None = None
        self.silent_since: int | None = opened_at
        self.connected = False
        self._failed = self._failure_said = ""
        self._strange = StrangeBytes()

    # What happens on the line.

    def connect(self, at: int, port: str, identity: str | None, waited: bytes) -> list[Entry]:
        """The port is open; *waited* are the bytes that lay in the driver before."""
        self._decoder, self._offset, self._opened_at = self.adapter.decoder(), 0, at
        self._last = None
        self._strange.forget()
        self._capture = Capture(self._folder, self.name, self._make_room, self.next_capture)
        self.next_capture = self._capture.number + 1
        self._clock.forget()
        self.connected = True
        entries = [self._link(at, "connected", port=port, identity=identity, capture=self._capture.number)]
        if waited:
            self._capture.keep(waited, at)
            entries.append(
                self._unread(at, Unread(waited, "waited before the port was opened; arrival unknown"))
            )
        return entries

    def asks(self, at: int) -> list[Send]:
        """Return what to send to the device now; *at* the moment of opening it is the opening."""
        if not self._may_ask:
            return []
        asking = cast(AskingDecoder, self._decoder)
        if at == self._opened_at:
            return self._given(asking.opening)
        return self._given(lambda: asking.due((at - self._opened_at) / SECOND))

    def stops(self) -> list[Send]:
        """Return what to send before the line is given up."""
        leaving = self.connected and hasattr(self._decoder, "stop")
        return self._given(cast(LeavingDecoder, self._decoder).stop) if leaving else []

    def _given(self, act: Callable[[], list[T]]) -> list[T]:
        """Return what the decoder gives; one that raises gives nothing, and the record says so."""
        try:
            return act()
        except Exception as error:  # a decoder's fault must not stop the other devices
            if not self._failed:
                self._failed = f"the decoder failed: {type(error).__name__}; nothing is asked or answered"
            return []

    def keep(self, chunk: Chunk) -> None:
        """Keep a chunk's bytes in the raw capture."""
        assert self._capture is not None  # noqa: S101  the line thread connects before it reads
        self._capture.keep(chunk.raw, chunk.at)

    def drop(self) -> None:
        """Let go of the capture; it is closed by a record later, as one that was `left_behind`."""
        if self._capture is not None:
            self._capture.drop()

    def hear(self, chunk: Chunk) -> tuple[list[Entry], list[Send]]:
        """Keep a chunk's bytes and return the entries and answers that they make."""
        self.keep(chunk)
        self._last = chunk
        self._strange.came(chunk.raw, chunk.at)
        try:
            events = self._decoder.feed(chunk.raw)
        except Exception as error:  # a decoder's fault must not stop the other devices; the record names it
            self._decoder = self.adapter.decoder()
            # What the new decoder hears first may have been said before.
            self._cuffs.line_back(self.heard_at or self._cuffs.counts_from)
            return self._rest(chunk.at, f"the decoder failed: {type(error).__name__}"), []
        return self._recorded(events, chunk)

    def _rest(self, at: int, why: str) -> list[Entry]:
        """Return the record of the bytes that arrived and stand in no record yet."""
        assert self._capture is not None  # noqa: S101  bytes come from a connection only
        length = self._capture.size - self._offset
        said = {"v": 1, "source": self.name, "why": why}
        return [self._entry(at, "unread", said | self._place(length))] if length else []

    def _recorded(
        self, events: Sequence[Event], chunk: Chunk, *, heard: bool = True
    ) -> tuple[list[Entry], list[Send]]:
        entries: list[Entry] = []
        sends: list[Send] = []
        self._waves.expect(events)
        for event in joined(events):
            if isinstance(event, Send):
                sends.append(event)
            elif isinstance(event, Unread):
                entries.append(self._unread(chunk.at, event))
            else:
                entries += self._heard(chunk.at) if heard else []
                entries += self._identified(chunk.at, event.device_id)
                entries += self._device_clock(chunk, event)
                entries += self._frame(chunk, event)
                entries += self._pump_said(chunk.at, event)
        return entries, sends

    def lose(self, at: int, cause: str) -> list[Entry]:
        """The line ended: close its capture and say since when nothing came."""
        entries = self.seal(at)  # first: what the end completes was heard before the silence
        return entries + self._fall_silent(at, "lost", cause)

    def seal(self, at: int) -> list[Entry]:
        """Close the connection's capture; what the decoder still held is one unread fragment."""
        if self._capture is None:
            return []
        entries = self._completed(at)
        entries += self._rest(at, "unfinished when the line ended")
        entries += self._wave_entries(at, self._waves.close())
        entries.append(self.capture_closed(at, self._capture.seal()))
        self._capture, self.connected = None, False
        return entries

    def _completed(self, at: int) -> list[Entry]:
        """Return what the end of the line completes: it came with the last bytes, and ends no silence.

        Nothing where those came long ago: a record is stamped no earlier than the ones before it, and what is
        completed so late would be a reading of a moment at which nothing was heard.
        """
        if self._last is None or at - self._last.at > self.adapter.link.silence * SECOND:
            return []
        events = self._given(lambda: completed(self._decoder))
        entries, _ = self._recorded(events, replace(self._last, raw=b""), heard=False)
        return entries

    def check_silence(self, at: int, limit: int) -> list[Entry]:
        """Say so where no frame came for *limit* microseconds on an open line, once for each cause of it."""
        entries = []
        if self._failed and self._failed != self._failure_said:
            self._failure_said = self._failed
            entries.append(self.refused(at, self._failed))
        last = max(self.heard_at or 0, self._opened_at)
        known = self._strange.known(at - limit)
        if not self.connected or at - last <= limit or known <= self._strange.said:
            return entries
        self._strange.said = known
        return entries + self._fall_silent(at, "silent", self._strange.cause(self.adapter.link))

    def resume(self, records: Sequence[Written], since: int) -> None:
        """The recorder itself was away since *since*; *records* are the session's so far."""
        self.silent_since = since
        for record in records:
            if f'"source":"{self.name}"' not in record.payload:
                continue
            if record.kind == "device" and '"event":"attached"' in record.payload:
                self._device_id = ""
                self._another_device(record.at)
            elif record.kind == "link":
                link = kinds.Link.model_validate_json(record.payload)
                if link.event == "identified":
                    self._device_id = link.identity or ""
                    if link.cause:
                        self._another_device(record.at)
            elif record.kind == "reading":
                said = kinds.ReadingPayload.model_validate_json(record.payload)
                self._cuffs.remember(said.readings)
                if self._pump:
                    self._pump.hear(record.at, said.readings, said.states, said.flags)
        self._cuffs.line_back(since)

    def left_behind(self, at: int, capture: Sealed, recorded: Sequence[Span]) -> list[Entry]:
        """Return the records of a capture that a killed recorder left; *recorded* of it stands in some."""
        said = {"v": 1, "source": self.name, "capture": capture.number}
        said["why"] = "arrived before the recorder ended, and was not recorded then"
        unread = [
            self._entry(at, "unread", said | {"offset": begin, "length": end - begin})
            for begin, end in uncovered(capture.bytes, recorded)
        ]
        return [*unread, self.capture_closed(at, capture)]

    def capture_closed(self, at: int, capture: Sealed) -> Entry:
        """Return the record that closes a capture."""
        return self._link(
            at,
            "capture_closed",
            capture=capture.number,
            file=capture.file,
            bytes=capture.bytes,
            sha256=capture.sha256,
            cause=capture.fault,
        )

    def capture_gone(self, at: int, number: int) -> Entry:
        """Return the record that closes a capture that an earlier recorder began, and whose file is gone."""
        file = self._folder / f"{self.name}-{number}.bytes"
        cause = f"{file}: it is not there any more; bring it back, or write down who took it away"
        return self._link(at, "capture_closed", capture=number, cause=cause)

    def refused(self, at: int, cause: str) -> Entry:
        """Return the record that says why the port can't be opened, or why bytes were not sent."""
        return self._link(at, "refused", cause=cause)

    def _fall_silent(self, at: int, event: str, cause: str) -> list[Entry]:
        self._strange.said = max(self._strange.said, 1)
        if self.silent_since is None:
            self.silent_since = self.heard_at or self._cuffs.counts_from
            self._cuffs.line_back(self.silent_since)
        silent = self._link(at, event, cause=cause, since=moment(self.silent_since).isoformat())
        return [*self._wave_entries(at, self._waves.close()), silent]

    def _heard(self, at: int) -> list[Entry]:
        silent, self.heard_at, self.silent_since = self.silent_since, at, None
        self._strange.understood()
        if silent is None:
            return []
        return [self._link(at, "heard", since=moment(silent).isoformat())]

    @property
    def _may_ask(self) -> bool:
        return hasattr(self._decoder, "due")

    # What is recorded.

    def _frame(self, chunk: Chunk, frame: Frame) -> list[Entry]:
        """Return the record of a frame, and those of the blocks of waves that it completes.

        A frame of nothing but waves has no record of its own: its blocks name its bytes.
        """
        place = self._place(len(frame.raw))
        bytes_of = Place(place["capture"], place["offset"], place["offset"] + place["length"])
        waves = self._wave_entries(chunk.at, self._waves.take(frame, chunk.at, bytes_of, chunk.uncertain))
        if frame.waves and not frame.readings and not frame.states:
            return waves
        payload: dict[str, Any] = {"v": 1, "source": self.name, "readings": self._values(chunk.at, frame)}
        payload |= place
        if frame.device_time is not None:
            payload["device_time"] = frame.device_time.isoformat()
        if frame.states:
            payload["states"] = list(frame.states)
        if frame.raw_flags:
            payload["flags"] = dict(frame.raw_flags)
        if chunk.uncertain:
            payload["uncertain"] = chunk.uncertain
        return [self._entry(chunk.at, "reading", payload), *waves]

    def _wave_entries(self, at: int, blocks: Sequence[dict[str, Any]]) -> list[Entry]:
        return [self._entry(at, "wave", block) for block in blocks]

    def _pump_said(self, at: int, frame: Frame) -> list[Entry]:
        """Return what a pump's frame, the last that was placed, says for the first time."""
        if self._pump is None or self._capture is None:
            return []
        facts = self._pump.hear(at, frame.readings, frame.states, frame.raw_flags)
        place = {"capture": self._capture.number, "offset": self._offset - len(frame.raw)}
        return [
            self._entry(at, fact.kind, {"v": 1, "source": self.name, **place, **fact.said}) for fact in facts
        ]

    def _values(self, at: int, frame: Frame) -> list[dict[str, Any]]:
        cycles = self._cuffs.judge(at, frame)
        return [
            value_of(reading, cycles.get(reading.variant) if reading.vital in NIBP else None)
            for reading in frame.readings
        ]

    def _identified(self, at: int, said: str) -> list[Entry]:
        """Say which device is on the line, the first time and where it is another one.

        What another device holds of its cuff is another patient's: nothing before this moment counts here,
        nor after a restart.
        """
        before = self._device_id
        if said in ("", before):
            return []
        self._device_id = said
        if not before:
            return [self._link(at, "identified", identity=said)]
        self._another_device(at)
        self._clock.forget()
        cause = f"another device is on this line: it says that it is {said}, the one before was {before}"
        return [self._link(at, "identified", identity=said, cause=cause)]

    def _another_device(self, at: int) -> None:
        """Forget the cuff and the pump of the device that was there before *at*."""
        self._cuffs = Cuffs(at)
        self._pump = PumpWatch() if self._pump else None

    def _device_clock(self, chunk: Chunk, frame: Frame) -> list[Entry]:
        if frame.device_time is None or chunk.uncertain:
            return []
        offset = self._clock.hear(chunk.at, frame.device_time)
        if offset is None:
            return []
        return [self._link(chunk.at, "device_clock", offset_s=round(offset.seconds, 1), cause=offset.cause)]

    def _unread(self, at: int, event: Unread) -> Entry:
        return self._entry(
            at, "unread", {"v": 1, "source": self.name, "why": event.why, **self._place(len(event.raw))}
        )

    def _place(self, length: int) -> dict[str, int]:
        assert self._capture is not None  # noqa: S101  bytes come from a connection only
        place = {"capture": self._capture.number, "offset": self._offset, "length": length}
        self._offset += length
        return place

    def _link(self, at: int, event: str, **more: Any) -> Entry:
        said = {name: value for name, value in more.items() if value is not None}
        return self._entry(at, "link", {"v": 1, "source": self.name, "event": event, **said})

    def _entry(self, at: int, kind: str, payload: dict[str, Any]) -> Entry:
        return Entry(self.session, at, kind, self.adapter.name, canonical(payload))
