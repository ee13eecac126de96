"""A simulated Capnostream 20p on its binary host port: streams when enabled, started, and kept company.

Source: open readers of the host protocol.
"""

from __future__ import annotations

import struct
from datetime import datetime
from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Said, Scene
from devices.simulators.answering import Attended
from devices.simulators.faults import CLOCK, FINGER
from devices.vocabulary import Vital

_ENABLE, _DISABLE, _START, _STOP = 1, 2, 4, 5
_NONE = 0xFF
_SENSOR_OFF, _NO_PULSE = 0x20, 0x01
_SAMPLES = 20
_LIMITS = bytes([60, 15, 30, 6, 8, 100, 85, 140, 50])


class Simulated(Attended):
    """Twenty samples of CO2 and one record of numbers, every second."""

    faults: ClassVar = FINGER | CLOCK
    command: ClassVar = 4
    samples: ClassVar = 20

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._greetings: list[Said] = []

    def due(self) -> float:
        """Return the second of its next record; infinite while nobody asked for the stream."""
        return self._greetings[0].at if self._greetings else super().due()

    def send(self, until: float) -> list[Said]:
        """Return who it is, where it was enabled, and its records up to second *until*."""
        greetings, self._greetings = self._greetings, []
        return [*greetings, *super().send(until)]

    def obey(self, command: int, now: float) -> None:
        """Say who it is, start, stop; every command is a sign of life."""
        self.attend(now)
        if command == _ENABLE:
            self._greetings.append(
                Said(
                    now,
                    frame(
                        4, f"V45.67 02/24/2008 B3{55986244 + self.scene.patient.seed:08d}  ".encode("ascii")
                    ),
                )
            )
        elif command == _START:
            self.start(now)
        elif command in (_STOP, _DISABLE):
            self.stop()

    def record(self, t: float) -> list[Said]:
        """Return the waves and the numbers of second *t*, as one record."""
        body, time, off = self.scene.patient.at(t), self.scene.clock(t), self.scene.no_finger(t)
        why, alarm = (
            ("sensor_off", _SENSOR_OFF) if self.scene.shows("probe_off", t) else ("no_pulse", _NO_PULSE)
        )
        finger = self.scene.finger(t)
        etco2, breaths = round(body.etco2), round(body.rr)
        spo2, pulse = (None, None) if off else (round(finger.spo2), round(finger.hr))
        waves = b"".join(
            frame(0, bytes([n % 256, max(0, round(body.etco2 * _breath(t + n / _SAMPLES, body.rr))), 0, 0]))
            for n in range(_SAMPLES)
        )
        seconds = int((time - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001  # it has no zone
        numbers = [_NONE if value is None else value for value in (etco2, 0, breaths, spo2, pulse)]
        payload = struct.pack(">I", seconds) + bytes([*numbers, 0x80, 0, 0, 0, 0, alarm if off else 0, 0])
        payload += _LIMITS + bytes([1, 0])
        told = (
            Reading(Vital.ETCO2, etco2),
            Reading(Vital.FICO2, 0),
            Reading(Vital.CO2_RR, breaths),
            *(
                Reading(vital, None, why, Quality.INVALID) if off else Reading(vital, value)
                for vital, value in ((Vital.SPO2, spo2), (Vital.SPO2_PR, pulse))
            ),
        )
        return [Said(t, waves + frame(1, payload), told, device_time=time)]


def frame(code: int, payload: bytes) -> bytes:
    """Return a message as it goes over the line."""
    body = bytes([len(payload) + 1, code]) + payload
    check = 0
    for byte in body:
        check ^= byte
    plain = body + bytes([check])
    return b"\x85" + plain.replace(b"\x80", b"\x80\x00").replace(b"\x85", b"\x80\x05")


def _breath(t: float, rate: float) -> float:
    """Return the share of the end-tidal value that is in the line: a third of a breath is breathed in."""
    return 1.0 if t * rate / 60 % 1 > 1 / 3 else 0.0
