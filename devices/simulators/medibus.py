"""A simulated Draeger device with SpO2 and a cuff on MEDIBUS: asks its own questions and drops a mute line.

Source: Draeger "MEDIBUS for Draeger intensive care devices". When it asks is assumed: 51 when the dialogue
begins, 52 when that is answered, 30 after two seconds without a word; one question at a time.
"""

from __future__ import annotations

import math
from typing import ClassVar

from devices.contract import Reading
from devices.simulators.actor import Said, Scene
from devices.simulators.faults import CLOCK, CYCLE, FINGER
from devices.simulators.pressures import told
from devices.vocabulary import Vital

_MUTE, _PATIENCE = 2.0, 3.0
_BEGIN, _IDENTIFY, _ALIVE = b"\x1b\x51", b"\x1b\x52", b"\x1b\x30"
_MONTHS = ("JAN", "FEB", "MRZ", "APR", "MAI", "JUN", "JUL", "AUG", "SEP", "OKT", "NOV", "DEZ")


class Simulated:
    """Answers what it knows; asks 51 and 52 once, 30 when it hears nothing; forgets who does not answer."""

    faults: ClassVar = FINGER | CYCLE | CLOCK | {"power_cycle"}

    @staticmethod
    def resealed(raw: bytes) -> bytes:
        """Return a record with its sum made right."""
        return _frame(raw[:-3])

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._waiting: list[Said] = []
        self._heard = b""
        self._last = math.inf
        self._asked, self._asked_since = b"", math.inf
        self._began = 0.0

    def due(self) -> float:
        """Return the second of its next word."""
        return self._waiting[0].at if self._waiting else self._last + _MUTE

    def send(self, until: float) -> list[Said]:
        """Return its answers and its own questions up to second *until*."""
        self._forget(until)
        said, self._waiting = self._waiting, []
        if self._last + _MUTE <= until and self._asked_since == math.inf:
            said.append(self._ask(_ALIVE, until))
        return [] if self.scene.shows("power_cycle", until) else said

    def hear(self, raw: bytes, now: float) -> None:
        """Take questions and answers, whole or in pieces."""
        if self.scene.shows("power_cycle", now):
            self._heard, self._last = b"", math.inf
            return
        self._forget(now)
        *records, self._heard = (self._heard + raw).split(b"\r")
        for record in records:
            body = record[:-2]
            if record[-2:] != b"%02X" % (sum(body) & 0xFF) or len(body) < 2:
                continue
            if body == _BEGIN or self._last < math.inf:
                self._last = now
                if body[0] == 0x1B:
                    self._waiting += self._answer(body[1], now)
                elif body[1:2] == self._asked[1:2]:
                    answered, self._asked, self._asked_since = self._asked, b"", math.inf
                    self._waiting += [self._ask(_IDENTIFY, now)] if answered == _BEGIN else []

    def _ask(self, question: bytes, now: float) -> Said:
        self._asked, self._asked_since = question, now
        return Said(now, _frame(question))

    def _forget(self, t: float) -> None:
        """Drop the line where its question was not answered, or it was switched off since."""
        on = self.scene.switched_on(t)
        if t - self._asked_since > _PATIENCE or self._began < on:
            self._last, self._asked, self._asked_since, self._began = math.inf, b"", math.inf, on

    def _answer(self, code: int, now: float) -> list[Said]:
        if code == 0x51:
            return [Said(now, _frame(b"\x01\x51")), self._ask(_BEGIN, now)]
        if code == 0x28:
            time = self.scene.clock(now)
            text = f"{time.hour:2d}:{time:%M:%S}{time.day:2d}-{_MONTHS[time.month - 1]}-{time:%y}"
            return [Said(now, _frame(b"\x01\x28" + text.encode("ascii")), device_time=time)]
        if code == 0x24:
            return [self._data(now)]
        return [Said(now, _frame(b"\x15"))]

    def _data(self, now: float) -> Said:
        body, last = self.scene.finger(now), self.scene.cuff_shown(now)
        values: dict[str, int] = {}
        readings: list[Reading] = []
        if not self.scene.no_finger(now):
            values |= {"EB": round(body.spo2), "E1": round(body.hr)}
            readings += [Reading(Vital.SPO2, values["EB"]), Reading(Vital.SPO2_PR, values["E1"])]
        if last is not None and last.sys is not None and last.dia is not None and last.map is not None:
            minutes = int(now - last.end) // 60
            values |= {"96": last.sys, "8C": last.dia, "91": last.map, "92": minutes}
            readings += told(last, (Vital.NIBP_SYS, Vital.NIBP_DIA, Vital.NIBP_MAP))
        text = "".join(f"{code}{value:4d}" for code, value in values.items())
        return Said(now, _frame(b"\x01\x24" + text.encode("ascii")), tuple(readings))


def _frame(body: bytes) -> bytes:
    return body + b"%02X\r" % (sum(body) & 0xFF)
