"""Readings cut into series: one a source, vital and variant, each cut once, never merged.

A reading counts as valid when it has a number, the device did not call it invalid, it is not held from
before the session, nobody excluded it and no amendment replaced it, and it is known to be from before the
anchor or from after it ("taken between a and b" may be neither). Only valid readings reach a metric.
This is the law; what applies it elsewhere, in its own terms, points here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.session import Session, numbered
from analysis.timeline import Floats, Timeline
from devices.vocabulary import unit_of

MANUAL = "manual"
"""The source of values that a person read and typed."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Series:
    """All readings of one vital from one source, ordered by (minute, writer, seq); arrays of one length.

    Attributes:
        minutes: of the measurement, since the anchor.
        values: in *unit*; NaN where the device had none.
        valid: which readings may enter a metric.
        since: of "taken between a and b", a; NaN where the time is known.
        reasons: what the device said, or ``excluded`` or ``replaced`` where a person took it out of force.
    """

    source: str
    vital: str
    variant: str
    unit: str
    minutes: Floats
    values: Floats
    valid: Flags
    reasons: npt.NDArray[np.object_]
    writers: npt.NDArray[np.object_]
    seqs: npt.NDArray[np.int64]
    since: Floats | None = None

    @cached_property
    def earliest(self) -> Floats:
        """The minutes, beside `t`, from which on the valid readings may have been taken: mostly `t`."""
        if self.since is None:
            return self.t
        return np.where(np.isnan(self.since), self.minutes, self.since)[self.valid]

    @cached_property
    def t(self) -> Floats:
        """The minutes of the valid readings."""
        return self.minutes[self.valid]

    @cached_property
    def x(self) -> Floats:
        """The valid values, beside `t`."""
        return self.values[self.valid]

    @cached_property
    def failed(self) -> Flags:
        """Which measurements failed: they have no number. Not those that were excluded or replaced."""
        flags: Flags = self.reasons == "failed"
        return flags

    def references(self, chosen: Flags) -> tuple[str, ...]:
        """Return ``writer:seq`` of the chosen ones of the valid readings."""
        writers, seqs = self.writers[self.valid][chosen], self.seqs[self.valid][chosen]
        return tuple(f"{writer}:{seq}" for writer, seq in zip(writers, seqs, strict=True))


def cut(
    session: Session,
    timeline: Timeline,
    vitals: frozenset[str] | None = None,
    span: tuple[float, float] | None = None,
) -> dict[tuple[str, str, str], Series]:
    """Return every series of the session, by (source, vital, variant).

    With *vitals* only those of them, with *span* only what may have been measured within its minutes.
    """
    rows = session.readings
    if rows.empty:
        return {}
    codes, names = session.codes("vital")
    measured, since_when = (
        rows[name].to_numpy(dtype="datetime64[us]") for name in ("measured_at", "measured_from")
    )
    wanted = np.array([vitals is None or name in vitals for name in names], dtype=np.bool_)[codes]
    if span is not None:
        start, end = (timeline.moment_of(edge) for edge in span)
        wanted &= (measured >= start) & ((measured <= end) | (since_when <= end))
    chosen = np.flatnonzero(wanted)
    if not len(chosen):
        return {}
    minutes, since = timeline.minutes_of(measured[chosen]), timeline.minutes_of(since_when[chosen])
    columns = {name: rows[name].to_numpy() for name in (*NAMES, *TOLD)}
    variants = numbered(columns["variant"][chosen])[0]
    found: dict[tuple[str, str, str], Series] = {}
    for group in _groups(session.codes("source")[0][chosen], codes[chosen], variants):
        kept = group
        if not (np.diff(minutes[group]) > 0).all():
            kept = _in_order(group, minutes, *(columns[name][chosen] for name in ("value", "writer", "seq")))
        rows_of = chosen[kept]
        source, vital, variant, unit = (columns[name][rows_of[0]] for name in NAMES)
        told = [columns[name][rows_of] for name in TOLD]
        one = _series((source, vital, variant, unit), told, minutes[kept], since[kept], timeline)
        found[source, vital, variant] = one
    return found


NAMES = ("source", "vital", "variant", "unit")
TOLD = ("value", "quality", "reason", "excluded", "superseded_by", "writer", "seq")
"""Columns of the readings that are the same for a series, and those that are each reading's own."""


def _series(
    names: tuple[str, str, str, str],
    told: Sequence[npt.NDArray[Any]],
    minutes: Floats,
    since: Floats,
    timeline: Timeline,
) -> Series:
    """Return the series of some rows: their common `NAMES`, and what `TOLD` says of each."""
    values, quality, reasons, excluded, superseded_by, writers, seqs = told
    # The law that the module's docstring states; analysis.archive.counting and asking have it too.
    replaced = superseded_by != ""
    valid = (
        ~np.isnan(values)
        & (quality != "invalid")
        & (reasons != "held")
        & ~(excluded | replaced | np.isnan(minutes))
        & ~(timeline.anchored & (since < 0) & (minutes >= 0))
    )
    if (excluded | replaced).any():
        reasons = np.where(excluded, "excluded", np.where(replaced, "replaced", reasons)).astype(object)
    source, vital, variant, unit = names
    return Series(
        source,
        vital,
        variant,
        unit_of(vital) or str(unit),
        minutes,
        values.astype(np.float64, copy=False),
        valid,
        reasons,
        writers,
        seqs.astype(np.int64, copy=False),
        since,
    )


def _groups(*codes: npt.NDArray[np.intp]) -> list[npt.NDArray[np.intp]]:
    """Return the places of the rows that agree in all of *codes*, each group in the order of the rows."""
    key = np.zeros(len(codes[0]), dtype=np.intp)
    for each in codes:
        key = key * (int(each.max()) + 1) + each
    # Numbers of 16 bits are sorted by counting; there are never so many series.
    order = np.argsort(key.astype(np.uint16), kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(key))[:-1])
    return [group for group in groups if len(group)]


def _in_order(
    group: npt.NDArray[np.intp],
    minutes: Floats,
    values: Floats,
    writers: npt.NDArray[np.object_],
    seqs: npt.NDArray[np.int64],
) -> npt.NDArray[np.intp]:
    """Return the places of *group* by (minute, writer, seq), a record that was handed over twice once."""
    of_writers = pd.factorize(writers[group], sort=True)[0]
    group = group[np.lexsort((seqs[group], of_writers, minutes[group]))]
    return group[_once(minutes[group], values[group], writers[group], seqs[group])]


def _once(
    minutes: Floats, values: Floats, writers: npt.NDArray[np.object_], seqs: npt.NDArray[np.int64]
) -> Flags:
    """Return which rows are not the row before them again: a record that was handed over twice is one."""
    again = (
        (minutes[1:] == minutes[:-1])
        & ((values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1])))
        & (writers[1:] == writers[:-1])
        & (seqs[1:] == seqs[:-1])
    )
    return np.concatenate(([True], ~again))


def primary(session: Session, series: dict[tuple[str, str, str], Series], vital: str) -> Series | None:
    """Return the series that metrics of *vital* use, or None where nothing was received; see `preferred`."""
    candidates = [(len(s.t), s.source, s.variant) for s in series.values() if s.vital == vital]
    found = preferred(candidates, session.primary.get(vital))
    return None if found is None else series[found[1], vital, found[2]]


def preferred(candidates: Sequence[tuple[int, str, str]], named: str | None) -> tuple[int, str, str] | None:
    """Return which of the series of a vital counts, each told by (valid readings, source, variant).

    It is the session's primary source of the vital, *named*; where the session names none, or nothing valid
    came from it, the source with the most valid readings. Of several variants, the one with the most.
    """
    pool = [one for one in candidates if one[1] == named and one[0]] or candidates
    return min(pool, key=lambda one: (-one[0], one[1] == MANUAL, *one[1:]), default=None)
