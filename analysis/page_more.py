"""Page 2 on: every effect, event, correction, silence and late entry, and the definition of every figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis import style
from analysis.metrics import holds_of, minutes_at_or_above
from analysis.page_content import Content
from analysis.page_effects import none_text
from analysis.page_header import banners
from analysis.page_sheet import DRAWN_WIDTH, GRID, Paper, Sheet, drawable, width_of, wrapped

PITCH = 3.7
FOOT = 12.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the details: a heading, or text that may be struck through."""

    text: str
    heading: bool = False
    struck: bool = False


def more_lines(content: Content) -> list[Line]:
    """Return the details as lines, every list complete; a list without entries says so."""
    parts = (
        ("Banners", banners(content)),
        ("Side effects", _effects(content)),
        ("Events", _events(content)),
        ("Corrections", _corrections(content)),
        ("Cuff values that are not counted", _uncounted(content)),
        ("Late entries", _late(content)),
        ("Not heard", _silences(content)),
        ("Review markers of the protocol", _markers(content)),
        ("What each figure is", _definitions(content)),
        ("Record", [f"{h.writer}: {h.count} records, digest {h.digest}" for h in content.session.heads]),
    )
    lines: list[Line] = []
    for title, entries in parts:
        lines.append(Line(title, heading=True))
        for entry in entries or ["none"]:
            lines += [Line(text) for text in wrapped(drawable(entry), DRAWN_WIDTH - 4)]
    return lines


def more_pages(content: Content, lines: Sequence[Line], paper: Paper) -> list[Sheet]:
    """Return *lines* on as many sheets as they need."""
    sheets: list[Sheet] = []
    y = np.inf
    for i, line in enumerate(lines):
        space = PITCH + (2.4 if line.heading else 0.0)
        need = space + (PITCH if line.heading and i + 1 < len(lines) else 0.0)
        if not sheets or y + need > sheets[-1].height - FOOT:
            sheets.append(_sheet(content, paper))
            y = 9.0
        y += space
        if line.heading:
            sheets[-1].text(0, y - 1, line.text, bold=True)
            sheets[-1].line([(0, y + 1), (DRAWN_WIDTH, y + 1)], style.GRID_BOLD, GRID)
            y += 1.0
            continue
        sheets[-1].text(4, y, line.text)
        if line.struck:
            sheets[-1].line([(4, y), (4 + width_of(line.text), y)], style.STRUCK)
    return sheets


def _sheet(content: Content, paper: Paper) -> Sheet:
    sheet = Sheet(paper)
    name = " · ".join(content.session.identifiers)
    sheet.text(0, 2.4, name, style.TITLE_PT, bold=True, width=DRAWN_WIDTH)
    sheet.text(0, 6.8, f"Session {content.session.id}, details", colour=style.DIM)
    return sheet


def _effects(content: Content) -> list[str]:
    lines = []
    for episode in content.effects.episodes:
        course = ", ".join(
            f"{report.severity} at {report.minute:.0f} min{': ' + report.text if report.text else ''}"
            for report in episode.reports
        )
        ended = "ongoing" if episode.resolved is None else f"resolved at {episode.resolved:.0f} min"
        lines.append(f"{episode.label}: {course}; {ended} (by {episode.author})")
    if not lines or content.effects.asked_none:
        lines.append(f"Asked: {none_text(content.effects)}")
    return lines


def _events(content: Content) -> list[str]:
    return [
        f"{event.number}  {event.minute:.0f} min ({content.clock(event.minute)})  {event.text} "
        f"(by {event.author})"
        for event in content.numbered
    ]


def _corrections(content: Content) -> list[str]:
    events = content.session.events
    rows = events[events["kind"].isin(["amend", "exclude", "adopt"])]
    minutes = content.timeline.minutes(rows["at"])
    return [
        f"{kind} at {minute:.0f} min by {author}: {summary}"
        for minute, kind, author, summary in zip(
            minutes, rows["kind"], rows["author"], rows["summary"], strict=True
        )
    ]


def _uncounted(content: Content) -> list[str]:
    return [
        f"{cuff} {cuff.state} at {cuff.minute:.0f} min, {cuff.source} ({cuff.reference})"
        for cuff in content.cuffs
        if cuff.state not in ("valid", "failed")
    ]


def _late(content: Content) -> list[str]:
    events = content.session.events
    rows = events[events["late_by_s"].notna()]
    minutes = content.timeline.minutes(rows["happened_at"])
    columns = (rows[c] for c in ("summary", "author", "late_by_s"))
    lines = [
        f"LATE (entered {late / 60:.0f} min after): {summary}, for {minute:.0f} min, by {author}"
        for minute, summary, author, late in zip(minutes, *columns, strict=True)
    ]
    readings = content.session.readings
    typed = readings[readings["late_by_s"].notna()]
    columns = (typed[c] for c in ("vital", "value", "entered_by", "late_by_s"))
    return lines + [
        f"LATE (entered {late / 60:.0f} min after): {vital} {value:g}, for {minute:.0f} min, by {author}"
        for minute, vital, value, author, late in zip(
            content.timeline.minutes(typed["measured_at"]), *columns, strict=True
        )
    ]


def _silences(content: Content) -> list[str]:
    return [
        f"{s.source}: {s.start:.0f} to {s.end:.0f} min ({s.end - s.start:.0f} min), {s.cause}"
        for s in content.silences
    ]


def _markers(content: Content) -> list[str]:
    """Return, for each enabled marker on a level, how many readings reached it and for how long."""
    lines = []
    end = np.inf if content.timeline.end is None else content.timeline.end
    for marker in content.protocol.markers:
        if not marker.enabled or "pre" in marker.phases:
            continue
        for limit in marker.limits:
            series = content.main.get(limit.vital)
            if series is None or limit.comparison != "ge":
                continue
            reached = int(np.count_nonzero(series.x[(series.t >= 0) & (series.t <= end)] >= limit.value))
            above, unknown = minutes_at_or_above(
                series, limit.value, holds_of(series, content.protocol, content.timeline), end
            )
            held = "–" if above.value is None else f"{above.value:.0f} min"
            blank = "" if not unknown.value else f", {unknown.value:.0f} min unknown"
            lines.append(f"{marker.text}: {limit.vital} {reached} of {above.n} readings, {held}{blank}")
    return lines


def _definitions(content: Content) -> list[str]:
    shown = content.summaries.get("nibp_sys") or next(iter(content.summaries.values()), None)
    if shown is None:
        return []
    figures = (
        shown.baseline,
        shown.peak,
        shown.t_peak,
        shown.delta,
        shown.lowest,
        shown.last,
        shown.t_return,
    )
    return [f"{figure.name}: {figure.definition}" for figure in figures]
