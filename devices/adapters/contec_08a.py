"""Contec 08A pressure monitor: the readings stored in it, from a file of its USB reports.

Source: two open readers of the device's USB-HID dialogue; no recording is public.
Line:   none: USB-HID. A record has 12 bytes, all with bit 7; byte 0 and byte 8 hold the highest bits of the
        bytes after them. 2 systolic, 3 diastolic, 4 pulse, 5 mean, 6 year - 2000, 7 month, 9 day, 10 hour,
        11 minute. There is no start mark and no sum: a record is one whose time is in the calendar and
        whose pressures are in order. Where they begin is known from two in a row, or from the end.
Gaps:   a stored reading is always whole.

A reader that leaves bit 7 in the systolic is right from 128 mmHg up only: ``F6`` is 118 or 246.
"""

from __future__ import annotations

from datetime import datetime

from devices.contract import Adapter, Event, Frame, Link, Reading, Unread
from devices.framing import Piece, Stream
from devices.vocabulary import Vital

RECORD, LONGEST = 12, 64
PRESSURES = (Vital.NIBP_SYS, Vital.NIBP_DIA, Vital.NIBP_MAP, Vital.NIBP_PULSE)
LOWEST, HIGHEST = 20, 300


def _read(raw: bytes) -> Frame | None:
    if any(byte < 0x80 for byte in raw) or raw[8] != 0x80:
        return None
    plain = [byte & 0x7F for byte in raw]
    for place in range(1, 8):
        plain[place] |= (raw[0] >> (place - 1) & 1) << 7
    _, _, systolic, diastolic, pulse, mean, year, month, _, day, hour, minute = plain
    if not LOWEST <= diastolic < mean < systolic <= HIGHEST or not LOWEST <= pulse <= HIGHEST:
        return None
    try:
        taken = datetime(2000 + year, month, day, hour, minute)  # noqa: DTZ001 - claims no zone
    except ValueError:
        return None
    values = zip(PRESSURES, (systolic, diastolic, mean, pulse), strict=True)
    readings = tuple(Reading(vital, float(value), measured_at=taken) for vital, value in values)
    return Frame(raw, readings, ("from_memory",))


class StoredReadings(Stream):
    """Reads one file; remembers whether it knows where records begin."""

    def __init__(self) -> None:
        super().__init__(self._cut)
        self._in_step = False

    def _cut(self, held: bytes, at: int) -> Piece | None:
        if len(held) - at < RECORD:
            return None
        frame = _read(held[at : at + RECORD])
        if self._in_step and frame:
            return RECORD, frame
        self._in_step = False
        for begin in range(at, at + LONGEST):
            if len(held) - begin < 2 * RECORD:
                return None
            if _read(held[begin : begin + RECORD]) and _read(held[begin + RECORD : begin + 2 * RECORD]):
                self._in_step = True
                return (RECORD, frame) if frame and begin == at else (begin - at, "no stored reading")
        return LONGEST, "no stored reading"

    def end(self) -> list[Event]:
        """Return the last record: nothing can follow it."""
        frame = _read(self._held[-RECORD:]) if len(self._held) >= RECORD else None
        if frame is None:
            return []
        before, self._held = self._held[:-RECORD], b""
        return [*([Unread(before, "no stored reading")] if before else []), frame]


ADAPTER = Adapter(
    name="contec_08a",
    protocol="Contec 08A stored readings",
    models=("Contec 08A",),
    link=Link(115200, period=1.0, silence=3600.0),
    vitals=PRESSURES,
    evidence="document",
    experimental=True,
    decoder=StoredReadings,
)
