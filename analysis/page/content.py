"""What a session's page shows, computed once: axis, cuff cycles, strips, effects, figures, numbered notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from analysis.cuffs import Cuff, cuffs_of
from analysis.doses import Doses, doses_of
from analysis.effects import Effects, effects_of
from analysis.leaving import Leaving, leaving_of
from analysis.metrics import Summary, summarise
from analysis.page.axis import TimeAxis, axis_over
from analysis.protocol import Protocol, read_protocol
from analysis.pumps import Pump, pumps_of
from analysis.scores import Assessed, Rating, ratings_of, scores_of, series_of
from analysis.series import Series, cut, primary
from analysis.session import Session, in_force
from analysis.signatures import Signature, Signatures, signatures_of
from analysis.silences import Silence, blanks_of, silences_of
from analysis.timeline import Timeline, timeline_of
from analysis.wording import NONE_VALID, NOT_RECORDED

UNNUMBERED = (
    "effect.", "infusion.", "dose.", "session.", "assessment.", "link", "clock", "device", "unread",
    "reading", "close", "storage", "amend", "exclude", "adopt", "sign", "downtime", "gap.", "pump.", "check.",
    "course.", "staff.present", "staff.left", "discharge", "rems.", "move", "attribute",
)  # fmt: skip
"""Kinds that stand elsewhere on the page; every other event gets a number at its time."""


CORRECTIONS = ("amend", "exclude", "adopt", "move", "session.patient", "attribute")
"""Kinds by which people change what is on record."""

BEFORE = AFTER = 30.0
"""Minutes that the axis still shows before the opening (preparation, what was noted on paper first) and,
of readings, after the end."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event that the page flags with a number and spells out on a later page.

    *short* names it where there is little room: what was done, or the drug and its amount.
    """

    number: int
    minute: float
    kind: str
    author: str
    text: str
    short: str
    late_by_s: float | None
    reference: str


@dataclass(frozen=True)
class Content:
    """Everything that the parts of a page draw from.

    Attributes:
        main: the series that figures use, by vital.
        blanks: of the heart rate and the saturation, by vital: heard, but without a value.
        heart: first the series that the figures use, then the others; so are *oxygen*, *breath*.
        ratings: what the scores say of sedation and dissociation; they stand in *series* too.
        not_treated: why no dose was given; None where nobody said so.
    """

    session: Session
    protocol: Protocol
    timeline: Timeline
    axis: TimeAxis
    last_minute: float
    series: Mapping[tuple[str, str, str], Series]
    main: Mapping[str, Series]
    summaries: Mapping[str, Summary]
    cuffs: tuple[Cuff, ...]
    effects: Effects
    numbered: tuple[Numbered, ...]
    silences: tuple[Silence, ...]
    blanks: Mapping[str, tuple[Silence, ...]]
    heart: tuple[Series, ...]
    oxygen: tuple[Series, ...]
    breath: tuple[Series, ...]
    pumps: tuple[Pump, ...]
    scores: tuple[Assessed, ...]
    ratings: tuple[Rating, ...]
    doses: Doses
    leaving: Leaving | None
    signatures: Signatures
    not_treated: str | None

    def in_session(self, minute: float) -> bool:
        """Return whether figures of the session may use *minute*: from minute 0 to the end."""
        return minute >= 0 and (self.timeline.end is None or minute <= self.timeline.end)

    def astride(self, cuff: Cuff) -> bool:
        """Return whether nobody knows if *cuff* was taken before the anchor or after it."""
        return cuff.since is not None and self.timeline.straddles(cuff.since, cuff.minute)

    def first_valid(self, *vitals: str) -> Series | None:
        """Return the series that figures use of the first of *vitals* that has a valid value."""
        return next((self.main[v] for v in vitals if v in self.main and len(self.main[v].t)), None)

    def of(self, parameter: str) -> list[Series]:
        """Return every series of a parameter of the protocol, with valid values or without."""
        vitals = self.protocol.parameters[parameter].vitals if parameter in self.protocol.parameters else ()
        return [s for s in self.series.values() if s.vital in vitals]

    def without(self, parameter: str) -> str:
        """Return what is said where a parameter has no value to show: not recorded, or none of it valid."""
        return NONE_VALID if self.of(parameter) else NOT_RECORDED

    def offset(self, minute: float) -> str:
        """Return how far the clinic's clock is from UTC at *minute*: ``−05:00``."""
        at = self.timeline.zero + timedelta(minutes=minute)
        raw = at.astimezone(ZoneInfo(self.session.zone)).strftime("%z")
        return f"{raw[:3]}:{raw[3:]}".replace("-", "−")

    def signed_at(self, signature: Signature) -> str:
        """Return the day and time of a signature on the clinic's clock, with its offset."""
        at = signature.at.astimezone(ZoneInfo(self.session.zone))
        said = f"{at:%d %b %Y %H:%M} {self.offset(self.timeline.minute(signature.at))}"
        return said.replace(" ", "\u00a0")

    def clock(self, minute: float) -> str:
        """Return the clinic's wall clock at *minute*."""
        at = self.timeline.zero + timedelta(minutes=minute)
        return at.astimezone(ZoneInfo(self.session.zone)).strftime("%H:%M")


def content_of(session: Session) -> Content:
    """Return what the session's page shows.

    Raises:
        UnknownProfile: the session's protocol has no profile of its name.
    """
    protocol = read_protocol(session.protocol, session.protocol_id)
    timeline = timeline_of(session)
    scores = scores_of(session, timeline)
    ratings = ratings_of(scores)
    series = {**cut(session, timeline), **series_of(ratings)}
    main = {vital: s for _, vital, _ in series if (s := primary(session, series, vital)) is not None}
    extent = _extent(session, timeline, series)
    silences = silences_of(session, timeline, extent[1])
    heart = _of_parameter("hr", session, protocol, series, main)
    opened = timeline.minute(session.opened_at)
    watched = [s for s in (*heart[:1], main.get("spo2")) if s is not None]
    return Content(
        session=session,
        protocol=protocol,
        timeline=timeline,
        axis=axis_over(*extent, anchored=timeline.anchored),
        last_minute=extent[1],
        series=series,
        main=main,
        summaries={vital: summarise(s, protocol, timeline) for vital, s in main.items()},
        cuffs=cuffs_of(session, timeline),
        effects=effects_of(session, protocol, timeline),
        numbered=_numbered(session, timeline),
        silences=silences,
        blanks={s.vital: blanks_of(s, protocol, silences, opened, extent[1]) for s in watched},
        heart=heart,
        oxygen=_of_parameter("spo2", session, protocol, series, main),
        breath=_of_parameter("rr", session, protocol, series, main),
        pumps=pumps_of(session, timeline),
        scores=scores,
        ratings=ratings,
        doses=doses_of(session, timeline),
        leaving=leaving_of(session, protocol, timeline),
        signatures=signatures_of(session),
        not_treated=_not_treated(session),
    )


def _not_treated(session: Session) -> str | None:
    said = in_force(session.events, "session.not_treated")
    return str(said[-1].payload["reason"]) if said else None


def _of_parameter(
    name: str,
    session: Session,
    protocol: Protocol,
    series: Mapping[tuple[str, str, str], Series],
    main: Mapping[str, Series],
) -> tuple[Series, ...]:
    """Return the series that stand for a parameter: first the one its figures use, then all others.

    It is the protocol's first vital whose primary source the session names, else the first with values.
    """
    vitals = protocol.parameters[name].vitals if name in protocol.parameters else ()
    found = [main[v] for v in vitals if v in main and len(main[v].t)]
    named = [s for s in found if s.source == session.primary.get(s.vital)]
    leading = next(iter(named or found), None)
    others = [s for v in vitals for s in series.values() if s.vital == v and s is not leading and len(s.t)]
    return (leading, *others) if leading is not None else ()


def _extent(
    session: Session, timeline: Timeline, series: Mapping[tuple[str, str, str], Series]
) -> tuple[float, float]:
    """Return the first and the last minute that the axis has to hold.

    What happened from `BEFORE` the opening to the end (of an open session: to its last entry), and readings
    until `AFTER` it: a pressure held since yesterday, a note about last week, a call the next day, or a date
    that was mistyped would make the session itself a line. Later pages have their times.
    """
    opened = timeline.minute(session.opened_at)
    latest = np.inf if timeline.end is None else timeline.end
    edges = [edge for s in series.values() for edge in (np.nanmin(s.minutes), np.nanmax(s.minutes))]
    shown = [opened, *([] if timeline.end is None else [timeline.end])]
    shown += [float(edge) for edge in np.clip(edges, opened - BEFORE, latest + AFTER)]
    happened = timeline.minutes(session.events["happened_at"])
    entered = [] if timeline.end is not None else timeline.minutes(session.events["at"]).tolist()
    last = max([*shown, *entered])
    shown += [float(m) for m in np.clip(happened[~np.isnan(happened)], opened - BEFORE, last)]
    return min(shown), max(shown)


def _numbered(session: Session, timeline: Timeline) -> tuple[Numbered, ...]:
    events = session.events
    rows = events[(events["superseded_by"] == "") & ~events["kind"].str.startswith(UNNUMBERED)]
    rows = rows.sort_values(["happened_at", "writer", "seq"], kind="stable")
    minutes = timeline.minutes(rows["happened_at"])
    columns = (rows[c] for c in ("kind", "author", "summary", "payload", "late_by_s", "writer", "seq"))
    return tuple(
        Numbered(
            number,
            float(minute),
            kind,
            author,
            str(payload.get("text") or summary),
            _short(payload) or str(summary),
            None if np.isnan(late) else float(late),
            f"{writer}:{seq}",
        )
        for number, (minute, kind, author, summary, payload, late, writer, seq) in enumerate(
            zip(minutes, *columns, strict=True), start=1
        )
    )


def _short(payload: Mapping[str, Any]) -> str:
    drug = " ".join(payload[name] for name in ("drug", "amount") if name in payload)
    return str(payload.get("what") or drug)
