"""GE and Critikon DINAMAP Compact, PRO 100 to 1000, ProCare, CARESCAPE V100: host communications, ASCII.

Source: excerpts of GE 2010566 and 8555ER; four published commands give the checksum's rule; where the values
        stand in a reply is told by one open driver alone. No reply was ever recorded.
Line:   9600 baud, 8N1. As master the logger asks `` NA!2`` (last cuff reading) and `` RC!8`` (rate); the
        other commands start and cancel cuff cycles and can't be sent. Where another computer is the master
        it only listens; questions that are heard are frames without readings.
Gaps:   status 0 or 2 is "none" or "in progress"; above 2 the cycle failed. 000 is no value.

The age counter falls back when a reading is new. Whether it counts minutes or seconds no excerpt says: it is
learnt from how it grows between the replies, and until then a reading has no age.
"""

from __future__ import annotations

import re

from devices.adapters._cuff_readings import PRESSURES, cuff_readings, no_readings
from devices.ages import AgedCycles
from devices.contract import Adapter, Frame, Link, Quality, Reading, Send
from devices.framing import Every, Piece, Stream
from devices.vocabulary import Vital

ASK_CUFF, ASK_RATE = b" NA!2\r", b" RC!8\r"
EVERY, RATE_AFTER = 5, 2
"""Seconds between two questions for the cuff reading, and after it the one for the rate."""
LONGEST = 80
FILL = re.compile(rb"[\r\n]*")
MESSAGE = re.compile(rb"[ -~]([A-Z]{2})([ -~]*)([ -`]{2})\r")
CUFF = re.compile(rb"(\d)(..)(\d{4})(\d{3})(\d{3})(\d{3})(.*)")
RATE = re.compile(rb"(.)(\d{3})(.*)")
GOOD, NO_READING = 1, (0, 2)
FASTEST = 350


def checksum(text: bytes) -> bytes:
    """Return the two characters that end a message: twelve bits of the sum of all codes, each less 1F."""
    total = sum(byte - 0x1F for byte in text) & 0xFFF
    return bytes([(total >> 6) + 0x20, (total & 0x3F) + 0x20])


class DinamapDecoder(Stream):
    """Asks and reads one connection; remembers the last cuff cycle and what its age counts."""

    def __init__(self) -> None:
        super().__init__(self._message)
        self._cuff = AgedCycles(None)
        self._second = Every(1)
        self._failed = False

    def opening(self) -> list[Send]:
        """Return the question for the last cuff reading."""
        return [Send(ASK_CUFF)]

    def due(self, elapsed: float) -> list[Send]:
        """Return the question of this second, if there is one, once: never two at once."""
        if not self._second.due(elapsed):
            return []
        second = int(elapsed) % EVERY
        return [Send(ASK_CUFF)] if second == 0 else [Send(ASK_RATE)] if second == RATE_AFTER else []

    def _message(self, held: bytes, at: int) -> Piece | None:
        filled = FILL.match(held, at, at + LONGEST)
        begin = filled.end() if filled else at
        end = held.find(b"\r", begin, at + LONGEST)
        if end < 0:
            return (LONGEST, f"no line end in {LONGEST} bytes") if len(held) - at >= LONGEST else None
        return end + 1 - at, self._read(held[at : end + 1], held[begin : end + 1])

    def _read(self, raw: bytes, message: bytes) -> Frame | str:
        match = MESSAGE.fullmatch(message)
        if not match:
            return "no message"
        if (right := checksum(message[:-3])) != match[3]:
            return f"checksum {match[3].decode()}, expected {right.decode()}"
        kind, text = match[1].decode("ascii"), match[2]
        if kind == "NA" and (cuff := CUFF.fullmatch(text)):
            return self._reading(raw, cuff)
        if kind == "RC" and (rate := RATE.fullmatch(text)) and int(rate[2]) <= FASTEST:
            value = int(rate[2])
            reading = Reading(Vital.PULSE_GENERIC, None, "absent", Quality.INVALID)
            if value:
                reading = Reading(Vital.PULSE_GENERIC, float(value))
            return Frame(raw, (reading,), raw_flags={"rate": text.decode("ascii")})
        if not text or kind not in ("NA", "RC"):
            return Frame(raw, raw_flags={"question": kind})
        return f"no reply to {kind}: {text.decode('ascii')!r}"

    def _reading(self, raw: bytes, cuff: re.Match[bytes]) -> Frame:
        status, age = int(cuff[1]), int(cuff[3])
        failed = status not in (GOOD, *NO_READING)
        if failed and not self._failed:
            self._cuff.restart()
        self._failed = failed
        if status == GOOD:
            readings = cuff_readings(int(cuff[4]), int(cuff[5]), int(cuff[6]), None)
        else:
            readings = no_readings("failed" if failed else "absent", len(PRESSURES))
        flags = {"status": f"{status}", "age": f"{age}", "between": cuff[2].decode("ascii")}
        return Frame(raw, self._cuff.mark(readings, age), (), None, flags)


ADAPTER = Adapter(
    name="dinamap",
    protocol="DINAMAP host communications",
    models=("DINAMAP Compact", "DINAMAP PRO 100 to 1000", "DINAMAP ProCare", "GE CARESCAPE V100"),
    link=Link(9600, period=float(EVERY), silence=15.0),
    vitals=(*PRESSURES, Vital.PULSE_GENERIC),
    evidence="document",
    experimental=True,
    decoder=DinamapDecoder,
    may_send=(re.compile(re.escape(ASK_CUFF)), re.compile(re.escape(ASK_RATE))),
)
