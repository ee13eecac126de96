"""Which readings of a session figures are computed of, and for how long each may stand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.archive.facts import Counted
from analysis.archive.wide import NAT, Flags, Wide
from analysis.protocol import Protocol
from analysis.series import preferred
from analysis.timeline import Timeline


def counted(
    rows: Wide, timeline: Timeline, protocol: Protocol, primary: Mapping[str, str]
) -> dict[str, Counted]:
    """Return of each vital the series that counts, as `analysis.series.primary` chooses it."""
    sources = rows.words["source"]
    series = rows.codes.astype(np.int32) * len(sources.words) + sources.codes
    most = len(rows.vitals) * len(sources.words)
    there = np.flatnonzero(np.bincount(series, minlength=most))
    valid = np.bincount(series[_valid(rows, timeline)], minlength=most)
    candidates: dict[str, list[tuple[int, str, str]]] = {}
    names: dict[tuple[str, str], str] = {}
    for place in there.tolist():
        one, source = rows.vitals[place // len(sources.words)], sources.words[place % len(sources.words)]
        candidates.setdefault(one.vital, []).append((int(valid[place]), source, one.variant))
        names[one.vital, one.variant] = one.name
    found: dict[str, Counted] = {}
    for vital, known in candidates.items():
        chosen = preferred(known, primary.get(vital))
        if chosen is not None:
            first, after = _held(vital, timeline, protocol)
            alone = sum(variant == chosen[2] for _, _, variant in known) == 1
            found[vital] = Counted(names[vital, chosen[2]], chosen[1], first, after, alone)
    return found


def _valid(rows: Wide, timeline: Timeline) -> Flags:
    """Return which values may enter a figure: the law is in the docstring of `analysis.series`."""
    plain = rows.plain
    since, zero = plain["measured_from"], timeline.moment_of(0).astype(np.int64)
    valid = ~(np.isnan(plain["value"]) | plain["excluded"] | rows.words["superseded_by"].says)
    valid &= rows.words["quality"].differs("invalid") & rows.words["reason"].differs("held")
    if timeline.anchored:
        valid &= ~((since != NAT) & (since < zero) & (plain["measured_at"] >= zero))
    told: Flags = valid
    return told


def _held(vital: str, timeline: Timeline, protocol: Protocol) -> tuple[float, float]:
    """Return for how many seconds a value may stand in session: at first, and after the infusion."""
    parameter = protocol.parameter_of(vital)
    has_end = any(phase.starts == "infusion_end" for phase in protocol.phases)
    end = timeline.infusion_end
    minutes = np.array([0.0, 0.0 if end is None else end])
    if not timeline.anchored:  # nothing is known of phases then
        minutes = np.zeros(2)
    first, after = timeline.phases(minutes, has_end).tolist()
    hold = {phase: (protocol.longest_hold_min(parameter, phase) or 0.0) * 60 for phase in (first, after)}
    return hold[first], hold[after]
