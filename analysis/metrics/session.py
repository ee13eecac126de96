"""All figures of a session, as values and as a tidy table: what reports, exports and scripts read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from analysis.metrics.counting import interval, left_out
from analysis.metrics.levels import change, te_htn
from analysis.metrics.spans import COMPARED, auc_above_baseline, holds_of, minutes, minutes_by_line
from analysis.metrics.statistic import Statistic, statistic
from analysis.metrics.summary import summarise
from analysis.protocol import Protocol, read_protocol
from analysis.scores import ratings_of, scores_of, series_of
from analysis.series import Series, cut, primary
from analysis.session import Session, table
from analysis.timeline import Timeline, timeline_of

FIGURES: Mapping[str, str] = {
    "session": "object",
    "vital": "object",
    "variant": "object",  # "" where the device has one value of the vital
    "source": "object",
    "primary": "bool",  # whether it is the series that pages use of this vital
    "statistic": "object",
    "value": "float64",  # NaN: the record does not give it
    "unit": "object",
    "n": "int64",
    "definition": "object",
    "records": "object",  # "a1:4 a1:7..a1:90": writer:seq, a run of numbers by its ends
}
"""Columns and dtypes of `figures_table`; (session, vital, variant, source, statistic) is unique."""


def figures(session: Session) -> tuple[Statistic, ...]:
    """Return every figure of every vital and source of *session*, those of the primary source first.

    Beside what a page prints: of each limit of the protocol's enabled markers the minutes for which it was
    met and those unknown, of pressures treatment-emergent hypertension as the protocol defines it, and how
    many values entered no figure.

    Raises:
        UnknownProfile: the session's protocol has no profile of its name.
    """
    return tuple(figure for _, figure in _told(session))


def figures_table(session: Session) -> pd.DataFrame:
    """Return `figures` as a table of the columns `FIGURES`, a row a figure.

    Raises:
        UnknownProfile: the session's protocol has no profile of its name.
    """
    rows: list[Mapping[str, Any]] = [
        {
            "session": session.id,
            "vital": one.vital,
            "variant": one.variant,
            "source": one.source,
            "primary": is_primary,
            "statistic": one.name,
            "value": np.nan if one.value is None else one.value,
            "unit": one.unit,
            "n": one.n,
            "definition": one.definition,
            "records": runs(one.records),
        }
        for is_primary, one in _told(session)
    ]
    return table(rows, FIGURES)


def runs(records: Sequence[str]) -> str:
    """Return references in one line, three or more of consecutive numbers by their ends: ``a1:7..a1:90``."""
    numbered = [(writer, int(seq)) for writer, _, seq in (record.rpartition(":") for record in records)]
    breaks = [i for i, (a, b) in enumerate(pairwise(numbered), 1) if b != (a[0], a[1] + 1)]
    said: list[str] = []
    for start, stop in pairwise([0, *breaks, len(records)] if records else []):
        run = records[start:stop]
        said += [f"{run[0]}..{run[-1]}"] if len(run) > 2 else run
    return " ".join(said)


def _told(session: Session) -> Iterator[tuple[bool, Statistic]]:
    protocol = read_protocol(session.protocol, session.protocol_id)
    timeline = timeline_of(session)
    series = {**cut(session, timeline), **series_of(ratings_of(scores_of(session, timeline)))}
    chosen = (primary(session, series, vital) for vital in {vital for _, vital, _ in series})
    main = {(s.source, s.vital, s.variant) for s in chosen if s is not None}
    for key, one in sorted(series.items(), key=lambda item: (item[0][1], item[0] not in main, item[0])):
        for figure in _of_series(one, protocol, timeline):
            yield key in main, figure
        diastolic = series.get((one.source, "nibp_dia", one.variant))
        if one.vital == "nibp_sys" and diastolic is not None:
            yield key in main, emergent(one, diastolic, protocol, timeline)


def _of_series(series: Series, protocol: Protocol, timeline: Timeline) -> Iterator[Statistic]:
    end = np.inf if timeline.end is None else timeline.end
    shown = summarise(series, protocol, timeline)
    yield from (getattr(shown, each.name) for each in fields(shown))
    yield from change(shown.lowest, shown.baseline, "change_lowest")
    yield from left_out(series)
    yield interval(series, end)
    holds = holds_of(series, protocol, timeline)
    yield auc_above_baseline(series, shown.baseline, holds, end)
    unknown: dict[str, Statistic] = {}
    for comparison, limit in _limits(series.vital, protocol):
        ways = [minutes(series, comparison, limit, holds, end)]
        if comparison == "ge":
            ways.append(minutes_by_line(series, limit, holds, end))
        for met, rest in ways:
            yield met
            unknown[rest.name] = rest
    yield from unknown.values()


def _limits(vital: str, protocol: Protocol) -> list[tuple[str, float]]:
    """Return the levels of the enabled markers of the time after the dose, each once."""
    names = (vital, protocol.parameter_of(vital))
    levels = (
        (limit.comparison, limit.value)
        for marker in protocol.markers
        if marker.enabled and marker.phases != ("pre",)
        for limit in marker.limits
        if limit.vital in names and limit.comparison in COMPARED
    )
    return list(dict.fromkeys(levels))


def emergent(systolic: Series, diastolic: Series, protocol: Protocol, timeline: Timeline) -> Statistic:
    """Return `te_htn` by the protocol's own definition; its value is None where the protocol has none."""
    marker = next((each for each in protocol.markers if each.id == protocol.te_htn_marker), None)
    levels = (
        {}
        if marker is None
        else {limit.vital: limit.value for limit in marker.limits if limit.comparison == "ge"}
    )
    if marker is None or not {"nibp_sys", "nibp_dia"} <= levels.keys():
        said = "the protocol does not define treatment-emergent hypertension"
        return statistic(systolic, "te_htn", None, "1", said)
    limits = (levels["nibp_sys"], levels["nibp_dia"])
    within = marker.window_from_anchor_min
    end = min(edge for edge in (np.inf, timeline.end, within) if edge is not None)
    found = te_htn(
        systolic, diastolic, limits, protocol.baseline_window_min if timeline.anchored else None, end
    )
    return replace(
        found, definition=f"{found.definition} (the protocol's marker {marker.id}: {marker.source})"
    )
