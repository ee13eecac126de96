"""A simulated Harvard syringe pump, alone on its line: it answers three questions, and is set by nobody.

An even seed is a PHD 22/2000, which writes units behind its numbers; an odd one a Pump 11, which does not,
and knows another word for its unit. An occlusion stalls the motor. It promises only what its bytes alone
say: which number is the volume, only its asker knows. Source: pumpy (MIT).
"""

from __future__ import annotations

from typing import ClassVar

from devices.contract import Reading
from devices.simulators.actor import Said, Scene
from devices.simulators.answering import Answering
from devices.simulators.syringe import Delivery, delivery
from devices.vocabulary import PumpValue


class Simulated(Answering):
    """One reply to one word: value and prompt, never the question."""

    faults: ClassVar = frozenset({"occlusion", "power_cycle"})

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._writes_units = scene.patient.seed % 2 == 0

    def question(self, heard: bytes) -> int:
        """Return the length of the word that has ended, up to its CR."""
        return heard.find(b"\r") + 1

    def answer(self, asked: bytes, now: float) -> list[Said]:
        """Return the reply; a word that it does not know, or that would set it, gets a question mark."""
        pump = delivery(self.scene, now)
        prompt, state = _doing(pump)
        texts = {
            b"RAT\r": f"{pump.rate:8.3f}" + (" ml/hr" if self._writes_units else ""),
            b"VOL\r": f"{pump.given:8.3f}" + (" ml" if self._writes_units else ""),
            b"RNG\r" if self._writes_units else b"RAN\r": "ML/H",
        }
        plain = asked == b"RAT\r" and self._writes_units
        told = (Reading(PumpValue.FLOW_RATE, pump.rate),) if plain else ()
        raw = f"\r\n{texts.get(asked, '?')}\r\n{prompt}".encode("ascii")
        return [Said(now, raw, told, (state,))]


def _doing(pump: Delivery) -> tuple[str, str]:
    if pump.occluded:
        return "*", "stalled"
    return (">", "running") if pump.running else (":", "stopped")
