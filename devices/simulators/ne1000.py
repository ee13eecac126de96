"""A simulated New Era NE-1000 at address 00 in basic mode: it answers DIS, RAT and VOL, and is set by nobody.

An occlusion stalls its motor: the alarm is said once, instead of the next answer. An odd seed is a pump whose
rate was typed in mL/min. Source: New Era NE-1000 user manual.
"""

from __future__ import annotations

import re
from typing import ClassVar

from devices.contract import Reading
from devices.simulators.actor import Said, Scene, as_it_is
from devices.simulators.answering import Answering
from devices.simulators.syringe import TO_GIVE, delivery
from devices.vocabulary import PumpValue

_QUESTION = re.compile(rb"00(DIS|RAT|VOL)\r")


class Simulated(Answering):
    """One answer to one question, with the state in front."""

    faults: ClassVar = frozenset({"occlusion"})
    resealed = staticmethod(as_it_is)

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._alarms = [*scene.moments("occlusion")]
        self._on_since = 0.0

    def question(self, heard: bytes) -> int:
        """Return the length of the command that has ended, up to its CR."""
        return heard.find(b"\r") + 1

    def answer(self, asked: bytes, now: float) -> list[Said]:
        """Return the answer, or an alarm that nobody has been told of yet."""
        if self._on_since != (on := self.scene.switched_on(now)):
            self._on_since = on
            return [Said(now, b"\x0200A?R\x03", (), ("alarm",))]
        if self._alarms and self._alarms[0] <= now:
            del self._alarms[0]
            return [Said(now, b"\x0200A?S\x03", (), ("alarm",))]
        pump, question = delivery(self.scene, now), _QUESTION.fullmatch(asked)
        letter, state = ("I", "running") if pump.running else ("S", "stopped")
        if question is None:
            return [Said(now, f"\x0200{letter}?\x03".encode("ascii"), (), (state,))]
        before = delivery(self.scene, on).given  # what it dispensed is counted since it was switched on
        given = round(pump.given - before, 2)
        text, told = {
            b"DIS": (
                f"I{_number(given)}W{_number(0)}ML",
                (
                    Reading(PumpValue.VOL_DELIVERED, given),
                    Reading("local:ne1000:withdrawn", 0.0, unit="mL"),
                ),
            ),
            b"RAT": (self._rate(pump.rate), (Reading(PumpValue.FLOW_RATE, pump.rate),)),
            b"VOL": (f"{_number(TO_GIVE)}ML", (Reading(PumpValue.VTBI, TO_GIVE),)),
        }[question[1]]
        return [Said(now, f"\x0200{letter}{text}\x03".encode("ascii"), told, (state,))]

    def _rate(self, rate: float) -> str:
        in_minutes = self.scene.patient.seed % 2 == 1
        return f"{_number(rate / 60)}MM" if in_minutes else f"{_number(rate)}MH"


def _number(value: float) -> str:
    """Return four digits and a point, as many of them before it as the value needs."""
    return f"{value:.3f}"[:5]
