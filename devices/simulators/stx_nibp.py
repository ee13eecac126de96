"""A simulated SINNOR pressure module whose own timer starts the cuff; it answers the question for its status.

Source: the SINNOR and Medlab NIBScan serial guides. Errors 05 for a failed cycle and
08 for one that was aborted are assumed.
"""

from __future__ import annotations

from typing import ClassVar

from devices.simulators.actor import Said
from devices.simulators.answering import Answering
from devices.simulators.faults import CYCLE
from devices.simulators.pressures import told

_ASKED = b"\x0218;;DF\x03"
_LONGEST = 16


class Simulated(Answering):
    """Says the last cycle again and again; at work the cuff's pressure before it, 999 after it."""

    faults: ClassVar = CYCLE
    _worked = False

    @staticmethod
    def resealed(raw: bytes) -> bytes:
        """Return a status with its sum made right; a line of the cuff's pressure has none."""
        if raw[:1] != b"\x02":
            return raw
        text = raw[1:-4]
        return b"\x02" + text + b"%02X\x03\r" % (sum(text) & 0xFF)

    def question(self, heard: bytes) -> int:
        """Return the length up to the first ETX; bytes without one are passed over."""
        end = heard.find(b"\x03") + 1
        return end or (len(heard) if len(heard) > _LONGEST else 0)

    def answer(self, asked: bytes, now: float) -> list[Said]:
        """Return the lines that the question for the status finds."""
        if asked != _ASKED:
            return []
        busy, last = self.scene.cuff.measuring(now), self.scene.cuff_shown(now)
        line = b"150C0S3\r" if busy else b"999\r" if self._worked else b""
        self._worked = busy
        if last is None or last.sys is None:
            numbers = "P---------;R---"
        else:
            numbers = f"P{last.sys:03d}{last.dia:03d}{last.map:03d};R{last.pulse:03d}"
        failed = last is not None and last.sys is None
        error = "00" if not failed else "08" if last is not None and last.aborted else "05"
        text = f"S{3 if busy else 1};A0;C00;M{error};{numbers};T0000;;"
        status = f"\x02{text}{sum(text.encode('ascii')) & 0xFF:02X}\x03\r".encode("ascii")
        states = ("nibp_measuring",) if busy else ()
        lines = [Said(now, line, (), states)] if line else []
        return [*lines, Said(now, status, told(last), states)]
