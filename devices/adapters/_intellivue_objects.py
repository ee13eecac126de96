"""What stands in a message of IntelliVue data export: objects of a class, their attributes, their values.

Source: Philips IntelliVue Data Export Interface; a recorded dialogue of a monitor in its demonstration mode.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from devices.adapters._intellivue_frames import ALARM, EXTENDED, MDS, NUMERIC, PATIENT, SINGLE, WAVE
from devices.adapters._intellivue_numbers import Number, read_time

VALUE, VALUES, TAKEN_AT, MDS_TIME, MODEL = 0x0950, 0x094B, 0x0990, 0x0987, 0x0928
SYSTEM_ID = 0x0984
"""The monitor's own number, six bytes in the recorded dialogue."""
SAMPLES, SAMPLE_GROUP = 0x096E, 0x0967
PATIENT_ALARMS, TECHNICAL_ALARMS = 0x0904, 0x0902
CLASSES = {
    MDS: "mds",
    NUMERIC: "numeric",
    WAVE: "wave",
    ALARM: "alarm",
    0x05: "enumeration",
    PATIENT: "patient",
}

TEXT = re.compile(rb"[\x20-\x7e]{2,}")


class Malformed(Exception):
    """A length in a message does not fit what it holds; caught where the message's frame is read."""


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of a poll's reply, by the three numbers that tell it from every other one."""

    kind: int
    context: int
    handle: int
    attributes: dict[int, bytes]


@dataclass(frozen=True, slots=True)
class Reply:
    """A poll's reply: relative time in ticks of 1/8 ms, and what it tells of the polled class."""

    kind: int
    ticks: int
    time: datetime | None
    things: tuple[Thing, ...]


def read_reply(body: bytes) -> Reply | None:
    """Return a poll's reply, None where an action's result is another one; raises `Malformed`."""
    action, length = _numbers(">6x2H", body, 0)
    if action not in (SINGLE, EXTENDED):
        return None
    if length != len(body) - 10:
        raise Malformed
    at = 14 if action == EXTENDED else 12
    (ticks,) = _numbers(">I", body, at)
    _, kind, _ = _numbers(">3H", body, at + 12)
    return Reply(kind, ticks, read_time(body[at + 4 : at + 12]), tuple(_things(kind, body[at + 18 :])))


def _things(kind: int, part: bytes) -> Iterator[Thing]:
    if kind == PATIENT:  # name, birth and number: not read at all
        return
    for context, objects in _branches(part):
        for handle, attributes in _branches(objects):
            yield Thing(kind, context, handle, attributes_of(attributes))


def _branches(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and list of each entry of a list of lists: contexts of objects, objects of attributes."""
    count, at = _counted(part), 4
    for _ in range(count):
        number, _, size = _numbers(">3H", part, at)
        yield number, _slice(part, at + 2, size + 4)
        at += 6 + size
    if at != len(part):
        raise Malformed


def _counted(part: bytes) -> int:
    count, length = _numbers(">2H", part, 0)
    if length != len(part) - 4:
        raise Malformed
    return count


def attributes_of(part: bytes) -> dict[int, bytes]:
    """Return the attributes of a list, by their number; raises `Malformed`."""
    count, at = _counted(part), 4
    found: dict[int, bytes] = {}
    for _ in range(count):
        name, size = _numbers(">2H", part, at)
        found[name] = _slice(part, at + 4, size)
        at += 4 + size
    if at != len(part):
        raise Malformed
    return found


def numbers_of(thing: Thing) -> list[Number]:
    """Return an object's numeric values, single or compound; raises `Malformed`."""
    if VALUE in thing.attributes:
        return [Number(*_numbers(">3HI", thing.attributes[VALUE], 0))]
    part = thing.attributes.get(VALUES)
    if part is None:
        return []
    if len(part) - 4 != 10 * _counted(part):
        raise Malformed
    return [Number(*_numbers(">3HI", part, at)) for at in range(4, len(part), 10)]


def model_of(attributes: dict[int, bytes]) -> dict[str, str]:
    """Return maker and model as a flag, where the monitor names them."""
    part = attributes.get(MODEL, b"")
    words = (word.decode("latin-1").strip("\0 ") for word in TEXT.findall(part))
    said = " ".join(word for word in words if word)
    return {"model": said} if said else {}


def texts_of(thing: Thing, flags: dict[str, str]) -> dict[str, str]:
    """Return what is kept as flags of an object without numbers: its alarms' texts, its waves' names."""
    said: dict[str, str] = {}
    for name, kept in ((PATIENT_ALARMS, "alarms"), (TECHNICAL_ALARMS, "technical_alarms")):
        if name in thing.attributes and (texts := alarm_texts(thing.attributes[name])):
            said[kept] = "; ".join([*filter(None, [flags.get(kept, "")]), *texts])
    waves = [part[:2].hex() for name, part in thing.attributes.items() if name == SAMPLES]
    for part in (part for name, part in thing.attributes.items() if name == SAMPLE_GROUP):
        waves += [f"{code:04x}" for code, _, _ in rows_of(part, 4, _counted(part))]
    if waves:
        said["waves"] = " ".join([flags.get("waves", ""), *waves]).strip()
    return said


def rows_of(part: bytes, at: int, count: int) -> list[tuple[int, int, bytes]]:
    """Return so many rows of samples from an index on: of what, in which state, their bytes."""
    rows: list[tuple[int, int, bytes]] = []
    for _ in range(count):
        code, state, size = _numbers(">3H", part, at)
        rows.append((code, state, _slice(part, at + 6, size)))
        at += 6 + size
    return rows


def alarm_texts(part: bytes) -> list[str]:
    """Return the texts of an alarm list, localised and never judged; raises `Malformed`."""
    count, at = _counted(part), 4
    texts: list[str] = []
    for _ in range(count):
        (size,) = _numbers(">16xH", part, at)
        entry = _slice(part, at + 18, size)
        (letters,) = _numbers(">10xH", entry, 0)
        texts.append(_slice(entry, 12, letters).decode("utf-16-be", "replace").rstrip("\0 "))
        at += 18 + size
    if at != len(part):
        raise Malformed
    return texts


def _numbers(form: str, part: bytes, at: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(form, part, at)
    except struct.error:
        raise Malformed from None


def _slice(part: bytes, at: int, size: int) -> bytes:
    if at + size > len(part):
        raise Malformed
    return part[at : at + size]
