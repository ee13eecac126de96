"""Fresenius Agilia, Pilot and Base A or Orchestra: the pumps' serial line, read-out only.

Source: infupy's Fresenius backend (ISC), an open reader of the maker's protocol.
Line:   19200 baud, 7E1; ``STX slot text CC ETX``, CC the complement of the sum in hexadecimal, answered by
        ACK, or NAK and a digit. A pump's ENQ wants a DC4. ``DC`` opens the talk (slot 0 is the base, whose
        ``LE;b`` tells which slots have a pump), ``LE;dr`` asks rate and volume, ``LP`` the drug.
Gaps:   an answer I (error) has no numbers. What pumps say unasked (E, M) is never switched on and not echoed.
"""

from __future__ import annotations

import re

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
MODULES = re.compile(r"b([0-9A-F]{1,4})")
REFUSALS = {
    "1": "character",
    "2": "checksum",
    "4": "address",
    "5": "time-out",
    "6": "not ready",
    "7": "length",
    "8": "control character",
}
OTHER = {"DC": "0DC", "0DC": "DC"}
"""What opens the talk where the one thing is not there: a single pump's question, the base's."""
NO_SESSION = ("0D", "1E")
"""Errors that say that the talk is closed: with the base, with the pump."""

EVERY, TAKES, PATIENCE = 1.0, 2.0, 6.0
"""Seconds between two questions; for an answer; of silence after which the talk is opened again."""
SLOTS = ("1", "2", "3", "4", "5", "6", "7", "8")


def checksum(text: bytes) -> bytes:
    """Return a message's two check characters."""
    return b"%02X" % (0xFF - sum(text) % 256)


def written(text: str) -> bytes:
    """Return the message of a text, slot in front."""
    return b"\x02" + text.encode("ascii") + checksum(text.encode("ascii")) + b"\x03"


ASKED = ("DC", "LP", "LE;dr", "0DC", "0LE;b", *(s + text for s in SLOTS for text in ("DC", "LP", "LE;dr")))
"""All that is ever asked: a single pump, the base, and the pumps in it."""


class FreseniusDecoder(Stream):
    """Reads one connection; asks one thing at a time, of a single pump or of all in a base."""

    def __init__(self) -> None:
        super().__init__(self._cut)
        self._base = False
        self._todo: list[str] = []
        self._round: list[str] = []
        self._waiting = ""
        self._heard, self._last_heard, self._asked = False, 0.0, 0.0

    def opening(self) -> list[Send]:
        """Return what opens the talk: of a base and of a single pump in turn, until one of them answers."""
        self._base = self._base if self._round else not self._base
        self._todo, self._round, self._waiting = [], [], "0DC" if self._base else "DC"
        return [Send(written(self._waiting))]

    def due(self, elapsed: float) -> list[Send]:
        """Return the next question, once the last is answered or has waited for 2 s."""
        if self._heard:
            self._heard, self._last_heard = False, elapsed
        if elapsed - self._last_heard >= PATIENCE:
            self._last_heard = self._asked = elapsed
            return self.opening()
        if elapsed - self._asked < (TAKES if self._waiting else EVERY) or not self._todo + self._round:
            return []
        if self._todo:
            self._waiting = self._todo.pop(0)
        else:
            self._waiting = self._round.pop(0)
            self._round.append(self._waiting)
        self._asked = elapsed
        return [Send(written(self._waiting))]

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
            self._closed([OTHER[self._waiting]] if self._waiting in OTHER else [])
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
            closed = bool(items) and items[0] in NO_SESSION
            self._closed(["0DC" if self._base else "DC"] if closed else [])
            return Frame(raw, (), ("error",), None, flags)
        if status != "C":
            return Frame(raw, raw_flags=flags)
        self._answered(items)
        if not items or not all(map(VALUES.fullmatch, items)):
            return Frame(raw, raw_flags=flags)
        told = {item[0]: int(item[1:], 16) for item in items}
        readings = (Reading(SCALES[k][0], round(n * SCALES[k][1], 6), variant=slot) for k, n in told.items())
        return Frame(raw, tuple(readings), raw_flags=flags)

    def _answered(self, items: list[str]) -> None:
        asked, self._waiting = self._waiting, ""
        self._base = self._base if asked not in OTHER else asked == "0DC"
        if asked == "DC":
            self._todo, self._round = ["LP"], ["LE;dr"]
        elif asked == "0DC":
            self._todo, self._round = ["0LE;b"], []
        elif asked == "0LE;b" and items and (mask := MODULES.fullmatch(items[0])):
            slots = [slot for number, slot in enumerate(SLOTS) if int(mask[1], 16) >> number & 1]
            self._todo = [slot + text for slot in slots for text in ("DC", "LP")]
            self._round = [f"{slot}LE;dr" for slot in slots]

    def _closed(self, again: list[str]) -> None:
        """Note that the last question has no answer; *again* opens the talk anew, if that is the cause."""
        self._waiting = ""
        self._todo = again or self._todo


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
