"""A simulated GE/Datex-Ohmeda monitor with ECG, cuff, SpO2 and CO2 on its record interface (DRI).

It is silent until asked, sends displayed values every 5 s at most, answers a one-shot question once in 5 s,
waves five times a second, trends only beside displayed values, and forgets what it was asked for when it is
switched off. Whether the auxiliary record comes before or after the values of the same moment depends on the
seed: no document says. It has no module of the extension classes: they come full of zeros where asked for.

Source: GE documents 8005313 (records) and M1017617 (computer interface).
"""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators import _dri_waves as waves
from devices.simulators.actor import Said, Scene
from devices.simulators.alarm_texts import probe_off
from devices.simulators.faults import CLOCK, CYCLE, FINGER
from devices.vocabulary import Vital

_DISPLAYED, _AUXILIARY = 1, 4
_TRENDS = {2: 10.0, 3: 60.0}  # kind of sub-record -> seconds
_NO_BASIC = 1  # in the mask of classes, where each extension has a bit
_PHYSIOLOGICAL, _WAVES, _ALARM = 0, 1, 4
_INVALID = -32767
_ON = 0x3  # the module exists and measures
_HR_FROM_ECG = 1 << 3
_LEADS = 2 << 8 | 7 << 4 | 3  # II, V, III
_AUTO, _MEASURING, _OLD = 1 << 3, 1 << 5, 1 << 8
_AMBIENT = 755.1  # mmHg
_SHORTEST = 5.0
_BLOCKED = 2.0  # seconds without RTS that the waves outlive


class Simulated:
    """Sends what it was asked for, each kind at its own interval."""

    faults: ClassVar = FINGER | CYCLE | CLOCK | {"module_off", "foreign_texts", "power_cycle"}

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._heard = b""
        self._asked: dict[int, tuple[float, float]] = {}  # kind of sub-record -> next second, interval
        self._classes: dict[int, int] = {}  # kind of sub-record -> mask
        self._once = -_SHORTEST
        self._alarms: list[float] = []
        self._waves, self._waves_at = list[int](), math.inf
        self._number = 0
        self._plug = (34178 + scene.patient.seed) % 65536
        self._since = 0.0

    def due(self) -> float:
        """Return the second of its next record; infinite while nothing is asked for."""
        return min([*self._alarms, self._waves_at, *(at for at, _ in self._asked.values())])

    def send(self, until: float) -> list[Said]:
        """Return the records up to second *until*."""
        said: list[Said] = []
        while (t := self.due()) <= until:
            if self.scene.shows("power_cycle", t) or self._since < self.scene.switched_on(t):
                self._forget(t)
                continue
            said += self._next(t)
        return said

    def hear(self, raw: bytes, now: float) -> None:
        """Take a request, whole or in pieces; what is none is ignored."""
        if self.scene.shows("power_cycle", now):
            return
        if self._since < self.scene.switched_on(now):
            self._forget(now)
        self._heard += raw
        while (begin := self._heard.find(b"\x7e")) >= 0:
            end = self._heard.find(b"\x7e", begin + 1)
            if end < 0:
                return
            record = _opened(self._heard[begin + 1 : end])
            self._heard = self._heard[end + 1 :] if record else self._heard[end:]
            if record:
                self._take(record, now)
        self._heard = b""

    def blocked(self, seconds: float) -> None:
        """Give the waves up, until they are asked for anew, where RTS has been off for too long."""
        if seconds > _BLOCKED:
            self._waves, self._waves_at = [], math.inf

    def _forget(self, t: float) -> None:
        self._asked, self._alarms, self._heard, self._number = {}, [], b"", 0
        self._waves, self._waves_at = [], math.inf
        self._since = t

    def _take(self, record: bytes, now: float) -> None:
        (maintype,) = struct.unpack_from("<h", record, 14)
        if record[16:22] != b"\0\0\0\0\0\xff":
            return
        if maintype == _ALARM and record[40:42] != b"\3\0":
            self._alarms.append(now)
        elif maintype == _WAVES and len(record) == 72:
            self._waves = [] if record[40] else waves.granted(record[44:52])
            self._waves_at = now + waves.EVERY if self._waves else math.inf
        elif maintype == _PHYSIOLOGICAL and len(record) == 49:
            kind, interval, self._classes[kind] = struct.unpack_from("<BhI", record, 40)
            if interval == 0:
                self._asked.pop(kind, None)
            elif kind in _TRENDS:
                self._asked[kind] = (now + _TRENDS[kind], _TRENDS[kind])
            elif kind in (_DISPLAYED, _AUXILIARY) and (interval > 0 or now - self._once >= _SHORTEST):
                self._asked[kind] = (now, max(_SHORTEST, interval) if interval > 0 else math.inf)
                self._once = now if interval < 0 else self._once

    def _next(self, t: float) -> list[Said]:
        if t in self._alarms:
            self._alarms.remove(t)
            return [self._record(t, _ALARM, 0, self._alarm_texts(t))]
        if t == self._waves_at:
            self._waves_at += waves.EVERY
            return [self._waved(t)]
        late_auxiliary = self.scene.patient.seed % 2 == 1
        waiting = sorted(
            (kind for kind, (at, _) in self._asked.items() if at == t), reverse=not late_auxiliary
        )
        kind = waiting[0]
        interval = self._asked[kind][1]
        if interval == math.inf:
            del self._asked[kind]
        else:
            self._asked[kind] = (t + interval, interval)
        if kind == _AUXILIARY:
            return [self._record(t, _PHYSIOLOGICAL, kind, self._auxiliary(t))]
        if kind in _TRENDS and _DISPLAYED not in self._asked:
            return []
        return [self._values(t, kind)]

    def _values(self, t: float, kind: int) -> Said:
        """Return displayed values or a trend, each class that was asked for in a sub-record of its own."""
        mask = self._classes[kind]
        basic, told = self._displayed(t)
        bodies = [] if mask & _NO_BASIC else [basic]
        seconds = _seconds(self.scene.clock(t))
        bodies += [struct.pack("<I272xH", seconds, one << 8) for one in (1, 2, 3) if mask >> one & 1]
        parts = b"".join(struct.pack("<hB", number * len(basic), kind) for number in range(len(bodies)))
        said = self._framed(t, _PHYSIOLOGICAL, parts, b"".join(bodies))
        if kind != _DISPLAYED or mask & _NO_BASIC:
            return said
        states = ("nibp_measuring",) if self.scene.cuff.measuring(t) else ()
        return replace(said, readings=told, states=states)

    def _waved(self, t: float) -> Said:
        bodies, told = zip(
            *(waves.sub_record(self.scene, kind, t - waves.EVERY) for kind in self._waves), strict=True
        )
        offsets = [sum(map(len, bodies[:number])) for number in range(len(bodies))]
        parts = b"".join(struct.pack("<hB", *one) for one in zip(offsets, self._waves, strict=True))
        return replace(self._framed(t, _WAVES, parts, b"".join(bodies)), waves=told)

    def _record(
        self,
        t: float,
        maintype: int,
        kind: int,
        body: bytes,
        told: tuple[Reading, ...] = (),
        states: tuple[str, ...] = (),
    ) -> Said:
        said = self._framed(t, maintype, struct.pack("<hB", 0, kind), body)
        return replace(said, readings=told, states=states)

    def _framed(self, t: float, maintype: int, parts: bytes, body: bytes) -> Said:
        time = self.scene.clock(t)
        parts = (parts + struct.pack("<hB", 0, 0xFF)).ljust(24, b"\0")[:24]
        header = struct.pack(
            "<hBBHI4xh", 40 + len(body), self._number % 256, 8, self._plug, _seconds(time), maintype
        )
        self._number += 1
        return Said(t, _closed(header + parts + body), device_time=time)

    def _displayed(self, t: float) -> tuple[bytes, tuple[Reading, ...]]:
        body, off, finger = self.scene.patient.at(t), self.scene.no_finger(t), self.scene.finger(t)
        module = not self.scene.shows("module_off", t)
        hr, rr = round(body.hr), round(body.rr)
        spo2, pulse, infrared = round(finger.spo2) * 100, round(finger.hr), round(finger.perfusion * 100)
        if off or not module:
            spo2 = pulse = infrared = _INVALID
        exhaled = round(body.etco2 / (_AMBIENT - 47) * 10000)
        label, cuff, taken = self._cuff(t)
        groups = {
            4: (_ON | _HR_FROM_ECG, _LEADS, (hr, 20, 10, -5, rr)),
            76: (_ON, label, cuff),
            122: (_ON if module else 0, 0, (spo2, pulse, infrared, _INVALID)),
            136: (_ON, 1, (exhaled, 10, rr, round(_AMBIENT * 10))),
        }
        part = bytearray(_nothing_measured(_seconds(self.scene.clock(t))))
        for at, (status, word, values) in groups.items():
            struct.pack_into(f"<IH{len(values)}h", part, at, status, word, *values)
        struct.pack_into("<3h", part, 230, hr, hr + 1, hr - 1)
        pressures = (Vital.NIBP_SYS, Vital.NIBP_DIA, Vital.NIBP_MAP, Vital.NIBP_PULSE)
        told = [
            _told(Vital.ECG_HR, hr),
            replace(_told(Vital.ECG_HR, hr), variant="ecg"),
            _told(Vital.RESP_RATE, rr),
            *(
                _told(v, n, 1 if v == Vital.NIBP_PULSE else 100, taken)
                for v, n in zip(pressures, cuff, strict=True)
            ),
            *([_told(Vital.SPO2, spo2, 100), _told(Vital.SPO2_PR, pulse)] if module else []),
            _told("local:datex_dri:etco2", exhaled, 100, unit="%"),
            _told(Vital.CO2_RR, rr),
        ]
        return bytes(part), tuple(told)

    def _cuff(self, t: float) -> tuple[int, tuple[int, int, int, int], datetime | None]:
        """Return label, values and measurement time of the cuff group."""
        last, label = self.scene.cuff_shown(t), _AUTO
        if self.scene.cuff.measuring(t):
            label |= _MEASURING
        if last is None or last.sys is None or last.dia is None or last.map is None or last.pulse is None:
            return label, (_INVALID, _INVALID, _INVALID, _INVALID), None
        if t - last.end > 60:
            label |= _OLD
        return label, (last.sys * 100, last.dia * 100, last.map * 100, last.pulse), self.scene.clock(last.end)

    def _auxiliary(self, t: float) -> bytes:
        _, _, taken = self._cuff(t)
        return struct.pack("<IhIIh98x", _seconds(taken) if taken else 0, _INVALID, 0, 0, _INVALID)

    def _alarm_texts(self, t: float) -> bytes:
        texts = [probe_off(self.scene, t, "latin-1")] if self.scene.shows("probe_off", t) else []
        entries = [struct.pack("<80s4h", text, 1, 2, 1, 0) for text in texts]
        return b"".join(entries).ljust(5 * 88, b"\0")


def _told(
    vital: str, value: int, divisor: int = 1, taken: datetime | None = None, unit: str | None = None
) -> Reading:
    if value == _INVALID:
        return Reading(vital, None, "invalid", Quality.INVALID, unit=unit)
    return Reading(vital, value / divisor, measured_at=taken, unit=unit)


def _nothing_measured(seconds: int) -> bytes:
    """Return a sub-record of the basic class in which no module is there: every value is a code."""
    part = bytearray(struct.pack("<I137h", seconds, *[_INVALID] * 137))
    for at in (
        4,
        20,
        34,
        48,
        62,
        76,
        90,
        98,
        106,
        114,
        122,
        136,
        150,
        160,
        170,
        182,
        204,
        218,
        236,
        244,
        258,
    ):
        struct.pack_into("<IH", part, at, 0, 0)
    struct.pack_into("<BBH", part, 274, 0, 0, 0)
    return bytes(part)


def _seconds(time: datetime) -> int:
    return int((time - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001  # the monitor's clock has no zone


def _closed(record: bytes) -> bytes:
    body = record + bytes([sum(record) & 0xFF])
    return b"\x7e" + body.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e"


def _opened(stuffed: bytes) -> bytes | None:
    """Return the record between two flags, None where it is none or its sum is wrong."""
    pieces = stuffed.split(b"\x7d")
    body = pieces[0] + b"".join(bytes([piece[0] | 0x20]) + piece[1:] for piece in pieces[1:] if piece)
    record = body[:-1]
    good = len(record) > 41 and sum(record) & 0xFF == body[-1]
    return record if good else None
