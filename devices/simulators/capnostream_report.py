"""A simulated Capnostream 20p that writes a text report every 30 seconds, after a head.

Source: the columns' names in the operator's manual; how date and time are written is assumed.
"""

from __future__ import annotations

from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Said, Streaming, as_it_is
from devices.simulators.faults import CLOCK, FINGER
from devices.vocabulary import Vital

_HEAD = b"DATE\tTIME\tEtCO2\tFiCO2\tRR\tSpO2\tPR\tIPI\tALARMS\r\n"


class Simulated(Streaming):
    """One line every 30 s; blanks for what it does not have."""

    faults: ClassVar = FINGER | CLOCK
    resealed = staticmethod(as_it_is)
    period: ClassVar = 30.0

    def record(self, t: float) -> list[Said]:
        """Return the line of second *t*, after the head where it is the first."""
        body, time, off = self.scene.patient.at(t), self.scene.clock(t), self.scene.no_finger(t)
        finger = self.scene.finger(t)
        spo2, pulse = (None, None) if off else (round(finger.spo2), round(finger.hr))
        values = {
            Vital.ETCO2: round(body.etco2),
            Vital.FICO2: 0,
            Vital.CO2_RR: round(body.rr),
            Vital.SPO2: spo2,
            Vital.SPO2_PR: pulse,
            Vital.IPI: None if off else max(1, min(10, round(finger.spo2) - 88)),
        }
        columns = "\t".join("" if value is None else f"{value}" for value in values.values())
        told = tuple(
            Reading(vital, None, "absent", Quality.INVALID) if value is None else Reading(vital, value)
            for vital, value in values.items()
        )
        line = f"{time:%m/%d/%Y}\t{time:%H:%M:%S}\t{columns}\t\r\n".encode("ascii")
        return [*([Said(t, _HEAD)] if t == 0 else []), Said(t, line, told)]
