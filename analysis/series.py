"""Readings cut into series: one a source, vital and variant, each cut once, never merged.

A reading counts as valid when it has a number, the device did not call it invalid, it is not held from
before the session, nobody excluded it and no amendment replaced it, and it is known to be from before the
anchor or from after it ("taken between a and b" may be neither). Only valid readings reach a metric.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.session import Session
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


def cut(session: Session, timeline: Timeline) -> dict[tuple[str, str, str], Series]:
    """Return every series of the session, by (source, vital, variant)."""
    rows = session.readings
    if rows.empty:
        return {}
    columns = {
        name: rows[name].to_numpy()
        for name in ("source", "vital", "variant", "value", "reason", "writer", "seq", "quality", "unit")
    }
    minutes = timeline.minutes(rows["measured_at"])
    since = timeline.minutes(rows["measured_from"])
    astride = timeline.anchored & (since < 0) & (minutes >= 0)
    out = np.where(rows["superseded_by"].to_numpy() != "", "replaced", columns["reason"])
    columns["reason"] = np.where(rows["excluded"].to_numpy(), "excluded", out).astype(object)
    valid = (
        ~np.isnan(columns["value"])
        & (columns["quality"] != "invalid")
        & (columns["reason"] != "held")
        & ~rows["excluded"].to_numpy()
        & (rows["superseded_by"].to_numpy() == "")
        & ~np.isnan(minutes)
        & ~astride
    )
    order = np.lexsort((columns["seq"], pd.factorize(columns["writer"], sort=True)[0], minutes))
    key = pd.factorize(pd.MultiIndex.from_arrays([columns["source"], columns["vital"], columns["variant"]]))[
        0
    ][order]
    found: dict[tuple[str, str, str], Series] = {}
    for group in np.split(order[np.argsort(key, kind="stable")], np.cumsum(np.bincount(key))[:-1]):
        first = group[0]
        name = (columns["source"][first], columns["vital"][first], columns["variant"][first])
        kept = group[
            _once(minutes[group], columns["value"][group], columns["writer"][group], columns["seq"][group])
        ]
        found[name] = Series(
            *name,
            unit_of(name[1]) or str(columns["unit"][first]),
            minutes[kept],
            columns["value"][kept].astype(np.float64),
            valid[kept],
            columns["reason"][kept],
            columns["writer"][kept],
            columns["seq"][kept].astype(np.int64),
            since[kept],
        )
    return found


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
    """Return the series that metrics of *vital* use, or None where nothing was received.

    It is the session's primary source of the vital; where the session names none, or nothing valid came
    from it, the source with the most valid readings. Of several variants, the one with the most.
    """
    candidates = [s for s in series.values() if s.vital == vital]
    named = [s for s in candidates if s.source == session.primary.get(vital) and len(s.t)]
    pool = named or candidates
    return min(pool, key=lambda s: (-len(s.t), s.source == MANUAL, s.source, s.variant), default=None)
