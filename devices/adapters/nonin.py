"""Nonin OEM III, Xpod and other modules that send serial data format #2 or #7.

Source: Nonin OEM III specification, "Serial Data Format #2" and "#7"; vectors of Pufferfish's driver (#2).
Line:   9600 baud, 8N1; 75 frames a second of ``01 STATUS PLETH FLOAT CHK`` (#2) or ``STATUS PLETH PLETH
        FLOAT CHK`` (#7), CHK the sum of the other four. 25 frames from one SYNC to the next are a packet,
        three a second: one `Frame` each. The first byte tells the formats apart (a status has bit 7), and
        25 sums in a row are never right by chance. #8 has no sum: it is an adapter of its own.
Gaps:   heart rate 511 and SpO2 127. Display values are held for 10 s after the finger is out, under the
        sensor alarm. Rates have 9 bits in two bytes of seven: MSB 1, LSB 2 is 130.
Waves:  the pleth, in steps without a unit, 8 bits in #2 and 16 in #7; none under a sensor alarm.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import starmap

from devices.contract import Adapter, Frame, Link, Quality, Reading, ReadsWaves, Wave
from devices.framing import Piece, Stream, Unbroken
from devices.vocabulary import Vital, WaveName

FRAME, FRAMES = 5, 25
PACKET = FRAME * FRAMES
START = re.compile(b"(?=\x01?[" + b"".join(re.escape(bytes([odd])) for odd in range(0x81, 0x100, 2)) + b"])")
"""Where a packet may begin, in either format: status bit 7 is always set, bit 0 is SYNC."""
SYNC_OF = bytes(byte & 1 if byte & 0x80 else 2 for byte in range(256))
SYNCS = b"\x01" + bytes(FRAMES - 1)

DISCONNECTED, ARTIFACT, OUT_OF_TRACK, SENSOR_ALARM, RED, YELLOW = 0x40, 0x20, 0x10, 0x08, 0x04, 0x06
PERFUSION = 0x06
NO_RATE, NO_SPO2 = 511, 127
RATES = ((0, ""), (19, "display"), (13, "extended"), (21, "extended_display"))
"""Index of a rate's two frames, and the variant: 4-beat average, as displayed, 8-beat average, both."""
SATURATIONS = (
    (2, ""),
    (8, "display"),
    (9, "fast"),
    (10, "beat_to_beat"),
    (15, "extended"),
    (16, "extended_display"),
)
FIRMWARE, TIMER, STAT2 = 3, 5, 7
LOW_BATTERY = 0x01
A_SECOND = 75.0


class NoninDecoder(Stream):
    """Reads one connection."""

    def __init__(self) -> None:
        super().__init__(_packet)


class NoninWaveDecoder(Stream):
    """Reads one connection and its pleth."""

    def __init__(self) -> None:
        super().__init__(Unbroken(_packet_with_pleth))


def _packet_with_pleth(held: bytes, at: int) -> Piece | None:
    piece = _packet(held, at)
    if piece is None or isinstance(piece[1], str):
        return piece
    return piece[0], replace(piece[1], waves=(_pleth(piece[1].raw),))


def _pleth(packet: bytes) -> Wave:
    short = packet[0] == 1
    statuses = packet[short::FRAME]
    steps = zip(bytes(FRAMES) if short else packet[1::FRAME], packet[2::FRAME], strict=True)
    out = SENSOR_ALARM | DISCONNECTED
    samples = (
        None if status & out else high << 8 | low for status, (high, low) in zip(statuses, steps, strict=True)
    )
    return Wave(WaveName.PLETH, tuple(samples), A_SECOND)


def _packet(held: bytes, at: int) -> Piece | None:
    packet = held[at : at + PACKET]
    short = packet[0] == 1
    if len(packet) == PACKET and packet[short::5].translate(SYNC_OF) == SYNCS and _whole(packet):
        return PACKET, _read(packet, packet[short::5], "2" if short else "7")
    start = _next_start(held, at)
    if start is None:
        return None
    if start != at:
        return (PACKET if start < 0 else start - at), "no start of a packet"
    why = _why_not(packet)
    if why is None:
        return None
    following = _next_start(held, at + 1)
    if following is None:
        return None
    return (PACKET + 1 if following < 0 else following - at), why


def _whole(packet: bytes) -> bool:
    sums = ((first + status + pleth + value) & 0xFF for first, status, pleth, value in _columns(packet))
    return (packet[0] > 1 or packet[::5] == b"\x01" * FRAMES) and bytes(sums) == packet[4::5]


def _columns(packet: bytes) -> zip[tuple[int, int, int, int]]:
    return zip(packet[::5], packet[1::5], packet[2::5], packet[3::5], strict=True)


def _is_frame(frame: bytes) -> bool:
    status = frame[1] if frame[0] == 1 else frame[0]
    return status >= 0x80 and sum(frame[:4]) & 0xFF == frame[4]


def _next_start(held: bytes, at: int) -> int | None:
    """Return where the next packet starts, -1 for nowhere in a packet's length, None for not known yet."""
    for found in START.finditer(held, at, at + PACKET + 1):
        frame = held[found.start() : found.start() + FRAME]
        if len(frame) < FRAME:
            return None
        if _is_frame(frame):
            return found.start()
    return -1 if len(held) >= at + PACKET + FRAME else None


def _why_not(packet: bytes) -> str | None:
    """Return what is wrong with the first bad frame; None while all that is there is good."""
    short = packet[0] == 1
    for number in range(len(packet) // FRAME):
        frame = packet[number * FRAME : (number + 1) * FRAME]
        if not _is_frame(frame) or (frame[0] == 1) != short:
            return f"frame {number} of the packet: {frame.hex()} is none"
        if number and frame[short] & 1:
            return f"a packet of {number} frames"
    return None


def _read(packet: bytes, statuses: bytes, form: str) -> Frame:
    values = packet[3::5]
    status = 0
    for one in statuses:
        status |= one
    perfusions = {one & PERFUSION for one in statuses}
    perfusion = RED if RED in perfusions else YELLOW if YELLOW in perfusions else 0
    rates = (
        ((values[index] & 3) << 7 | values[index + 1] & 0x7F, variant, status, perfusion)
        for index, variant in RATES
    )
    saturations = ((values[index] & 0x7F, variant, status, perfusion) for index, variant in SATURATIONS)
    flags = {
        "format": form,
        "status": f"{status:02x}",
        "firmware": f"{values[FIRMWARE]}",
        "timer": f"{(values[TIMER] & 0x7F) << 7 | values[TIMER + 1] & 0x7F}",
        "stat2": f"{values[STAT2]:02x}",
    }
    states = ("low_battery",) if values[STAT2] & LOW_BATTERY else ()
    return Frame(packet, (*starmap(_spo2, saturations), *starmap(_rate, rates)), states, None, flags)


@lru_cache(maxsize=4096)
def _rate(value: int, variant: str, status: int, perfusion: int) -> Reading:
    return _reading(Vital.SPO2_PR, None if value == NO_RATE else value, variant, status, perfusion)


@lru_cache(maxsize=4096)
def _spo2(value: int, variant: str, status: int, perfusion: int) -> Reading:
    if 100 < value < NO_SPO2:
        return Reading(Vital.SPO2, None, "invalid", Quality.INVALID, variant)
    return _reading(Vital.SPO2, None if value == NO_SPO2 else value, variant, status, perfusion)


def _reading(vital: str, value: int | None, variant: str, status: int, perfusion: int) -> Reading:
    quality, reason = _judged(status, perfusion)
    if value is None:
        out = "searching" if status & OUT_OF_TRACK else "absent"
        return Reading(vital, None, reason if quality is Quality.INVALID else out, Quality.INVALID, variant)
    return Reading(vital, float(value), reason, quality, variant)


def _judged(status: int, perfusion: int) -> tuple[Quality, str | None]:
    if status & DISCONNECTED:
        return Quality.INVALID, "sensor_disconnected"
    if status & SENSOR_ALARM:
        return Quality.INVALID, "sensor_off"
    if status & OUT_OF_TRACK:
        return Quality.QUESTIONABLE, "out_of_track"
    if status & ARTIFACT:
        return Quality.QUESTIONABLE, "artifact"
    if perfusion:
        return Quality.QUESTIONABLE, "low_perfusion" if perfusion == RED else "marginal_perfusion"
    return Quality.GOOD, None


ADAPTER = Adapter(
    name="nonin",
    protocol="Nonin serial data format #2 and #7",
    models=("Nonin OEM III", "Nonin Xpod", "Nonin iPod", "Nonin 9560"),
    link=Link(9600, period=1 / 3, silence=3.0),
    vitals=(Vital.SPO2, Vital.SPO2_PR),
    evidence="vectors",
    decoder=NoninDecoder,
    waves=ReadsWaves(NoninWaveDecoder),
)
