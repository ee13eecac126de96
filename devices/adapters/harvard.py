"""Harvard Apparatus Pump 11, 11 Plus and 22 syringe pumps, and PHD 22/2000: read-out only.

Source: open drivers (pumpy, MIT; harvard-syringe-pump), which follow the makers' manuals. On no device.
Line:   9600 baud, 8N2 (some 8N1); a word and CR is answered by LF, value, CR LF and a prompt: ``:`` stopped,
        ``>`` infusing, ``<`` withdrawing, ``*`` stalled. One pump: those of a chain would all answer.
        ``RAT`` asks for the rate and ``ULM 60`` sets it; a lone CR stops some pumps and is never sent.
Gaps:   A reply does not say which question it answers, and the older pumps write numbers without a unit. One
        question is out at a time; a number is read only as the answer that came in turn, and a rate only
        between two equal answers to ``RNG``, its unit. Where a reply was lost nothing is read until the line
        was silent and ``RNG``, whose answer shows itself, is answered. A capture alone says no bare number.
"""

from __future__ import annotations

import re

from devices.adapters._pump_values import NUMBER, PER_HOUR, VOLUMES, flow_rate, told, volume
from devices.contract import Adapter, Event, Frame, Link, Reading, Send
from devices.framing import Piece, Stream
from devices.vocabulary import PumpValue

UNIT, UNIT_11, RATE, GIVEN = b"RNG\r", b"RAN\r", b"RAT\r", b"VOL\r"
ROUND = (RATE, UNIT, GIVEN, UNIT)
"""What is asked over and over after the first `UNIT`, which is `UNIT_11` to a pump that does not know it."""
EVERY, PATIENCE, QUIET = 1.0, 3.0, 3.0
"""Seconds between two questions; for an answer; of silence after one that did not come."""

LONGEST = 64
PROMPT = re.compile(rb"[:><*]")
REPLY = re.compile(rb"\r?\n(?:[ \t]*([ -9;=?-~]{0,40}?)[ \t]*\r?\n)?\r?(\d{0,2})([:><*])", re.DOTALL)
STATES = {":": "stopped", ">": "running", "<": "withdrawing", "*": "stalled"}
VALUE = re.compile(r"(-?[\d.]+)(?: *([mu]l)(?:/(hr?|mi?n?))?)?", re.IGNORECASE)
A_UNIT = re.compile(r"([mu]l)/(hr?|mi?n?)", re.IGNORECASE)

VOLUME = "local:harvard:volume"
"""Volume infused in the pump's own unit, which it does not write: mL by one manual, uL by another driver."""


class HarvardDecoder(Stream):
    """Reads one connection; remembers the one question that is out, and whether replies come in turn."""

    def __init__(self) -> None:
        super().__init__(self._reply)
        self._asks, self._asked, self._asked_at = False, b"", 0.0
        self._heard, self._heard_at = False, 0.0
        self._in_turn, self._next, self._unit_word = False, 0, UNIT
        self._unit, self._rate = "", ""

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes; return what they complete."""
        self._heard |= bool(chunk)
        return super().feed(chunk)

    def opening(self) -> list[Send]:
        """Return the first question, whose answer shows that it is one."""
        self._asks, self._asked = True, self._unit_word
        return [Send(self._asked)]

    def due(self, elapsed: float) -> list[Send]:
        """Return the next question: after the answer, or after one was given up and the line was silent."""
        if self._heard:
            self._heard, self._heard_at = False, elapsed
        if self._asked and elapsed - self._asked_at >= PATIENCE:
            self._lose()
        silent = elapsed - max(self._heard_at, self._asked_at)
        if self._asked or silent < (EVERY if self._in_turn else QUIET):
            return []
        if self.pending.strip(b"\r\n"):  # the rest of it would be taken for the answer
            self._lose()
        question = ROUND[self._next] if self._in_turn else UNIT
        self._next = (self._next + 1) % len(ROUND) if self._in_turn else 0
        self._asked, self._asked_at = self._unit_word if question == UNIT else question, elapsed
        return [Send(self._asked)]

    def _lose(self) -> None:
        self._asked, self._in_turn, self._unit, self._rate = b"", False, "", ""

    def _reply(self, held: bytes, at: int) -> Piece | None:
        prompt = PROMPT.search(held, at, at + LONGEST)
        if prompt is None:
            return (LONGEST, f"no prompt in {LONGEST} bytes") if len(held) - at >= LONGEST else None
        raw = held[at : prompt.end()]
        match = REPLY.fullmatch(raw)
        if match is None:
            self._lose()
            return len(raw), "no reply"
        text = (match[1] or b"").decode("ascii").strip()
        flags = {"text": text, "prompt": match[3].decode(), "address": match[2].decode()}
        readings = tuple(self._read(text))
        flags["asked"] = self._asked.decode().strip()
        self._asked = b""
        kept = {name: value for name, value in flags.items() if value}
        return len(raw), Frame(raw, readings, (STATES[flags["prompt"]],), None, kept)

    def _read(self, text: str) -> tuple[Reading, ...]:
        """Return what a reply says as the answer to the question that is out."""
        asked = self._asked
        if asked in (UNIT, UNIT_11):
            return self._answered_unit(text)
        value = VALUE.fullmatch(text)
        if value is None or not NUMBER.fullmatch(value[1]):
            if not text.startswith(("?", "NA", "OOR")):
                self._lose()
            return ()
        number, unit = value[1], _unit(value[2], value[3])
        if unit in PER_HOUR and (asked == RATE or not self._asks):
            return flow_rate(number, unit)
        if not asked or not self._in_turn or unit in PER_HOUR:
            self._lose()
            return ()
        if asked == RATE:
            self._rate = number
            return ()
        return volume(PumpValue.VOL_DELIVERED, number, unit) if unit in VOLUMES else (_unstated(number),)

    def _answered_unit(self, text: str) -> tuple[Reading, ...]:
        match = A_UNIT.fullmatch(text)
        if match is None:
            other = UNIT_11 if self._asked == UNIT else UNIT
            self._unit_word = other if text.startswith("?") else self._unit_word
            self._lose()
            return ()
        before, self._unit, rate, self._rate = self._unit, _unit(match[1], match[2]), self._rate, ""
        self._in_turn = True
        return flow_rate(rate, self._unit) if rate and self._unit == before else ()


def _unit(amount: str | None, time: str | None) -> str:
    """Return a unit as `_pump_values` writes it: ``ML/HR`` is ``ml/h``."""
    hour = {"h": "/h", "m": "/min"}.get((time or "").lower()[:1], "")
    return (amount or "").lower() + hour


def _unstated(number: str) -> Reading:
    return told(VOLUME, number, unit="{unstated}")


QUESTIONS = (UNIT, UNIT_11, RATE, GIVEN)
ADAPTER = Adapter(
    name="harvard",
    protocol="Harvard Apparatus Pump 11 and 22, read-out only",
    models=("Harvard Pump 11", "Harvard Pump 11 Plus", "Harvard Pump 22", "Harvard PHD 22/2000"),
    link=Link(9600, stop=2, period=2.0, silence=15.0),
    vitals=(PumpValue.FLOW_RATE, PumpValue.VOL_DELIVERED, VOLUME),
    evidence="document",
    decoder=HarvardDecoder,
    experimental=True,
    may_send=tuple(re.compile(re.escape(question)) for question in QUESTIONS),
)
