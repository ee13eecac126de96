"""A simulated vital signs monitor that sends ORU^R01 over MLLP every 10 s, and wants each acknowledged.

A message that nobody acknowledges is sent again after 3 s, three times in all; the next one comes anyway.
Where it has no value it says so in two ways: an empty field with status X, or 8388607 beside it.

Source: messages of a Mindray VS-900; IHE PCD TF-2.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Said, Scene, as_it_is
from devices.simulators.faults import CLOCK, CYCLE, FINGER
from devices.vocabulary import Vital

_EVERY, _AGAIN, _TRIES = 10.0, 3.0, 3
_NO_NUMBER = "8388607"
_ACKNOWLEDGED = re.compile(rb"\x0bMSH\|\^~\\&\|[^\x1c]*\rMSA\|AA\|([^|\r]+)\r\x1c")
_MMHG, _PERCENT = "266016^MDC_DIM_MMHG^MDC", "262688^MDC_DIM_PERCENT^MDC"
_BEATS, _BREATHS = "264864^MDC_DIM_BEAT_PER_MIN^MDC", "264928^MDC_DIM_RESP_PER_MIN^MDC"


@dataclass(frozen=True, slots=True)
class Row:
    """One observation: what it is called, in which unit, its value, and when it was measured."""

    vital: str
    name: str
    unit: str
    value: float | None
    time: datetime
    measured: bool = False
    held: str = ""


class Simulated:
    """Sends a message every 10 s, and again what nobody has acknowledged."""

    faults: ClassVar = FINGER | CYCLE | CLOCK | {"demo", "module_off", "power_cycle"}
    resealed = staticmethod(as_it_is)

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._messages = 0
        self._waits: tuple[str, Said, int] | None = None  # control id, message, how often it was sent
        self._heard = b""

    def due(self) -> float:
        """Return the second of its next message, new or again."""
        return min(self._messages * _EVERY, self._repeats())

    def send(self, until: float) -> list[Said]:
        """Return its messages up to second *until*; none while it is switched off."""
        said: list[Said] = []
        while (t := self.due()) <= until:
            again = self._repeats() == t
            if self.scene.shows("power_cycle", t):
                self._waits = None
                self._messages = math.floor(t / _EVERY) + 1
            elif again and self._waits:
                control, message, tries = self._waits
                message = replace(message, at=t)
                self._waits = (control, message, tries + 1)
                said.append(message)
            else:
                said.append(self._message(t))
        return said

    def hear(self, raw: bytes, now: float) -> None:
        """Take an acknowledgement, whole or in pieces; what is none is ignored."""
        self._heard = (self._heard + raw)[-1024:]
        while found := _ACKNOWLEDGED.search(self._heard):
            self._heard = self._heard[found.end() :]
            if self._waits and found[1].decode("latin-1") == self._waits[0]:
                self._waits = None

    def _repeats(self) -> float:
        if self._waits is None or self._waits[2] >= _TRIES:
            return math.inf
        return self._waits[1].at + _AGAIN

    def _message(self, t: float) -> Said:
        self._messages += 1
        since = t - self.scene.switched_on(t)  # a monitor that was off counts from one again
        time, control = self.scene.clock(t), f"{math.floor(since / _EVERY) + 1}"
        demo, monitor = self.scene.shows("demo", t), f"00A037{self.scene.patient.seed:010X}"
        rows = self.rows(t)
        lines = [
            rf"MSH|^~\&|EXAMPLE_VS^{monitor}^EUI-64||||{message_time(time)}||ORU^R01^ORU_R01|{control}|P|2.6"
            "|||AL|NE||UNICODE UTF-8",
            "PID|||DEMO-1^^^Example^PI||DEMO^Example^^^^^L",
            "PV1||I",
            f"OBR|1|{control}|{control}|182777000^monitoring of patient^SCT|||{message_time(time)}",
            *(observation(number, row, "DEMO" if demo else "") for number, row in enumerate(rows, 1)),
        ]
        raw = b"\x0b" + "".join(f"{line}\r" for line in lines).encode("ascii") + b"\x1c\r"
        told = tuple(told_of(row) for row in rows)
        said = Said(t, raw, told, ("demo",) if demo else (), time)
        self._waits = (control, said, 1)
        return said

    def rows(self, t: float) -> list[Row]:
        """Return what it has to say at second *t*, observation by observation."""
        time, off, finger = self.scene.clock(t), self.scene.no_finger(t), self.scene.finger(t)
        spo2, pulse, perfusion = round(finger.spo2), round(finger.hr), round(finger.perfusion, 2)
        held = _NO_NUMBER if off else ""
        oximeter = [
            Row(Vital.SPO2, "150456^MDC_PULS_OXIM_SAT_O2", _PERCENT, None if off else spo2, time, held=held),
            Row(Vital.SPO2_PR, "149530^MDC_PULS_OXIM_PULS_RATE", _BEATS, None if off else pulse, time),
            Row(
                Vital.PERFUSION_INDEX,
                "150488^MDC_BLD_PERF_INDEX",
                _PERCENT,
                None if off else perfusion,
                time,
            ),
        ]
        return [
            *([] if self.scene.shows("module_off", t) else oximeter),
            Row(Vital.RESP_RATE, "151562^MDC_RESP_RATE", _BREATHS, round(self.scene.patient.at(t).rr), time),
            *self._cuff(t),
        ]

    def _cuff(self, t: float) -> list[Row]:
        last = self.scene.cuff_shown(t)
        if last is None:
            return []
        taken = self.scene.clock(last.end)
        return [
            Row(Vital.NIBP_SYS, "150301^MDC_PRESS_CUFF_SYS", _MMHG, last.sys, taken, True),
            Row(Vital.NIBP_MAP, "150303^MDC_PRESS_CUFF_MEAN", _MMHG, last.map, taken, True),
            Row(Vital.NIBP_DIA, "150302^MDC_PRESS_CUFF_DIA", _MMHG, last.dia, taken, True),
        ]


def observation(number: int, row: Row, flags: str) -> str:
    """Return an observation as an OBX segment."""
    value = row.held if row.value is None else f"{row.value:g}"
    code, status = row.name.partition("^")[0], "X" if row.value is None else "R"
    return (
        f"OBX|{number}|NM|{row.name}^MDC|1.1.1.{code}|{value}|{row.unit}||{flags}|||{status}|||"
        f"{message_time(row.time)}|||{'^APERIODIC' if row.measured else ''}"
    )


def told_of(row: Row) -> Reading:
    """Return what a decoder has to find in an observation."""
    if row.value is None:
        return Reading(row.vital, None, "absent", Quality.INVALID)
    return Reading(row.vital, float(row.value), measured_at=row.time if row.measured else None)


def message_time(time: datetime) -> str:
    """Return a time as messages have it."""
    return f"{time:%Y%m%d%H%M%S}"
