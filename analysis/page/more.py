"""Page 2 on: every effect, event, correction, silence and late entry, and the definition of every figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis import style
from analysis.cuffs import PRESSURES
from analysis.page.care import (
    CHECKS,
    FORMS,
    REASONS,
    STAFF,
    dose_lines,
    leaving_lines,
    score_lines,
    serious_lines,
    signature_lines,
    told,
)
from analysis.page.content import CORRECTIONS, Content
from analysis.page.digits import crowded_out
from analysis.page.effects import none_text
from analysis.page.figures import definitions, left_out, marker_lines, other_sources
from analysis.page.header import banners, printed_identifiers
from analysis.page.listing import INDENT, Line, draw_identifiers, listed
from analysis.page.sheet import DRAWN_WIDTH, Paper, Sheet, drawable, wrapped
from analysis.page.time import dose_text
from analysis.wording import at_minute, how_far, how_to_check, in_minutes, name_of, source_name


class Struck(str):
    """An entry that an amendment or an exclusion has put out of force: legible, with a line through it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One list of the details: its heading and its entries, none left out."""

    title: str
    entries: tuple[str, ...]


def parts_of(content: Content) -> list[Part]:
    """Return every list of the details in their order: what the later pages and the report in HTML say."""
    lists = (
        ("Session", _session(content)),
        ("Banners", banners(content)),
        ("Signatures", signature_lines(content)),
        ("Checks", told(content, *CHECKS)),
        ("Side effects", _effects(content)),
        *([("Serious", serious_lines(content))] if content.effects.serious else []),
        ("Dose: the infusion", _dose(content)),
        ("Dose: amounts and balance", dose_lines(content)),
        *([("Pump, by its own word", _pumps(content))] if content.pumps else []),
        ("Scores", score_lines(content)),
        ("Events", _events(content)),
        ("Leaving", leaving_lines(content) + told(content, *FORMS)),
        ("Staff", told(content, *STAFF)),
        ("Corrections", _corrections(content)),
        ("Cuff values that are not counted", _uncounted(content)),
        ("Late entries", _late(content)),
        ("Not heard, or heard without a value", _silences(content) + told(content, *REASONS)),
        ("Review markers of the protocol", marker_lines(content)),
        ("Figures of other sources", other_sources(content)),
        ("Left out of the drawing on page 1", _off_axis(content) + left_out(content) + crowded_out(content)),
        ("What each figure is", definitions(content)),
        ("Record", [f"{h.writer}: {h.count} records, digest {h.digest}" for h in content.session.heads]),
        ("How to check this against the record", list(how_to_check(content.session.id))),
    )
    return [Part(title, tuple(entries)) for title, entries in lists]


def more_lines(content: Content) -> list[Line]:
    """Return the details as lines, every list complete; a list without entries says so."""
    lines: list[Line] = []
    for part in parts_of(content):
        lines.append(Line(part.title, heading=True))
        for entry in part.entries or ("none",):
            struck = isinstance(entry, Struck)
            lines += [Line(text, struck=struck) for text in wrapped(drawable(entry), DRAWN_WIDTH - INDENT)]
    return lines


def more_pages(content: Content, lines: Sequence[Line], paper: Paper) -> list[Sheet]:
    """Return *lines* on as many sheets as they need."""
    return listed(lines, lambda: _sheet(content, paper))


def _sheet(content: Content, paper: Paper) -> Sheet:
    sheet = Sheet(paper)
    draw_identifiers(sheet, *printed_identifiers(content.session))
    sheet.text(0, 6.8, f"Session {content.session.id}, details", colour=style.DIM)
    return sheet


def _session(content: Content) -> list[str]:
    protocol = content.protocol
    approved = (
        f"approved by {protocol.approved_by}, {protocol.approved_at}"
        if protocol.approved_by
        else "not approved"
    )
    opened, ended = content.session.opened_at, content.session.ended_at
    last = "still open" if ended is None else f"reading window ended {ended.isoformat(timespec='seconds')}"
    untreated = [] if content.not_treated is None else [f"No dose given: {content.not_treated}"]
    return [
        *untreated,
        f"{protocol.label} (route {protocol.route or 'not stated'})",
        f"Protocol: {protocol.title}, {protocol.draft_date}, {approved}",
        f"Opened {opened.isoformat(timespec='seconds')}; {last}; page in {content.session.zone}",
    ]


def _effects(content: Content) -> list[str]:
    lines = []
    for episode in content.effects.episodes:
        course = ", ".join(
            f"{report.severity} at {in_minutes(report.minute)}{': ' + report.text if report.text else ''}"
            for report in episode.reports
        )
        ended = "ongoing" if episode.resolved is None else f"resolved at {in_minutes(episode.resolved)}"
        lines.append(f"{episode.label}: {course}; {ended} (by {episode.author})")
    lines += [
        f"{stray.label}: resolved at {in_minutes(stray.minute)}, but no report of it was open then "
        f"(by {stray.author})"
        for stray in content.effects.strays
    ]
    if not content.effects.episodes or content.effects.asked_none:
        lines.append(f"Asked: {none_text(content.effects)}")
    return lines


def _events(content: Content) -> list[str]:
    return [
        f"{event.number}  {in_minutes(event.minute)} ({content.clock(event.minute)})  {event.text} "
        f"(by {event.author})"
        for event in content.numbered
    ]


def _dose(content: Content) -> list[str]:
    return [
        f"{in_minutes(step.minute)} ({content.clock(step.minute)})  {step.step}"
        + (f": {dose_text(step)}" if step.drug or step.mg is not None or step.ml_h is not None else "")
        + (f" ({step.reason})" if step.reason else "")
        for step in content.timeline.dose
        if step.step in ("start", "pause", "rate", "end")
    ]


def _pumps(content: Content) -> list[str]:
    """Return every word of the pumps at its minute; the dose above is what people entered."""
    said = sorted((word for pump in content.pumps for word in pump.said), key=lambda word: word.minute)
    return [f"{in_minutes(w.minute)} ({content.clock(w.minute)})  {w.text} ({w.reference})" for w in said]


def _corrections(content: Content) -> list[str]:
    events = content.session.events
    rows = events[events["kind"].isin(CORRECTIONS)]
    minutes = content.timeline.minutes(rows["at"])
    columns = (rows[c] for c in ("kind", "author", "summary", "writer", "seq"))
    lines = [
        f"{kind} at {in_minutes(minute)} ({content.clock(minute)}) by {author}: "
        f"{_replaced(content, f'{writer}:{seq}')}{summary}"
        for minute, kind, author, summary, writer, seq in zip(minutes, *columns, strict=True)
    ]
    gone = events[events["superseded_by"] != ""]
    columns = (gone[c] for c in ("kind", "author", "summary", "superseded_by"))
    return lines + [
        Struck(f"{kind} by {author}: {summary} (replaced by {by})")
        for kind, author, summary, by in zip(*columns, strict=True)
    ]


def _replaced(content: Content, by: str) -> str:
    """Return what a correction replaced, and with what: ``systolic 185 → 158; ``."""
    readings = content.session.readings
    writer, _, seq = by.partition(":")
    old = readings[readings["superseded_by"] == by]
    new = readings[(readings["writer"] == writer) & (readings["seq"] == int(seq))]
    now = dict(zip(new["vital"], new["value"], strict=True))
    return "".join(
        f"{name_of(vital)} {value:g} → {now[vital]:g}; "
        for vital, value in zip(old["vital"], old["value"], strict=True)
        if vital in now
    )


def _uncounted(content: Content) -> list[str]:
    lines = []
    for cuff in content.cuffs:
        if cuff.state == "valid" and cuff.since is not None and content.astride(cuff):
            between = f"{at_minute(cuff.since)} and {in_minutes(cuff.minute)}"
            lines.append(f"{cuff} taken between {between}, before the dose or after it ({cuff.reference})")
        if cuff.state == "valid" or (cuff.state == "failed" and content.in_session(cuff.minute)):
            continue
        state = "replaced" if cuff.state == "superseded" else cuff.state
        said = "failed" if state == "failed" else "no number" if cuff.numberless else f"{cuff} {state}"
        said = f"{said} at {in_minutes(cuff.minute)}, {source_name(cuff.source)} ({cuff.reference})"
        lines.append(Struck(said) if state in ("replaced", "excluded") else said)
    return lines


def _off_axis(content: Content) -> list[str]:
    """Return what page 1 draws at no minute: cuff cycles one by one, other vitals as stretches."""
    lines = [
        f"{cuff} {'replaced' if cuff.state == 'superseded' else cuff.state} at {in_minutes(cuff.minute)} "
        f"({how_far(cuff.minute)}), {source_name(cuff.source)} ({cuff.reference})"
        for cuff in content.cuffs
        if not cuff.numberless and not content.axis.holds(cuff.minute)
    ]
    for series in content.series.values():
        known = ~np.isnan(series.values) & (series.vital not in PRESSURES)
        for off in (series.minutes < content.axis.start, series.minutes > content.axis.end):
            minutes, values = series.minutes[known & off], series.values[known & off]
            if len(values):
                lines.append(
                    f"{name_of(series.vital)}, {source_name(series.source)}: {len(values)} readings, "
                    f"{values.min():g} to {values.max():g} {series.unit}, "
                    f"{in_minutes(minutes[0])} to {in_minutes(minutes[-1])} ({how_far(float(minutes[0]))})"
                )
    return lines


def _late(content: Content) -> list[str]:
    events = content.session.events
    rows = events[events["late_by_s"].notna()]
    minutes = content.timeline.minutes(rows["happened_at"])
    columns = (rows[c] for c in ("summary", "author", "late_by_s"))
    lines = [
        f"LATE (entered {late / 60:.0f} min after): {summary}, for {in_minutes(minute)}, by {author}"
        for minute, summary, author, late in zip(minutes, *columns, strict=True)
    ]
    readings = content.session.readings
    typed = readings[readings["late_by_s"].notna()]
    columns = (typed[c] for c in ("vital", "value", "entered_by", "late_by_s"))
    return lines + [
        f"LATE (entered {late / 60:.0f} min after): {vital} {value:g}, for {in_minutes(minute)}, by {author}"
        for minute, vital, value, author, late in zip(
            content.timeline.minutes(typed["measured_at"]), *columns, strict=True
        )
    ]


def _silences(content: Content) -> list[str]:
    blanks = [(f"{s.source}, {name_of(vital)}", s) for vital, found in content.blanks.items() for s in found]
    return [
        f"{name}: {at_minute(s.start)} to {in_minutes(s.end)} ({_lasted(s.end - s.start)}), {s.cause}"
        for name, s in [*((s.source, s) for s in content.silences), *blanks]
    ]


def _lasted(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes >= 1 else f"{minutes * 60:.0f} s"
