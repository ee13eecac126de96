"""The form for a power cut: a blank A4 sheet with the due times of one profile, to be written on by hand.

What is written on it is entered afterwards with the source ``paper``. A cell is white where the protocol
expects something at that time, and shaded where it does not; both may be written in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.figure import Figure

from analysis import style
from analysis.page.sheet import DRAWN_WIDTH, PAPERS, Sheet, wrapped
from analysis.protocol import Protocol
from analysis.protocol.file import Phase, Schedule
from analysis.protocol.words import approval
from analysis.style import RC
from analysis.wording import LIVE_STATEMENT

DUE, TIME, REMARKS, BY = 27.0, 15.0, 22.0, 13.0
"""Widths in mm of the columns that every sheet has; the parameters of the profile share what is left."""

HEADINGS = {
    "nibp": "BP sys/dia",
    "hr": "Pulse",
    "spo2": "SpO2 %",
    "rr": "RR /min",
    "etco2": "etCO2",
    "temp": "Temp. °C",
    "moaas": "MOAA/S",
    "dissociation": "Dissoc.",
    "side_effects": "Effects",
}
"""What a column is called where the parameter's label is too long for it."""

EVENTS = {
    "session_open": "opening",
    "infusion_start": "infusion start",
    "infusion_end": "infusion end",
    "first_device": "first device",
    "injection": "injection",
    "swallowed": "dose swallowed",
    "discharge": "leaving",
}
DOSES: Sequence[tuple[str, float]] = (
    ("time", 18.0),
    ("start, pause, rate, end, device", 48),
    ("drug", 30),
    ("mg", 16),
    ("mL/h", 16),
    ("lot", 22),
    ("given by, checked by", 36),
)
EFFECTS: Sequence[tuple[str, float]] = (
    ("from", 18.0),
    ("until", 18),
    ("effect", 54),
    ("mild / moderate / severe", 42),
    ("what was done", 54),
)
PITCH, TIGHTEST, TITLE = 8.0, 6.4, 5.0
"""mm of a line to write on, of the narrowest one, and of a heading."""

HEAD, FOOT, FEWEST = 40.0, 29.0, 4
"""mm above and below what is written on; lines for doses and for effects that a sheet has at least."""

ROOM = PAPERS["A4"].height - 2 * PAPERS["A4"].top - HEAD - FOOT - TITLE
BELOW = 2 * (FEWEST * TIGHTEST + 2 * TITLE) + 5.5
SHADED = style.Fill(style.FAINT, edge=style.GREY, width=0.4)
BLANK = style.Fill(style.WHITE, edge=style.GREY, width=0.4)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sheet: when, and which parameters are due then; a heading has no parameters at all."""

    label: str
    parameters: frozenset[str] | None


def draw_paper_sheet(protocol: Protocol, digest: str) -> list[Figure]:
    """Return the sheet's pages, A4: the due times, then the places for doses and effects, on the last one."""
    with mpl.rc_context(RC):
        columns, lines = _columns(protocol), list(lines_of(protocol))
        figures: list[Figure] = []
        while True:
            here, lines = _page_of(lines)
            last = not lines and _height(here) <= ROOM - BELOW
            free = ROOM - (BELOW if last else 0)
            if last:
                here += [Line("", frozenset())] * int((free - _height(here, PITCH)) / PITCH)
            headings = sum(line.parameters is None for line in here)
            pitch = min(PITCH, (free - headings * TITLE) / max(len(here) - headings, 1))
            sheet = Sheet(PAPERS["A4"])
            y = _draw_lines(sheet, _draw_head(sheet, protocol), columns, here, pitch)
            if last:
                _draw_below(sheet, protocol, y + 2)
            _draw_foot(sheet, protocol, digest, len(figures) + 1)
            figures.append(sheet.finish())
            if last:
                return figures


def _page_of(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Return the lines of the next page and those after it; a heading never stands alone at the foot."""
    count = len(lines)
    while _height(lines[:count]) > ROOM or (0 < count < len(lines) and lines[count - 1].parameters is None):
        count -= 1
    return lines[:count], lines[count:]


def _height(lines: Sequence[Line], pitch: float = TIGHTEST) -> float:
    return sum(TITLE if line.parameters is None else pitch for line in lines)


def lines_of(protocol: Protocol) -> Iterator[Line]:
    """Yield the lines of the sheet: for each phase its name, then its due times."""
    for phase in protocol.phases:
        before = [each for each in phase.schedule if each.mode == "at_least_once"]
        if before:
            window = max(each.window_before_anchor_min or 0 for each in before)
            counted = f" (in the {window:g} min before {EVENTS[phase.ends]})"
        else:
            counted = f" (minutes from {EVENTS[phase.starts]})"
        yield Line(f"{phase.label}{counted}", None)
        for schedule in before:
            for number in range(max(schedule.count or 1, schedule.preferred_count or 0)):
                yield Line(f"reading {number + 1}", frozenset(schedule.params))
        due: dict[float, set[str]] = {}
        for schedule in phase.schedule:
            for minute in _minutes(schedule, _horizon(protocol, phase)):
                due.setdefault(minute, set()).update(schedule.params)
        always = {name for each in phase.schedule if each.mode == "continuous" for name in each.params}
        for minute in sorted(due):
            yield Line(f"+ {minute:g} min", frozenset(due[minute] | always))
        for schedule in phase.schedule:
            if schedule.mode == "final":
                yield Line("before leaving", frozenset(schedule.params))


def _minutes(schedule: Schedule, horizon: float) -> Sequence[float]:
    if schedule.mode == "at":
        return schedule.at_min
    if schedule.mode != "every" or schedule.interval_min is None:
        return ()
    first = schedule.offset_min if schedule.offset_min is not None else schedule.interval_min
    count = int((horizon - first) // schedule.interval_min) + 1
    return [first + k * schedule.interval_min for k in range(max(count, 1))]


def _horizon(protocol: Protocol, phase: Phase) -> float:
    """Return how many minutes a phase is expected to last: by the profile, or by its last due time."""
    profile = protocol.profile
    if phase.ends == "infusion_end":
        longest = [profile.expected_duration_min]
    elif phase.starts == "infusion_end":
        longest = [profile.min_post_end_min, profile.min_post_end_unescorted_min]
    else:
        longest = [profile.min_total_min]
    said = [minute for minute in longest if minute is not None]
    return max([*said, *(minute for each in phase.schedule for minute in each.at_min)], default=0.0)


def _columns(protocol: Protocol) -> list[tuple[str, str, float]]:
    """Return id, heading and width of each column between the times and the remarks."""
    asked = {name for phase in protocol.phases for each in phase.schedule for name in each.params}
    names = [name for name in protocol.parameters if name in asked]
    shares = {name: 1.5 if name == "nibp" else 1.0 for name in names}
    width = (DRAWN_WIDTH - DUE - TIME - REMARKS - BY) / sum(shares.values())
    return [(name, HEADINGS.get(name, name), width * shares[name]) for name in names]


def _draw_head(sheet: Sheet, protocol: Protocol) -> float:
    """Draw whose sheet it is and when its events were; return where the lines begin."""
    sheet.text(0, 3, "Record on paper", style.NUMBER_PT, bold=True)
    sheet.text(DRAWN_WIDTH, 3, protocol.label, style.TITLE_PT, bold=True, align="right", width=130)
    for number, line in enumerate(wrapped(LIVE_STATEMENT, DRAWN_WIDTH, style.BODY_PT, bold=True)):
        sheet.text(0, 9 + 3.6 * number, line, bold=True)
    _blanks(sheet, 23, (("Patient: name, and birth or id", 96), ("Room", 24), ("Date", 30), ("Session", 36)))
    named = [event for phase in protocol.phases for event in (phase.starts, phase.ends)]
    events = [event for event in dict.fromkeys(named) if event != "session_open"]
    width = (DRAWN_WIDTH - 66) / max(len(events), 1)
    times = [(f"Time: {EVENTS[event]}", width) for event in events]
    _blanks(sheet, 34, (*times, ("Which clock; how far off", 66)))
    return HEAD


def _blanks(sheet: Sheet, y: float, fields: Sequence[tuple[str, float]]) -> None:
    """Draw fields to fill in side by side, with what belongs there above each line."""
    x = 0.0
    for name, width in fields:
        sheet.text(x, y - 5.5, name, colour=style.DIM, width=width - 2)
        sheet.line([(x, y + 3), (x + width - 3, y + 3)], style.FRAME)
        x += width


def _draw_lines(
    sheet: Sheet, y: float, columns: Sequence[tuple[str, str, float]], lines: Sequence[Line], pitch: float
) -> float:
    """Draw the table and return where it ends."""
    heads = [("", "Due", DUE), ("", "Taken at", TIME), *columns, ("", "Remarks", REMARKS), ("", "By", BY)]
    x = 0.0
    for _, heading, width in heads:
        sheet.text(x + width / 2, y + TITLE / 2, heading, bold=True, align="center", width=width - 1)
        x += width
    y += TITLE
    for line in lines:
        if line.parameters is None:
            sheet.text(0.5, y + TITLE - 2, line.label, bold=True, width=DRAWN_WIDTH)
            y += TITLE
            continue
        x = 0.0
        for name, _, width in heads:
            asked = not name or not line.label or name in line.parameters
            sheet.box(x, y, width, pitch, BLANK if asked else SHADED)
            x += width
        sheet.text(1.2, y + pitch / 2, line.label, width=DUE - 2)
        y += pitch
    return y


def _draw_below(sheet: Sheet, protocol: Protocol, y: float) -> None:
    """Draw the places for doses and side effects."""
    each = (sheet.height - FOOT - y - 3) / 2
    lines = int((each - 2 * TITLE) / TIGHTEST)
    y = _draw_table(sheet, y, "Doses", "", DOSES, lines) + 3
    _draw_table(sheet, y, "Side effects", ", ".join(protocol.effects.values()), EFFECTS, lines)


def _draw_table(
    sheet: Sheet, y: float, title: str, words: str, columns: Sequence[tuple[str, float]], lines: int
) -> float:
    """Draw a table to fill in, *words* beside its title, and return where it ends."""
    sheet.text(0, y + TITLE / 2, title, bold=True)
    for number, line in enumerate(wrapped(words, DRAWN_WIDTH - 24, style.TICK_PT)[:2]):
        sheet.text(24, y + 1.2 + 2.8 * number, line, style.TICK_PT, colour=style.DIM)
    y, x = y + TITLE, 0.0
    for heading, width in columns:
        sheet.text(x + 1, y + TITLE / 2, heading, colour=style.DIM, width=width - 1)
        for number in range(lines):
            sheet.box(x, y + TITLE + number * TIGHTEST, width, TIGHTEST, BLANK)
        x += width
    return y + TITLE + lines * TIGHTEST


def _draw_foot(sheet: Sheet, protocol: Protocol, digest: str, page: int) -> None:
    """Draw who wrote the sheet, who entered it, and which protocol its times come from."""
    y = sheet.height - FOOT
    signed = (("Signature", 62.0), ("Date and time", 62.0))
    _blanks(sheet, y + 8, (("Written by: name", 62), *signed))
    _blanks(sheet, y + 18, (("Entered later, source paper, by", 62), *signed))
    said = approval(protocol)
    key = "White: the protocol expects it at this time. Shaded: it does not; write what you have."
    whose = f"Protocol {protocol.id} of {protocol.draft_date}, {said}, digest {digest[:16]}. Sheet {page}."
    for number, line in enumerate((key, whose)):
        sheet.text(
            0, sheet.height - 5.2 + 3.4 * number, line, style.TICK_PT, colour=style.DIM, width=DRAWN_WIDTH
        )
