"""A simulated Philips IntelliVue monitor: ECG, cuff, SpO2, CO2 on its MIB/RS-232 port.

It says nothing until it is asked for an association, and refuses a second one. Then it tells what it is,
again every 2 s until that is answered, and serves polls; a reply with numbers comes in two linked parts and
an empty last one; waves come in one part. It drops a silent host with an abort after three of the agreed
poll periods (of 40 s), answers a release, and forgets all when it is switched off.

Source: Philips IntelliVue Data Export Interface; recorded sessions (intellipy).
"""

from __future__ import annotations

import math
import struct
from datetime import datetime
from typing import ClassVar

from devices.adapters import _intellivue_frames as frames
from devices.contract import Frame
from devices.framing import Stream
from devices.simulators import _intellivue_replies as replies
from devices.simulators import _intellivue_waves as waves
from devices.simulators._intellivue_replies import Shown
from devices.simulators.actor import Said, Scene
from devices.simulators.alarm_texts import probe_off
from devices.simulators.faults import CLOCK, CYCLE, FINGER
from devices.vocabulary import Vital

_CREATES_EVERY, _NUMBERS_EVERY, _PATIENCE = 2.0, 1.0, 120.0
_BPM, _RPM, _PERCENT, _NONE, _MMHG = 0x0AA0, 0x0AE0, 0x0220, 0x0200, 0x0F20
_ABORT, _REFUSE = bytes((frames.ABORT, 3, 0x11, 1, 3)), bytes((frames.REFUSE, 1, 0))


class Simulated:
    """Answers what a host says, and sends the numbers that it was asked for every second.

    *grants*: the extended polls that it knows; one without numerics every second answers each question once.
    """

    grants: ClassVar[int] = 0x8C000000

    faults: ClassVar = FINGER | CYCLE | CLOCK | {"demo", "test", "module_off", "foreign_texts", "power_cycle"}

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._since = 0.0
        self._ears: Stream
        self._answers: list[Said] = []
        self._creates = self._numbers = self._waves = math.inf
        self._numbers_until = self._waves_until = self._heard_at = -math.inf
        self._forget(0.0)

    def due(self) -> float:
        """Return the second of the next thing it has to say; infinite while nobody is associated."""
        numbers = self._numbers if self._numbers <= self._numbers_until else math.inf
        rows = self._waves if self._waves <= self._waves_until else math.inf
        drop = self._heard_at + _PATIENCE if self._associated else math.inf
        return min([*(one.at for one in self._answers), self._creates, numbers, rows, drop])

    def send(self, until: float) -> list[Said]:
        """Return what it says up to second *until*; nothing while it is switched off."""
        said: list[Said] = []
        while (t := self.due()) <= until:
            if self.scene.shows("power_cycle", t) or self._since < self.scene.switched_on(t):
                self._forget(t)
            elif self._answers and self._answers[0].at <= t:
                said.append(self._answers.pop(0))
            elif self._creates <= t:
                self._creates = t + _CREATES_EVERY
                said.append(self._said(t, replies.mds_create(self._ticks(t), self._mds(t)), timed=True))
            elif self._numbers <= t and self._numbers <= self._numbers_until:
                said += self._parts(t)
            elif self._waves <= t and self._waves <= self._waves_until:
                said.append(self._rows(t))
            else:
                self._forget(t)
                said.append(self._said(t, _ABORT))
        return said

    def hear(self, raw: bytes, now: float) -> None:
        """Take what a host says, whole or in pieces; what is no frame is ignored."""
        if self.scene.shows("power_cycle", now):
            return
        if self._since < self.scene.switched_on(now):
            self._forget(now)
        self._now = now
        self._ears.feed(raw)

    def wrapped(self, payload: bytes) -> bytes:
        """Return a payload as it goes over this monitor's line."""
        return frames.framed(payload)

    def ears(self) -> Stream:
        """Return what cuts a host's bytes into messages."""
        return Stream(lambda held, at: frames.cut(held, at, self._take))

    def _forget(self, t: float) -> None:
        self._associated, self._now, self._since = False, t, t
        self._answers = []
        self._creates = self._numbers = self._waves = math.inf
        self._numbers_until = self._waves_until = self._heard_at = -math.inf
        self._described = False
        self._sequence = self._asked = self._asked_waves = self._row_ticks = 0
        self._ears = self.ears()

    def _take(self, raw: bytes, payload: bytes) -> Frame:
        now, first = self._now, payload[0]
        self._heard_at = now
        if first == frames.CONNECT and self._associated:
            self._answer(_REFUSE)
        elif first == frames.CONNECT:
            self._associated, self._creates = True, now
            self._answer(bytes([frames.ACCEPT]) + frames.association_request(extended=self.grants)[1:])
        elif first == frames.FINISH:
            self._associated, self._creates, self._numbers = False, math.inf, math.inf
            self._answer(bytes([frames.DISCONNECT]) + payload[1:])
        elif first == frames.EXPORT and self._associated and len(payload) >= 28:
            self._serve(payload)
        return Frame(raw)

    def _serve(self, payload: bytes) -> None:
        operation, invocation, command = struct.unpack_from(">H2x2H", payload, 4)
        if operation == frames.RESULT and command == frames.CONFIRMED_EVENT:
            self._creates = math.inf
        elif operation == frames.INVOKE and command == frames.ACTION and self._creates == math.inf:
            action, _, _, _, kind = struct.unpack_from(">5H", payload, 24)
            numerics = (action, kind) == (frames.EXTENDED, frames.NUMERIC)
            if numerics and not self.grants & frames.SECONDS_OF_NUMBERS:
                self._answer(replies.error(invocation))
            elif action == frames.EXTENDED and kind == frames.NUMERIC and len(payload) >= 48:
                (ticks,) = struct.unpack_from(">I", payload, 44)
                self._numbers, self._numbers_until = self._now, self._now + ticks / frames.TICKS
                self._asked = invocation
            elif action == frames.EXTENDED and kind == frames.WAVE and len(payload) >= 48:
                (ticks,) = struct.unpack_from(">I", payload, 44)
                if self._waves > self._waves_until:  # none are under way: the next row is begun now
                    self._waves, self._row_ticks = self._now + waves.EVERY, self._ticks(self._now)
                self._waves_until, self._described = self._now + ticks / frames.TICKS, False
                self._asked_waves = invocation
            elif action == frames.SINGLE and kind == frames.NUMERIC:
                self._answers += self._parts(self._now, once=invocation)
            elif action == frames.SINGLE and kind == frames.MDS:
                about = [(0, 0, self._mds(self._now))]
                self._answer(replies.reply(invocation, kind, self._ticks(self._now), about), timed=True)
            elif action == frames.SINGLE and kind == frames.ALARM:
                off = self.scene.shows("probe_off", self._now)
                texts = [probe_off(self.scene, self._now, "utf-16-be")] if off else []
                listed = [(1, 0x24, replies.alarms(texts))]
                self._answer(replies.reply(invocation, kind, self._ticks(self._now), listed))

    def _answer(self, payload: bytes, timed: bool = False) -> None:
        self._answers.append(self._said(self._now, payload, timed=timed))

    def _said(self, t: float, payload: bytes, timed: bool = False) -> Said:
        return Said(t, self.wrapped(payload), device_time=self.scene.clock(t) if timed else None)

    def _ticks(self, t: float) -> int:
        return round((t - self.scene.switched_on(t)) * frames.TICKS)

    def _mds(self, t: float) -> bytes:
        return replies.mds(self.scene.clock(t), self._ticks(t), self.scene.patient.seed)

    def _parts(self, t: float, once: int | None = None) -> list[Said]:
        """Return the three parts of one reply with numbers; to a single question, *once*, one part."""
        body, finger, demo = self.scene.patient.at(t), self.scene.finger(t), self._not_a_patient(t)
        pressures, pulse, taken = self._cuff(t)
        running = replies.ONGOING if self.scene.cuff.measuring(t) else 0
        off = self.scene.no_finger(t)
        oximeter = (
            Shown(Vital.SPO2, 0x4BB8, _PERCENT, None if off else finger.spo2, 1),
            Shown(Vital.SPO2_PR, 0x4822, _BPM, None if off else finger.hr),
            Shown(Vital.PERFUSION_INDEX, 0x4BB0, _NONE, None if off else finger.perfusion, 1),
        )
        single = (
            Shown(Vital.RESP_RATE, 0x500A, _RPM, body.rr),
            *oximeter,
            Shown(Vital.ETCO2, 0x50B0, _MMHG, body.etco2),
        )
        plugged = {
            n: one
            for n, one in enumerate(single)
            if one not in oximeter or not self.scene.shows("module_off", t)
        }
        heart = Shown(Vital.ECG_HR, 0x4182, _BPM, body.hr)
        first = [
            (0, 0x826D, replies.numeric((heart,), demo)),
            (0, 0x826A, replies.numeric(pressures, demo | running, taken)),
        ]
        second = [(1, 0x82B3, replies.numeric((pulse,), demo | running, taken))]
        second += [(1, 0x8300 + n, replies.numeric((one,), demo)) for n, one in plugged.items()]
        told = (
            (heart.told(), *(one.told(taken) for one in pressures)),
            (pulse.told(taken), *(one.told() for one in plugged.values())),
            (),
        )
        said = tuple(name for bit, name in ((replies.DEMO, "demo"), (replies.TEST, "test")) if demo & bit)
        states = (*said, *(("nibp_measuring",) if running else ()))
        if once is not None:
            payload = replies.reply(once, frames.NUMERIC, self._ticks(t), first + second)
            return [Said(t, self.wrapped(payload), told[0] + told[1], states)]
        parts = []
        for number, (objects, readings) in enumerate(zip((first, second, []), told, strict=True), 1):
            part = number if objects else None
            payload = replies.reply(
                self._asked, frames.NUMERIC, self._ticks(t), objects, self._sequence, part
            )
            shown = states if number == 1 else said if objects else ()
            parts.append(Said(t, self.wrapped(payload), readings, shown))
        self._sequence += 1
        self._numbers = t + _NUMBERS_EVERY
        return parts

    def _rows(self, t: float) -> Said:
        """Return a reply with a row of each wave; the first one after a poll says what they mean."""
        objects, told = waves.row(self.scene, t, described=not self._described)
        payload = replies.reply(self._asked_waves, frames.WAVE, self._row_ticks, objects, self._sequence)
        self._described, self._sequence = True, self._sequence + 1
        self._waves, self._row_ticks = t + waves.EVERY, self._row_ticks + waves.TICKS_OF_A_ROW
        return Said(t, self.wrapped(payload), waves=told)

    def _not_a_patient(self, t: float) -> int:
        """Return the state bits of a monitor that shows no patient."""
        demo, test = self.scene.shows("demo", t), self.scene.shows("test", t)
        return (replies.DEMO if demo else 0) | (replies.TEST if test else 0)

    def _cuff(self, t: float) -> tuple[tuple[Shown, ...], Shown, datetime | None]:
        """Return pressures, pulse and measurement time that the monitor shows."""
        last = self.scene.cuff_shown(t)
        values = (last.sys, last.dia, last.map, last.pulse) if last else (None, None, None, None)
        names = (Vital.NIBP_SYS, Vital.NIBP_DIA, Vital.NIBP_MAP)
        reason = "failed" if last and last.sys is None else "absent"
        pressures = tuple(
            Shown(vital, 0x4A05 + n, _MMHG, values[n], reason=reason) for n, vital in enumerate(names)
        )
        pulse = Shown(Vital.NIBP_PULSE, 0xF0E5, _BPM, values[3], variant="NBP", reason=reason)
        return pressures, pulse, self.scene.clock(last.end) if last and last.sys is not None else None
