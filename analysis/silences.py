"""When nothing was heard of a source, and when a source that was heard had no value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from analysis.protocol import Protocol
from analysis.series import MANUAL, Series
from analysis.session import Session
from analysis.timeline import Timeline

NOTHING = "nothing received"


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch without values of a source, and why."""

    source: str
    start: float
    end: float
    cause: str

    @property
    def said(self) -> str:
        """Return the cause in short: what happened, without the port, by whom, and what to do about it."""
        told = re.sub(r"^\S*[/\\]\S*: ", "", self.cause)
        return re.split(r" \(|[;:,] | by | without ", told)[0]


def silences_of(session: Session, timeline: Timeline, last: float) -> tuple[Silence, ...]:
    """Return the gaps on record; one that is still open ends at minute *last*."""
    gaps = session.gaps
    starts, ends = timeline.minutes(gaps["start"]), timeline.minutes(gaps["end"])
    return tuple(
        Silence(source, float(start), last if np.isnan(end) else float(end), cause)
        for source, start, end, cause in zip(gaps["source"], starts, ends, gaps["cause"], strict=True)
    )


def merged(silences: Iterable[Silence]) -> list[tuple[float, float]]:
    """Return the stretches that any of *silences* covers, each minute once."""
    found: list[tuple[float, float]] = []
    for silence in sorted(silences, key=lambda s: s.start):
        if found and silence.start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], silence.end))
        else:
            found.append((silence.start, silence.end))
    return found


def lasting(silences: Iterable[Silence]) -> float:
    """Return for how many minutes any of *silences* lasted."""
    return sum(end - start for start, end in merged(silences))


def gap_count(silences: Iterable[Silence]) -> int:
    """Return how many gaps the sources had; one that takes several vitals of a source is one."""
    by_source: dict[str, list[Silence]] = {}
    for silence in silences:
        by_source.setdefault(silence.source, []).append(silence)
    return sum(len(merged(each)) for each in by_source.values())


def blanks_of(
    series: Series, protocol: Protocol, heard_not: tuple[Silence, ...], opened: float, last: float
) -> tuple[Silence, ...]:
    """Return the stretches without a valid value that are longer than the protocol notes.

    From the opening to the end of the records; the cause is what the device said of most values there, or
    that nothing was received. Stretches that a gap on record explains for the greater part are left out,
    and so are values that a person types.
    """
    noted = protocol.signal_gap_s
    if noted is None or series.source == MANUAL:
        return ()
    edges = np.concatenate(([opened], series.t[(series.t > opened) & (series.t < last)], [last]))
    found = []
    for i in np.flatnonzero(np.diff(edges) * 60 > noted):
        start, end = float(edges[i]), float(edges[i + 1])
        if any(
            s.source == series.source and min(end, s.end) - max(start, s.start) > (end - start) / 2
            for s in heard_not
        ):
            continue
        inside = (series.minutes > start) & (series.minutes < end) & ~series.valid
        reasons, counts = np.unique(series.reasons[inside].astype(str), return_counts=True)
        said = str(reasons[np.argmax(counts)]).replace("_", " ") or "not valid" if len(reasons) else NOTHING
        found.append(Silence(series.source, start, end, said))
    return tuple(found)
