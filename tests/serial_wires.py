"""The wire between two serial ports, bit by bit: what a port reads that is set otherwise than the sender."""

from __future__ import annotations

import random
from bisect import bisect_right

from devices.contract import Link


def misread(raw: bytes, sent: Link, read: Link, *, seed: int = 1, resynchronises: bool = True) -> bytes:
    """Return what a port set to *read* makes of *raw*, which a port set to *sent* puts on the wire.

    Now and then the sender pauses. Bytes with a wrong parity or without a stop bit are given on as they are,
    as Linux does where nobody asks it to check. A missing stop bit is a new start bit (16550) where the port
    *resynchronises*, else it waits for the line to rest.
    """
    edges, levels = _wire(raw, sent, random.Random(seed))
    bit, now, end = 1 / read.baud, 0.0, edges[-1]
    bytes_read = bytearray()

    def level(at: float) -> int:
        return levels[bisect_right(edges, at) - 1]

    while True:
        place = bisect_right(edges, now)
        while place < len(edges) and levels[place]:
            place += 1
        start = edges[place] if place < len(edges) else end
        if start >= end:
            return bytes(bytes_read)
        while level(start + bit / 2) == 0:
            data = [level(start + (1.5 + number) * bit) for number in range(read.bits)]
            stop = start + (1.5 + read.bits + (read.parity != "N")) * bit
            bytes_read.append(sum(value << number for number, value in enumerate(data)))
            now = stop
            if level(stop) or not resynchronises or stop >= end:
                break
            start = stop - bit / 2
        else:
            now = start + bit / 2
        while not level(now) and now < end and not resynchronises:
            now += bit / 4


def _wire(raw: bytes, sent: Link, chance: random.Random) -> tuple[list[float], list[int]]:
    """Return the times at which the wire may change, and its level from each on; it rests at 1."""
    edges, levels, at, bit = [0.0], [1], 20 / sent.baud, 1 / sent.baud
    for byte in raw:
        data = [byte >> number & 1 for number in range(sent.bits)]
        parity = {"E": [sum(data) % 2], "O": [1 - sum(data) % 2], "M": [1], "S": [0], "N": []}[sent.parity]
        for value in [0, *data, *parity, *[1] * sent.stop]:
            edges.append(at)
            levels.append(value)
            at += bit
        at += bit * (chance.randrange(3, 40) if chance.random() < 0.05 else 0)
    edges.append(at + 20 * bit)
    levels.append(1)
    return edges, levels
