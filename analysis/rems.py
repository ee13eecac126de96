"""The form that a nasal session asks for, pre-filled from the record: a draft for a person to send.

Source of the fields: the Spravato REMS patient monitoring form of 11/2021 and the maker's page of 2025. A
field that no record answers stays empty; nothing is concluded. Whether vital signs were acceptable is a
person's word and stays empty too.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import matplotlib as mpl
from matplotlib.figure import Figure

from analysis.cuffs import Cuff, cuffs_of
from analysis.doses import doses_of
from analysis.effects import Episode, effects_of
from analysis.leaving import leaving_of
from analysis.page import save
from analysis.page.sheet import DRAWN_WIDTH, PAPERS, Sheet, wrapped
from analysis.protocol import Protocol, read_protocol
from analysis.scores import ratings_of, scores_of
from analysis.session import Session
from analysis.style import FRAME, RC
from analysis.timeline import Timeline, timeline_of
from analysis.wording import CHART_STATEMENT

NASAL = "NASAL"
ASKED_EFFECTS = (
    ("Sedation", "sedation"),
    ("Dissociation", "dissociation"),
    ("Respiratory depression", "respiratory_depression"),
)
MEDICATION = (
    ("Benzodiazepine", "benzodiazepine"),
    ("Non-benzodiazepine sedative hypnotic", "sedative_hypnotic"),
    ("Psychostimulant", "psychostimulant"),
    ("MAO inhibitor", "maoi"),
    ("Opioid", "opioid"),
)
BY_HAND = ""
"""What stands in a field that a person fills in."""
FORTY = 40.0
"""Minutes after the first device at which the form asks for a pressure."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form; *records* are the references of what it was filled from."""

    part: str
    label: str
    value: str
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """By when the form has to be submitted and when it was, in the clinic's zone; None: no record says so."""

    by: datetime | None
    submitted: datetime | None

    def said(self, now: datetime) -> str:
        """Return in words how the form stands at *now*."""
        if self.submitted is not None:
            late = self.by is not None and self.submitted > self.by
            return f"submitted {self.submitted:%Y-%m-%d}{', after its time' if late else ''}"
        if self.by is None:
            return "the protocol says no time to submit it"
        days = (self.by - now).days
        return (
            f"to be submitted by {self.by:%Y-%m-%d} ({max(days, 0)} days left)"
            if now <= self.by
            else (f"was to be submitted by {self.by:%Y-%m-%d}")
        )


def is_asked(session: Session) -> bool:
    """Return whether the form is asked for: the session's protocol is of a nasal spray."""
    return read_protocol(session.protocol, session.protocol_id).route == NASAL


def due_of(session: Session) -> Due:
    """Return by when the form has to be submitted, from the day of the first device, and when it was."""
    protocol, timeline = read_protocol(session.protocol, session.protocol_id), timeline_of(session)
    days = protocol.profile.rems_submit_within_days
    zone, by = ZoneInfo(session.zone), None
    if days is not None and timeline.anchored:
        by = (timeline.zero + timedelta(days=float(days))).astimezone(zone)
    events = session.events
    sent = events[(events["kind"] == "rems.submitted") & (events["superseded_by"] == "")]
    if sent.empty:
        return Due(by, None)
    return Due(by, datetime.fromisoformat(sent["payload"].iloc[-1]["submitted_at"]).astimezone(zone))


def form_of(session: Session) -> tuple[Field, ...]:
    """Return the form's fields in its order."""
    protocol, timeline = read_protocol(session.protocol, session.protocol_id), timeline_of(session)
    return (
        *_people(session),
        *_medication(session),
        *_treatment(session, protocol, timeline),
        *_pressures(session, protocol, timeline),
        *_effects(session, protocol, timeline),
        *_serious(session),
        Field("Signature", "Signature of the health care provider, date", BY_HAND),
    )


def _people(session: Session) -> Iterator[Field]:
    name, second = session.identifiers
    yield Field("Patient", "Name", name)
    yield Field("Patient", "Date of birth, or identifier", second)
    for label in ("Sex", "First treatment with this drug?", "Enrolled in the programme?"):
        yield Field("Patient", label, BY_HAND)
    for label in ("Prescriber or provider: name, telephone, e-mail", "Site: name, address"):
        yield Field("Provider", label, BY_HAND)


def _medication(session: Session) -> Iterator[Field]:
    said, ref = _last(session, "check.medication")
    for label, group in MEDICATION:
        yield Field("Takes at present", label, _yes_no(said.get(group)) if said else BY_HAND, ref)


def _treatment(session: Session, protocol: Protocol, timeline: Timeline) -> Iterator[Field]:
    zone, part = ZoneInfo(session.zone), "Treatment"
    doses, left = doses_of(session, timeline), leaving_of(session, protocol, timeline)
    day = f"{timeline.zero.astimezone(zone):%Y-%m-%d}" if timeline.anchored else BY_HAND
    yield Field(part, "Date", day)
    given = [amount for amount in doses.given if amount.mg is not None]
    total = sum(amount.mg or 0 for amount in given)
    refs = tuple(amount.reference for amount in given)
    yield Field(part, "Dose, mg", f"{total:g}" if given else BY_HAND, refs)
    every = (*doses.given, *doses.drawn)
    lots = dict.fromkeys(str(a.payload["lot"]) for a in every if a.payload.get("lot"))
    devices, _ = _all(session, "dose.device")
    lots |= dict.fromkeys(str(device["lot"]) for device in devices if device.get("lot"))
    yield Field(part, "Lot", ", ".join(lots) or BY_HAND)
    minutes = left.minute if left and timeline.anchored else None
    ref = (left.reference,) if left else ()
    yield Field(part, "Minutes from the first device to the end of monitoring", _minutes(minutes), ref)
    ready = left.ready if left and timeline.anchored else None
    yield Field(part, "Minutes until the patient would have been ready", _minutes(ready), ref)
    for when in ("before the treatment", "before it was completed"):
        yield Field(part, f"Vital signs acceptable {when}?", BY_HAND)


def _pressures(session: Session, protocol: Protocol, timeline: Timeline) -> Iterator[Field]:
    part, (earliest, latest) = "Blood pressure, mmHg", _window(protocol)
    cuffs = [cuff for cuff in cuffs_of(session, timeline) if cuff.state == "valid" and not cuff.numberless]
    before = [cuff for cuff in cuffs if cuff.minute < 0]
    after = [cuff for cuff in cuffs if cuff.minute >= 0]
    due = [cuff for cuff in after if earliest <= cuff.minute <= latest]
    nearest = min(due, key=lambda cuff: abs(cuff.minute - FORTY), default=None)
    for label, cuff in (
        ("Before the treatment", before[-1] if before else None),
        (f"At 40 minutes (the nearest from {earliest:g} to {latest:g})", nearest),
        ("Before it was completed (the last)", after[-1] if after else None),
    ):
        yield Field(part, label, _pressure(cuff), (cuff.reference,) if cuff else ())


def _window(protocol: Protocol) -> tuple[float, float]:
    """Return from which minute to which a pressure counts as the one at 40 minutes, by the protocol."""
    for phase in protocol.phases:
        for schedule in phase.schedule:
            if "nibp" in schedule.params and FORTY in schedule.at_min:
                before, after = schedule.tol_before_min or 0.0, schedule.tol_after_min or 0.0
                return FORTY - before, FORTY + after
    return FORTY, FORTY


def _effects(session: Session, protocol: Protocol, timeline: Timeline) -> Iterator[Field]:
    episodes = effects_of(session, protocol, timeline).episodes
    for label, term in ASKED_EFFECTS:
        mine = [episode for episode in episodes if episode.term == term]
        refs = tuple(report.reference for episode in mine for report in episode.reports)
        yield Field("Adverse events", label, "; ".join(map(_episode, mine)) or BY_HAND, refs)
    ratings = [rating for rating in ratings_of(scores_of(session, timeline)) if rating.minute >= 0]
    for measures, label, worst in (("moaas", "Lowest MOAA/S", min), ("dissociation", "Highest rating", max)):
        mine_too = [rating for rating in ratings if rating.measures == measures]
        found = worst(mine_too, key=lambda rating: rating.value, default=None)
        said = f"{found.scale} {found.said} at +{found.minute:.0f} min" if found else BY_HAND
        yield Field("Adverse events", label, said, (found.reference,) if found else ())


def _serious(session: Session) -> Iterator[Field]:
    events, refs = _all(session, "effect.serious")
    said = "; ".join(
        f"{one['term']} ({one['criterion'].replace('_', ' ')}): {one['description']}" for one in events
    )
    yield Field("Adverse events", "Serious adverse event", said, refs)


def save_form(session: Session, path: Path, now: datetime) -> None:
    """Write the form: ``.csv`` (part, label, value, records) or ``.pdf``, A4.

    Raises:
        OSError: the file can't be written.
    """
    fields = form_of(session)
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("part", "label", "value", "records"))
            writer.writerows((f.part, f.label, f.value, " ".join(f.records)) for f in fields)
        return
    save(draw_form(session, fields, now), path)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the form: so many mm below the one before it; *ruled* where a field ends."""

    below: float
    part: str = ""
    label: str = ""
    value: str = ""
    ruled: bool = False


def _lines(fields: Sequence[Field]) -> Iterator[_Line]:
    """Yield the form's lines: a value takes as many as it needs."""
    part = ""
    for field in fields:
        if field.part != part:
            part = field.part
            yield _Line(9.2, part=part)
        values = wrapped(field.value, 92) if field.value else [""]
        for number, value in enumerate(values, 1):
            label, below = (field.label, 5.6) if number == 1 else ("", 4.0)
            yield _Line(below, label=label, value=value, ruled=number == len(values))


def draw_form(session: Session, fields: Sequence[Field], now: datetime) -> list[Figure]:
    """Return the form's pages, one where all fits; what a person fills in has a line to write on."""
    with mpl.rc_context(RC):
        sheets, y = [Sheet(PAPERS["A4"])], 15.0
        _draw_head(sheets[0], session, now)
        for line in _lines(fields):
            if y + line.below * (2 if line.part else 1) > sheets[-1].height - FOOT:
                sheets.append(Sheet(PAPERS["A4"]))
                sheets[-1].text(0, 4.0, f"REMS patient monitoring form, session {session.id}", bold=True)
                y = 6.0
            y += line.below
            _draw_line(sheets[-1], y, line)
        for page, sheet in enumerate(sheets, 1):
            if len(sheets) > 1:
                sheet.text(DRAWN_WIDTH, 4.0, f"page {page} of {len(sheets)}", align="right")
            for number, text in enumerate(wrapped(CHART_STATEMENT, DRAWN_WIDTH)):
                sheet.text(0, sheet.height - 6 + number * 3.6, text)
            if session.demo:
                sheet.watermark("DEMO")
        return [sheet.finish() for sheet in sheets]


FOOT = 12.0
"""mm at the bottom of a page that hold the statement."""


def _draw_head(sheet: Sheet, session: Session, now: datetime) -> None:
    sheet.text(0, 4, "REMS patient monitoring form: draft from the record", 13, bold=True)
    said = f"Session {session.id}, room {session.room}; {due_of(session).said(now)}"
    sheet.text(0, 10, said, width=DRAWN_WIDTH)
    sheet.text(
        0, 15, "Empty fields are for you; check every other one against the record before you send it."
    )


def _draw_line(sheet: Sheet, y: float, line: _Line) -> None:
    sheet.text(0, y, line.part, 10, bold=True)
    sheet.text(2, y, line.label, width=86)
    sheet.text(92, y, line.value)
    if line.ruled:
        sheet.line([(92, y + 2.2), (DRAWN_WIDTH, y + 2.2)], FRAME)


def _episode(episode: Episode) -> str:
    end = "ongoing" if episode.resolved is None else f"to +{episode.resolved:.0f} min"
    return f"yes, {episode.worst.severity}, from +{episode.onset:.0f} min {end}"


def _pressure(cuff: Cuff | None) -> str:
    return BY_HAND if cuff is None else f"{cuff} at {cuff.minute:+.0f} min"


def _minutes(minutes: float | None) -> str:
    return BY_HAND if minutes is None else f"{minutes:.0f}"


def _yes_no(said: bool | None) -> str:
    return {True: "yes", False: "no", None: BY_HAND}[said]


def _last(session: Session, kind: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    found, refs = _all(session, kind)
    return (found[-1], refs[-1:]) if found else ({}, ())


def _all(session: Session, kind: str) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    events = session.events
    rows = events[(events["kind"] == kind) & (events["superseded_by"] == "")]
    refs = tuple(f"{writer}:{seq}" for writer, seq in zip(rows["writer"], rows["seq"], strict=True))
    return list(rows["payload"]), refs
