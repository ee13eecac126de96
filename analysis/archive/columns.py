"""The form of the archive: every column of a session's file, its type and what it means.

A file is one table. A row is one record: a frame of a device, a typed reading, an entry, what a link did;
the last row holds the protocol. A frame's numbers stand side by side: for each vital its value, its quality
beside it, and further columns only where one of its values has something to say there. docs/archive.md says
the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VERSION = 1
"""Of this form. A file of another one is made anew from the ledger."""

KEY = "infusionlog"
"""The key of the file's metadata that holds `Facts` as JSON."""

READING = "reading"
PROTOCOL = "protocol"
"""Kinds of rows, beside the kinds of `Session.events`."""

WORD, TEXT, NUMBER, COUNT, FLAG, TIME, DEVICE_TIME = (
    "word", "text", "number", "count", "flag", "time", "device time"
)  # fmt: skip
"""Types: a text that mostly is one of few, any text, a float of 64 bits, an integer of 64 bits, a boolean, a
time in UTC and one without a zone, both to the microsecond."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, and its meaning in a sentence; null says that there is nothing to say."""

    type: str
    meaning: str


CORE: Mapping[str, Column] = {
    "session": Column(WORD, "the session's id"),
    "kind": Column(
        WORD,
        "reading (a frame of a device, or a typed reading), the record's kind, or protocol (the last row)",
    ),
    "writer": Column(WORD, "with seq the record that the row is: writer:seq is its reference"),
    "seq": Column(COUNT, "number of the record in its writer's chain; null in the last row"),
    "at": Column(TIME, "arrival of what a device sent, entry of what a person said"),
    "device_time": Column(DEVICE_TIME, "what the device claims; its clock has no zone"),
    "source": Column(WORD, "the device's name in the session, or manual"),
    "author": Column(WORD, "who entered it: of a typed or amended reading, and of every entry"),
    "uncertain": Column(FLAG, "true: the arrival time is uncertain"),
    "late_by_s": Column(NUMBER, "seconds by which an entry was late by the protocol"),
    "happened_at": Column(TIME, "when an entry says that it happened"),
    "summary": Column(TEXT, "an entry in one line for people"),
    "superseded_by": Column(WORD, "reference of the record that replaced an entry"),
    "payload": Column(TEXT, "the whole entry as JSON; in the last row the session's protocol"),
}
"""Columns of every file."""

OF_FRAMES = ("session", "writer", "seq", "at", "device_time", "source", "author", "uncertain", "late_by_s")
"""Those that say something of readings."""

VALUE = ""
QUALITY, REASON, EXCLUDED = "_quality", "_reason", "_excluded"
SUPERSEDED_BY, MEASURED_AT, MEASURED_FROM = "_superseded_by", "_measured_at", "_measured_from"

ASPECTS: Mapping[str, Column] = {
    VALUE: Column(NUMBER, "the value in the vital's unit; null with a quality: the device said it has none"),
    QUALITY: Column(WORD, "good, questionable or invalid; null: nothing arrived"),
    REASON: Column(WORD, "why there is no value, or why it does not count: sensor_off, failed, held ..."),
    EXCLUDED: Column(FLAG, "true: a person took the value out of all figures"),
    SUPERSEDED_BY: Column(WORD, "reference of the record that replaced the value"),
    MEASURED_AT: Column(TIME, "when it was measured, where that is not its arrival (at)"),
    MEASURED_FROM: Column(TIME, "of 'taken between a and b': a; b is when it was measured"),
}
"""Columns of a vital, by what follows its name. The first two are always there."""

ALWAYS = (VALUE, QUALITY)


@dataclass(frozen=True, slots=True)
class VitalColumns:
    """The columns of one vital in one variant: they are called *name* and what `ASPECTS` adds to it."""

    name: str
    vital: str
    variant: str
    unit: str
    aspects: tuple[str, ...] = ALWAYS


def types_of(vitals: tuple[VitalColumns, ...]) -> dict[str, str]:
    """Return the type of every column that a file with *vitals* has, in its order."""
    types = {name: column.type for name, column in CORE.items()}
    for one in vitals:
        types |= {one.name + aspect: ASPECTS[aspect].type for aspect in one.aspects}
    return types


def column_names(named: list[tuple[str, str, str]]) -> list[str]:
    """Return the name of each (vital, variant, unit): the vital's own where it has one variant and unit.

    No two columns get one name, whatever a device calls its local codes.
    """
    names: list[str] = []
    taken = set(CORE)
    for vital, variant, unit in named:
        name = f"{vital}/{variant}" if variant else vital
        if taken & _all_of(name):
            name = f"{name} [{unit}]"
        while taken & _all_of(name):
            name += "'"
        names.append(name)
        taken |= _all_of(name)
    return names


def _all_of(name: str) -> set[str]:
    return {name + aspect for aspect in ASPECTS}
