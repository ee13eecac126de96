"""A simulated Datascope Accutorr 3 with cuff and SpO2: answers the letter P with one line.

Source: the document's field list: SpO2, pulse, systolic, MEAN, diastolic, three states, minutes.
"""

from __future__ import annotations

from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Said, as_it_is
from devices.simulators.answering import Answering
from devices.simulators.faults import CYCLE, FINGER
from devices.simulators.pressures import told
from devices.vocabulary import Vital


class Simulated(Answering):
    """Dashes for what is off, and the minutes since the last cycle."""

    faults: ClassVar = FINGER | CYCLE
    resealed = staticmethod(as_it_is)

    def question(self, heard: bytes) -> int:
        """Return 1: a question is one letter."""
        return 1

    def answer(self, asked: bytes, now: float) -> list[Said]:
        """Return the line, if P was asked for."""
        if asked != b"P":
            return []
        body, last = self.scene.finger(now), self.scene.cuff_shown(now)
        good = last if last is not None and last.sys is not None else None
        spo2 = None if self.scene.no_finger(now) else round(body.spo2)
        pulse = round(body.hr)
        pressures = (good.sys, good.map, good.dia) if good else (None, None, None)
        minutes = f"{int(now - good.end) // 60:2d}" if good else "  "
        fields = ",".join("--" if value is None else f"{value:3d}" for value in (spo2, pulse, *pressures))
        off = Reading(Vital.SPO2, None, "absent", Quality.INVALID)
        readings = (
            off if spo2 is None else Reading(Vital.SPO2, spo2),
            Reading(Vital.PULSE_GENERIC, pulse),
            *told(good, (Vital.NIBP_SYS, Vital.NIBP_MAP, Vital.NIBP_DIA)),
        )
        return [Said(now, f"P:{fields},000,010,000,{minutes}\r\n".encode("ascii"), readings)]
