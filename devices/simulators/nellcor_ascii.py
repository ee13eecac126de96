"""A simulated Nellcor N-560 that prints in ASCII mode: a line every 2 s, three header lines now and then.

Source: Nellcor N-560 manual, serial port; columns as in logs published by owners.
"""

from __future__ import annotations

from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Headed, Said, as_it_is
from devices.simulators.faults import CLOCK, FINGER
from devices.vocabulary import Vital

_HEADER = (
    "N-560    VERSION 1.57.00    CRC:3A7C  SpO2 Limit:  85-100%    PR Limit:  40-170BPM",
    "                         ADULT           25SAT-S",
    "TIME               %SpO2   BPM     PA      Status",
)
_SPO2_LIMITS, _PULSE_LIMITS = (85, 100), (40, 170)
_AVERAGED = 6.0  # seconds that the numbers lag behind the finger


class Simulated(Headed):
    """Prints its header when it is switched on, when told by the fault ``header``, and then its lines."""

    faults: ClassVar = FINGER | CLOCK
    resealed = staticmethod(as_it_is)
    period: ClassVar = 2.0

    def record(self, t: float) -> list[Said]:
        """Return what is printed at second *t*: one line, or the header before it."""
        header = _HEADER if self.header_due(t) else ()
        return [*(Said(t, f"{line}\r\n".encode("ascii")) for line in header), self._line(t)]

    def _line(self, t: float) -> Said:
        body, time = self.scene.finger(t, _AVERAGED), self.scene.clock(t)
        spo2, pulse, amplitude = round(body.spo2), round(body.hr), min(254, round(body.perfusion * 10))
        if self.scene.no_finger(t):
            off = self.scene.shows("probe_off", t)
            columns = f"   ---     ---     ---    {'SO' if off else 'LP'} {'':12}"
            values: tuple[float | None, ...] = (None, None, None)
            quality, reason = Quality.INVALID, "sensor_off" if off else "pulse_lost"
        else:
            low, fast = _star(spo2, _SPO2_LIMITS), _star(pulse, _PULSE_LIMITS)
            columns = f"   {spo2:3d}{low}    {pulse:3d}{fast}    {amplitude:3d} "
            values = (spo2, pulse, amplitude)
            quality, reason = Quality.GOOD, None
            if self.scene.shows("motion", t):
                columns += "   MO "
                quality, reason = Quality.QUESTIONABLE, "motion"
        told = (
            Reading(Vital.SPO2, values[0], reason, quality),
            Reading(Vital.SPO2_PR, values[1], reason, quality),
            Reading("local:nellcor_ascii:pulse_amplitude", values[2], reason, quality, unit="1"),
        )
        return Said(t, f"{time:%d-%b-%y %H:%M:%S}{columns}\r\n".encode("ascii"), told, device_time=time)


def _star(value: int, limits: tuple[int, int]) -> str:
    return " " if limits[0] <= value <= limits[1] else "*"
