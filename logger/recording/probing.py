"""`probe`: listens to a line and says which adapters understand it, how sure that is, and why not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import cast

from devices.addresses import line_of
from devices.contract import Adapter, AskingDecoder, Event, Frame, Link, Send, Unread
from devices.errors import PortError, PortGone, UsageError
from devices.misread import why_no_frame
from devices.ports import Port, open_port
from devices.registry import adapter

SURE = 3
"""Frames from which on an adapter is sure: one may be chance in a protocol without a checksum."""

PATIENCE = 0.1
"""Seconds of one read."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How one adapter understands a line.

    Attributes:
        link: the settings it was heard with.
        frames, readings: good records, and the values in them.
        read_bytes, all_bytes: bytes in good records, and all that arrived.
        asked: the device was sent what the adapter's allow-list permits, and nothing else.
    """

    adapter: str
    link: str
    frames: int
    readings: int
    read_bytes: int
    all_bytes: int
    asked: bool
    experimental: bool
    why: str

    @property
    def verdict(self) -> str:
        """Return ``understands``, ``perhaps``, ``no frame`` or ``silent``."""
        if not self.all_bytes:
            return "silent"
        if not self.frames:
            return "no frame"
        sure = self.frames >= SURE and self.read_bytes * 2 >= self.all_bytes
        return "understands" if sure else "perhaps"


def probe(url: str, known: Sequence[Adapter], seconds: float, tell: Callable[[str], None]) -> list[Heard]:
    """Listen to *url* with each line setting that an adapter has; return what each heard, the best first.

    A line setting whose adapters hear nothing is tried again with each of them asking in its turn.

    Args:
        url: of the device; see devices/addresses.py.
        known: the adapters to try.
        seconds: how long to listen each time.
        tell: takes one line about what is tried.

    Raises:
        PortError: the port can't be opened at all.
    """
    heard: list[Heard] = []
    set_there = [replace(one, link=line_of(url, one.link)) for one in known]
    for link, adapters in _by_link(set_there):
        tell(f"listening for {seconds:g} s at {link}")
        found = listen(url, adapters, seconds)
        heard += found
        if not any(one.all_bytes for one in found):
            for asking in (adapter for adapter in adapters if _asks(adapter)):
                tell(f"asking as {asking.name} at {link}")
                heard += listen(url, [asking], seconds, ask=True)
        if any(one.verdict == "understands" for one in heard):
            break
    best = {one.adapter: one for one in sorted(heard, key=_rank)}
    return sorted(best.values(), key=_rank, reverse=True)


def listen(url: str, adapters: Sequence[Adapter], seconds: float, *, ask: bool = False) -> list[Heard]:
    """Hear a line for *seconds* with the settings that *adapters* share; with *ask* the first one asks."""
    decoders = [(adapter, adapter.decoder()) for adapter in adapters]
    events: dict[str, list[Event]] = {adapter.name: [] for adapter in adapters}
    arrived = b""
    port = open_port(url, adapters[0], receive_only=not ask)
    try:
        if ask:
            _send(port, cast(AskingDecoder, decoders[0][1]).opening())
        for chunk in _chunks(port, seconds):
            arrived += chunk
            for adapter, decoder in decoders:
                events[adapter.name] += decoder.feed(chunk)
    finally:
        port.close()
    return [_heard(adapter, events[adapter.name], arrived, ask) for adapter in adapters]


def keep_bytes(url: str, adapter_name: str | None, baud: str, seconds: float, out: Path) -> int:
    """Write what arrives within *seconds* to the new file *out*, and send nothing; return how many bytes.

    Raises:
        UsageError: *baud* is no number, or *out* is there already.
        PortError: the port can't be opened, or the file not written.
    """
    if not baud.isdigit():
        raise UsageError(f"line {baud}: give a rate in baud, as 9600")
    model = adapter(adapter_name) if adapter_name else _listener(int(baud))
    kept = 0
    try:
        with out.open("xb") as file:
            port = open_port(url, model, receive_only=True)
            try:
                for chunk in _chunks(port, seconds):
                    kept += file.write(chunk)
            finally:
                port.close()
    except FileExistsError as error:
        raise UsageError(f"{out}: is there already; name a new file") from error
    except OSError as error:
        raise PortError(f"{out}: can't be written ({error.strerror}); name another file") from error
    return kept


def _listener(baud: int) -> Adapter:
    """Return an adapter that only gives a line its settings."""
    return replace(adapter("masimo_ascii1"), name="capture", link=Link(baud), may_send=())


def _chunks(port: Port, seconds: float) -> Iterator[bytes]:
    if port.waited:
        yield port.waited
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if chunk := port.read(PATIENCE):
                yield chunk
        except PortGone:
            return


def _send(port: Port, sends: Iterable[Send]) -> None:
    for send in sends:
        port.write(send.raw)


def _heard(model: Adapter, events: Sequence[Event], arrived: bytes, asked: bool) -> Heard:
    frames = [event for event in events if isinstance(event, Frame)]
    unread = [event for event in events if isinstance(event, Unread)]
    return Heard(
        model.name,
        str(model.link),
        len(frames),
        sum(len(frame.readings) for frame in frames),
        sum(len(frame.raw) for frame in frames),
        len(arrived),
        asked,
        model.experimental,
        _why(model, arrived, bool(frames), unread),
    )


def _why(adapter: Adapter, arrived: bytes, understood: bool, unread: Sequence[Unread]) -> str:
    if not arrived:
        asked = "; it speaks only when it is asked" if _asks(adapter) else ""
        return f"nothing arrives{asked}; is the device's output switched on?"
    if understood:
        return f"not read: {unread[-1].why}" if unread else "every byte was read"
    reason = unread[-1].why if unread else "no record ended"
    return f"{why_no_frame(arrived, adapter.link)} ({reason})"


def _asks(model: Adapter) -> bool:
    return hasattr(model.decoder(), "opening")


def _rank(heard: Heard) -> tuple[float, int]:
    share = heard.read_bytes / heard.all_bytes if heard.all_bytes else -1.0
    return share, heard.frames


def _by_link(known: Sequence[Adapter]) -> Iterator[tuple[Link, list[Adapter]]]:
    """Yield the line settings, those of most adapters first, each with its adapters."""

    def settings(adapter: Adapter) -> Link:
        return replace(adapter.link, period=1.0, silence=1.0)

    ordered = sorted(known, key=lambda adapter: str(settings(adapter)))
    groups = [(link, list(adapters)) for link, adapters in groupby(ordered, key=settings)]
    yield from sorted(groups, key=lambda group: -len(group[1]))
