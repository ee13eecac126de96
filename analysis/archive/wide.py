"""Readings side by side: from one row a value to one row a frame.

Every value is kept, and what is said of it. What comes back is in the order of the ledger's hand-over: by
(measured_at, writer, seq), the values of a frame as the frame said them.

Numbers of texts are as short as they can be: what matters here is how much memory is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.archive.columns import (
    ALWAYS,
    EXCLUDED,
    MEASURED_AT,
    MEASURED_FROM,
    REASON,
    SUPERSEDED_BY,
    VitalColumns,
    column_names,
)

Ints = npt.NDArray[Any]
"""Integers of any length."""

Flags = npt.NDArray[np.bool_]

ALIGNED, SLOTS = 4, 1 << 14
"""Bits of an object's address that are zero, and how many addresses are told apart by those that follow."""

WORDS = ("vital", "variant", "unit", "writer", "source", "entered_by", "quality", "reason", "superseded_by")
TIMES = ("at", "measured_at", "measured_from", "device_time")
PLAIN = ("seq", "value", "excluded", "uncertain", "late_by_s")
OF_A_FRAME = ("at", "writer", "seq", "source", "entered_by", "device_time", "uncertain", "late_by_s")
"""Columns of `Session.readings` that are the same for all values of a row."""

NAT = np.datetime64("NaT", "us").astype(np.int64)

Name = tuple[str, str, str]
"""Vital, variant and unit."""


class Words(NamedTuple):
    """A column of texts: for each row the place of its text in *words*, which are sorted."""

    codes: Ints
    words: list[str]

    @property
    def says(self) -> Flags:
        """Which rows have a text that is not empty."""
        return self.differs("")

    def differs(self, word: str) -> Flags:
        """Return which rows have another text than *word*."""
        if word not in self.words:
            return np.ones(len(self.codes), dtype=np.bool_)
        differs: Flags = self.codes != self.words.index(word)
        return differs


def words_of(column: npt.NDArray[np.object_]) -> Words:
    """Return a column of texts by their places in the sorted list of them.

    The texts of a table mostly are few objects, named again and again. So their addresses are looked at, each
    by its last bits: where no two share them, two hours take 0.3 ms a column, and 1.5 by the texts' hashes.
    """
    column = np.ascontiguousarray(column)
    addresses = np.frombuffer(column, np.intp)
    runs = _starts(addresses[1:] != addresses[:-1], len(column))
    if len(runs) * 2 > len(column):
        return _words(column, addresses)
    codes, words = _words(column[runs], addresses[runs])
    return Words(np.repeat(codes, np.diff(runs, append=len(column))), words)


def _following(column: npt.NDArray[np.object_], other: Words) -> Words | None:
    """Return a column that says the same wherever *other* does, as its vital gives the unit; None: not so."""
    first = np.zeros(len(other.words), dtype=np.intp)
    first[other.codes] = np.arange(len(column))
    addresses = np.frombuffer(np.ascontiguousarray(column), np.intp)
    if (addresses[first].take(other.codes) != addresses).any() or not len(column):
        return None
    codes, words = _hashed(column[first])
    return Words(codes.take(other.codes), words)


def _words(column: npt.NDArray[np.object_], addresses: Ints) -> Words:
    slots = (addresses >> ALIGNED) & (SLOTS - 1)
    there = np.zeros(SLOTS, dtype=np.intp)
    there[slots] = addresses
    if len(column) < SLOTS or (there[slots] != addresses).any():
        return _hashed(column)
    used = np.flatnonzero(there)
    there[slots] = np.arange(len(column))
    codes, words = _hashed(column[there[used]])
    place = np.zeros(SLOTS, dtype=codes.dtype)
    place[used] = codes
    return Words(place[slots], words)


def _hashed(column: npt.NDArray[np.object_]) -> Words:
    codes, words = pd.factorize(column, sort=True)
    return Words(codes.astype(np.min_scalar_type(len(words))), words.tolist())


def _starts(begins: Flags, count: int) -> Ints:
    """Return the places at which something begins: *begins* says it of all but the first."""
    return np.concatenate(([0], np.flatnonzero(begins) + 1)) if count else np.zeros(0, dtype=np.intp)


@dataclass(frozen=True)
class Wide:
    """A session's readings side by side.

    Attributes:
        vitals: in the order of the columns.
        words, plain: of each value, by (frame, vital); times are microseconds UTC, NaT as numpy has it.
        firsts: the place of the first value of each frame.
        frames, codes: of each value the number of its frame and of its vital.
    """

    vitals: tuple[VitalColumns, ...]
    words: Mapping[str, Words]
    plain: Mapping[str, npt.NDArray[Any]]
    firsts: Ints
    frames: Ints
    codes: Ints


def wide(readings: pd.DataFrame) -> Wide:
    """Return the readings of a session side by side, frames by (at, writer, seq)."""
    words: dict[str, Words] = {}
    for name in WORDS:
        column = readings[name].to_numpy()
        words[name] = (_following(column, words["vital"]) if name == "unit" else None) or words_of(column)
    plain = {name: readings[name].to_numpy(dtype="datetime64[us]").view(np.int64) for name in TIMES}
    plain |= {name: readings[name].to_numpy() for name in PLAIN}
    codes, named, order = _order(words["writer"], plain, *_named(words))
    if order is not None:
        plain = {name: column[order] for name, column in plain.items()}
        words = {name: Words(known[order], texts) for name, (known, texts) in words.items()}
    begins = _begins(words, plain, codes)
    frames = np.zeros(len(codes), dtype=np.int32)
    np.cumsum(begins, out=frames[1:])
    aspects = _aspects(words, plain, codes, len(named))
    vitals = tuple(
        VitalColumns(name, *one, said)
        for name, one, said in zip(column_names(named), named, aspects, strict=True)
    )
    return Wide(vitals, words, plain, _starts(begins, len(codes)), frames, codes)


def _named(words: Mapping[str, Words]) -> tuple[Ints, list[Name]]:
    """Return of each value the number of its vital, variant and unit, and what is numbered."""
    vitals, variants, units = (words[name] for name in ("vital", "variant", "unit"))
    key = vitals.codes.astype(np.int32)
    for other in (variants, units):
        if len(other.words) > 1:
            key = key * len(other.words) + other.codes
    used = np.flatnonzero(np.bincount(key))
    place = np.zeros(int(used[-1]) + 1 if len(used) else 0, dtype=np.min_scalar_type(len(used)))
    place[used] = np.arange(len(used))
    pairs, unit = np.divmod(used, max(1, len(units.words)))
    vital, variant = np.divmod(pairs, max(1, len(variants.words)))
    named = [
        (vitals.words[a], variants.words[b], units.words[c])
        for a, b, c in zip(vital.tolist(), variant.tolist(), unit.tolist(), strict=True)
    ]
    return place[key], named


def _order(
    writer: Words, plain: Mapping[str, npt.NDArray[Any]], codes: Ints, named: list[Name]
) -> tuple[Ints, list[Name], Ints | None]:
    """Return the values' vitals by frame, numbered as frames say them; their names; the order of the values.

    The order is None where the values stand in it already. Two values of one record and time stay as they
    are to each other: where no order of columns gives that, or a record says a vital twice, later values get
    rows of their own at the end.
    """
    at, measured, seq, writers = plain["at"], plain["measured_at"], plain["seq"], writer.codes
    handed, together = ordered(measured, writers, seq)
    if handed is not None:
        at, seq, writers, codes = at[handed], seq[handed], writers[handed], codes[handed]
    places = _as_said(codes, together, len(named))
    codes = places[codes]
    falls = together & ((at[1:] < at[:-1]) | (at[1:] == at[:-1]) & (codes[1:] <= codes[:-1]))
    keys = [at, writers, seq, codes]
    if falls.any():
        fallen = np.concatenate(([0], np.cumsum(falls)))
        begun = np.where(np.concatenate(([True], ~together)), fallen, 0)
        keys.insert(0, fallen - np.maximum.accumulate(begun))
    framed, _ = ordered(*keys)
    if framed is not None:
        codes = codes[framed]
        handed = framed if handed is None else handed[framed]
    return codes, [named[place] for place in np.argsort(places)], handed


def ordered(*keys: npt.NDArray[Any]) -> tuple[Ints | None, Flags]:
    """Return the order by *keys*, the first above the next, None where they are in order; and who is alike.

    That is said of each but the first in that order: all keys are those of the one before.
    """
    rises = np.zeros(max(0, len(keys[0]) - 1), dtype=np.bool_)
    falls = rises.copy()
    for key in keys:
        falls |= ~rises & (key[1:] < key[:-1])
        rises |= key[1:] != key[:-1]
    if not falls.any():
        return None, ~rises
    order = np.lexsort(keys[::-1])
    rises[:] = False
    for key in keys:
        ordered = key[order]
        rises |= ordered[1:] != ordered[:-1]
    return order, ~rises


def _as_said(codes: Ints, together: Flags, count: int) -> Ints:
    """Return for each vital its place in an order in which every frame says its values, if there is one."""
    pairs = codes[:-1].astype(np.int32) * count + codes[1:]
    pairs[~together] = count * count
    after: dict[int, set[int]] = {place: set() for place in range(count)}
    for pair in np.flatnonzero(np.bincount(pairs)[: count * count]).tolist():
        before, later = divmod(pair, count)
        if before != later:
            after[later].add(before)
    order: list[int] = []
    try:
        (sorter := TopologicalSorter(after)).prepare()
        ready: list[int] = []
        while sorter.is_active():
            ready += reversed(sorter.get_ready())
            order.append(ready.pop())
            sorter.done(order[-1])
    except CycleError:
        order = list(range(count))
    places = np.zeros(count, dtype=np.min_scalar_type(count))
    places[order] = np.arange(count)
    return places


def _begins(words: Mapping[str, Words], plain: Mapping[str, npt.NDArray[Any]], codes: Ints) -> Flags:
    """Return which values but the first begin a row: another record, or a vital that is there already."""
    begins: Flags = codes[1:] <= codes[:-1]
    for name in OF_A_FRAME:
        column = words[name].codes if name in words else plain[name]
        differs = column[1:] != column[:-1]
        if name == "late_by_s":
            differs &= ~(np.isnan(column[1:]) & np.isnan(column[:-1]))
        begins |= differs
    return begins


def _aspects(
    words: Mapping[str, Words], plain: Mapping[str, npt.NDArray[Any]], codes: Ints, count: int
) -> list[tuple[str, ...]]:
    """Return which columns each vital has: `ALWAYS`, and those in which one of its values says something."""
    says = {
        REASON: words["reason"].says,
        EXCLUDED: plain["excluded"],
        SUPERSEDED_BY: words["superseded_by"].says,
        MEASURED_AT: plain["measured_at"] != plain["at"],
        MEASURED_FROM: plain["measured_from"] != NAT,
    }
    saying = {aspect: np.bincount(codes[said], minlength=count) for aspect, said in says.items()}
    return [(*ALWAYS, *(aspect for aspect in says if saying[aspect][place])) for place in range(count)]
