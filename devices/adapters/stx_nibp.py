"""SINNOR, NIBScan, UN300C, Medlab and Abaton pressure modules: asked for their status, nothing else.

Source: the makers' serial guides (SINNOR, Medlab NIBScan); the one printed answer contradicts its own sum.
Line:   4800 baud, 8N1 (9600 on some). ``STX 18;;DF ETX`` asks; ``STX S<state>;A<mode>;C<cycle>;M<message>;
        P<sys><dia><mean>;R<pulse>;T<next>;;CC ETX CR`` answers, CC the sum of what stands before it as two
        hexadecimal digits. At work it sends the cuff's pressure unasked, ``nnnC0S3 CR``, and ``999`` last.
Gaps:   ``---`` or zeros. A message other than 00 is an error: that cycle has no numbers.

An answer whose sum is wrong is read, questionable, and says so, until a device has shown how it counts.
"""

from __future__ import annotations

import re

from devices.adapters._cuff_readings import CUFF, cuff_readings, no_readings
from devices.contract import Adapter, Frame, Link, Send
from devices.cuffs import CuffCycles
from devices.framing import Every, Piece, Stream, sum8

ASK = b"\x0218;;DF\x03"
EVERY = 2
"""Seconds between two questions."""
LONGEST = 80
NUMBER = rb"(\d{3}|---)"
ANSWER = re.compile(
    rb"\x02(S(\d);A(\d);C(\d\d);M(\d\d);P"
    + NUMBER * 3
    + rb";R"
    + NUMBER
    + rb";T(\d{4});;)([0-9A-F]{2})\x03\r"
)
PRESSURE = re.compile(rb"\x02?(\d{3})C(\d)S(\d)\x03?\r|\x02?999\x03?\r")
SELF_TEST, BUSY = 2, 3


class StxDecoder(Stream):
    """Asks and reads one connection; remembers the last cuff cycle."""

    def __init__(self) -> None:
        super().__init__(self._piece)
        self._cuff = CuffCycles(by_value=True)
        self._turn = Every(EVERY)
        self._busy = self._failed = False

    def opening(self) -> list[Send]:
        """Return the question for the status."""
        return [Send(ASK)]

    def due(self, elapsed: float) -> list[Send]:
        """Return the question every other second."""
        return [Send(ASK)] if self._turn.due(elapsed) else []

    def _piece(self, held: bytes, at: int) -> Piece | None:
        end = held.find(b"\r", at, at + LONGEST)
        begin = held.find(b"\x02", at + 1, at + LONGEST if end < 0 else end)
        if begin > at:
            return begin - at, "before the start of an answer"
        if end < 0:
            return (LONGEST, f"no line end in {LONGEST} bytes") if len(held) - at >= LONGEST else None
        raw = held[at : end + 1]
        return len(raw), self._line(raw)

    def _line(self, raw: bytes) -> Frame | str:
        if pressure := PRESSURE.fullmatch(raw):
            self._busy = self._busy or pressure[1] is not None
            flags = {"cuff_pressure": pressure[1].decode("ascii")} if pressure[1] else {}
            return Frame(raw, (), ("nibp_measuring",) if flags else (), None, flags)
        answer = ANSWER.fullmatch(raw)
        if not answer:
            return "no answer to a question for the status"
        text, said = answer[1], answer[11].decode("ascii")
        parts = (part.decode("ascii") for part in answer.groups()[1:10])
        state, mode, cycle, message, *numbers, following = parts
        flags = {"state": state, "mode": mode, "cycle": cycle, "message": message, "next": following}
        right = f"{sum8(text):02X}"
        if said != right:
            flags["checksum"] = f"{said}, expected {right}"
        busy, failed = int(state) == BUSY, message != "00"
        ended = self._busy and not busy
        if ended or (failed and not self._failed):
            self._cuff.restart()
        self._busy, self._failed = busy, failed
        systolic, diastolic, mean, pulse = (0 if number == "---" else int(number) for number in numbers)
        doubt = None if said == right else "checksum"
        readings = no_readings("failed") if failed else cuff_readings(systolic, diastolic, mean, pulse, doubt)
        states = ("nibp_measuring",) * busy + ("self_test",) * (int(state) == SELF_TEST)
        return Frame(raw, self._cuff.mark(readings), states, None, flags)


ADAPTER = Adapter(
    name="stx_nibp",
    protocol="STX nn;; ETX pressure module",
    models=("SINNOR", "Medlab NIBScan", "UN300C", "Abaton"),
    link=Link(4800, period=float(EVERY), silence=10.0),
    vitals=CUFF,
    evidence="vectors",
    experimental=True,
    decoder=StxDecoder,
    may_send=(re.compile(re.escape(ASK)),),
)
