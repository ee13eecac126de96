"""When each parameter of a protocol was recorded: what a schedule or a rule counts, whatever the value.

A reading counts where it is valid as `analysis/series.py` has it: with a number, not called invalid by its
device, not held, excluded or replaced. A cuff cycle counts by its systolic pressure. An assessment counts by
a score that gives it a number, side effects by any record of an effect, "asked: none" included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.protocol import CUFF_VITALS, Parameter, Protocol
from analysis.scores import ratings_of, scores_of
from analysis.series import Series
from analysis.session import Session, in_force
from analysis.timeline import Floats, Timeline

SIDE_EFFECTS = "side_effects"
"""The parameter of a protocol that records of effects stand for."""

INSTANT = 0.5 / 60e6
"""Minutes: half the ledger's microsecond. Two moments that are nearer to each other are one."""


@dataclass(frozen=True, slots=True)
class Points:
    """The moments at which one parameter was recorded, ascending, each once; arrays of one length.

    Attributes:
        minutes: since the anchor.
        earliest: of "taken between a and b", a; else the same minute.
        writers, seqs: the record that each stands in.
    """

    minutes: Floats
    earliest: Floats
    writers: npt.NDArray[np.object_]
    seqs: npt.NDArray[np.int64]

    @classmethod
    def of(cls, parts: Iterable[Points]) -> Self:
        """Return several together; of those of one moment the first record."""
        known = [part for part in parts if len(part)]
        if len(known) == 1 and (np.diff(known[0].minutes) > INSTANT).all():
            return cls(*(getattr(known[0], name) for name in ("minutes", "earliest", "writers", "seqs")))
        if not known:
            return cls(np.empty(0), np.empty(0), np.empty(0, dtype=object), np.empty(0, dtype=np.int64))
        minutes, seqs = (
            np.concatenate([getattr(part, name) for part in known]) for name in ("minutes", "seqs")
        )
        writers = np.concatenate([part.writers for part in known])
        order = np.argsort(minutes, kind="stable")
        again = np.concatenate(([False], np.diff(minutes[order]) <= INSTANT))
        first, other = order[np.flatnonzero(again) - 1], order[again]
        if ((seqs[first] != seqs[other]) | (writers[first] != writers[other])).any():
            order = np.lexsort((seqs, pd.factorize(writers, sort=True)[0], minutes))
            again = np.concatenate(([False], np.diff(minutes[order]) <= INSTANT))
        order = order[~again]
        earliest = np.concatenate([part.earliest for part in known])
        return cls(minutes[order], earliest[order], writers[order], seqs[order])

    def within(self, start: float, end: float) -> Points:
        """Return those that were surely measured in [*start*, *end*]: the R(p, a, b) of the QA rules."""
        return self._chosen((self.earliest >= start - INSTANT) & (self.minutes <= end + INSTANT))

    def between(self, start: float, end: float) -> Points:
        """Return those whose minute lies in [*start*, *end*], from whenever on they may have been taken."""
        if not len(self) or (self.minutes[0] >= start and self.minutes[-1] <= end):
            return self
        return self._chosen((self.minutes >= start - INSTANT) & (self.minutes <= end + INSTANT))

    def gap(self, start: float, end: float) -> tuple[float, float]:
        """Return where the longest stretch between consecutive points of {start} + R + {end} lies."""
        edges = np.concatenate(([start], self.between(start, end).minutes, [end]))
        longest = int(np.argmax(np.diff(edges)))
        return float(edges[longest]), float(edges[longest + 1])

    def nearest(self, minute: float) -> Points:
        """Return the one that is nearest to *minute*, the earlier of two; none where there is none."""
        return self if not len(self) else self._chosen(np.array([np.argmin(np.abs(self.minutes - minute))]))

    @property
    def references(self) -> tuple[str, ...]:
        """Return the records, ``writer:seq``, each once."""
        named = (f"{writer}:{seq}" for writer, seq in zip(self.writers, self.seqs, strict=True))
        return tuple(dict.fromkeys(named))

    def __len__(self) -> int:
        return len(self.minutes)

    def __getitem__(self, places: slice) -> Points:
        return Points(self.minutes[places], self.earliest[places], self.writers[places], self.seqs[places])

    def _chosen(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Points:
        return Points(self.minutes[which], self.earliest[which], self.writers[which], self.seqs[which])


NOTHING = Points.of(())


def recorded(
    session: Session, protocol: Protocol, timeline: Timeline, series: Mapping[tuple[str, str, str], Series]
) -> dict[str, Points]:
    """Return when each of the protocol's parameters was recorded, up to the end of the reading window.

    *series* are the session's own, as `analysis.series.cut` gives them. Several sources and vitals of one
    parameter count together: this says that something is on record, and compares no values.
    """
    assessed = _assessed(session, timeline)
    end = np.inf if timeline.end is None else timeline.end
    return {
        parameter.id: Points.of(
            [
                *assessed.get(parameter.id, ()),
                *measured(parameter, series),
            ]
        ).between(-np.inf, end)
        for parameter in protocol.parameters.values()
    }


def measured(parameter: Parameter, series: Mapping[tuple[str, str, str], Series]) -> list[Points]:
    """Return the valid readings of a parameter, one `Points` a series; a cuff cycle by its systolic."""
    vitals = CUFF_VITALS[:1] if parameter.vitals == CUFF_VITALS else parameter.vitals
    return [
        Points(one.t, one.earliest, one.writers[one.valid], one.seqs[one.valid])
        for one in series.values()
        if one.vital in vitals
    ]


def _assessed(session: Session, timeline: Timeline) -> dict[str, list[Points]]:
    """Return what people assessed, by parameter: ratings of its instruments, and records of effects."""
    found: dict[str, list[tuple[float, str, int]]] = {}
    for rating in ratings_of(scores_of(session, timeline)):
        writer, _, seq = rating.reference.partition(":")
        found.setdefault(rating.measures, []).append((rating.minute, writer, int(seq)))
    rows = in_force(session.events, "effect.")
    found[SIDE_EFFECTS] = [(timeline.since(row.happened), row.writer, row.seq) for row in rows]
    return {parameter: [_entered(records)] for parameter, records in found.items() if records}


def _entered(records: Sequence[tuple[float, str, int]]) -> Points:
    minutes, writers, seqs = zip(*records, strict=True)
    when = np.array(minutes, dtype=np.float64)
    return Points(when, when, np.array(writers, dtype=object), np.array(seqs, dtype=np.int64))
