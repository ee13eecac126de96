"""A simulated Masimo Rad-8 whose serial port is set to ASCII 1.

Source: Masimo Rad-8 Operator's Manual, serial interface; the widths are those of published Rad-8 lines.
"""

from __future__ import annotations

from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Said, Streaming, as_it_is
from devices.simulators.faults import CLOCK, FINGER
from devices.vocabulary import Vital

_AVERAGED = 8.0  # seconds that the numbers lag behind the finger
_HOLDS = 10.0  # seconds for which the last numbers stay after the probe came off, as owners saw
_RUNNING, _LOW_PERFUSION, _SEARCHING, _SENSOR_OFF = 0x800, 0x004, 0x008, 0x020


class Simulated(Streaming):
    """One line a second; holds its numbers for a while when the probe is off, then sends dashes."""

    faults: ClassVar = FINGER | CLOCK | {"silent_mode"}
    resealed = staticmethod(as_it_is)

    def record(self, t: float) -> list[Said]:
        """Return the line of second *t*; none while the port is set to ASCII 2."""
        if self.scene.shows("silent_mode", t):
            return []
        off = self.scene.since("probe_off", t) if self.scene.shows("probe_off", t) else None
        low, lost = self.scene.shows("low_perfusion", t), self.scene.no_pulse(t)
        body = self.scene.finger(t - (off or 0.0), _AVERAGED)
        spo2, pulse = round(body.spo2), round(body.hr)
        perfusion = round(body.perfusion, 2)
        time, exceptions = self.scene.clock(t), _RUNNING
        if off is not None:
            exceptions |= _SENSOR_OFF
        elif lost:
            exceptions |= _SEARCHING
        elif low:
            exceptions |= _LOW_PERFUSION
        if lost or (off is not None and off >= _HOLDS):
            numbers = "SPO2=---% BPM=--- PI=--.--%"
            values: tuple[float | None, ...] = (None, None, None)
        else:
            numbers = f"SPO2={spo2:03d}% BPM={pulse:03d} PI={perfusion:05.2f}%"
            values = (spo2, pulse, perfusion)
        number = 91702 + self.scene.patient.seed
        line = (
            f"{time:%m/%d/%y %H:%M:%S} SN={number:010d} {numbers} DESAT=-- PIDELTA=+--"
            f" ALARM=0000 EXC={exceptions:06X}\r\n"
        )
        quality, reason = Quality.GOOD, None
        if off is not None:
            quality, reason = Quality.INVALID, "sensor_off"
        elif lost:
            quality, reason = Quality.INVALID, "searching"
        elif low:
            quality, reason = Quality.QUESTIONABLE, "low_perfusion"
        vitals = (Vital.SPO2, Vital.SPO2_PR, Vital.PERFUSION_INDEX)
        told = tuple(
            Reading(vital, value, reason, quality) for vital, value in zip(vitals, values, strict=True)
        )
        return [Said(t, line.encode("ascii"), told, device_time=time)]
