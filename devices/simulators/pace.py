"""How a record's bytes come along the line: at once, or byte by byte at the line's own speed.

A byte takes a start bit, its data bits, the parity bit, if there is one, and the stop bits: 10 or 11 in all
(8E1: 11). A UART hands over what its store holds, up to 16 bytes; a USB adapter 62 bytes, or what it has
after 16 ms (FTDI AN232B-04: a packet of 64 bytes has two of status). A pseudo-terminal has no RTS and CTS:
the fault ``rts_off`` and the control channel stand in for a logger that does not give its RTS.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator

from devices.contract import Link
from devices.simulators.actor import Said
from devices.simulators.faults import Fault
from devices.simulators.patient import chance_of

STORE = 16
"""Bytes of a UART's store (16550)."""
USB_PACKET, USB_WAITS = 62, 0.016
"""Bytes that an adapter hands over at once, and seconds after which it hands over fewer."""
JITTER = 0.02
"""Most seconds by which a byte comes late."""
OUTBOX = 8192
"""Bytes that a device keeps while it may not send; records that come then are lost whole. Assumed."""

_MODES = ("usb_latency", "chunks", "jitter", "mark_parity", "paced")
Piece = tuple[float, bytes | None, Said | None]
"""When, what (None: nothing, the record was lost), and the record that is over with it."""


class Pace:
    """The bytes that are on their way along one line."""

    def __init__(self, faults: Iterable[Fault], link: Link, seed: int) -> None:
        self._faults = [fault for fault in faults if fault.name in _MODES]
        self._blocks = [fault for fault in faults if fault.name == "rts_off"]
        self._bits = 1 + link.bits + (link.parity != "N") + link.stop
        self._link, self._seed = link, seed
        self._under_way: deque[Piece] = deque()
        self._held = 0
        self._free = 0.0  # second from which on the line is free
        self.rts = True

    def take(self, said: Said) -> None:
        """Take a record that the device sends; it is lost where there is no room for it."""
        if self._held + len(said.raw) > OUTBOX and self.blocked(said.at):
            self._under_way.append((self._under_way[-1][0], None, said))
            return
        begins = max(said.at, self._free)
        modes = [fault.name for fault in self._faults if fault.covers(said.at)]
        mode = next((mode for mode in _MODES if mode in modes), "")
        if not mode or not said.raw:
            pieces = [(begins, said.raw)]
        else:
            pieces = list(_pieces(mode, said.raw, self._times(mode, begins, said), self._seed))
        self._free = pieces[-1][0]
        self._held += len(said.raw)
        for number, (at, raw) in enumerate(pieces, 1):
            self._under_way.append((at, raw, said if number == len(pieces) else None))

    def due(self, now: float) -> float:
        """Return the second of the next bytes that reach the logger."""
        if not self._under_way:
            return math.inf
        if self.blocked(now):
            ends = (one.at + one.lasts for one in self._blocks if one.covers(now))
            return min(ends) if self.rts else math.inf
        return self._under_way[0][0]

    def reached(self, now: float) -> Iterator[tuple[bytes | None, Said | None]]:
        """Yield the bytes that reach the logger by second *now*, and the records that end with them.

        None with a record: it was lost.
        """
        while self._under_way and self._under_way[0][0] <= now and not self.blocked(now):
            _, raw, said = self._under_way.popleft()
            self._held -= len(raw or b"")
            yield raw, said

    def blocked(self, now: float) -> bool:
        """Return whether the device may not send: it has a handshake, and no RTS reaches it."""
        off = not self.rts or any(one.covers(now) for one in self._blocks)
        return off and self._link.handshake == "rtscts"

    def _times(self, mode: str, begins: float, said: Said) -> list[float]:
        """Return when each byte is whole."""
        ninth = mode == "mark_parity" and self._link.parity == "N"
        byte = (self._bits + ninth) / self._link.baud
        times = [begins + byte * number for number in range(1, len(said.raw) + 1)]
        if mode == "jitter":
            chance, last = chance_of(self._seed, "jitter", said.at), begins
            for place, time in enumerate(times):
                times[place] = last = max(last, time + chance.uniform(0, JITTER))
        return times


def _pieces(mode: str, raw: bytes, times: list[float], seed: int) -> Iterator[tuple[float, bytes]]:
    chance, at = chance_of(seed, mode, times[0]), 0
    while at < len(raw):
        if mode == "usb_latency":
            ends = at + 1
            while ends < min(len(raw), at + USB_PACKET) and times[ends] <= times[at] + USB_WAITS:
                ends += 1
            full = ends - at == USB_PACKET
            yield (times[ends - 1] if full else times[at] + USB_WAITS), raw[at:ends]
        else:
            ends = min(len(raw), at + (chance.randint(1, STORE) if mode == "chunks" else 1))
            yield times[ends - 1], raw[at:ends]
        at = ends
