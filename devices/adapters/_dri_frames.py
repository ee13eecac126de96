"""The frames of the Datex-Ohmeda and GE record interface (DRI), and what a host may ask in them.

Source: GE document M1017617 (computer interface); its six request vectors are reproduced byte for byte.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable

from devices.adapters._dri_records import BASIC, HEADER
from devices.contract import Frame
from devices.framing import Piece, sum8

FLAGS = re.compile(b"\x7e*")
ESCAPED = re.compile(b"\x7d(.)", re.DOTALL)
LONGEST = 2 * (HEADER + 1450 + 1) + 2
"""Most bytes of a frame: 1450 of data (M1017617), every byte escaped, and the flags."""

PHYSIOLOGICAL, WAVES, ALARMS = 0, 1, 4
DISPLAYED, TREND_60, AUXILIARY = 1, 3, 4
EXTENSIONS = 0x0E
ENTER_CHANGES, LEAVE_CHANGES = 2, 3


def frame_record(record: bytes) -> bytes:
    """Return a record as it goes over the line: with its sum, escaped, between flags."""
    body = record + bytes([sum8(record)])
    return b"\x7e" + body.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e"


def request(maintype: int, body: bytes) -> bytes:
    """Return the frame of a host's request: one sub-record of type 0, all else zero."""
    parts = struct.pack("<hB", 0, 0) + struct.pack("<hB", 0, 0xFF)
    return frame_record(struct.pack("<h12xh24s", HEADER + len(body), maintype, parts) + body)


def physiological(kind: int, interval: int, classes: int = 0) -> bytes:
    """Return the request for records of a kind every *interval* seconds; -1 once, 0 no longer."""
    return request(PHYSIOLOGICAL, struct.pack("<BhIh", kind, interval, classes, 0))


def waves(kinds: Iterable[int], stop: bool = False) -> bytes:
    """Return the request that starts these waves, or stops all."""
    return request(WAVES, struct.pack("<hh8s16xhh", stop, 0, bytes([*kinds, 0xFF]), 0, 0))


def alarms(command: int) -> bytes:
    """Return the request for alarm texts."""
    return request(ALARMS, struct.pack("<h10x", command))


def cut(held: bytes, at: int, read: Callable[[bytes, bytes], Frame | str]) -> Piece | None:
    """Return the frame that begins here; *read* takes its bytes as they came and its record.

    One flag may close a frame and open the next; a bad frame therefore leaves its last flag.
    """
    flags = FLAGS.match(held, at)
    begin = flags.end() if flags else at
    end = held.find(b"\x7e", begin, at + LONGEST)
    if end < 0:
        return (LONGEST, f"no flag in {LONGEST} bytes") if len(held) - at >= LONGEST else None
    body = _unescaped(held[begin:end])
    what = _wrong(body) or read(held[at : end + 1], body[:-1])
    return (end - at, what) if isinstance(what, str) else (end + 1 - at, what)


def _wrong(body: bytes) -> str | None:
    record, said = body[:-1], body[-1:]
    if len(record) < HEADER:
        return f"{len(record)} bytes are too few for a record"
    if sum8(record) != said[0]:
        return f"checksum {said.hex()}, expected {sum8(record):02x}"
    (length,) = struct.unpack_from("<h", record)
    return None if length == len(record) else f"record of {len(record)} bytes that says {length}"


def _unescaped(body: bytes) -> bytes:
    return ESCAPED.sub(lambda found: bytes([found[1][0] | 0x20]), body)


def sub_records(record: bytes) -> list[tuple[int, bytes]] | str:
    """Return the sub-records, each with its type and the bytes from its start on; or what is wrong."""
    parts = []
    for place in range(16, HEADER, 3):
        offset, kind = struct.unpack_from("<hB", record, place)
        if kind == 0xFF:
            break
        part = record[HEADER + offset :] if offset >= 0 else b""
        least = 14 if kind == AUXILIARY else BASIC
        if not part or (record[14:16] == b"\0\0" and len(part) < least):
            return f"sub-record of type {kind} at {offset} is not in the record"
        parts.append((kind, part))
    return parts
