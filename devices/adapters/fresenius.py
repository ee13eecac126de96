"""Fresenius Agilia, Pilot and Base A or Orchestra: the pumps' serial line, read-out only.

Source: infupy's Fresenius backend (ISC), an open reader of the maker's protocol.
Line:   19200 baud, 7E1; ``STX slot text CC ETX``, CC the complement of the sum in hexadecimal, answered by
        ACK, or NAK and a digit. A pump's ENQ wants a DC4. ``DC`` opens the talk (slot 0 is the base, whose
        ``LE;b`` tells which slots have a pump), ``LE;dr`` asks rate and volume, ``LP`` the drug.
Gaps:   an answer I (error) has no numbers. What pumps say unasked (E, M) is never switched on and not echoed.
"""

from __future__ import annotations

import re

from devices.adapters._fresenius_talk import ASKED, Talk
from devices.contract import Adapter, Frame, Link, Reading, Send
from devices.framing import Piece, Stream
from devices.vocabulary import PumpValue

STX, ENQ, ACK, DC4, NAK = 0x02, 0x05, b"\x06", b"\x14", 0x15
LONGEST = 100
"""Bytes of a message; its text has 80 at most."""
EDGE = re.compile(rb"[\x02\x03]")
LINK = re.compile(rb"[\x02\x05\x06\x15]")
SCALES = {"d": (PumpValue.FLOW_RATE, 0.1), "r": (PumpValue.VOL_DELIVERED, 0.001)}
TEXT = re.compile(rb"[ -~]+")
VALUES = re.compile(r"[dr][0-9A-F]{1,8}")
REFUSALS = {
    "1": "character",
    "2": "checksum",
    "4": "address",
    "5": "time-out",
    "6": "not ready",
    "7": "length",
    "8": "control character",
}

EVERY, TAKES, PATIENCE = 1.0, 2.0, 6.0
"""Seconds between two questions; for an answer; of silence after which the talk is opened again."""


def checksum(text: bytes) -> bytes:
    """Return a message's two check characters."""
    return b"%02X" % (0xFF - sum(text) % 256)


def written(text: str) -> bytes:
    """Return the message of a text, slot in front."""
    return b"\x02" + text.encode("ascii") + checksum(text.encode("ascii")) + b"\x03"


class FreseniusDecoder(Stream):
    """Reads one connection; asks one thing at a time, of a single pump or of all in a base."""

    def __init__(self) -> None:
        super().__init__(self._cut)
        self._talk = Talk()
        self._heard, self._last_heard, self._asked = False, 0.0, 0.0

    def opening(self) -> list[Send]:
        """Return what opens the talk."""
        return [Send(written(self._talk.opened()))]

    def due(self, elapsed: float) -> list[Send]:
        """Return the next question, once the last is answered or has waited for 2 s."""
        if self._heard:
            self._heard, self._last_heard = False, elapsed
        if elapsed - self._last_heard >= PATIENCE:
            self._last_heard = self._asked = elapsed
            return self.opening()
        if elapsed - self._asked < (TAKES if self._talk.waiting else EVERY):
            return []
        if not (question := self._talk.following()):
            return []
        self._asked = elapsed
        return [Send(written(question))]

    def _cut(self, held: bytes, at: int) -> Piece | None:
        if held[at] == ENQ:
            self.answers.append(Send(DC4))
            return 1, Frame(held[at : at + 1], raw_flags={"line": "ENQ"})
        begin = at + (held[at] == ACK[0])
        if begin == len(held) or (held[at] == NAK and at + 1 == len(held)):
            return None
        if held[begin] == STX:
            return self._message(held, at, begin)
        if begin > at:
            return 1, Frame(ACK, raw_flags={"line": "ACK"})
        if held[at] == NAK:
            why = REFUSALS.get(chr(held[at + 1]))
            if why is None:
                return 1, "NAK"
            self._talk.refused()
            return 2, Frame(held[at : at + 2], (), ("error",), None, {"refused": why})
        link = LINK.search(held, at + 1, at + LONGEST)
        if link is None:
            return (LONGEST, "outside a message") if len(held) - at >= LONGEST else None
        return link.start() - at, "outside a message"

    def _message(self, held: bytes, at: int, begin: int) -> Piece | None:
        edge = EDGE.search(held, begin + 1, begin + LONGEST)
        if edge is None:
            too_long = len(held) - begin >= LONGEST
            return (begin + LONGEST - at, f"no end in {LONGEST} bytes") if too_long else None
        if held[edge.start()] == STX:
            return edge.start() - at, "a message without its end"
        inside = held[begin + 1 : edge.start()]
        if bytes([ENQ]) in inside:
            self.answers.append(Send(DC4))
            inside = inside.replace(bytes([ENQ]), b"")  # the pump asks for life in the middle of a message
        text, said = inside[:-2], inside[-2:]
        if not TEXT.fullmatch(text):
            return edge.end() - at, "no text"
        if said != checksum(text):
            return edge.end() - at, f"checksum {said.decode('latin-1')}, expected {checksum(text).decode()}"
        self.answers.append(Send(ACK))
        return edge.end() - at, self._read(held[at : edge.end()], text.decode("ascii"))

    def _read(self, raw: bytes, text: str) -> Frame:
        slot = text[:1] if text[:1].isdigit() else ""
        status, *items = text.removeprefix(slot).split(";")
        self._heard = True
        flags = {"status": f"{slot} {status}".strip(), "text": ";".join(items)}
        if status == "I":
            self._talk.failed(items[0] if items else "")
            return Frame(raw, (), ("error",), None, flags)
        if status != "C":
            return Frame(raw, raw_flags=flags)
        if self._talk.waiting == f"{slot}LP" and items:
            flags[f"drug {slot}".strip()] = flags["text"]
        self._talk.answered(items)
        if not items or not all(map(VALUES.fullmatch, items)):
            return Frame(raw, raw_flags=flags)
        told = {item[0]: int(item[1:], 16) for item in items}
        readings = (Reading(SCALES[k][0], round(n * SCALES[k][1], 6), variant=slot) for k, n in told.items())
        return Frame(raw, tuple(readings), raw_flags=flags)


ADAPTER = Adapter(
    name="fresenius",
    protocol="Fresenius Agilia and Pilot serial line, read-out only",
    models=("Fresenius Agilia", "Fresenius Pilot", "Fresenius Base A", "Fresenius Orchestra"),
    link=Link(19200, bits=7, parity="E", period=2.0, silence=15.0),
    vitals=(PumpValue.FLOW_RATE, PumpValue.VOL_DELIVERED),
    evidence="document",
    decoder=FreseniusDecoder,
    experimental=True,
    may_send=tuple(re.compile(re.escape(raw)) for raw in (ACK, DC4, *map(written, ASKED))),
)
