"""A simulated Nonin 9560 set to data format #13: the finger goes in every 20 seconds for a spot check.

Source: Nonin 9560 specification, "Data Format #13".
"""

from __future__ import annotations

from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Said, Streaming
from devices.simulators.faults import CLOCK, FINGER
from devices.vocabulary import Vital

_NO_RATE, _NO_SPO2 = 511, 127
_NO_MEASUREMENT, _SMARTPOINT = 0x01, 0x02


class Simulated(Streaming):
    """One spot check every 20 s; without a finger it says that there was no measurement."""

    faults: ClassVar = FINGER | CLOCK
    period: ClassVar = 20.0

    def record(self, t: float) -> list[Said]:
        """Return the spot check of second *t*."""
        off, body, time = self.scene.no_finger(t), self.scene.finger(t), self.scene.clock(t)
        spo2, rate = (_NO_SPO2, _NO_RATE) if off else (round(body.spo2), round(body.hr))
        status = _NO_MEASUREMENT if off else _SMARTPOINT
        when = bytes.fromhex(f"{time:%Y%m%d%H%M%S}00")
        data = when + bytes([status, 0, rate >> 7, rate & 0x7F, 0, spo2])
        raw = b"\x00\x02\x00\x0d" + len(data).to_bytes(2, "big") + data + bytes([sum(data) & 0xFF, 3])
        if off:
            told = tuple(Reading(v, None, "absent", Quality.INVALID) for v in (Vital.SPO2, Vital.SPO2_PR))
        else:
            told = (Reading(Vital.SPO2, spo2), Reading(Vital.SPO2_PR, rate))
        return [Said(t, raw, told, device_time=time)]
