"""A simulated Nonin Avant 9600 on its real-time ASCII output: a header when it is switched on, then lines.

Source: Nonin Avant 9600 operator's manual. The header's words are assumed: no recording is public.
"""

from __future__ import annotations

from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Headed, Said, as_it_is
from devices.simulators.faults import CLOCK, FINGER
from devices.vocabulary import Vital

_AVERAGED = 4.0  # seconds that the numbers lag behind the finger


class Simulated(Headed):
    """One line a second; dashes while the finger is out."""

    faults: ClassVar = FINGER | CLOCK
    resealed = staticmethod(as_it_is)

    def record(self, t: float) -> list[Said]:
        """Return the line of second *t*, and the header before it where one is due."""
        header = f"FORMAT #1 {self.scene.clock(t):%m/%d/%y %H:%M:%S}\r\n".encode("ascii")
        return [*([Said(t, header)] if self.header_due(t) else []), self._line(t)]

    def _line(self, t: float) -> Said:
        if self.scene.no_finger(t):
            none = tuple(Reading(v, None, "absent", Quality.INVALID) for v in (Vital.SPO2, Vital.SPO2_PR))
            return Said(t, b"SPO2=--- HR=---\r\n", none)
        body = self.scene.finger(t, _AVERAGED)
        spo2, rate = round(body.spo2), round(body.hr)
        told = (Reading(Vital.SPO2, spo2), Reading(Vital.SPO2_PR, rate))
        return Said(t, f"SPO2={spo2:03d} HR={rate:03d}\r\n".encode("ascii"), told)
