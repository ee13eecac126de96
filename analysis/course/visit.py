"""What one session brings to the view of its course: read once, a few dozen small values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from analysis.doses import Amount
from analysis.effects import SEVERITIES, Effects
from analysis.metrics import Statistic, Summary, holds_of, interval, minutes
from analysis.page.content import Content, content_of
from analysis.page.counts import corrected_count, excluded_count, failed_count, late_count
from analysis.page.header import banners, printed_identifiers
from analysis.protocol import Limit, Marker
from analysis.scores import Assessed
from analysis.session import Head, Session, in_force
from analysis.silences import gap_count

PRESSURES = ("nibp_sys", "nibp_dia")
ROUTES = {"dose.device": "NASAL", "dose.injection": "IM", "dose.swallowed": "ORAL", "infusion.start": "IV"}
"""The route of a record that has no field for it, by its kind."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was given of one drug by one route; None where the record does not say it.

    *per_kg* is computed from *mg* and the weight on record.
    """

    drug: str
    route: str
    mg: float | None
    per_kg: float | None


@dataclass(frozen=True, slots=True)
class Answered:
    """One PHQ-9; *total* is None where an item was left out, *before_dose* says when it was answered."""

    total: float | None
    lowest: float
    highest: float
    item9: float | None
    difficulty: float | None
    missing: tuple[str, ...]
    before_dose: bool
    response: float | None
    response_source: str
    reference: str


@dataclass(frozen=True, slots=True)
class Pressure:
    """One pressure of one session: the figures of its primary source, and the minutes between readings."""

    summary: Summary
    interval: Statistic


@dataclass(frozen=True, slots=True)
class Met:
    """One limit of a marker: for how many minutes of the session it was met; None: can't be told."""

    vital: str
    comparison: str
    limit: float
    minutes: float | None


@dataclass(frozen=True, slots=True)
class Visit:
    """One session of a course.

    Attributes:
        course: the course's id; empty: nobody said one.
        number: ``3 of 6``, empty where nobody said so.
        not_treated: why no dose was given; None where nobody said so.
        moved: it was entered under another patient first.
        pressures: by vital; a vital that was never measured is missing.
        effects: how many episodes had which worst severity, by its name.
        asked: the patient was asked and had no effect, or an effect is on record.
        markers: of the pressures, by the marker's text: for how long each of its limits was met.
        known: the share of the minutes from the dose (else the opening) to the end for which a valid
            reading stands, by vital; None: there is no such time.
    """

    session: str
    identifiers: tuple[str, str]
    opened: datetime
    state: str
    demo: bool
    room: str
    course: str
    phase: str
    number: str
    anchored: bool
    not_treated: str | None
    moved: bool
    protocol: str
    given: tuple[Given, ...]
    weight_kg: float | None
    phq9: Answered | None
    pressures: Mapping[str, Pressure]
    effects: Mapping[str, int]
    ongoing: int
    serious: int
    asked: bool
    markers: Mapping[str, tuple[Met, ...]]
    ready: float | None
    left: float | None
    known: Mapping[str, float | None]
    failed: int
    excluded: int
    gaps: int
    late: int
    corrected: int
    banners: tuple[str, ...]
    heads: tuple[Head, ...]

    @property
    def day(self) -> str:
        """Return the day of the opening on the clinic's calendar: ``12 Jan 2026``."""
        return f"{self.opened:%d %b %Y}".lstrip("0")

    @property
    def name(self) -> str:
        """Return how a sentence names it: ``3 of 6, 12 Jan 2026``."""
        return ", ".join(part for part in (self.phase, self.number, self.day) if part)

    @property
    def treated(self) -> bool:
        """Return whether a dose is on record."""
        return self.anchored

    @property
    def apart(self) -> float | None:
        """Return the median of the minutes between cuff readings in session; None: can't be told."""
        found = [self.pressures[vital].interval.value for vital in PRESSURES if vital in self.pressures]
        return next((value for value in found if value is not None), None)


def visit_of(session: Session) -> Visit:
    """Return what *session* brings to its course, in any state.

    Raises:
        UnknownProfile: the session's protocol has no profile of its name.
    """
    content = content_of(session)
    effects, leaving = content.effects, content.leaving
    return Visit(
        session=session.id,
        identifiers=printed_identifiers(session),
        opened=session.opened_at.astimezone(ZoneInfo(session.zone)),
        state=session.state,
        demo=session.demo,
        room=session.room,
        course=_course(session),
        phase=session.course,
        number=session.number,
        anchored=content.timeline.anchored,
        not_treated=content.not_treated,
        moved=bool(in_force(session.events, "session.patient")),
        protocol=f"{session.protocol_id} of {content.protocol.draft_date}",
        given=_given(content),
        weight_kg=content.doses.weight_kg,
        phq9=_phq9(content),
        pressures=_pressures(content),
        effects=_severities(effects),
        ongoing=len(effects.ongoing),
        serious=len(effects.serious),
        asked=bool(effects.asked_none or effects.episodes),
        markers=_markers(content),
        ready=None if leaving is None else leaving.ready,
        left=None if leaving is None else leaving.minute,
        known={vital: _known(content, vital) for vital in ("nibp_sys", "spo2")},
        failed=failed_count(content),
        excluded=excluded_count(content),
        gaps=gap_count([*content.silences, *(s for blank in content.blanks.values() for s in blank)]),
        late=late_count(content),
        corrected=corrected_count(content),
        banners=tuple(banners(content)),
        heads=session.heads,
    )


def _course(session: Session) -> str:
    said = [row.payload.get("course") for row in in_force(session.events, "session.open", "session.patient")]
    last = said[-1] if said else None
    return str(last["id"]) if last else ""


def _given(content: Content) -> tuple[Given, ...]:
    """Return what was given, one value a drug and route; a milligram that nobody entered is not 0."""
    groups: dict[tuple[str, str], list[Amount]] = {}
    for amount in content.doses.given:
        route = amount.payload.get("route") or ROUTES.get(amount.kind) or content.protocol.route.upper()
        groups.setdefault((amount.drug or "drug not recorded", str(route)), []).append(amount)
    return tuple(
        Given(drug, route, _sum(one.mg for one in amounts), _sum(one.per_kg for one in amounts))
        for (drug, route), amounts in groups.items()
    )


def _sum(values: Iterable[float | None]) -> float | None:
    found = list(values)
    known = [value for value in found if value is not None]
    return sum(known) if known and len(known) == len(found) else None


def _phq9(content: Content) -> Answered | None:
    """Return the session's PHQ-9: the last one before the dose, else the first one after it."""
    found = [each for each in content.scores if each.instrument == "phq9" and each.scored is not None]
    before = [each for each in found if not content.timeline.anchored or each.minute <= 0]
    chosen = before[-1] if before else next(iter(found), None)
    return None if chosen is None else _answered(chosen, before=bool(before))


def _answered(each: Assessed, *, before: bool) -> Answered:
    scored = each.scored
    assert scored is not None  # noqa: S101  the caller has looked
    lowest, highest = scored.span
    return Answered(
        scored.total,
        lowest,
        highest,
        scored.answers.get("9"),
        scored.answers.get("difficulty"),
        scored.missing,
        before,
        scored.version.response,
        scored.version.response_source,
        each.reference,
    )


def _pressures(content: Content) -> dict[str, Pressure]:
    end = _end(content)
    return {
        vital: Pressure(content.summaries[vital], interval(content.main[vital], end))
        for vital in PRESSURES
        if vital in content.main
    }


def _severities(effects: Effects) -> dict[str, int]:
    worst = [episode.worst.severity for episode in effects.episodes]
    return {severity: worst.count(severity) for severity in SEVERITIES}


def _markers(content: Content) -> dict[str, tuple[Met, ...]]:
    """Return, for each enabled marker of the pressures, the minutes for which each of its limits was met."""
    chosen = [marker for marker in content.protocol.markers if _of_pressure(marker)]
    return {marker.text: tuple(_met(content, limit) for limit in marker.limits) for marker in chosen}


def _of_pressure(marker: Marker) -> bool:
    """Return whether a marker is about a level of the pressures after the dose."""
    levels = {(vital, comparison) for vital in PRESSURES for comparison in ("ge", "gt")}
    asked = {(limit.vital, limit.comparison) for limit in marker.limits}
    return marker.enabled and "pre" not in marker.phases and bool(asked) and asked <= levels


def _met(content: Content, limit: Limit) -> Met:
    series, lasted = content.main.get(limit.vital), None
    if series is not None and content.timeline.anchored:
        holds = holds_of(series, content.protocol, content.timeline)
        lasted = minutes(series, limit.comparison, limit.value, holds, _end(content))[0].value
    return Met(limit.vital, limit.comparison, limit.value, lasted)


def _known(content: Content, vital: str) -> float | None:
    """Return the share of the time from minute 0 to the end for which a valid reading of *vital* stands."""
    end = _end(content)
    edge = end if np.isfinite(end) else content.last_minute
    if edge <= 0:
        return None
    series = content.main.get(vital)
    if series is None or not len(series.t):
        return 0.0
    holds = holds_of(series, content.protocol, content.timeline)
    unknown = minutes(series, "ge", -np.inf, holds, edge)[1].value
    return None if unknown is None else max(0.0, 1 - unknown / edge)


def _end(content: Content) -> float:
    return np.inf if content.timeline.end is None else content.timeline.end
