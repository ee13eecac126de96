"""A simulated Nonin OEM III module: serial data format #2, three packets of 25 frames a second.

Source: Nonin OEM III specification, "Serial Data Format #2".
"""

from __future__ import annotations

from typing import ClassVar

from devices.contract import Quality, Reading, Wave
from devices.simulators.actor import Said, Streaming
from devices.simulators.faults import FINGER
from devices.simulators.patient import Truth
from devices.simulators.waveforms import waveforms
from devices.vocabulary import Vital, WaveName

_HOLDS = 10.0  # seconds for which display values stay after the finger is out
_NO_RATE, _NO_SPO2 = 511, 127
_FLAT = 127  # what the pleth shows without a finger
_ALWAYS, _ARTIFACT, _OUT_OF_TRACK, _SENSOR_ALARM, _RED, _SYNC = 0x80, 0x20, 0x10, 0x08, 0x04, 0x01
_RATES = (("", 0, 4.0), ("extended", 13, 8.0), ("display", 19, 4.0), ("extended_display", 21, 8.0))
_SATURATIONS = (
    *(("", 2, 4.0), ("display", 8, 4.0), ("fast", 9, 2.0)),
    *(("beat_to_beat", 10, 0.0), ("extended", 15, 8.0), ("extended_display", 16, 8.0)),
)


class Simulated(Streaming):
    """One packet every third of a second; the averages of 4 and 8 beats lag behind the finger."""

    faults: ClassVar = FINGER
    period: ClassVar = 1 / 3
    samples: ClassVar = 25

    def record(self, t: float) -> list[Said]:
        """Return the packet that begins at second *t*."""
        off = self.scene.since("probe_off", t) if self.scene.shows("probe_off", t) else None
        values, told = [0] * 25, []
        for variant, place, lag in _RATES:
            rate = self._shown(t, round(self._body(t, lag, off).hr), off, variant)
            code = _NO_RATE if rate is None else rate
            values[place], values[place + 1] = code >> 7, code & 0x7F
            told.append(self._told(Vital.SPO2_PR, rate, variant, t))
        for variant, place, lag in _SATURATIONS:
            spo2 = self._shown(t, round(self._body(t, lag, off).spo2), off, variant)
            values[place] = _NO_SPO2 if spo2 is None else spo2
            told.append(self._told(Vital.SPO2, spo2, variant, t))
        values[3] = 48  # the module's firmware
        timer = round((t - self.scene.switched_on(t)) * 3) & 0x3FFF
        values[5], values[6] = timer >> 7, timer & 0x7F
        status = _ALWAYS | (_SENSOR_ALARM if off is not None else 0)
        status |= _RED if self.scene.shows("low_perfusion", t) else 0
        status |= _OUT_OF_TRACK if self.scene.no_pulse(t) else 0
        status |= _ARTIFACT if self.scene.shows("motion", t) else 0
        flat = self.scene.no_finger(t)
        pulse = waveforms(self.scene.patient)
        steps = [_FLAT if flat else 30 + round(150 * pulse.pulse(t + place / 75)) for place in range(25)]
        frames = (
            _frame(status | (0 if place else _SYNC), step, value)
            for place, (step, value) in enumerate(zip(steps, values, strict=True))
        )
        samples = tuple(None if status & _SENSOR_ALARM else step for step in steps)
        return [Said(t, b"".join(frames), tuple(told), waves=(Wave(WaveName.PLETH, samples, 75.0),))]

    def _body(self, t: float, lag: float, off: float | None) -> Truth:
        return self.scene.finger(t - (off or 0.0), lag)

    def _shown(self, t: float, value: int, off: float | None, variant: str) -> int | None:
        held = variant.endswith("display") and off is not None and off < _HOLDS
        return value if (off is None and not self.scene.no_pulse(t)) or held else None

    def _told(self, vital: str, value: int | None, variant: str, t: float) -> Reading:
        if self.scene.shows("probe_off", t):
            return Reading(vital, value, "sensor_off", Quality.INVALID, variant)
        if self.scene.no_pulse(t):
            return Reading(vital, None, "searching", Quality.INVALID, variant)
        if self.scene.shows("motion", t):
            return Reading(vital, value, "artifact", Quality.QUESTIONABLE, variant)
        if self.scene.shows("low_perfusion", t):
            return Reading(vital, value, "low_perfusion", Quality.QUESTIONABLE, variant)
        return Reading(vital, value, variant=variant)


def _frame(status: int, step: int, value: int) -> bytes:
    frame = bytes([1, status, step, value])
    return frame + bytes([sum(frame) & 0xFF])
