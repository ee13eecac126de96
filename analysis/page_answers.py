"""The eight answers that a physician looks for first. None is ever cut: boxes widen, lines wrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis import style
from analysis.metrics import Statistic, in_session
from analysis.page_content import Content
from analysis.page_effects import none_text
from analysis.page_sheet import DRAWN_WIDTH, Sheet, width_of, wrapped
from analysis.page_time import dose_text, given_doses
from analysis.silences import gap_count
from analysis.wording import NO_DOSE, NOT_RECORDED, at_minute, change, listed, number, source_name

ROW, PITCH, PAD = 9.5, 2.9, 1.2
GAP_AFTER_NUMBER = 1.4
SIZES = (style.BODY_PT, 7.5, style.TICK_PT)
NAMES_AT_MOST = 3
STEP = 0.5
"""mm by which a box is made narrower at a time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the eight: a big number or word, lines beside it, and below them one that is printed bold."""

    big: str
    lines: tuple[str, ...]
    loud: str = ""

    @property
    def before(self) -> float:
        """Return how far its lines stand from the left of its box."""
        return PAD + (width_of(self.big, style.NUMBER_PT, bold=True) + GAP_AFTER_NUMBER if self.big else 0.0)

    def natural(self, size: float) -> float:
        """Return the width of its box at which no line has to be wrapped."""
        loud = width_of(self.loud, size, bold=True)
        return self.before + max(loud, *(width_of(line, size) for line in self.lines)) + 0.8

    def wrapped_in(self, width: float, size: float) -> list[tuple[str, bool]]:
        """Return its lines, bold or not, as they fit in a box of *width* mm."""
        room = width - self.before - 0.7
        said = [(line, False) for text in self.lines for line in wrapped(text, room, size)]
        return said + [(line, True) for line in (wrapped(self.loud, room, size, True) if self.loud else ())]


@dataclass(frozen=True, slots=True)
class Row:
    """Answers side by side: the widths of their boxes, the size of their lines, the height of the row."""

    answers: tuple[Answer, ...]
    widths: tuple[float, ...]
    size: float
    height: float


def rows_of(content: Content) -> tuple[Row, Row]:
    """Return the eight answers as they will be drawn: two rows of 9.5 mm, or more where they say more."""
    return _laid(_first_row(content)), _laid(_second_row(content))


def draw_answers(sheet: Sheet, rows: Sequence[Row], y: float) -> None:
    """Draw the answers from *y* down."""
    for row in rows:
        x = 0.0
        for answer, width in zip(row.answers, row.widths, strict=True):
            sheet.box(x, y, width, row.height, style.Fill(edge=style.PALE, width=0.6))
            if answer.big:
                sheet.text(x + PAD, y + row.height / 2, answer.big, style.NUMBER_PT, bold=True)
            lines = answer.wrapped_in(width, row.size)
            first = y + row.height / 2 - PITCH * (len(lines) - 1) / 2
            for i, (line, bold) in enumerate(lines):
                sheet.text(x + answer.before, first + PITCH * i, line, row.size, bold=bold)
            x += width
        y += row.height


def _laid(answers: Sequence[Answer]) -> Row:
    """Return the row at the largest size at which three lines are enough, or at the smallest."""
    for size in SIZES:
        widths = np.array([answer.natural(size) for answer in answers])
        while widths.sum() > DRAWN_WIDTH:
            widths[min(range(len(answers)), key=partial(_cost, answers, widths.tolist(), size))] -= STEP
        widths += (DRAWN_WIDTH - widths.sum()) / len(widths)
        most = max(len(a.wrapped_in(float(w), size)) for a, w in zip(answers, widths, strict=True))
        if most <= 3:
            break
    return Row(tuple(answers), tuple(widths.tolist()), size, max(ROW, PITCH * most + 0.8))


def _cost(answers: Sequence[Answer], widths: Sequence[float], size: float, i: int) -> tuple[float, float]:
    """Return how much it costs to make box *i* narrower: its lines then, and how little room it has now."""
    answer, width = answers[i], widths[i] - STEP
    words = " ".join((*answer.lines, answer.loud)).split(" ")
    if width - answer.before - 0.8 < max(width_of(word, size, bold=True) for word in words):
        return np.inf, -widths[i]
    return len(answer.wrapped_in(width, size)), answer.before - widths[i]


def _first_row(content: Content) -> list[Answer]:
    pauses = [f"{step.minute:.0f}" for step in content.timeline.dose if step.step == "pause"]
    held_up = f"{len(pauses)} at {listed(pauses, NAMES_AT_MOST)} min" if pauses else "none recorded"
    return [
        _extreme(content, "nibp_sys", "highest systolic"),
        _extreme(content, "nibp_dia", "highest diastolic"),
        _extreme(content, "spo2", "lowest SpO2"),
        Answer("", (f"MOAA/S: {_lowest(content, 'moaas')}", f"dissociation: {_highest(content)}")),
        Answer("", ("interruptions:", held_up, f"interventions: {NOT_RECORDED}")),
    ]


def _second_row(content: Content) -> list[Answer]:
    effects, events = content.effects, content.session.events
    if effects.episodes:
        worst = max(effects.episodes, key=lambda e: (e.worst.grade, -e.onset)).worst
        grave = list({e.label: None for e in effects.episodes if e.worst.grade == worst.grade})
        lines = (
            f"effects, worst: {worst.severity}",
            listed(grave, NAMES_AT_MOST),
            f"serious: {NOT_RECORDED}",
        )
        found = Answer(str(len(effects.episodes)), lines)
    else:
        found = Answer("0" if effects.asked_none else "–", ("side effects:", none_text(effects)))
    given = [dose_text(step) for step in given_doses(content)]
    said = f"given: {listed(given, NAMES_AT_MOST)}" if given else f"{NO_DOSE} on record"
    unresolved = list({episode.label: None for episode in effects.ongoing})
    ongoing = listed(unresolved, NAMES_AT_MOST) or ("none" if effects.episodes else "none recorded")
    states = [cuff.state for cuff in content.cuffs]
    gaps = gap_count([*content.silences, *(blank for found in content.blanks.values() for blank in found)])
    amended = int(events["kind"].isin(["amend", "exclude", "adopt"]).sum())
    quality = (
        f"gaps {gaps}, cuff failed {failed_count(content)}",
        f"cuff held {states.count('held')}, excluded {excluded_count(content)}",
        f"late {late_count(content)}, corrections {amended}",
    )
    return [
        found,
        Answer("", (said, f"ordered: {NOT_RECORDED}")),
        Answer("", (_last_set(content), f"unresolved: {ongoing}", f"discharge: {NOT_RECORDED}")),
        Answer("", quality),
    ]


def excluded_count(content: Content) -> int:
    """Return how many records hold a value that was excluded."""
    return _records(content, "excluded")


def uncertain_count(content: Content) -> int:
    """Return how many records came at an uncertain time."""
    return _records(content, "uncertain")


def unknown_count(content: Content) -> int:
    """Return how many cuff cycles may be from before the dose or from after it: no figure has them."""
    return sum(c.state == "valid" and content.astride(c) for c in content.cuffs)


def _records(content: Content, flag: str) -> int:
    rows = content.session.readings
    return len(rows[rows[flag]].drop_duplicates(["writer", "seq"]))


def failed_count(content: Content) -> int:
    """Return how many cuff cycles failed from minute 0 to the end, as the table counts them."""
    return sum(c.state == "failed" and content.in_session(c.minute) for c in content.cuffs)


def late_count(content: Content) -> int:
    """Return how many records were entered late."""
    late = [table[table["late_by_s"].notna()] for table in (content.session.readings, content.session.events)]
    return len(
        {(writer, seq) for rows in late for writer, seq in zip(rows["writer"], rows["seq"], strict=True)}
    )


def _extreme(content: Content, vital: str, label: str) -> Answer:
    summary = content.summaries.get(vital)
    lowest = vital == "spo2"
    figure = None if summary is None else summary.lowest if lowest else summary.peak
    other = _elsewhere(content, vital, figure, lowest)
    if summary is None or figure is None or figure.value is None:
        before = summary is not None and summary.n_readings.n > 0
        return Answer(
            "–",
            (
                label,
                f"none after the {'dose' if content.timeline.anchored else 'opening'}"
                if before
                else NOT_RECORDED,
            ),
            other,
        )
    minute = (summary.t_lowest if lowest else summary.t_peak).value
    moved = "no baseline" if summary.baseline.value is None else change(figure.value - summary.baseline.value)
    if other:
        return Answer(
            number(figure.value),
            (label, f"at\u00a0{minute:.0f}\u00a0min, {moved}, n\u00a0{figure.n}"),
            other,
        )
    return Answer(number(figure.value), (label, f"at {minute:.0f} min", f"{moved}, n {figure.n}"))


def _elsewhere(content: Content, vital: str, figure: Statistic | None, lowest: bool) -> str:
    """Return the more extreme value of another source, which no figure merges: ``by hand 171 at 31 min``."""
    sign = -1 if lowest else 1
    own = -np.inf if figure is None or figure.value is None else sign * figure.value
    end = np.inf if content.timeline.end is None else content.timeline.end
    best, said = own, ""
    for series in content.series.values():
        chosen = in_session(series, end)
        if series.vital != vital or (figure and series.source == figure.source) or not chosen.any():
            continue
        i = int(np.argmax(sign * series.x[chosen]))
        value = float(series.x[chosen][i])
        if sign * value > best:
            best = sign * value
            said = f"{source_name(series.source)} {number(value)} at\u00a0{series.t[chosen][i]:.0f}\u00a0min"
    return said


def _lowest(content: Content, vital: str) -> str:
    summary = content.summaries.get(vital)
    return NOT_RECORDED if summary is None or summary.lowest.value is None else number(summary.lowest.value)


def _highest(content: Content) -> str:
    series = content.first_valid("dissociation", "cadss_total")
    summary = None if series is None else content.summaries[series.vital]
    return (
        NOT_RECORDED
        if summary is None or summary.peak.value is None
        else f"highest {number(summary.peak.value)}"
    )


def _last_set(content: Content) -> str:
    """Return the last cycle of the source that the figures use, and the last saturation, with their minutes.

    The two pressures are of one cycle: the last systolic and the last diastolic need not be.
    """
    end = np.inf if content.timeline.end is None else content.timeline.end
    main, oxygen = content.main.get("nibp_sys"), content.summaries.get("spo2")
    source = "" if main is None else main.source
    cycles = [
        c
        for c in content.cuffs
        if c.state == "valid" and c.source == source and c.minute <= end and not content.astride(c)
    ]
    parts = [f"BP {cycles[-1]} at\u00a0{at_minute(cycles[-1].minute)}"] if cycles else []
    if oxygen is not None and oxygen.last.value is not None and oxygen.t_last.value is not None:
        parts.append(f"SpO2 {number(oxygen.last.value)} at\u00a0{at_minute(oxygen.t_last.value)}")
    return f"last: {', '.join(parts) or NOT_RECORDED}"
