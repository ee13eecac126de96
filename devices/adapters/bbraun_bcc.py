"""B. Braun Space and CompactPlus pumps behind a ComDevice (SpaceCom): the BCC protocol, read-out only.

Source: B. Braun's interface description of BCC; its ALIVE frame and the sums of seven of its examples.
Line:   9600 baud, 8N1, or TCP port 4001. ADMIN:ALIVE tells the bed, MEM:GET with that bed asks all pumps;
        each part of the answer is acknowledged, then comes the next. A new request begins again at part 1.
Gaps:   ``_NV`` no value, ``_NA`` not at the moment; 65535 s left is unknown; a volume stops at 9999.9 ml.
        An answer of which any part is broken says no number: a rate without its unit would be one.
"""

from __future__ import annotations

import re
from dataclasses import replace

from devices.adapters._bcc_messages import ALIVE, ANYBODY, BED, GET, MAY_ASK, part, request
from devices.adapters._bcc_values import VITALS, joined, read
from devices.contract import Adapter, Frame, Link, Send
from devices.framing import Piece, Stream

ACK = b"\x06"
LONGEST = 2048
"""Bytes of a part; the longest that is documented has fewer than a thousand."""
MOST_HELD = 65_536
"""Characters of an answer in many parts; a full rack says a third of that."""
EVERY = 2.0
"""Seconds between two requests; at least 0.5 are asked for."""
PATIENCE = 10.0
"""Seconds without a good message after which the ComDevice is looked for again."""

EDGE = re.compile(rb"[\x01\x04]")


class BccDecoder(Stream):
    """Reads one connection; remembers the bed, and the parts of the answer that is coming in."""

    def __init__(self) -> None:
        super().__init__(self._cut)
        self._bed, self._stuffing, self._tried = b"", False, True
        self._parts, self._broken = "", False
        self._heard, self._last_heard = False, 0.0
        self._asked, self._open = 0.0, False

    def opening(self) -> list[Send]:
        """Return the question whether a ComDevice is there, written in the way that was not tried last."""
        self._stuffing = self._tried = not self._tried
        return [Send(request(ALIVE, ANYBODY, self._stuffing))]

    def due(self, elapsed: float) -> list[Send]:
        """Return the next request: none while an answer is coming in; ALIVE again after 10 s of silence."""
        if self._heard:
            self._heard, self._last_heard = False, elapsed
        lost = elapsed - max(self._last_heard, self._asked if self._open else 0.0) >= PATIENCE
        if elapsed - self._asked < EVERY or (self._open and not lost):
            return []
        self._asked, self._parts, self._broken = elapsed, "", False
        if lost or not self._bed:
            self._bed, self._open = b"", False
            return self.opening()
        self._open = True
        return [Send(request(GET, self._bed, self._stuffing))]

    def _cut(self, held: bytes, at: int) -> Piece | None:
        if held[at] == ACK[0]:
            return 1, "an acknowledgement"
        edge = EDGE.search(held, at + (held[at] == 1), at + LONGEST)
        if edge is None:
            self._broken |= len(held) - at >= LONGEST
            return (LONGEST, f"no message in {LONGEST} bytes") if len(held) - at >= LONGEST else None
        if held[at] != 1 or edge[0] == b"\x01":
            self._broken = True
            end = edge.start() + (edge[0] == b"\x04")
            return end - at, "before the start of a message" if held[at] != 1 else "a message without its end"
        raw = held[at : edge.end()]
        return len(raw), self._message(raw)

    def _message(self, raw: bytes) -> Frame | str:
        message = part(raw)
        if isinstance(message, str):
            self._broken, self._open = True, False
            return message
        self.answers.append(Send(ACK))
        self._heard, self._open = True, message.more
        if message.stuffed is not None:
            self._stuffing, self._tried = message.stuffed, not message.stuffed
        if ",GNACK," in message.text and re.fullmatch(BED, message.bed):
            self._bed = message.bed
        self._parts = joined(self._parts, message.text)
        if message.more and len(self._parts) < MOST_HELD:
            return Frame(raw, raw_flags={"part": "more follow"})
        text, broken = self._parts, self._broken
        self._parts, self._broken = "", False
        return (
            Frame(raw, raw_flags={"answer": "a part is missing"})
            if broken
            else replace(read(raw, text), device_id=message.bed.decode("utf-8", "replace"))
        )


ADAPTER = Adapter(
    name="bbraun_bcc",
    protocol="B. Braun BCC (ComDevice), read-out only",
    models=("B. Braun Perfusor Space", "B. Braun Infusomat Space", "B. Braun CompactPlus"),
    link=Link(9600, period=EVERY, silence=15.0),
    vitals=VITALS,
    evidence="vectors",
    decoder=BccDecoder,
    experimental=True,
    may_send=(re.compile(re.escape(ACK)), *MAY_ASK),
)
