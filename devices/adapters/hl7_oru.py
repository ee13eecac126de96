"""Monitors and gateways that send HL7 v2 results: ORU^R01 of IHE PCD-01 and of the vendors' dialects.

Source: IHE PCD TF-2 (DEC, PCD-01), HL7 v2.6, and messages of seven monitors of five vendors.
Line:   a serial line, a file, or TCP with MLLP (0B message 1C 0D); segments end with CR, LF or both. A
        message without MLLP ends where the next one begins. ACK^R01 is sent over MLLP where it is asked for.
Gaps:   an empty OBX-5, status X, -100, -999, -99.9, -1, 8388607, a text, marks in OBX-8: all are no value.
        Vitals are known by code and name together, never by a part of the name. The patient (PID) and who
        was on duty are not read at all. Times are claims: the offset from UTC goes to ``utc_offset``.
"""

from __future__ import annotations

from datetime import datetime

from devices.adapters._hl7_codes import MEANINGS
from devices.adapters._hl7_messages import (
    ACKNOWLEDGEMENT,
    START,
    acknowledgement,
    claimed,
    component,
    cut,
    message_of,
    offset_of,
)
from devices.adapters._hl7_observations import observations
from devices.contract import Adapter, Event, Frame, Link, Send, Unread
from devices.cuffs import TimedCuffs
from devices.framing import Piece, Stream

RESULTS = {("ORU", "R01"), ("ORU", ""), ("ORF", "R04"), ("ORF", "")}


class Hl7Decoder(Stream):
    """Reads one connection of *adapter*; remembers the last cuff cycle."""

    def __init__(self, adapter: str = "hl7_oru") -> None:
        super().__init__(self._piece)
        self._adapter = adapter
        self._cuffs = TimedCuffs()

    def end(self) -> list[Event]:
        """Return the last message: without MLLP, only the end of the input completes it."""
        raw = self._held
        if not START.match(raw) or (raw[:1] == b"\x0b" and not raw.endswith(b"\x1c")):
            return []
        what = self._message(raw)
        events: list[Event] = [what if isinstance(what, Frame) else Unread(raw, what), *self.answers]
        self._held = b""
        self.answers.clear()
        return events

    def _piece(self, held: bytes, at: int) -> Piece | None:
        return cut(held, at, self._message)

    def _message(self, raw: bytes) -> Frame | str:
        message = message_of(raw)
        if isinstance(message, str):
            return message
        kind = message.header(9)
        sent = message.header(7)
        flags = {"message": kind, "sender": component(message.header(3), 1), "control": message.header(10)}
        if (component(kind, 1), component(kind, 2)) not in RESULTS:
            return Frame(raw, (), (), claimed(sent), flags)
        asked_for = (
            component(kind, 1) == "ORF"
        )  # to acknowledge one moves a mark in the monitor's own records
        if not asked_for and (answer := acknowledgement(message)):
            self.answers.append(Send(answer))
        found = observations(message, flags, self._adapter)
        offsets = {offset_of(time) for time in (sent, *(one.time for one in found))} - {""}
        flags["utc_offset"] = " ".join(sorted(offsets))
        states = ["test"] if message.header(11) in ("T", "D") else []
        marks = {mark for one in found for mark in one.flags.split("~")}
        states += [mark.lower() for mark in ("DEMO", "TEST") if mark in marks and mark.lower() not in states]
        late = [one.reading.vital for one in found if _after(one.time, sent)]
        flags["timed_after_message"] = " ".join(late)
        said = {name: text for name, text in flags.items() if text}
        return Frame(
            raw,
            self._cuffs.mark([one.reading for one in found]),
            tuple(states),
            claimed(sent),
            said,
            device_id=component(message.header(3), 2),
        )


def _after(time: str, sent: str) -> bool:
    measured, told = claimed(time), claimed(sent)
    return isinstance(measured, datetime) and told is not None and measured > told


ADAPTER = Adapter(
    name="hl7_oru",
    protocol="HL7 v2 ORU^R01 (IHE PCD-01)",
    models=("Mindray VS8", "Mindray VS-900", "Comen NC5", "GE B40 gateway", "Philips Efficia CM"),
    link=Link(115200, period=10.0, silence=150.0),
    vitals=tuple(dict.fromkeys(vital for (vital, _), _ in MEANINGS.values())),
    evidence="recorded",
    decoder=Hl7Decoder,
    may_send=(ACKNOWLEDGEMENT,),
)
