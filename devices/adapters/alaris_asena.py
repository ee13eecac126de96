"""Alaris (CareFusion, BD) Asena GH, GS and TIVA syringe pumps: the ASCII protocol, read-out only.

Source: dialogues of an Asena GH 2.1.5 in OpenICE's simulators (mdpnp, BSD-2), 21 CRCs; infupy (ISC).
Line:   38400 baud, 8N1; ``!FIELD[^value...]|CRC`` CR, answered in the same form within 4 s, one at a time. A
        field with a value may be a command (``INF_RATE^60.0^ml/h`` sets the rate): fields are asked bare.
        Some answers lack their CR, ESC breaks a line off. infupy holds a pump in remote control only to read
        it; here no field of remote control is ever sent, and the answers come all the same.
Gaps:   an empty value is none.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable

from devices.adapters._pump_values import flow_rate, told, volume
from devices.contract import Adapter, Event, Frame, Link, Reading, Send, Unread
from devices.framing import Piece, Stream
from devices.vocabulary import PumpValue

LONGEST = 256
LINE = re.compile(rb"!([\x20\x22-\x7b\x7d-\x7e]{1,200})\|([0-9A-F]{4})")
EDGE = re.compile(rb"[!\r\x1b]")
CR = 0x0D


def written(text: bytes) -> bytes:
    """Return the line of a text; its CRC is CRC-16/CCITT-FALSE."""
    return b"!%b|%04X\r" % (text, binascii.crc_hqx(text, 0xFFFF))


ONCE = tuple(map(written, (b"COMMS_PROTOCOL", b"INST_SERIALNO")))
ROUND = tuple(map(written, (b"INF", b"ALARM", b"INF_VTBI", b"INF", b"ALARM", b"SYRINGE_STATUS")))
"""What is asked when the line opens, and then over and over."""
EVERY = 0.5
"""Seconds between two questions, at least."""
PATIENCE = 4.0
"""Seconds that the pump may take for an answer: its COMMS_RESPONSE_MAX."""

PRESSURE = "local:alaris_asena:pressure"
NO_ALARM = "AL_NOALM"


class AlarisDecoder(Stream):
    """Reads one connection; asks one field at a time."""

    def __init__(self) -> None:
        super().__init__(_line)
        self._next, self._asked, self._waiting = 0, 0.0, False

    def opening(self) -> list[Send]:
        """Return the first question."""
        self._next, self._waiting = 1, True
        return [Send(ONCE[0])]

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes; return what they complete. A frame is the answer that was waited for."""
        events = super().feed(chunk)
        if LINE.fullmatch(self.pending) or any(isinstance(event, Frame) for event in events):
            self._waiting = False
        return events

    def end(self) -> list[Event]:
        """Return an answer that lacks its CR: only the next byte, or none, shows that."""
        line = LINE.fullmatch(self._held)
        if line is None:
            return []
        self._held = b""
        what = _read(line[0], line[1], line[2])
        return [what if isinstance(what, Frame) else Unread(line[0], what)]

    def due(self, elapsed: float) -> list[Send]:
        """Return the next question, once the last one is answered or has waited for 4 s."""
        if elapsed - self._asked < (PATIENCE if self._waiting else EVERY):
            return []
        questions = ONCE + ROUND
        asked = questions[self._next]
        self._next = self._next + 1 if self._next + 1 < len(questions) else len(ONCE)
        self._asked, self._waiting = elapsed, True
        return [Send(asked)]


def _line(held: bytes, at: int) -> Piece | None:
    line = LINE.match(held, at)
    if line is not None and line.end() < len(held):
        end = line.end() + (held[line.end()] == CR)
        return end - at, _read(held[at:end], line[1], line[2])
    edge = EDGE.search(held, at + (held[at] == ord("!")), at + LONGEST)
    if edge is None:
        return (LONGEST, f"no line in {LONGEST} bytes") if len(held) - at >= LONGEST else None
    if edge[0] == b"\x1b":
        return edge.end() - at, "broken off by the pump"
    if held[at] != ord("!"):
        return max(1, edge.start() - at), "before the start of a line"
    return edge.start() + (edge[0] == b"\r") - at, "a line without its CRC"


def _read(raw: bytes, text: bytes, crc: bytes) -> Frame | str:
    right = b"%04X" % binascii.crc_hqx(text, 0xFFFF)
    if crc != right:
        return f"checksum {crc.decode()}, expected {right.decode()}"
    field, *values = text.decode("ascii").split("^")
    if field not in FIELDS or not values:
        return Frame(raw, raw_flags={field: "^".join(values)})
    return FIELDS[field](raw, values)


def _infusion(raw: bytes, values: list[str]) -> Frame:
    if len(values) != 13:
        return Frame(raw, raw_flags={"INF": "^".join(values)})
    serial, _, mode, rate, per_hour, _, given, ml, pressure, mmhg, battery, _, event = values
    readings = (*flow_rate(rate, per_hour), *volume(PumpValue.VOL_DELIVERED, given, ml))
    if mmhg.strip().lower() == "mmhg":
        readings += (told(PRESSURE, pressure, unit="mm[Hg]"),)
    flags = {"serial": serial, "mode": mode, "battery": battery, "event": event}
    return Frame(raw, readings, raw_flags=flags, device_id=serial)


def _alarm(raw: bytes, values: list[str]) -> Frame:
    name, flags = values[0].strip(), {"ALARM": "^".join(values)}
    if name == NO_ALARM:
        return Frame(raw, (), ("no_alarm",), None, flags)
    return Frame(raw, (), ("alarm",), None, flags | {"alarm": name})


def _single(
    name: str, reading: Callable[[str, str], tuple[Reading, ...]]
) -> Callable[[bytes, list[str]], Frame]:
    def read(raw: bytes, values: list[str]) -> Frame:
        return Frame(raw, reading(values[0], values[1] if len(values) > 1 else ""), raw_flags={"field": name})

    return read


FIELDS: dict[str, Callable[[bytes, list[str]], Frame]] = {
    "INF": _infusion,
    "INF_RATE": _single("INF_RATE", flow_rate),
    "INF_VI": _single("INF_VI", lambda text, unit: volume(PumpValue.VOL_DELIVERED, text, unit)),
    "INF_VTBI": _single("INF_VTBI", lambda text, unit: volume(PumpValue.VTBI, text, unit)),
    "ALARM": _alarm,
}
"""The answers that say more than a text; all others are kept as they are."""

ADAPTER = Adapter(
    name="alaris_asena",
    protocol="Alaris Asena ASCII, read-out only",
    models=("Alaris Asena GH", "Alaris Asena GS", "Alaris Asena TIVA"),
    link=Link(38400, period=2.0, silence=15.0),
    vitals=(PumpValue.FLOW_RATE, PumpValue.VOL_DELIVERED, PumpValue.VTBI, PRESSURE),
    evidence="vectors",
    decoder=AlarisDecoder,
    experimental=True,
    may_send=tuple(re.compile(re.escape(question)) for question in dict.fromkeys(ONCE + ROUND)),
)
