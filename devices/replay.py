"""A capture, given back record by record at the pace of the device that sent it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from devices.contract import Adapter, Decoder, Frame, Send
from devices.errors import PortGone, PortMissing, SendRefused

_BLOCK = 65536


def records(raw: bytes, decoder: Decoder) -> Iterator[bytes]:
    """Yield *raw* in pieces that each end with a frame; the last holds what follows the last frame.

    What holds no frame for long comes in pieces of its own.
    """
    piece: list[bytes] = []
    length = 0
    for start in range(0, len(raw), _BLOCK):
        for event in decoder.feed(raw[start : start + _BLOCK]):
            if isinstance(event, Send):
                continue
            piece.append(event.raw)
            length += len(event.raw)
            if isinstance(event, Frame) or length >= _BLOCK:
                yield b"".join(piece)
                piece, length = [], 0
    if last := b"".join(piece) + decoder.pending:
        yield last


class Replay:
    """A port that gives back a capture.

    The first record is there at once, each next one *period* / *speed* seconds later; speed 0 means as
    fast as it is read. What is sent to it goes nowhere. Raises `PortGone` after the last record.
    """

    identity: str | None = None
    waited: bytes = b""

    def __init__(
        self,
        file: str,
        adapter: Adapter,
        speed: float = 1.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        try:
            raw = Path(file).read_bytes()
        except OSError as error:
            raise PortMissing(
                f"{file}: the capture can't be read ({error.strerror}); check its path"
            ) from None
        self.name = f"replay:{file}"
        self._records = records(raw, adapter.decoder())
        self._adapter = adapter
        self._gap = adapter.link.period / speed if speed else 0.0
        self._clock, self._sleep = clock, sleep
        self._due = clock()
        self._closed = False

    def read(self, patience: float) -> bytes:
        """Return the next record if it is due within *patience* seconds, else b""."""
        wait = self._due - self._clock()
        if wait > 0:
            self._sleep(min(wait, patience))
            if wait > patience:
                return b""
        record = None if self._closed else next(self._records, None)
        if record is None:
            raise PortGone(f"{self.name}: the capture ended")
        self._due += self._gap
        return record

    def write(self, raw: bytes) -> None:
        """Swallow what the adapter may send; raises `SendRefused` for anything else."""
        if not self._adapter.permits(raw):
            raise SendRefused(f"{self.name}: {self._adapter.name} may not send {raw.hex(' ')}")

    def close(self) -> None:
        """End it."""
        self._closed = True
