"""A session's scores by their time, and the series of numbers that they give for the protocol's parameters.

A rating of sedation or dissociation is a number of one scale; numbers of two scales are never merged: each
scale is a series of its own. A score without a total (an item was left out) gives no number, and is listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from analysis.instruments import UnknownInstrument
from analysis.scoring import Scored, score
from analysis.series import MANUAL, Series
from analysis.session import Session, in_force
from analysis.timeline import Timeline

SCORE = "{score}"
"""The unit of a score, in UCUM."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """One record of a score; *scored* is None where its instrument or version is not known here.

    *state* is the moment or period that the answers speak of, where it is not the time of the answer.
    """

    minute: float
    instrument: str
    version: str
    scored: Scored | None
    said: str
    answered_by: str
    state: str
    author: str
    reference: str


@dataclass(frozen=True, slots=True)
class Rating:
    """One number for a parameter of the protocol (*measures*: ``moaas``, ``dissociation``).

    Attributes:
        vital: its name among series: the scale's row in config/codes.csv, else its id.
        variant: the item, where it is one of several ratings that stand for themselves.
        scale: its name on a page; *span*: the lowest and the highest it could be.
        said: the number, or its word where it is yes or no.
    """

    minute: float
    measures: str
    vital: str
    variant: str
    scale: str
    span: tuple[float, float]
    value: float
    said: str
    reference: str


def scores_of(session: Session, timeline: Timeline) -> tuple[Assessed, ...]:
    """Return every score on record by its time, without those that an amendment has replaced."""
    rows = in_force(session.events, "assessment.score")
    found = []
    for row in rows:
        payload = row.payload
        try:
            scored = score(payload["instrument"], payload["version"], payload["answers"])
        except UnknownInstrument:
            scored = None
        found.append(
            Assessed(
                timeline.since(row.happened),
                payload["instrument"],
                payload["version"],
                scored,
                str(row.summary) if scored is None else scored.said,
                payload["answered_by"],
                payload.get("state") or "",
                row.author,
                row.reference,
            )
        )
    return tuple(found)


def ratings_of(scores: Iterable[Assessed]) -> tuple[Rating, ...]:
    """Return the numbers that *scores* give for parameters of the protocol, by their time."""
    return tuple(rating for each in scores if each.scored for rating in _ratings(each, each.scored))


def series_of(ratings: Iterable[Rating]) -> dict[tuple[str, str, str], Series]:
    """Return *ratings* as series, by (source, vital, variant) as `analysis.series.cut` has them."""
    grouped: dict[tuple[str, str, str], list[Rating]] = {}
    for rating in ratings:
        grouped.setdefault((MANUAL, rating.vital, rating.variant), []).append(rating)
    return {key: _series(key, members) for key, members in grouped.items()}


def _ratings(each: Assessed, scored: Scored) -> Iterator[Rating]:
    version, measures = scored.version, scored.instrument.measures
    if measures and scored.total is not None:
        yes_no = scored.span == (0, 1)
        said = scored.band if yes_no else f"{scored.total:g}"
        name = "yes/no" if yes_no else version.name
        vital = version.code or scored.instrument.id
        yield Rating(
            each.minute, measures, vital, "", name, scored.span, float(scored.total), said, each.reference
        )
    for item in version.items if version.scoring == "each" else ():
        answer = scored.answers.get(item.id)
        if item.measures and answer is not None:
            span = (item.lowest, item.highest)
            yield Rating(
                each.minute,
                item.measures,
                version.code,
                item.id,
                version.name,
                span,
                float(answer),
                f"{answer:g}",
                each.reference,
            )


def _series(key: tuple[str, str, str], members: list[Rating]) -> Series:
    n = len(members)
    writers, _, seqs = zip(*(rating.reference.partition(":") for rating in members), strict=True)
    return Series(
        *key,
        SCORE,
        np.array([rating.minute for rating in members], dtype=np.float64),
        np.array([rating.value for rating in members], dtype=np.float64),
        np.ones(n, dtype=np.bool_),
        np.full(n, "", dtype=object),
        np.array(writers, dtype=object),
        np.array(seqs, dtype=np.int64),
    )
