"""The head of the page: who, when and what state; then the eight answers a physician looks for first."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from analysis import style
from analysis.metrics import Statistic, in_session
from analysis.page_content import Content
from analysis.page_effects import none_text
from analysis.page_sheet import DRAWN_WIDTH, FRONT, MISSING_GLYPH, Sheet, drawable, shrunk, width_of, wrapped
from analysis.page_time import dose_text
from analysis.series import MANUAL
from analysis.wording import DEMO, NO_DOSE, NOT_APPROVED, NOT_RECORDED, NOT_SIGNED

STATUS_WIDTH = 50.0


def draw_header(sheet: Sheet, content: Content) -> None:
    """Draw the header's 15 mm: identifiers, session, protocol, status box, banners."""
    session = content.session
    room = DRAWN_WIDTH - STATUS_WIDTH - 3
    opened = session.opened_at.astimezone(ZoneInfo(session.zone))
    when = f"{opened:%d %b %Y %H:%M} {_offset(opened.strftime('%z'))}"
    course = " · ".join(part for part in (session.course, session.number) if part) or "course not recorded"
    _identifiers(
        sheet, session.identifiers, f"{when} · room {session.room} · {course} · {session.zone}", room
    )
    protocol = f"protocol {session.protocol_id} of {content.protocol.draft_date}: {content.protocol.label}"
    sheet.text(0, 10.0, f"Session {session.id} · {protocol}", width=DRAWN_WIDTH)
    sheet.box(DRAWN_WIDTH - STATUS_WIDTH, 0.3, STATUS_WIDTH, 7.4, style.BOX)
    middle = DRAWN_WIDTH - STATUS_WIDTH / 2
    sheet.text(
        middle, 2.4, status(content), 10.0 if len(status(content)) < 12 else 8.0, bold=True, align="center"
    )
    sheet.text(middle, 5.9, f"{session.state}, {_signed(content)}", align="center")
    said = " · ".join(banners(content))
    if said:
        sheet.box(0, 11.7, DRAWN_WIDTH, 3.3, style.BOX, FRONT)
        sheet.text(DRAWN_WIDTH / 2, 13.35, said, bold=True, align="center", width=DRAWN_WIDTH - 2)


def _identifiers(sheet: Sheet, identifiers: tuple[str, str], more: str, room: float) -> None:
    """Write both identifiers in bold: beside each other, or the second on the next line, before *more*."""
    name, second = identifiers
    apart = width_of(name, style.TITLE_PT, bold=True) + 4
    x, size = 0.0, shrunk(name, room, style.TITLE_PT, bold=True)
    sheet.text(0, 2.4, name, size, bold=True, width=room)
    if apart + width_of(second, style.TITLE_PT, bold=True) <= room:
        sheet.text(apart, 2.4, second, style.TITLE_PT, bold=True)
    else:
        sheet.text(0, 6.6, second, bold=True, width=room * 0.6)
        x = min(width_of(second, bold=True), room * 0.6) + 2.5
    sheet.text(x, 6.6, more, width=room - x)


def status(content: Content) -> str:
    """Return DRAFT, SIGNED, or AMENDED AFTER SIGNATURE."""
    events = content.session.events
    signed = events.loc[events["kind"] == "sign", "at"]
    if signed.empty:
        return "DRAFT"
    changed = events.loc[events["kind"].isin(["amend", "exclude", "adopt"]), "at"]
    return "AMENDED AFTER SIGNATURE" if (changed > signed.max()).any() else "SIGNED"


def banners(content: Content) -> list[str]:
    """Return what the page says loudly: the session's own sentences, demo, and a protocol nobody approved."""
    said = list(content.session.banners)
    if content.session.demo and not any("demo" in banner.lower() for banner in said):
        said.insert(0, DEMO)
    if not content.protocol.approved_by and not any("not approved" in banner.lower() for banner in said):
        said.append(NOT_APPROVED)
    if MISSING_GLYPH in drawable("".join(content.session.identifiers)):
        said.append("The name has characters that no font here can draw")
    return said


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the eight: a big number or word, and up to three lines beside it."""

    big: str
    lines: tuple[str, ...]
    width: float


def draw_answers(sheet: Sheet, content: Content, y: float, height: float) -> None:
    """Draw the eight answers in two rows."""
    row = height / 2
    for i, answers in enumerate((_first_row(content), _second_row(content))):
        x, top = 0.0, y + row * i
        for answer in answers:
            sheet.box(x, top, answer.width, row, style.Fill(edge=style.PALE, width=0.6))
            offset = 1.2
            if answer.big:
                sheet.text(x + 1.2, top + row / 2, answer.big, style.NUMBER_PT, bold=True)
                offset += width_of(answer.big, style.NUMBER_PT, bold=True) + 1.4
            pitch = 2.9
            first = top + row / 2 - pitch * (len(answer.lines) - 1) / 2
            for j, line in enumerate(answer.lines):
                sheet.text(x + offset, first + pitch * j, line, width=answer.width - offset - 0.6)
            x += answer.width


def _first_row(content: Content) -> list[Answer]:
    pauses = [step for step in content.timeline.dose if step.step == "pause"]
    held_up = (
        f"{len(pauses)} at {', '.join(f'{p.minute:.0f}' for p in pauses)} min" if pauses else "none recorded"
    )
    return [
        _extreme(content, "nibp_sys", "highest systolic", 36.8),
        _extreme(content, "nibp_dia", "highest diastolic", 36.8),
        _extreme(content, "spo2", "lowest SpO2", 31),
        Answer("", (f"MOAA/S: {_lowest(content, 'moaas')}", f"dissociation: {_highest(content)}"), 40),
        Answer("", ("interruptions:", held_up, f"interventions: {NOT_RECORDED}"), 41.4),
    ]


def _second_row(content: Content) -> list[Answer]:
    effects, events = content.effects, content.session.events
    if effects.episodes:
        worst = max(effects.episodes, key=lambda e: (e.worst.grade, -e.onset)).worst
        grave = {e.label: None for e in effects.episodes if e.worst.grade == worst.grade}
        lines = (f"effects, worst: {worst.severity}", ", ".join(grave), f"serious: {NOT_RECORDED}")
        found = Answer(str(len(effects.episodes)), lines, 46)
    else:
        found = Answer(
            "0" if effects.asked_none else "–", ("side effects:", *wrapped(none_text(effects), 36)[:2]), 46
        )
    given = [
        dose_text(s) for s in content.timeline.dose if s.step in ("start", "device", "injection", "swallowed")
    ]
    said = wrapped(f"given: {'; '.join(given)}", 48) if given else [f"{NO_DOSE} on record"]
    kept = [*said[:1], " ".join(said[1:])] if len(said) > 1 else said
    dose = Answer("", (*kept, f"ordered: {NOT_RECORDED}"), 50)
    ongoing = ", ".join(e.label for e in effects.ongoing) or ("none" if effects.episodes else "none recorded")
    leaving = Answer("", (_last_set(content), f"unresolved: {ongoing}", f"discharge: {NOT_RECORDED}"), 47)
    states = [cuff.state for cuff in content.cuffs]
    gaps = len(content.silences) + sum(len(found) for found in content.blanks.values())
    amended = int(events["kind"].isin(["amend", "exclude", "adopt"]).sum())
    quality = (
        f"gaps {gaps}, cuff failed {states.count('failed')}",
        f"cuff held {states.count('held')}, excluded {excluded_count(content)}",
        f"late {late_count(content)}, corrections {amended}",
    )
    return [found, dose, leaving, Answer("", quality, 43)]


def excluded_count(content: Content) -> int:
    """Return how many records hold a value that was excluded."""
    rows = content.session.readings
    return len(rows[rows["excluded"]].drop_duplicates(["writer", "seq"]))


def late_count(content: Content) -> int:
    """Return how many records were entered late."""
    late = [table[table["late_by_s"].notna()] for table in (content.session.readings, content.session.events)]
    return len(
        {(writer, seq) for rows in late for writer, seq in zip(rows["writer"], rows["seq"], strict=True)}
    )


def _extreme(content: Content, vital: str, label: str, width: float) -> Answer:
    summary = content.summaries.get(vital)
    lowest = vital == "spo2"
    figure = None if summary is None else summary.lowest if lowest else summary.peak
    other = _elsewhere(content, vital, figure, lowest)
    if summary is None or figure is None or figure.value is None:
        before = summary is not None and summary.n_readings.n > 0
        lines = (label, "none after the dose" if before else NOT_RECORDED, other)
        return Answer("–", lines if other else lines[:2], width)
    minute = (summary.t_lowest if lowest else summary.t_peak).value
    change = (
        "no baseline"
        if summary.baseline.value is None
        else _signed_number(figure.value - summary.baseline.value)
    )
    judged = f"{change}, n {figure.n}"
    lines = (label, judged, other) if other else (label, f"at {minute:.0f} min", judged)
    return Answer(f"{figure.value:.0f}", lines, width)


def _elsewhere(content: Content, vital: str, figure: Statistic | None, lowest: bool) -> str:
    """Return the more extreme value of another source, which no figure merges: ``by hand 171``."""
    sign = -1 if lowest else 1
    own = -np.inf if figure is None or figure.value is None else sign * figure.value
    end = np.inf if content.timeline.end is None else content.timeline.end
    others = [
        (float((sign * s.x[chosen]).max()), s.source)
        for s in content.series.values()
        if s.vital == vital
        and not (figure and s.source == figure.source)
        and (chosen := in_session(s, end)).any()
    ]
    value, source = max(others, default=(-np.inf, ""))
    return f"{'by hand' if source == MANUAL else source} {sign * value:.0f}" if value > own else ""


def _lowest(content: Content, vital: str) -> str:
    summary = content.summaries.get(vital)
    return NOT_RECORDED if summary is None or summary.lowest.value is None else f"{summary.lowest.value:.0f}"


def _highest(content: Content) -> str:
    summary = content.summaries.get("dissociation") or content.summaries.get("cadss_total")
    return (
        NOT_RECORDED if summary is None or summary.peak.value is None else f"highest {summary.peak.value:.0f}"
    )


def _last_set(content: Content) -> str:
    parts = []
    for vital, label in (("nibp_sys", "BP"), ("spo2", "SpO2")):
        summary = content.summaries.get(vital)
        if summary is None or summary.last.value is None:
            continue
        value = f"{summary.last.value:.0f}"
        low = content.summaries.get("nibp_dia")
        if vital == "nibp_sys" and low is not None and low.last.value is not None:
            value += f"/{low.last.value:.0f}"
        parts.append(f"{label} {value}")
    return f"last: {', '.join(parts) or NOT_RECORDED}"


def _signed(content: Content) -> str:
    return NOT_SIGNED if status(content) == "DRAFT" else "signed"


def _signed_number(value: float) -> str:
    return f"{value:+.0f}".replace("-", "−")


def _offset(raw: str) -> str:
    return f"{raw[:3]}:{raw[3:]}".replace("-", "−")
