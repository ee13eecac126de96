"""Nonin WristOx2 and 9560 set to serial data format #8: four bytes a second.

Source: Nonin 9560 and WristOx2 3150 specifications, "Data Format #8"; no recording is public.
Line:   9600 baud, 8N1; ``1.tlmahh 0hhhhhhh 0sssssss 0.S.a..b``: only a first byte has bit 7. There is no
        sum, so three records in a row are needed at the beginning and after bytes that were none.
Gaps:   heart rate 511 and SpO2 127. A saturation of 0 is no record: a line that is set to another speed
        brings many NULs, and three such records in a row are not rare.
"""

from __future__ import annotations

import re

from devices.contract import Adapter, Frame, Link, Quality, Reading
from devices.framing import Piece, Stream
from devices.vocabulary import Vital

RECORD, PROOF, LONGEST = 4, 3, 64
"""Bytes of a record, how many in a row prove where they begin, and the most bytes of one unread piece."""
FIRST = re.compile(b"[\x80-\xff]")
OUT_OF_TRACK, LOW_PERFUSION, MARGINAL, ARTIFACT = 0x20, 0x10, 0x08, 0x04
SENSOR_ALARM, LOW_BATTERY = 0x08, 0x01
UNNAMED_FIRST, UNNAMED_LAST = 0x40, 0x56
"""Bits that nothing names: a saturation of 64 or more that slipped to the end has one, garbage has many."""
NO_RATE, NO_SPO2 = 511, 127
SLOWEST, FASTEST = 18, 321


class Format8Decoder(Stream):
    """Reads one connection; remembers whether it knows where records begin."""

    def __init__(self) -> None:
        super().__init__(self._cut)
        self._in_step = False

    def _cut(self, held: bytes, at: int) -> Piece | None:
        for number in range(1 if self._in_step else PROOF):
            record = held[at + number * RECORD : at + (number + 1) * RECORD]
            if not _may_begin(record):
                self._in_step = False
                following = FIRST.search(held, at + 1, at + LONGEST)
                if following is None and len(held) - at < LONGEST:
                    return None
                length = following.start() - at if following else LONGEST
                return length, "no record of four bytes" if number == 0 else "not yet in step"
            if len(record) < RECORD:
                return None
        self._in_step = True
        return RECORD, _read(held[at : at + RECORD])


def _may_begin(record: bytes) -> bool:
    """Return whether these bytes, fewer than four perhaps, can be the first of a record."""
    if any((byte & 0x80 == 0) == (place == 0) for place, byte in enumerate(record)):
        return False
    if record[:1] and record[0] & UNNAMED_FIRST:
        return False
    rate = (record[0] & 3) << 7 | record[1] if len(record) > 1 else SLOWEST
    spo2 = record[2] if len(record) > 2 else 0
    last = record[3] if len(record) > 3 else 0
    rate_ok = SLOWEST <= rate <= FASTEST or rate == NO_RATE
    spo2_ok = 0 < spo2 <= 100 or spo2 == NO_SPO2 or len(record) < 3
    return rate_ok and spo2_ok and not last & UNNAMED_LAST


def _read(record: bytes) -> Frame:
    first, low, spo2, last = record
    rate = (first & 3) << 7 | low
    readings = (
        _reading(Vital.SPO2, None if spo2 == NO_SPO2 else spo2, first, last),
        _reading(Vital.SPO2_PR, None if rate == NO_RATE else rate, first, last),
    )
    states = ("low_battery",) if last & LOW_BATTERY else ()
    return Frame(record, readings, states, None, {"status": f"{first & 0xFC:02x} {last:02x}"})


def _reading(vital: str, value: int | None, first: int, last: int) -> Reading:
    quality, reason = Quality.GOOD, None
    if last & SENSOR_ALARM:
        quality, reason = Quality.INVALID, "sensor_off"
    elif first & OUT_OF_TRACK:
        quality, reason = Quality.QUESTIONABLE, "out_of_track"
    elif first & ARTIFACT:
        quality, reason = Quality.QUESTIONABLE, "artifact"
    elif first & (LOW_PERFUSION | MARGINAL):
        which = "low_perfusion" if first & LOW_PERFUSION else "marginal_perfusion"
        quality, reason = Quality.QUESTIONABLE, which
    if value is None:
        return Reading(vital, None, reason or "absent", Quality.INVALID)
    return Reading(vital, float(value), reason, quality)


ADAPTER = Adapter(
    name="nonin_8",
    protocol="Nonin serial data format #8",
    models=("Nonin WristOx2 3150", "Nonin 9560"),
    link=Link(9600, period=1.0, silence=5.0),
    vitals=(Vital.SPO2, Vital.SPO2_PR),
    evidence="document",
    experimental=True,
    decoder=Format8Decoder,
)
