"""A simulated SunTech Advantage module whose own timer starts the cuff; it answers what it is asked.

Source: SunTech OEM protocol as open readers use it. Which code a failed cycle leaves is not public: 2 is
assumed, and 3 for one that was aborted.
"""

from __future__ import annotations

import struct
from typing import ClassVar

from devices.simulators.actor import Said
from devices.simulators.answering import Answering
from devices.simulators.cuff import Cycle
from devices.simulators.faults import CYCLE
from devices.simulators.patient import chance_of
from devices.simulators.pressures import told

_READING, _PRESSURE = b"\x79\x03", b"\x79\x05"
_FAILED, _ABORTED = 2, 3


class Simulated(Answering):
    """Answers for the cuff's pressure and for the last reading."""

    faults: ClassVar = CYCLE

    def question(self, heard: bytes) -> int:
        """Return the length of the question that *heard* begins with; other bytes are passed over."""
        if heard[0] != 0x3A:
            return 1
        size = 5 if heard[1:2] == b"\x79" else 3
        return size if len(heard) >= size else 0

    def answer(self, asked: bytes, now: float) -> list[Said]:
        """Return the answer to one of the two questions."""
        if sum(asked) & 0xFF:
            return []
        if asked[1:3] == _PRESSURE:
            pressure = 150 if self.scene.cuff.measuring(now) else 0
            return [Said(now, _answer(struct.pack("<H", pressure)))]
        if asked[1:3] != _READING:
            return []
        last = self.scene.cuff_shown(now)
        return [Said(now, _answer(_reading(self.scene.patient.seed, last)), told(last))]


def _reading(seed: int, last: Cycle | None) -> bytes:
    if last is None or last.sys is None or last.dia is None or last.map is None or last.pulse is None:
        error = 0 if last is None else _ABORTED if last.aborted else _FAILED
        return struct.pack("<HHBB8xBxHB2x", 0, 0, 0, 0, 0, 0, error)
    beats = chance_of(seed, "beats", last.start).randrange(18, 60)
    return struct.pack("<HHBB8xBxHB2x", last.sys, last.dia, beats, 0, last.pulse, last.map, 0)


def _answer(content: bytes) -> bytes:
    head = bytes([0x3E, len(content) + 3]) + content
    return head + bytes([-sum(head) & 0xFF])
