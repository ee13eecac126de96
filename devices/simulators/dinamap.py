"""A simulated DINAMAP PRO whose own timer starts the cuff: a slave on its host port, in ASCII.

Source: excerpts of GE 2010566; the reply's places as one open driver reads them. What its age counts is not
documented: minutes where the patient's seed is odd, seconds where it is even.
"""

from __future__ import annotations

from typing import ClassVar

from devices.contract import Reading
from devices.simulators.actor import Said
from devices.simulators.answering import Answering
from devices.simulators.faults import CYCLE
from devices.simulators.pressures import CUFF, told
from devices.vocabulary import Vital

_LONGEST = 40
_GOOD, _NONE, _ABORTED, _FAILED = 1, 0, 4, 5


class Simulated(Answering):
    """Answers for the last cuff reading, with an age that falls back, and for the rate."""

    faults: ClassVar = CYCLE

    @staticmethod
    def resealed(raw: bytes) -> bytes:
        """Return a message with its checksum made right."""
        return _message(raw[:-3].decode("ascii"))

    def question(self, heard: bytes) -> int:
        """Return the length up to the first CR; bytes without one are passed over."""
        end = heard.find(b"\r") + 1
        return end or (len(heard) if len(heard) > _LONGEST else 0)

    def answer(self, asked: bytes, now: float) -> list[Said]:
        """Return the answer to a known question; a command to start or to cancel is none."""
        if asked == b" NA!2\r":
            return [self._cuff(now)]
        if asked == b" RC!8\r":
            rate = round(self.scene.patient.at(now).hr)
            return [Said(now, _message(f" RC {rate:03d}"), (Reading(Vital.PULSE_GENERIC, rate),))]
        return []

    def _cuff(self, now: float) -> Said:
        last = self.scene.cuff_shown(now)
        if last is None or last.sys is None:
            status = _NONE if last is None else _ABORTED if last.aborted else _FAILED
            text = f" NA{status}00{0:04d}{0:03d}{0:03d}{0:03d}"
        else:
            unit = 60 if self.scene.patient.seed % 2 else 1
            age = min(9999, int(now - last.end) // unit)
            text = f" NA{_GOOD}00{age:04d}{last.sys:03d}{last.dia:03d}{last.map:03d}"
        return Said(now, _message(text), told(last, CUFF[:3]))


def _message(text: str) -> bytes:
    total = sum(ord(letter) - 0x1F for letter in text) & 0xFFF
    return f"{text}{chr((total >> 6) + 0x20)}{chr((total & 0x3F) + 0x20)}\r".encode("ascii")
