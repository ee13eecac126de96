"""A simulated Philips monitor on its serial port: it says what its screen shows when it is asked in HL7.

An even seed knows the filter STA (Efficia CM), an odd one RES (SureSigns); the other is refused with AE. It
wraps its answers in MLLP; whether real ones do, no source says. Source: Philips' data export guides.
"""

from __future__ import annotations

import re

from devices.simulators import hl7_oru
from devices.simulators.actor import Said, Scene
from devices.simulators.answering import Answering
from devices.simulators.hl7_oru import message_time, observation, told_of

_QUESTION = re.compile(rb"MSH\|\^~\\&\|[^\r]*\|QRY\^R02\|(\w+)\|P\|2\.4\r(QRD\|[^\r]*\|(\w+))\r")


class Simulated(Answering):
    """One answer to one question; refused where the filter is not its own."""

    faults = hl7_oru.Simulated.faults

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._monitor = hl7_oru.Simulated(scene)
        self._filter = b"STA" if scene.patient.seed % 2 == 0 else b"RES"
        self._answers = 0

    def question(self, heard: bytes) -> int:
        """Return the length of the two segments of a question, or of a byte that belongs to none."""
        if not heard.startswith(b"M"):
            return 1
        second = heard.find(b"\r", heard.find(b"\r") + 1)
        return second + 1 if heard.count(b"\r") > 1 else 0

    def answer(self, asked: bytes, now: float) -> list[Said]:
        """Return the results, or a refusal; nothing to what is no question."""
        question = _QUESTION.fullmatch(asked)
        if question is None:
            return []
        self._answers += 1
        time, control = self.scene.clock(now), question[1].decode()
        stamp, known = message_time(time), question[3] == self._filter
        kind = "ORF^R04" if known else "ACK^R02"
        lines = [
            rf"MSH|^~\&|^EfficiaCM||||{stamp}||{kind}|DEMO{self._answers:010}|P|2.4",
            f"MSA|{'AA' if known else 'AE'}|{control}",
        ]
        rows = self._monitor.rows(now) if known else []
        demo = "DEMO" if rows and self.scene.shows("demo", now) else ""
        lines += [question[2].decode(), "PID|||DEMO-1"] if known else []
        lines += [observation(number, row, demo) for number, row in enumerate(rows, 1)]
        raw = b"\x0b" + "".join(f"{line}\r" for line in lines).encode("ascii") + b"\x1c\r"
        states = ("demo",) if demo else ()
        return [Said(now, raw, tuple(map(told_of, rows)), states, time)]
