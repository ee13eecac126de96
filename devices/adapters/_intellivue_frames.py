"""The frames of Philips IntelliVue data export, on RS-232 and on the network, and what a host says in them.

Source: Philips IntelliVue Data Export Interface (association, MIB/RS-232 framing), a recorded dialogue with a
monitor (intellipy), whose association request is reproduced byte for byte.
"""

from __future__ import annotations

import re
import struct
from binascii import crc_hqx
from collections.abc import Callable

from devices.contract import Frame
from devices.framing import Piece

BEGIN, END, ESCAPE = 0xC0, 0xC1, 0x7D
MARK = re.compile(rb"[\xc0\xc1]")
ESCAPED = re.compile(rb"\x7d(.)", re.DOTALL)
LARGEST = 2048
"""Most bytes of a payload; a monitor offers 1456."""
LONGEST = 2 * (4 + LARGEST + 2) + 2
STRAY = 1024

CONNECT, ACCEPT, REFUSE, FINISH, DISCONNECT, ABORT, EXPORT = 0x0D, 0x0E, 0x0C, 0x09, 0x0A, 0x19, 0xE1
SESSION = {
    CONNECT: "connect",
    ACCEPT: "accept",
    REFUSE: "refuse",
    FINISH: "finish",
    DISCONNECT: "disconnect",
    ABORT: "abort",
}
INVOKE, RESULT, ERROR, LINKED = 1, 2, 3, 5
EVENT, CONFIRMED_EVENT, GET, CONFIRMED_SET, ACTION = 0, 1, 3, 5, 7
MDS_CREATED, SINGLE, EXTENDED = 0x0D06, 0x0C16, 0xF13B
MDS, NUMERIC, WAVE, ALARM, PATIENT = 0x21, 0x06, 0x09, 0x36, 0x2A
TICKS = 8000
"""Of the monitor's relative time in a second."""


MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def fcs(part: bytes) -> int:
    """Return the frame check: CRC-16/X-25, sent low byte first.

    The library's CRC has the same polynomial and takes the highest bit first: so each byte is mirrored, and
    the result. Waves are 5 kB a second, too many for a loop over bits.
    """
    low, high = crc_hqx(part.translate(MIRRORED), 0xFFFF).to_bytes(2, "big").translate(MIRRORED)
    return (high << 8 | low) ^ 0xFFFF


def framed(payload: bytes) -> bytes:
    """Return a payload as it goes over RS-232: with header and check, escaped, between C0 and C1."""
    body = struct.pack(">BBH", 0x11, 1, len(payload)) + payload
    body += struct.pack("<H", fcs(body))
    escaped = re.sub(rb"[\xc0\xc1\x7d]", lambda found: bytes([ESCAPE, found[0][0] ^ 0x20]), body)
    return bytes([BEGIN]) + escaped + bytes([END])


def cut(held: bytes, at: int, read: Callable[[bytes, bytes], Frame | str]) -> Piece | None:
    """Return the RS-232 frame that begins here; *read* takes its bytes as they came and its payload."""
    if held[at] != BEGIN:
        begin = held.find(bytes([BEGIN]), at, at + STRAY)
        if begin >= 0:
            return begin - at, "before the start of a frame"
        return (STRAY, f"no frame in {STRAY} bytes") if len(held) - at >= STRAY else None
    mark = MARK.search(held, at + 1, at + LONGEST)
    if mark is None:
        return (LONGEST, f"no end in {LONGEST} bytes") if len(held) - at >= LONGEST else None
    if mark[0][0] == BEGIN:
        return mark.start() - at, "a frame that a new one broke off"
    raw = held[at : mark.end()]
    if raw[-2] == ESCAPE:
        return len(raw), "a frame that its sender aborted"
    body = ESCAPED.sub(lambda found: bytes([found[1][0] ^ 0x20]), raw[1:-1])
    return len(raw), _wrong(body) or read(raw, body[4:-2])


def _wrong(body: bytes) -> str | None:
    if len(body) < 7:
        return f"{len(body)} bytes are too few for a frame"
    expected = struct.pack("<H", fcs(body[:-2]))
    if body[-2:] != expected:
        return f"frame check {body[-2:].hex()}, expected {expected.hex()}"
    protocol, kind, length = struct.unpack_from(">BBH", body)
    if (protocol, kind) != (0x11, 1):
        return f"frame of protocol {protocol:02x}, type {kind:02x}"
    return None if length == len(body) - 6 else f"{len(body) - 6} bytes in a frame that says {length}"


PAYLOAD = re.compile(
    rb"\xe1\x00\x00\x02\x00[\x01-\x05]|[\x0d\x0e](?:[^\xff]|\xff[\x00-\xff]{2})\x05\x08\x13\x01|"
    rb"[\x09\x0a]\x18\xc1\x16|[\x0c\x19][\x01-\x40]"
)
"""How a payload begins; at most eight bytes of it."""


NEXT = b"\xe1\0\0\2\0\1\0\0"
"""The beginning of a payload, to show where the input ends."""


def cut_datagrams(held: bytes, at: int, read: Callable[[bytes, bytes], Frame | str]) -> Piece | None:
    """Return the network payload that begins here: each says its own length, and none has a check.

    It is one only where another begins at its end: no byte is missing then, or too many. Only for what came
    as UDP datagrams, which the network has checked: on RS-232 these bytes stand inside frames, and a frame
    with a wrong check must not be read from its middle.
    """
    here = len(held) - at
    if PAYLOAD.match(held, at) is None:
        found = PAYLOAD.search(held, at + 1, at + STRAY + 8)
        if found and len(held) >= found.start() + 8:
            return found.start() - at, "before the start of a payload"
        return (STRAY, f"no payload in {STRAY} bytes") if here >= STRAY + 8 else None
    if held[at] == EXPORT:
        length = 8 + int.from_bytes(held[at + 6 : at + 8], "big")
    elif held[at + 1] == 0xFF:
        length = 4 + int.from_bytes(held[at + 2 : at + 4], "big")
    else:
        length = 2 + held[at + 1]
    if here >= 8 and length > LARGEST:
        return 1, f"a payload of {length} bytes"
    if here < max(8, length + 8):
        return None
    if PAYLOAD.match(held, at + length) is None:
        return 1, "a payload after which none begins"
    raw = held[at : at + length]
    return length, read(raw, raw)


def _identifier(number: int) -> bytes:
    return bytes.fromhex("060c2a8648ce140201000000") + bytes([number, 1])


def association_request(period: int = 0x4E200, extended: int = 0x8C000000) -> bytes:
    """Return the request for an association.

    Args:
        period: the shortest poll period in ticks of 1/8 ms; the monitor's patience grows with it.
        extended: which extended polls are wanted: 1-s numerics, waves, enumerations.
    """
    profile = struct.pack(">6I", 1 << 31, period, 0x3000, 0x3000, 0, 0x60000000)
    profile += struct.pack(">4HII", 1, 12, 0xF001, 8, extended, 0)
    user = struct.pack(">5I2H", 1 << 31, 1 << 30, 0, 1 << 31, 1 << 29, 0, 0)  # client, cold start
    user += struct.pack(">4H", 1, len(profile) + 4, 1, len(profile)) + profile
    presented = bytes.fromhex("3180a0808001010000a280a003000001a4803080020101060452010001308006025101000000")
    presented += bytes.fromhex("003080020102") + _identifier(1) + b"\x30\x80" + _identifier(2) + bytes(6)
    presented += bytes.fromhex("61803080020101a0806080a180") + _identifier(3)
    presented += bytes.fromhex("0000be802880") + _identifier(1) + bytes.fromhex("02010281")
    presented += bytes([len(user)]) + user + bytes(16)
    session = bytes.fromhex("0508130100160102800014020002")
    body = session + bytes([0xC1, len(presented)]) + presented
    return bytes([CONNECT, len(body)]) + body


PROFILE = re.compile(rb"\x00\x01\x00.\x00\x01\x00.\x80\x00\x00\x00.{20}", re.DOTALL)
"""A poll profile in an association message: its heading, its version, five numbers; attributes follow."""
SECONDS_OF_NUMBERS = 1 << 31
"""The bit of an extended poll for numerics every second."""


def granted(accepted: bytes) -> int:
    """Return which extended polls a monitor's answer to the association request grants; 0: none."""
    profile = PROFILE.search(accepted)
    if profile is None:
        return 0
    at = profile.end() + 4
    while at + 4 <= len(accepted):
        name, length = struct.unpack_from(">2H", accepted, at)
        if name == 0xF001 and length >= 4 and at + 8 <= len(accepted):
            return int(struct.unpack_from(">I", accepted, at + 4)[0])
        if name == 0:
            break
        at += 4 + length
    return 0


def release_request() -> bytes:
    """Return the request to end the association."""
    return bytes.fromhex("0918c11661803080020101a0806280800100") + bytes(8)


def mds_create_result(invocation: int) -> bytes:
    """Return the answer to the monitor's MDS create event, without which it serves nothing."""
    body = struct.pack(">3HIHH", MDS, 0, 0, 0, MDS_CREATED, 0)
    return _export(RESULT, invocation, CONFIRMED_EVENT, body)


def single_poll(invocation: int, kind: int) -> bytes:
    """Return the question for all objects of a class, once."""
    return _action(invocation, SINGLE, struct.pack(">5H", 0, 1, kind, 0, 0)[:8])


def extended_poll(invocation: int, kind: int, seconds: int) -> bytes:
    """Return the question for all objects of a class, again and again for some seconds."""
    body = struct.pack(">6H2HI", 0, 1, kind, 0, 1, 8, 0xF13E, 4, seconds * TICKS)
    return _action(invocation, EXTENDED, body)


def _action(invocation: int, action: int, body: bytes) -> bytes:
    head = struct.pack(">3HIHH", MDS, 0, 0, 0, action, len(body))
    return _export(INVOKE, invocation, ACTION, head + body)


def _export(operation: int, invocation: int, command: int, body: bytes) -> bytes:
    inner = struct.pack(">3H", invocation, command, len(body)) + body
    return struct.pack(">4H", EXPORT << 8, 2, operation, len(inner)) + inner
