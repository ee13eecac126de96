"""SunTech Advantage and other OEM pressure modules: asked for what they have, never told to measure.

Source: SunTech OEM protocol as two open readers use it; vectors of both, whose sums are right.
Line:   9600 baud, 8N1. ``3A cmd data chk`` asks, ``3E len data chk`` answers, *len* counts all bytes; the sum
        of all bytes of either is 0 modulo 256. The cuff's pressure is asked for each second, the last
        reading every five. Starting, aborting and the valve have commands that are never sent.
Gaps:   0 for a number that was not measured; status and error codes are in the maker's manual, which is not
        public: they are kept raw, and an error other than 0 is a cycle that failed.

A reading is new where a value, the beats or the test codes change, or the status after the cuff was at work.
"""

from __future__ import annotations

import re
import struct

from devices.adapters._cuff_readings import CUFF, cuff_readings, no_readings
from devices.contract import Adapter, Frame, Link, Send
from devices.cuffs import CuffCycles
from devices.framing import Every, Piece, Stream, sum8

ASK_PRESSURE = bytes.fromhex("3a79050048")
ASK_READING = bytes.fromhex("3a7903004a")
EVERY = 5
"""Seconds between two questions for the last reading."""
SIZES = {4: "acknowledgement", 5: "cuff pressure", 24: "reading"}
"""Bytes of the answers that are known, and what they are."""
LONGEST = 64
"""Most bytes of one unread piece."""
AT_WORK = 10
"""mmHg in the cuff from which on it is at work; an open valve leaves a few."""


class SunTechDecoder(Stream):
    """Asks and reads one connection; remembers the last cuff cycle."""

    def __init__(self) -> None:
        super().__init__(self._piece)
        self._cuff = CuffCycles()
        self._pressure, self._reading = Every(1), Every(EVERY)
        self._worked = False
        self._status = -1
        self._count = 0
        self._failed = False

    def opening(self) -> list[Send]:
        """Return the question for the last reading."""
        return [Send(ASK_READING)]

    def due(self, elapsed: float) -> list[Send]:
        """Return the question of this second, once: never two at once."""
        pressure, reading = self._pressure.due(elapsed), self._reading.due(elapsed)
        return [Send(ASK_READING)] if reading else [Send(ASK_PRESSURE)] if pressure else []

    def _piece(self, held: bytes, at: int) -> Piece | None:
        begin = held.find(b"\x3e", at, at + LONGEST)
        if begin < 0:
            return (LONGEST, "no answer") if len(held) - at >= LONGEST else None
        if begin > at:
            return begin - at, "before the start of an answer"
        if len(held) - at < 2:
            return None
        size = held[at + 1]
        if size not in SIZES:
            return 1, f"no answer has {size} bytes"
        raw = held[at : at + size]
        if len(raw) < size:
            return None
        if sum8(raw):
            return 1, f"checksum {raw[-1]:02x}, expected {-sum8(raw[:-1]) & 0xFF:02x}"
        return size, self._answer(raw)

    def _answer(self, raw: bytes) -> Frame:
        if len(raw) == 5:
            (pressure,) = struct.unpack_from("<H", raw, 2)
            measuring = pressure >= AT_WORK
            self._worked = self._worked or measuring
            states = ("nibp_measuring",) if measuring else ()
            return Frame(raw, (), states, None, {"cuff_pressure": f"{pressure}"})
        if len(raw) == 4:
            return Frame(raw, raw_flags={"acknowledged": f"{raw[2]:02x}"})
        systolic, diastolic, beats, status = struct.unpack_from("<HHBB", raw, 2)
        tests, rate, (mean,), error = raw[8:16], raw[16], struct.unpack_from("<H", raw, 18), raw[20]
        if self._worked and status != self._status:
            self._count += 1
        failed = error != 0
        if failed and (not self._failed or self._worked):
            self._cuff.restart()
        self._worked, self._status, self._failed = False, status, failed
        readings = no_readings("failed") if failed else cuff_readings(systolic, diastolic, mean, rate)
        flags = {
            "beats": f"{beats}",
            "status": f"{status:02x}",
            "tests": tests.hex(),
            "error": f"{error:02x}",
        }
        return Frame(raw, self._cuff.mark(readings, (beats, tests, self._count)), (), None, flags)


ADAPTER = Adapter(
    name="suntech",
    protocol="SunTech OEM pressure module",
    models=("SunTech Advantage",),
    link=Link(9600, period=1.0, silence=5.0),
    vitals=CUFF,
    evidence="vectors",
    decoder=SunTechDecoder,
    may_send=(re.compile(re.escape(ASK_PRESSURE)), re.compile(re.escape(ASK_READING))),
)
