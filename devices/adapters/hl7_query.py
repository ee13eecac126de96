"""Philips Efficia CM and SureSigns VS, VM on their serial port: HL7 v2 results that have to be asked for.

Source: Philips' data export guides (QRY^R02, ORF^R04). The guide of the Efficia CM knows the filter STA
        (what the screen shows), SureSigns RES (current results); which one a monitor takes, it tells.
Line:   serial; one question, one ORF^R04 or a negative ACK. Each question is the same bytes: the monitor
        reads neither its time nor its name. An answer is never acknowledged: that would move the mark to
        which the monitor's own records have been exported.
Gaps:   as in `hl7_oru`. An answer without MLLP is whole when the next one begins.
"""

from __future__ import annotations

import re
from dataclasses import replace

from devices.adapters import hl7_oru
from devices.contract import Frame, Link, Send

EVERY = 10.0
"""Seconds between two questions."""
CURRENT, SHOWN = b"RES", b"STA"
REFUSED = re.compile(rb"[\r\n]MSA\|A[ER]\|")
_QUESTION = (
    b"MSH|^~\\&|||||20000101000000||QRY^R02|INFUSIONLOG|P|2.4\rQRD|20000101000000|R|I|INFUSION|||||%b\r"
)
QUESTIONS = {filter_: _QUESTION % filter_ for filter_ in (CURRENT, SHOWN)}


class Hl7QueryDecoder(hl7_oru.Hl7Decoder):
    """Reads one connection and asks for each result; with the other filter once one was refused."""

    def __init__(self) -> None:
        super().__init__(NAME)
        self._filter, self._asked_at = CURRENT, 0.0

    def opening(self) -> list[Send]:
        """Return the first question."""
        return [Send(QUESTIONS[self._filter])]

    def due(self, elapsed: float) -> list[Send]:
        """Return the question again every 10 s."""
        if elapsed - self._asked_at < EVERY:
            return []
        self._asked_at = elapsed
        return self.opening()

    def _message(self, raw: bytes) -> Frame | str:
        what = super()._message(raw)
        self.answers.clear()  # nothing is acknowledged here
        if isinstance(what, Frame) and not what.readings and REFUSED.search(raw):
            self._filter = SHOWN if self._filter == CURRENT else CURRENT
        return what


NAME = "hl7_query"
ADAPTER = replace(
    hl7_oru.ADAPTER,
    name=NAME,
    protocol="HL7 v2 results asked for (QRY^R02)",
    models=("Philips Efficia CM", "Philips SureSigns VS", "Philips SureSigns VM"),
    link=Link(115200, period=EVERY, silence=60.0),
    evidence="document",
    experimental=True,
    decoder=Hl7QueryDecoder,
    may_send=tuple(re.compile(re.escape(question)) for question in QUESTIONS.values()),
)
