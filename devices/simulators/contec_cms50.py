"""A simulated Contec CMS50D+ of firmware 4.6 or later: streams V7 packets once told to, and while told to.

Source: Contec communication protocol V7.0; headrotor's dialogue. After how long without a keep-alive it
stops is not documented: five seconds are assumed.
"""

from __future__ import annotations

import math
from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Said, Scene, Streaming
from devices.simulators.finger import NO_RATE, NO_SPO2, SIGNAL, numbers, told, wave
from devices.vocabulary import Vital

_PACKETS = 60
_PATIENCE = 5.0
_QUESTION = 9
_START, _STOP, _ALIVE = 0xA1, 0xA2, 0xAF
_SEARCHING_TOO_LONG = 0x10


class Simulated(Streaming):
    """A second of packets, every second, until no keep-alive has come for a while."""

    faults: ClassVar = frozenset({"probe_off", "power_cycle"})

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._heard = b""
        self._until = -math.inf
        self._next = math.inf

    def due(self) -> float:
        """Return the second of its next packets; infinite while nobody asked for them."""
        return self._next

    def send(self, until: float) -> list[Said]:
        """Return the packets up to second *until*."""
        said: list[Said] = []
        while (t := self._next) <= until:
            if t > self._until or self.scene.shows("power_cycle", t):
                self._next = math.inf
                break
            said += self.record(t)
            self._next = t + self.period
        return said

    def hear(self, raw: bytes, now: float) -> None:
        """Take commands of nine bytes: start, stop, keep alive; others are ignored."""
        if self.scene.shows("power_cycle", now):
            self._heard = b""
            return
        self._heard += raw
        while len(self._heard) >= _QUESTION:
            command, self._heard = self._heard[2], self._heard[_QUESTION:]
            if command == _STOP:
                self._next = math.inf
            elif command == _START and self._next == math.inf:
                self._next = now
            if command in (_START, _ALIVE):
                self._until = now + _PATIENCE

    def record(self, t: float) -> list[Said]:
        """Return the packets of second *t*."""
        spo2, rate = numbers(self.scene, t)
        out = spo2 is None
        perfusion = 0xFFFF if out else round(self.scene.patient.at(t).perfusion * 100)
        signal = _SEARCHING_TOO_LONG if out else SIGNAL
        tail = [NO_RATE if rate is None else rate, NO_SPO2 if spo2 is None else spo2]
        packets = (
            _packet([signal, 0 if out else wave(self.scene, t, n, _PACKETS), 6, *tail, *_low_high(perfusion)])
            for n in range(_PACKETS)
        )
        value = (
            Reading(Vital.PERFUSION_INDEX, None, "searching", Quality.INVALID)
            if out
            else Reading(Vital.PERFUSION_INDEX, perfusion / 100)
        )
        return [Said(t, b"".join(packets), (*told(self.scene, t, "searching"), value))]


def _low_high(value: int) -> tuple[int, int]:
    return value & 0xFF, value >> 8


def _packet(payload: list[int]) -> bytes:
    highs = sum((byte >> 7) << place for place, byte in enumerate(payload))
    return bytes([0x01, 0x80 | highs, *(byte | 0x80 for byte in payload)])
