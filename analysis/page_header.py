"""The head of the page: who, when and what state; then the eight answers a physician looks for first."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from analysis import style
from analysis.metrics import Statistic
from analysis.page_content import MISSING_GLYPH, Content
from analysis.page_effects import none_text
from analysis.page_sheet import DRAWN_WIDTH, FRONT, Sheet, cut_to, drawable, shrunk, width_of
from analysis.page_time import dose_text
from analysis.series import MANUAL
from analysis.wording import DEMO, NO_DOSE, NOT_APPROVED, NOT_RECORDED, NOT_SIGNED

STATUS_WIDTH = 50.0


def draw_header(sheet: Sheet, content: Content) -> None:
    """Draw the header's 15 mm: identifiers, session, protocol, status box, banners."""
    session = content.session
    room = DRAWN_WIDTH - STATUS_WIDTH - 3
    name, second = (drawable(text) for text in session.identifiers)
    for_second = min(width_of(second, style.TITLE_PT, bold=True), room * 0.45)
    size = shrunk(name, room - for_second - 4, style.TITLE_PT, bold=True)
    said = cut_to(name, room - for_second - 4, size, bold=True)
    sheet.text(0, 2.4, said, size, bold=True)
    sheet.text(
        width_of(said, size, bold=True) + 4, 2.4, second, style.TITLE_PT, bold=True, width=for_second + 0.5
    )
    opened = session.opened_at.astimezone(ZoneInfo(session.zone))
    when = f"{opened:%d %b %Y %H:%M} {_offset(opened.strftime('%z'))} ({session.zone})"
    course = " · ".join(part for part in (session.course, session.number) if part) or "course not recorded"
    sheet.text(0, 6.6, f"{when} · room {session.room} · {course}", width=room)
    protocol = f"Protocol {content.protocol.label} ({session.protocol_id}, {content.protocol.draft_date})"
    sheet.text(0, 10.0, f"{protocol} · session {session.id}", width=DRAWN_WIDTH)
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
            pitch = 3.05
            first = top + row / 2 - pitch * (len(answer.lines) - 1) / 2
            for j, line in enumerate(answer.lines):
                sheet.text(x + offset, first + pitch * j, line, width=answer.width - offset - 0.6)
            x += answer.width


def _first_row(content: Content) -> list[Answer]:
    return [
        _extreme(content, "nibp_sys", "highest systolic", 40),
        _extreme(content, "nibp_dia", "highest diastolic", 40),
        _extreme(content, "spo2", "lowest SpO2", 40),
        Answer("", (f"lowest MOAA/S: {_lowest(content, 'moaas')}", f"dissociation: {_highest(content)}"), 66),
    ]


def _second_row(content: Content) -> list[Answer]:
    effects = content.effects
    if effects.episodes:
        worst = max(effects.episodes, key=lambda e: e.worst.grade)
        found = Answer(
            str(len(effects.episodes)),
            (f"side effects; worst: {worst.worst.severity}", worst.label, "serious: not recorded"),
            47,
        )
    else:
        found = Answer("0", ("side effects:", none_text(effects)), 47)
    given = [
        dose_text(s) for s in content.timeline.dose if s.step in ("start", "device", "injection", "swallowed")
    ]
    dose = Answer("", ("given:" if given else NO_DOSE, "; ".join(given), f"ordered: {NOT_RECORDED}"), 47)
    pauses = sum(step.step == "pause" for step in content.timeline.dose)
    held_up = Answer(
        "", (f"{pauses} interruption{'s' * (pauses != 1)}", f"interventions: {NOT_RECORDED}"), 42
    )
    ongoing = ", ".join(e.label for e in effects.ongoing) or "no effect"
    leaving = Answer("", (_last_set(content), f"unresolved: {ongoing}"), 50)
    return [found, dose, held_up, leaving]


def _extreme(content: Content, vital: str, label: str, width: float) -> Answer:
    summary = content.summaries.get(vital)
    lowest = vital == "spo2"
    figure = None if summary is None else summary.lowest if lowest else summary.peak
    if summary is None or figure is None or figure.value is None:
        return Answer("–", (label, NOT_RECORDED), width)
    minute = (summary.t_lowest if lowest else summary.t_peak).value
    change = (
        "no baseline"
        if summary.baseline.value is None
        else _signed_number(figure.value - summary.baseline.value)
    )
    lines = [label, f"at {minute:.0f} min, {change}", f"n {figure.n}{_elsewhere(content, figure, lowest)}"]
    return Answer(f"{figure.value:.0f}", tuple(lines), width)


def _elsewhere(content: Content, figure: Statistic, lowest: bool) -> str:
    """Return the more extreme value of another source, which no figure merges: ``; by hand 171``."""
    assert_value = figure.value or 0.0
    for series in content.series.values():
        if series.vital != figure.vital or series.source == figure.source:
            continue
        inside = series.x[series.t >= 0]
        if len(inside) and (inside.min() < assert_value if lowest else inside.max() > assert_value):
            value = inside.min() if lowest else inside.max()
            return f"; {'by hand' if series.source == MANUAL else series.source} {value:.0f}"
    return ""


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
    return f"{raw[:3]}:{raw[3:]}"
