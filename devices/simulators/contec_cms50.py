"""A simulated Contec CMS50D+ of firmware 4.6 or later: streams V7 packets once told to, and while told to.

Source: Contec communication protocol V7.0; headrotor's dialogue.
"""

from __future__ import annotations

from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Said
from devices.simulators.answering import Attended
from devices.simulators.faults import FINGER
from devices.simulators.finger import NO_RATE, NO_SPO2, SIGNAL, numbers, pleth, told, wave
from devices.vocabulary import Vital

_PACKETS = 60
_START, _STOP, _ALIVE = 0xA1, 0xA2, 0xAF
_SEARCHING_TOO_LONG = 0x10


class Simulated(Attended):
    """A second of packets, every second, until no keep-alive has come for a while."""

    faults: ClassVar = FINGER
    command: ClassVar = 9
    samples: ClassVar = 60

    def obey(self, command: int, now: float) -> None:
        """Start, stop, go on; other commands are ignored."""
        if command == _START:
            self.start(now)
        elif command == _ALIVE:
            self.attend(now)
        elif command == _STOP:
            self.stop()

    def record(self, t: float) -> list[Said]:
        """Return the packets of second *t*."""
        spo2, rate = numbers(self.scene, t)
        out = spo2 is None
        perfusion = 0xFFFF if out else round(self.scene.finger(t).perfusion * 100)
        signal = _SEARCHING_TOO_LONG if out else SIGNAL
        tail = [NO_RATE if rate is None else rate, NO_SPO2 if spo2 is None else spo2]
        steps = [0 if out else wave(self.scene, t, number, _PACKETS) for number in range(_PACKETS)]
        packets = (_packet([signal, step, 6, *tail, *_low_high(perfusion)]) for step in steps)
        value = (
            Reading(Vital.PERFUSION_INDEX, None, "searching", Quality.INVALID)
            if out
            else Reading(Vital.PERFUSION_INDEX, perfusion / 100)
        )
        numbers_told = (*told(self.scene, t, "searching"), value)
        return [Said(t, b"".join(packets), numbers_told, waves=(pleth(steps, out),))]


def _low_high(value: int) -> tuple[int, int]:
    return value & 0xFF, value >> 8


def _packet(payload: list[int]) -> bytes:
    highs = sum((byte >> 7) << place for place, byte in enumerate(payload))
    return bytes([0x01, 0x80 | highs, *(byte | 0x80 for byte in payload)])
