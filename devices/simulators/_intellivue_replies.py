"""What a simulated IntelliVue monitor puts into its messages: objects with attributes, numbers, times.

Source: Philips IntelliVue Data Export Interface.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime

from devices.adapters._intellivue_frames import (
    ACTION,
    ALARM,
    CONFIRMED_EVENT,
    ERROR,
    EXPORT,
    EXTENDED,
    INVOKE,
    LINKED,
    MDS,
    MDS_CREATED,
    RESULT,
    SINGLE,
)
from devices.contract import Quality, Reading

UNAVAILABLE, TEST, DEMO, ONGOING = 0x2000, 0x0800, 0x0400, 0x0020
NAN = 0x007FFFFF


@dataclass(frozen=True, slots=True)
class Shown:
    """One number on the monitor's screen.

    Attributes:
        decimals: how many the monitor shows.
        reason: why there is no value.
    """

    vital: str
    code: int
    unit: int
    value: float | None
    decimals: int = 0
    variant: str = ""
    reason: str = "absent"

    def encoded(self, state: int) -> bytes:
        """Return it as a numeric value."""
        if self.value is None:
            return struct.pack(">3HI", self.code, state | UNAVAILABLE, self.unit, NAN)
        mantissa = round(self.value * 10**self.decimals)
        return struct.pack(
            ">3HI", self.code, state, self.unit, (-self.decimals & 0xFF) << 24 | mantissa & 0xFFFFFF
        )

    def told(self, taken: datetime | None = None) -> Reading:
        """Return what a decoder has to read."""
        if self.value is None:
            return Reading(self.vital, None, self.reason, Quality.INVALID, self.variant)
        return Reading(self.vital, round(self.value, self.decimals), variant=self.variant, measured_at=taken)


def numeric(shown: tuple[Shown, ...], state: int, taken: datetime | None = None) -> bytes:
    """Return the attributes of a numeric object: one value or a compound, with its time where it has one."""
    values = b"".join(one.encoded(state) for one in shown)
    attributes = [(0x0924, struct.pack(">I", 2 << 16 | shown[0].code))]
    if taken is not None:
        attributes.append((0x0990, encoded_time(taken)))
    if len(shown) == 1:
        attributes.append((0x0950, values))
    else:
        attributes.append((0x094B, struct.pack(">2H", len(shown), len(values)) + values))
    return listed(attributes)


def mds(time: datetime, ticks: int, number: int = 1) -> bytes:
    """Return the attributes of the monitor itself: its *number*, maker and model, its clock."""
    own = struct.pack(">H2sI", 6, b"\0\x09", number & 0xFFFFFFFF)
    model = struct.pack(">H8sH8s", 8, b"Example\0", 8, b"DEMO\0\0\0\0")
    return listed(
        [(0x0984, own), (0x0928, model), (0x0987, encoded_time(time)), (0x098F, struct.pack(">I", ticks))]
    )


def alarms(texts: list[bytes]) -> bytes:
    """Return the attributes of the alarm object: one list of technical alarms, one of the patient's."""
    entries = b""
    for letters in texts:
        entry = struct.pack(">HIHHH", 1, 0, 1, 0, len(letters)) + letters
        entries += struct.pack(">4H3HHH", 2, 1, 1, 0, ALARM, 0, 1, 0x0201, len(entry)) + entry
    technical = struct.pack(">2H", len(texts), len(entries)) + entries
    return listed([(0x0902, technical), (0x0904, bytes(4))])


def listed(attributes: list[tuple[int, bytes]]) -> bytes:
    """Return an attribute list."""
    body = b"".join(struct.pack(">2H", name, len(value)) + value for name, value in attributes)
    return struct.pack(">2H", len(attributes), len(body)) + body


def encoded_time(time: datetime) -> bytes:
    """Return an absolute time in BCD."""
    return bytes.fromhex(f"{time:%Y%m%d%H%M%S}00")


def reply(
    invocation: int,
    kind: int,
    ticks: int,
    objects: list[tuple[int, int, bytes]],
    sequence: int | None = None,
    part: int | None = None,
) -> bytes:
    """Return a poll's reply: each object with its context, handle and attributes.

    An extended one has a *sequence*, a linked one says which *part* it is: 1 the first, 2 a later one.
    """
    contexts = b""
    for context in dict.fromkeys(context for context, _, _ in objects):
        inner = [(handle, body) for one, handle, body in objects if one == context]
        entries = b"".join(struct.pack(">H", handle) + body for handle, body in inner)
        contexts += struct.pack(">3H", context, len(inner), len(entries)) + entries
    count = len({context for context, _, _ in objects})
    body = struct.pack(">H", 0) + (b"" if sequence is None else struct.pack(">H", sequence & 0xFFFF))
    body += struct.pack(">I", ticks & 0xFFFFFFFF) + b"\xff" * 8 + struct.pack(">3H", 1, kind, 0)
    body += struct.pack(">2H", count, len(contexts)) + contexts
    action = SINGLE if sequence is None else EXTENDED
    result = struct.pack(">3HHH", MDS, 0, 0, action, len(body)) + body
    inner_ = struct.pack(">3H", invocation, ACTION, len(result)) + result
    if part is None:
        return _export(RESULT, inner_)
    return _export(LINKED, bytes([1 if part == 1 else 2, part]) + inner_)


def error(invocation: int) -> bytes:
    """Return the answer to a question that the monitor does not know: an error without more."""
    return _export(ERROR, struct.pack(">3H", invocation, 10, 0))


def mds_create(ticks: int, attributes: bytes) -> bytes:
    """Return the event by which the monitor tells what it is."""
    about = struct.pack(">3H", MDS, 0, 0) + attributes
    event = struct.pack(">3HIHH", MDS, 0, 0, ticks & 0xFFFFFFFF, MDS_CREATED, len(about)) + about
    return _export(INVOKE, struct.pack(">3H", 1, CONFIRMED_EVENT, len(event)) + event)


def _export(operation: int, inner: bytes) -> bytes:
    return struct.pack(">4H", EXPORT << 8, 2, operation, len(inner)) + inner
