"""A simulated Nonin WristOx2 set to serial data format #8: four bytes a second, without a sum.

Source: Nonin WristOx2 3150 specification, "Data Format #8".
"""

from __future__ import annotations

from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Said, Streaming
from devices.simulators.faults import FINGER
from devices.vocabulary import Vital

_NO_RATE, _NO_SPO2 = 511, 127
_FIRST, _OUT_OF_TRACK, _LOW_PERFUSION, _ARTIFACT = 0x80, 0x20, 0x10, 0x04
_SMARTPOINT, _SENSOR_ALARM = 0x20, 0x08
_AVERAGED = 4.0  # seconds that the numbers lag behind the finger


class Simulated(Streaming):
    """One record a second; 511 and 127 under the sensor alarm while the finger is out."""

    faults: ClassVar = FINGER

    def record(self, t: float) -> list[Said]:
        """Return the record of second *t*."""
        off, low = self.scene.shows("probe_off", t), self.scene.shows("low_perfusion", t)
        lost, moves = self.scene.no_pulse(t), self.scene.shows("motion", t)
        body = self.scene.finger(t, _AVERAGED)
        values = (None, None) if off or lost else (round(body.spo2), round(body.hr))
        spo2, rate = (_NO_SPO2, _NO_RATE) if off or lost else (round(body.spo2), round(body.hr))
        first = _FIRST | rate >> 7 | (_LOW_PERFUSION if low else 0)
        first |= (_OUT_OF_TRACK if lost else 0) | (_ARTIFACT if moves else 0)
        last = _SENSOR_ALARM if off else _SMARTPOINT
        quality, reason = Quality.GOOD, None
        if off:
            quality, reason = Quality.INVALID, "sensor_off"
        elif lost:
            quality, reason = Quality.INVALID, "out_of_track"
        elif moves:
            quality, reason = Quality.QUESTIONABLE, "artifact"
        elif low:
            quality, reason = Quality.QUESTIONABLE, "low_perfusion"
        told = tuple(
            Reading(vital, value, reason, quality)
            for vital, value in zip((Vital.SPO2, Vital.SPO2_PR), values, strict=True)
        )
        return [Said(t, bytes([first, rate & 0x7F, spo2, last]), told)]
