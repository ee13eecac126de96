"""A simulated Fresenius Pilot: alone (odd seed), or in slot 1 of a base (even seed).

Nothing is said before the talk is opened; with each value comes an ENQ, and whoever does not answer it with
DC4 has to open the talk again. Source: infupy's Fresenius backend (ISC).
"""

from __future__ import annotations

from typing import ClassVar

from devices.contract import Reading
from devices.simulators.actor import Said, Scene
from devices.simulators.answering import Answering
from devices.simulators.syringe import delivery
from devices.vocabulary import PumpValue

_ACK, _DC4, _ENQ = b"\x06", b"\x14", b"\x05"


class Simulated(Answering):
    """Acknowledges and answers each question of an open talk."""

    faults: ClassVar = frozenset({"occlusion"})

    @staticmethod
    def resealed(raw: bytes) -> bytes:
        """Return an answer with its check made right; what is no message has none."""
        head, begins, rest = raw.partition(b"\x02")
        return head + begins + rest[:-3] + _check(rest[:-3]) + rest[-1:] if begins else raw

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._slot = "1" if scene.patient.seed % 2 == 0 else ""
        self._open: set[str] = set()
        self._opened_at = 0.0
        self._unanswered = False

    def question(self, heard: bytes) -> int:
        """Return the length of a message, or of a single character outside one."""
        return 1 if heard[:1] != b"\x02" else heard.find(b"\x03") + 1

    def answer(self, asked: bytes, now: float) -> list[Said]:
        """Return the acknowledged answer, or why there is none."""
        if len(asked) == 1:
            self._unanswered = self._unanswered and asked != _DC4
            return []
        if self.scene.switched_on(now) != self._opened_at:
            self._open, self._opened_at, self._unanswered = set(), self.scene.switched_on(now), False
        text, said = asked[1:-3], asked[-3:-1]
        if said != _check(text):
            return [Said(now, b"\x152")]
        word = text.decode("ascii")
        slot = word[:1] if word[:1].isdigit() else ""
        return self._to(slot, word.removeprefix(slot), now)

    def _to(self, slot: str, question: str, now: float) -> list[Said]:
        if slot != self._slot and (slot != "0" or not self._slot):
            return [Said(now, b"\x154")]
        if self._unanswered:
            self._open, self._unanswered = set(), False
        if question == "DC":
            self._open.add(slot)
            return [_say(f"{slot}C", now)]
        if slot not in self._open or (self._slot and "0" not in self._open):
            return [_say(f"{slot}I;{'0D' if self._slot else '1E'}", now, states=("error",))]
        if question == "LE;dr" and slot == self._slot:
            return self._values(now)
        known = {("0", "LE;b"): "b01", (self._slot, "LP"): "KETAMIN"}
        if (slot, question) not in known:
            return [_say(f"{slot}I;01", now, states=("error",))]
        return [_say(f"{slot}C;{known[slot, question]}", now)]

    def _values(self, now: float) -> list[Said]:
        pump = delivery(self.scene, now)
        rate, given = pump.rate if pump.running else 0.0, round(pump.given, 3)
        told = (
            Reading(PumpValue.FLOW_RATE, rate, variant=self._slot),
            Reading(PumpValue.VOL_DELIVERED, given, variant=self._slot),
        )
        self._unanswered = True
        text = f"{self._slot}C;d{round(rate * 10):04X};r{round(given * 1000):08X}"
        return [Said(now, _ENQ), _say(text, now, told)]


def _say(text: str, now: float, told: tuple[Reading, ...] = (), states: tuple[str, ...] = ()) -> Said:
    raw = text.encode("ascii")
    return Said(now, _ACK + b"\x02" + raw + _check(raw) + b"\x03", told, states)


def _check(text: bytes) -> bytes:
    return b"%02X" % (255 - sum(text) % 256)
