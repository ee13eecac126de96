"""The published statistics, computed of simulated cohorts with the same functions as a session's figures."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from analysis.literature.cohort import VITALS, Readings, measured
from analysis.literature.published import Asked, Cohort, Kind, published
from analysis.markers import marked
from analysis.metrics import Statistic, baseline, change, emergent, peak, reading_at
from analysis.protocol import Protocol, read_protocol
from analysis.series import Series
from analysis.timeline import Floats, Timeline
from devices.vocabulary import config_folder


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and standard deviation over patients; *sd* is None where the statistic has one value for all."""

    mean: float
    sd: float | None


@dataclass(frozen=True)
class Simulated:
    """One figure of a SIMULATED cohort.

    Attributes:
        definition: how it comes about, in words.
        readings: of each patient after the start of the infusion.
        n: patients.
        changes: systolic and diastolic, in mmHg, by vital; empty for a share.
        share: of the patients, in percent; None for a change.
        each: every patient's own systolic change, where there is one for each.
    """

    asked: Asked
    definition: str
    readings: int
    n: int
    seed: int
    changes: Mapping[str, Spread]
    share: float | None
    each: Floats


def simulated(seed: int, patients: int) -> tuple[Simulated, ...]:
    """Return every figure that config/literature.toml asks for, of a cohort of so many *patients*."""
    file = published()
    plan = file.cohort
    cohorts = {drug: measured(plan, seed, patients, drug=drug) for drug in (True, False)}
    protocol = _protocol(plan)
    return tuple(_computed(asked, cohorts[asked.drug], protocol, seed) for asked in file.simulated)


def _protocol(plan: Cohort) -> Protocol:
    draft = (config_folder() / "protocols" / "draft.toml").read_text("utf-8")
    return read_protocol(tomllib.loads(draft), plan.protocol)


def _computed(asked: Asked, cohort: Readings, protocol: Protocol, seed: int) -> Simulated:
    series = {vital: cohort.series(vital, asked.interval_min, asked.until_min) for vital in VITALS}
    n, window = len(series[VITALS[0]]), protocol.baseline_window_min
    readings = int(np.count_nonzero(series[VITALS[0]][0].t >= 0))
    share, each, changes = None, np.empty(0), {}
    if asked.statistic in (Kind.TE_HTN, Kind.MARKER):
        share, definition = _share(asked, series, protocol)
    elif asked.statistic is Kind.LARGEST_MEAN_CHANGE:
        means = [cohort.mean(vital, asked.interval_min, asked.until_min) for vital in VITALS]
        tops = [peak(one) for one in means]
        moved = [change(top, baseline(one, window))[0] for (top, _), one in zip(tops, means, strict=True)]
        changes = {one.vital: Spread(_value(one), None) for one in moved}
        definition = f"peak of the means, at {_value(tops[0][1]):g} min"
    else:
        found = {vital: [_moved(one, asked, window) for one in series[vital]] for vital in VITALS}
        values = {vital: np.array([_value(one) for one in found[vital]]) for vital in VITALS}
        changes = {vital: Spread(float(x.mean()), float(x.std(ddof=1))) for vital, x in values.items()}
        each, definition = values[VITALS[0]], _words(asked)
    return Simulated(asked, definition, readings, n, seed, changes, share, each)


def _words(asked: Asked) -> str:
    if asked.statistic is Kind.CHANGE_AT:
        return f"mean change at {asked.at_min:g} min"
    return "mean of individual peaks"


def _moved(series: Series, asked: Asked, window: float | None) -> Statistic:
    """Return one patient's change: of the reading at the minute, or of the highest."""
    at_once = asked.statistic is Kind.CHANGE_AT
    of = reading_at(series, asked.at_min, 0, 0) if at_once else peak(series)[0]
    return change(of, baseline(series, window))[0]


def _share(asked: Asked, series: Mapping[str, list[Series]], protocol: Protocol) -> tuple[float, str]:
    """Return in percent how many patients met the protocol's marker or definition, and what that is."""
    pairs = list(zip(series[VITALS[0]], series[VITALS[1]], strict=True))
    if asked.statistic is Kind.TE_HTN:
        timeline = Timeline(datetime.fromtimestamp(0, UTC), True, asked.until_min, ())
        found = [emergent(*pair, protocol, timeline) for pair in pairs]
        limits = next(each for each in protocol.markers if each.id == protocol.te_htn_marker)
        return _percent(one.value == 1 for one in found), f"share with: {limits.text}"
    marker = next(each for each in protocol.markers if each.id == asked.marker)
    met = []
    for pair in pairs:
        of = {one.vital: (one, baseline(one, protocol.baseline_window_min).value) for one in pair}
        hits = [marked(of[limit.vital][0], marker, limit, of[limit.vital][1]) for limit in marker.limits]
        met.append(any(hit is not None and hit[0] > 0 for hit in hits))
    return _percent(met), f"share with: {marker.text}"


def _percent(met: Iterable[bool]) -> float:
    said = list(met)
    return 100 * sum(said) / len(said)


def _value(one: Statistic) -> float:
    if one.value is None:
        raise ValueError(f"{one.name} of {one.vital} has no value in a simulated cohort")
    return one.value
