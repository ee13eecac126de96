"""A simulated B. Braun ComDevice with one syringe pump in pillar 1, slot 1: ALIVE first, then MEM:GET.

It knows its own bed only, answers in parts that have to be acknowledged, and forgets who asked when it is
switched off. An even seed is a ComDevice with character stuffing. Source: B. Braun's description of BCC.
"""

from __future__ import annotations

import re
from typing import ClassVar

from devices.contract import Quality, Reading
from devices.simulators.actor import Said, Scene
from devices.simulators.answering import Answering
from devices.simulators.syringe import CONCENTRATION, DOSE_RATE, DRUG, TO_GIVE, Delivery, delivery
from devices.vocabulary import PumpValue

_ACK = b"\x06"
_A_PART = 7  # quadruples
_QUESTION = re.compile(r"(.+)/1/1>(.+)")
_STUFFED = {"D": "EX", "E": "EE", "d": "ex", "e": "ee"}


class Simulated(Answering):
    """Answers in parts; a new question lets it begin again at the first."""

    faults: ClassVar = frozenset({"occlusion"})

    @staticmethod
    def resealed(raw: bytes) -> bytes:
        """Return a message with its sum made right, in the writing in which its length is right."""
        for stuffs in (False, True):
            message = _plain(raw.decode("ascii")) if stuffs else raw.decode("ascii")
            if message[1:6] == f"{len(message):05d}":
                closed = f"{message[:-6]}{sum(message[:-6].encode('ascii')) % 256:05d}\x04"
                return (_stuffed(closed) if stuffs else closed).encode("ascii")
        return raw

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._stuffs = scene.patient.seed % 2 == 0
        self._bed = f"DEMO-{scene.patient.seed}"
        self._alive_since: float | None = None
        self._to_come: list[tuple[bytes, tuple[Reading, ...], tuple[str, ...]]] = []

    def question(self, heard: bytes) -> int:
        """Return the length of an acknowledgement or a message, or of what is neither."""
        if heard[:1] != b"\x01":
            return 1
        return heard.find(b"\x04") + 1

    def answer(self, asked: bytes, now: float) -> list[Said]:
        """Return the answer's first part, or after an acknowledgement its next."""
        if asked == _ACK:
            return self._next(now)
        question = self._opened(asked)
        if len(asked) == 1:
            return []
        if question is None:
            return self._say([f"{self._uptime(now)},50100,GNERR,68"], now)
        bed, what = question
        if what == "ADMIN:ALIVE" and bed in ("1", self._bed):
            self._alive_since = self.scene.switched_on(now)
            return self._say([f"{self._uptime(now)},50100,GNACK,0"], now)
        if what == "MEM:GET" and bed == self._bed and self._alive_since == self.scene.switched_on(now):
            pump = delivery(self.scene, now)
            quadruples = [f"{self._uptime(now)},50111,{name},{value}" for name, value in _values(pump)]
            return self._say(quadruples, now, _told(pump), _states(pump))
        return []

    def _say(
        self,
        quadruples: list[str],
        now: float,
        told: tuple[Reading, ...] = (),
        states: tuple[str, ...] = (),
    ) -> list[Said]:
        pieces = [quadruples[at : at + _A_PART] for at in range(0, len(quadruples), _A_PART)]
        self._to_come = [(self._closed("\x1e".join(piece), more=True), (), ()) for piece in pieces[:-1]]
        self._to_come.append((self._closed("\x1e".join(pieces[-1]), more=False), told, states))
        return self._next(now)

    def _next(self, now: float) -> list[Said]:
        if not self._to_come:
            return []
        raw, told, states = self._to_come.pop(0)
        return [Said(now, raw, told, states)]

    def _uptime(self, now: float) -> int:
        return int(now - self.scene.switched_on(now))

    def _closed(self, text: str, more: bool) -> bytes:
        body = f"{self._bed}/1/1>{text}"
        message = f"\x01{len(body) + 14:05d}\x02{body}{chr(0x17) if more else chr(3)}"
        message += f"{sum(message.encode('ascii')) % 256:05d}\x04"
        return (_stuffed(message) if self._stuffs else message).encode("ascii")

    def _opened(self, asked: bytes) -> tuple[str, str] | None:
        """Return bed and request of a message, None where it has a wrong form, length or sum."""
        message = asked.decode("ascii", "replace")
        if self._stuffs:
            message = _plain(message)
        good = re.fullmatch(r"\x01(\d{5})\x02(.*)\x03(\d{5})\x04", message)
        if not good or int(good[1]) != len(message) or int(good[3]) != sum(map(ord, message[:-6])) % 256:
            return None
        question = _QUESTION.fullmatch(good[2])
        return (question[1], question[2]) if question else None


def _stuffed(message: str) -> str:
    return "".join(_STUFFED.get(letter, letter) for letter in message)


def _plain(stuffed: str) -> str:
    letters = {pair: letter for letter, pair in _STUFFED.items()}
    return re.sub("EX|EE|ex|ee", lambda match: letters[match[0]], stuffed)


def _values(pump: Delivery) -> list[tuple[str, str]]:
    return [
        ("INRT", f"{pump.rate:.2f}"),
        ("INAVRT", f"{pump.rate if pump.running else 0:.2f}"),
        ("INVI", f"{pump.given:.2f}"),
        ("INVTB", f"{TO_GIVE:.1f}"),
        ("INRMT", f"{pump.left_s}" if pump.running else "65535"),
        ("INSOL", DRUG),
        ("INBOVAL", "_NV"),
        ("INDCON", f"{CONCENTRATION:.2f}"),
        ("INDCONU", "00031"),
        ("INDORT", f"{DOSE_RATE:.2f}"),
        ("INDORTU", "00071"),
        ("INM3", f"{pump.running:d}"),
        ("INA1", f"{pump.occluded:d}"),
        ("INP2", "88" if pump.occluded else "12"),
    ]


def _told(pump: Delivery) -> tuple[Reading, ...]:
    left = Reading(PumpValue.TIME_REMAINING, round(pump.left_s / 60, 6), variant="11")
    unknown = Reading(PumpValue.TIME_REMAINING, None, "unknown", Quality.INVALID, "11")
    return (
        Reading(PumpValue.FLOW_RATE, pump.rate, variant="11"),
        Reading(PumpValue.FLOW_RATE, pump.rate if pump.running else 0.0, variant="11 average"),
        Reading(PumpValue.VOL_DELIVERED, pump.given, variant="11"),
        Reading(PumpValue.VTBI, TO_GIVE, variant="11"),
        left if pump.running else unknown,
        Reading("local:bbraun_bcc:bolus_volume", None, "absent", Quality.INVALID, "11", unit="mL"),
        Reading("local:bbraun_bcc:pressure", 88.0 if pump.occluded else 12.0, variant="11", unit="%"),
        Reading(PumpValue.DOSE_RATE, DOSE_RATE, variant="11"),
        Reading(PumpValue.CONC_DRUG, CONCENTRATION, variant="11"),
    )


def _states(pump: Delivery) -> tuple[str, ...]:
    return ("running" if pump.running else "stopped", *(("alarm",) if pump.occluded else ()))
