"""Nonin 9560 and 3230 set to data format #13: one spot check at a time, with its own date and time.

Source: Nonin 9560 specification, "Data Format #13"; no recording is public.
Line:   9600 baud, 8N1; ``00 02 00 0D LEN LEN``, at least 14 bytes of data, their sum, ``03``. The device
        waits for an acknowledgement and then deletes the reading: none is ever sent, it keeps what it has.
Gaps:   heart rate 511, SpO2 127, and a status bit for "no measurement".

Whether a rate's low byte has seven or eight bits is told nowhere: one with bit 7 set has eight. Without it
seven are read, as in every other Nonin format; the two forms differ at rates above 255 only.
"""

from __future__ import annotations

from datetime import datetime

from devices.contract import Adapter, Frame, Link, Quality, Reading
from devices.framing import Piece, Stream, sum8
from devices.vocabulary import Vital

HEAD = b"\x00\x02\x00\x0d"
LEAST, MOST = 14, 128
"""Bytes of data: fourteen are named, and a longer record is to be accepted; no model sends over 128."""
LONGEST = MOST + 8
NO_MEASUREMENT, SMARTPOINT = 0x01, 0x02
FROM_MEMORY, LOW_BATTERY = 0x10, 0x01
NO_RATE, NO_SPO2, SLOWEST, FASTEST = 511, 127, 18, 321


def _cut(held: bytes, at: int) -> Piece | None:
    start = held.find(HEAD, at, at + LONGEST)
    if start < 0:
        return (LONGEST - len(HEAD), "no spot check") if len(held) - at >= LONGEST else None
    if start > at:
        return start - at, "before the start of a spot check"
    if len(held) - at < len(HEAD) + 2:
        return None
    data = int.from_bytes(held[at + 4 : at + 6], "big")
    if not LEAST <= data <= MOST:
        return 1, f"a spot check of {data} bytes"
    record = held[at : at + data + 8]
    if len(record) < data + 8:
        return None
    what = _read(record)
    return (len(record), what) if isinstance(what, Frame) else (1, what)


def _read(record: bytes) -> Frame | str:
    data, said = record[6:-2], record[-2]
    if sum8(data) != said:
        return f"checksum {said:02x}, expected {sum8(data):02x}"
    if record[-1] != 0x03:
        return "a spot check without its end"
    time = _moment(data[:8])
    if time is None:
        return f"no such time: {data[:8].hex()}"
    high, low = data[8], data[9]
    rate = data[10] << 8 | data[11] if data[11] & 0x80 else (data[10] & 3) << 7 | data[11]
    spo2 = data[13]
    if not (SLOWEST <= rate <= FASTEST or rate == NO_RATE) or not (spo2 <= 100 or spo2 == NO_SPO2):
        return f"rate {rate}, saturation {spo2}: out of range"
    none = bool(high & NO_MEASUREMENT)
    readings = (
        _reading(Vital.SPO2, None if none or spo2 == NO_SPO2 else spo2, high),
        _reading(Vital.SPO2_PR, None if none or rate == NO_RATE else rate, high),
    )
    states = ("from_memory",) * bool(low & FROM_MEMORY) + ("low_battery",) * bool(low & LOW_BATTERY)
    return Frame(record, readings, states, time, {"status": f"{high:02x}{low:02x}"})


def _moment(bcd: bytes) -> datetime | None:
    digits = bcd.hex()
    if not digits.isdecimal():
        return None
    try:
        moment = datetime.strptime(digits[:14], "%Y%m%d%H%M%S")  # noqa: DTZ007 - claims no zone
    except ValueError:
        return None
    return moment.replace(microsecond=int(digits[14:]) * 10_000)


def _reading(vital: str, value: int | None, status: int) -> Reading:
    if value is None:
        return Reading(vital, None, "absent", Quality.INVALID)
    if not status & SMARTPOINT:
        return Reading(vital, float(value), "low_signal_quality", Quality.QUESTIONABLE)
    return Reading(vital, float(value))


class Format13Decoder(Stream):
    """Reads one connection."""

    def __init__(self) -> None:
        super().__init__(_cut)


ADAPTER = Adapter(
    name="nonin_13",
    protocol="Nonin serial data format #13",
    models=("Nonin 9560",),
    link=Link(9600, period=20.0, silence=3600.0),
    vitals=(Vital.SPO2, Vital.SPO2_PR),
    evidence="document",
    experimental=True,
    decoder=Format13Decoder,
)
