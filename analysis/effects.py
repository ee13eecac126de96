"""Side effects as episodes: from the first report of a term to its resolution, with all its severities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.protocol import Protocol
from analysis.session import Session, in_force
from analysis.timeline import Timeline

SEVERITIES = ("mild", "moderate", "severe")
"""From the least: a page prints them as 1, 2, 3."""


@dataclass(frozen=True, slots=True)
class Graded:
    """One report of an effect: its severity from *minute* on."""

    minute: float
    severity: str
    text: str
    reference: str

    @property
    def grade(self) -> int:
        """Return the severity as 1, 2 or 3."""
        return SEVERITIES.index(self.severity) + 1


@dataclass(frozen=True, slots=True)
class Episode:
    """One side effect from its onset on; *resolved* is None while it is ongoing."""

    term: str
    label: str
    reports: tuple[Graded, ...]
    resolved: float | None
    author: str

    @property
    def onset(self) -> float:
        """Return the minute of the first report."""
        return self.reports[0].minute

    @property
    def worst(self) -> Graded:
        """Return the report of the highest severity, the earliest of them."""
        return max(self.reports, key=lambda report: (report.grade, -report.minute))


@dataclass(frozen=True, slots=True)
class Stray:
    """A resolution of an effect that was not open at *minute*."""

    label: str
    minute: float
    author: str


@dataclass(frozen=True, slots=True)
class Serious:
    """An effect that meets a seriousness criterion, and to whom it was reported; empty: to nobody yet."""

    label: str
    criterion: str
    description: str
    reported_to: str
    form_sent: bool
    minute: float
    author: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Who follows up how an effect that had not ended when the patient left."""

    label: str
    text: str
    minute: float
    author: str


@dataclass(frozen=True, slots=True)
class Effects:
    """All episodes by onset; *asked_none* are the minutes at which the patient was asked and had none.

    *strays* are the resolutions that ended nothing.
    """

    episodes: tuple[Episode, ...]
    asked_none: tuple[float, ...]
    strays: tuple[Stray, ...] = ()
    serious: tuple[Serious, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()

    @property
    def ongoing(self) -> tuple[Episode, ...]:
        """Return the episodes without a resolution."""
        return tuple(episode for episode in self.episodes if episode.resolved is None)


def effects_of(session: Session, protocol: Protocol, timeline: Timeline) -> Effects:
    """Return the session's side effects, from its records that no amendment has replaced.

    A report of a term whose episode is open is a new severity of it; after a resolution it is a new
    episode. A resolution of a term that is not open ends nothing, and is told.
    """
    rows = in_force(session.events, "effect.")
    open_ones: dict[str, list[Graded]] = {}
    authors: dict[str, str] = {}
    episodes: list[Episode] = []
    asked_none: list[float] = []
    strays: list[Stray] = []
    serious: list[Serious] = []
    follow_ups: list[FollowUp] = []
    for row in rows:
        minute, kind, payload, author = timeline.since(row.happened), row.kind, row.payload, row.author
        if kind == "effect.none":
            asked_none.append(minute)
            continue
        term = payload["term"]
        if kind == "effect.report":
            authors.setdefault(term, author)
            open_ones.setdefault(term, []).append(_graded(minute, payload, row.reference))
        elif kind == "effect.resolved" and term in open_ones:
            reports = tuple(open_ones.pop(term))
            episodes.append(Episode(term, protocol.effect_label(term), reports, minute, authors.pop(term)))
        elif kind == "effect.resolved":
            strays.append(Stray(protocol.effect_label(term), minute, author))
        elif kind == "effect.serious":
            serious.append(_serious(protocol.effect_label(term), minute, payload, author))
        elif kind == "effect.ongoing":
            label = protocol.effect_label(term)
            follow_ups.append(FollowUp(label, payload["follow_up"], minute, author))
    episodes += [
        Episode(term, protocol.effect_label(term), tuple(reports), None, authors[term])
        for term, reports in open_ones.items()
    ]
    return Effects(
        tuple(sorted(episodes, key=lambda e: (e.onset, e.term))),
        tuple(asked_none),
        tuple(strays),
        tuple(serious),
        tuple(follow_ups),
    )


def _serious(label: str, minute: float, payload: Mapping[str, Any], author: str) -> Serious:
    return Serious(
        label,
        payload["criterion"].replace("_", " "),
        payload["description"],
        payload.get("reported_to") or "",
        payload.get("form_sent", False),
        minute,
        author,
    )


def _graded(minute: float, payload: Mapping[str, Any], reference: str) -> Graded:
    return Graded(minute, payload["severity"], payload.get("text") or "", reference)
