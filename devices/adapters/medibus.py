"""Draeger MEDIBUS and MEDIBUS.X: ventilators, anaesthesia machines, and monitors behind a gateway.

Source: Draeger "MEDIBUS for Draeger intensive care devices"; the code list of MEDIBUS.X; time stamps of real
        devices from OpenICE's tests. All eleven documented frames have the checksum that this module expects.
Line:   9600 baud, 8E1 (set in the device's menu; others are 19200 8E1, 38400 8N1). ``ESC code CC CR`` asks,
        ``SOH code data CC CR`` answers, CC the sum of what stands before it as two hexadecimal digits.
        Either side asks: the device sends 51, 52 and 30 itself and drops a line that does not answer. One
        question at a time, and something every 2 s. Real-time bytes have bit 7 and may stand anywhere.
Gaps:   a parameter that the device does not have is not sent.

Measured data are two hexadecimal digits of a code and four characters, right aligned; a blank may follow the
minus.
"""

from __future__ import annotations

import re
from datetime import datetime

from devices.adapters._medibus_codes import AGE, CUFF, PARAMETERS
from devices.ages import MINUTE, AgedCycles
from devices.contract import Adapter, Frame, Link, Reading, Send
from devices.framing import Piece, Stream, sum8
from devices.vocabulary import NIBP

ESC, SOH, NAK, CR = 0x1B, 0x01, 0x15, 0x0D
BEGINS = re.compile(rb"[\x1b\x01\x15]")
BEGIN, IDENTIFY, ALIVE, STOP, DATA, CLOCK = 0x51, 0x52, 0x30, 0x55, 0x24, 0x28
LONGEST = 2048
"""Bytes of a record with the real-time bytes in it; a page of 200 parameters has 1206."""
REALTIME = bytes(range(0x80, 0x100))
PARAMETER = re.compile(rb"([0-9A-F]{2})([ \-0-9.]{4})")
NUMBER = re.compile(r" *(-?) *(\d+\.?\d*|\.\d+) *")
TIME = re.compile(r"([ \d]\d):(\d\d)(?::(\d\d))? ?([ \d]?\d)-([A-Z]{3})-(\d\d)")
NAMES = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", "JAN FEB MRZ APR MAI JUN JUL AUG SEP OKT NOV DEZ"
MONTHS = {name: month for names in NAMES for month, name in enumerate(names.split(), 1)}
"""English and German, as the device is set; with an umlaut (MÄR) there is no time."""
EVERY, CLOCK_EVERY, PATIENCE = 2.0, 60.0, 10.0
"""Seconds between two questions, between two for the time, and until a question counts as not heard."""


def frame(first: int, code: int, text: bytes = b"") -> bytes:
    """Return a question (ESC) or an answer (SOH) as it goes over the line."""
    body = bytes([first, code]) + text
    return body + b"%02X\r" % sum8(body)


ASKED = tuple(frame(ESC, code) for code in (BEGIN, DATA, CLOCK))
ANSWERS = {code: frame(SOH, code) for code in (BEGIN, IDENTIFY, ALIVE)}


class MedibusDecoder(Stream):
    """Opens and keeps the dialogue, answers the device's own questions, and reads one connection."""

    def __init__(self) -> None:
        super().__init__(self._record)
        self._cuff = AgedCycles(MINUTE)
        self._open = False
        self._waiting = BEGIN
        self._asked_at = self._clock_at = 0.0

    def opening(self) -> list[Send]:
        """Return what begins the dialogue."""
        return [Send(ASKED[0])]

    def due(self, elapsed: float) -> list[Send]:
        """Return the next question, unless one is waited for; the beginning again where none was heard."""
        silent = elapsed - self._asked_at
        if silent < (PATIENCE if self._open and self._waiting else EVERY):
            return []
        if self._waiting:
            self._open = False
        code = DATA if self._open else BEGIN
        if self._open and elapsed - self._clock_at >= CLOCK_EVERY:
            code, self._clock_at = CLOCK, elapsed
        self._waiting, self._asked_at = code, elapsed
        return [Send(frame(ESC, code))]

    def _record(self, held: bytes, at: int) -> Piece | None:
        begin = BEGINS.search(held, at, at + LONGEST)
        if begin is None:
            return (LONGEST, "no record") if len(held) - at >= LONGEST else None
        start = begin.start()
        if held[at:start].translate(None, REALTIME):
            return start - at, "before the start of a record"
        end = held.find(CR, start, at + LONGEST)
        again = BEGINS.search(held, start + 1, at + LONGEST if end < 0 else end)
        if again:
            return again.start() - at, "a record without its end"
        if end < 0:
            return (LONGEST, "no end of a record") if len(held) - at >= LONGEST else None
        raw = held[at : end + 1]
        return len(raw), self._read(raw, raw.translate(None, REALTIME))

    def _read(self, raw: bytes, record: bytes) -> Frame | str:
        body, said = record[:-3], record[-3:-1]
        if len(body) < 1 or said != b"%02X" % sum8(body):
            return f"checksum {said.decode('latin-1')}, expected {sum8(body):02X}"
        if body[0] == NAK:
            self._waiting = 0
            return Frame(raw, raw_flags={"refused": body[1:].hex()})
        if len(body) < 2:
            return "a record without a code"
        code, text = body[1], body[2:]
        if body[0] == ESC:
            if code in ANSWERS:
                self.answers.append(Send(ANSWERS[code]))
            if code in (BEGIN, STOP):
                self._open, self._waiting = code == BEGIN, 0
            return Frame(raw, raw_flags={"question": f"{code:02x}"})
        self._waiting, self._open = 0, True
        if code == DATA:
            return self._measured(raw, text)
        if code == CLOCK:
            time = moment(text.decode("ascii", "replace"))
            return Frame(raw, device_time=time) if time else f"no such time: {text.decode('latin-1')}"
        return Frame(raw, raw_flags={"answer": f"{code:02x}"})

    def _measured(self, raw: bytes, text: bytes) -> Frame | str:
        parameters = PARAMETER.findall(text)
        if sum(map(len, (part for pair in parameters for part in pair))) != len(text):
            return "measured data that are no parameters"
        readings: dict[tuple[str, str], Reading] = {}
        flags: dict[str, str] = {}
        for name, field in ((name.decode(), field.decode()) for name, field in parameters):
            number = NUMBER.fullmatch(field)
            if number is None or name in flags:
                return f"parameter {name}: {field!r} is no number, or stands twice"
            flags[name] = field.strip()
            if name in PARAMETERS:
                vital, variant, unit = PARAMETERS[name]
                value = float(number[1] + number[2])
                readings[vital, variant] = Reading(vital, value, variant=variant, unit=unit)
        cuff = tuple(readings[key] for key in CUFF if key in readings)
        age = flags.get(AGE, "")
        marked = self._cuff.mark(cuff, int(age) if age.isdecimal() else None) if cuff else ()
        others = (reading for reading in readings.values() if reading.vital not in NIBP)
        known = {name: field for name, field in flags.items() if name not in PARAMETERS}
        return Frame(raw, (*others, *marked), (), None, known)


def moment(text: str) -> datetime | None:
    """Return the time of an answer: months in English or German, blanks for noughts, seconds or none."""
    match = TIME.fullmatch(text)
    if not match or match[5] not in MONTHS:
        return None
    hour, minute, second, day, year = (int(part or 0) for part in match.group(1, 2, 3, 4, 6))
    years = year + (1900 if year >= 70 else 2000)
    try:
        return datetime(years, MONTHS[match[5]], day, hour, minute, second)  # noqa: DTZ001 - no zone
    except ValueError:
        return None


ADAPTER = Adapter(
    name="medibus",
    protocol="Draeger MEDIBUS",
    models=("Draeger Evita", "Draeger Primus", "Draeger Infinity behind a gateway"),
    link=Link(9600, parity="E", period=EVERY, silence=PATIENCE),
    vitals=tuple(dict.fromkeys(vital for vital, _, _ in PARAMETERS.values())),
    evidence="vectors",
    decoder=MedibusDecoder,
    may_send=tuple(re.compile(re.escape(raw)) for raw in (*ASKED, *ANSWERS.values())),
)
