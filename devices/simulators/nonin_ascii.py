"""A simulated Nonin Avant 9600 on its real-time ASCII output: a header when it is switched on, then lines.

Source: Nonin Avant 9600 operator's manual. The header's words are assumed: no recording is public.
"""

from __future__ import annotations

from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Said, Scene, Streaming
from devices.vocabulary import Vital

_AVERAGED = 4.0  # seconds that the numbers lag behind the finger


class Simulated(Streaming):
    """One line a second; dashes while the finger is out."""

    faults: ClassVar = frozenset({"probe_off", "header", "power_cycle"})

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._headers = [0.0, *scene.moments("header")]
        self._on_since = 0.0

    def record(self, t: float) -> list[Said]:
        """Return the line of second *t*, and the header before it where one is due."""
        said = []
        if self._on_since != (on := self.scene.switched_on(t)):
            self._on_since = on
            self._headers.append(t)
        if any(due <= t for due in self._headers):
            self._headers = [due for due in self._headers if due > t]
            header = f"FORMAT #1 {self.scene.clock(t):%m/%d/%y %H:%M:%S}\r\n"
            said = [Said(t, header.encode("ascii"))]
        return [*said, self._line(t)]

    def _line(self, t: float) -> Said:
        if self.scene.shows("probe_off", t):
            none = tuple(Reading(v, None, "absent", Quality.INVALID) for v in (Vital.SPO2, Vital.SPO2_PR))
            return Said(t, b"SPO2=--- HR=---\r\n", none)
        body = self.scene.patient.at(t - _AVERAGED)
        spo2, rate = round(body.spo2), round(body.hr)
        told = (Reading(Vital.SPO2, spo2), Reading(Vital.SPO2_PR, rate))
        return Said(t, f"SPO2={spo2:03d} HR={rate:03d}\r\n".encode("ascii"), told)
