"""The tables of a report: what a session page draws, as rows that can be read one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.cuffs import Cuff
from analysis.metrics import figures_table
from analysis.page.content import Content
from analysis.page.foot import COLUMNS, cells_of, figures_of
from analysis.page.values import STATES
from analysis.series import MANUAL, Series
from analysis.session import in_force
from analysis.timeline import Floats
from analysis.wording import NOT_RECORDED, at_minute, name_of, number, source_name, statistic_name

EACH_AT_MOST = 120
"""Readings of one series up to which every one is a row; of more, one row a minute."""

RECORDS_AT_MOST = 12
"""Records, or runs of them, that a row names; `analysis.metrics.figures_table` has all."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row, the first cell of which names it; *struck*: put out of force, and legible."""

    cells: tuple[str, ...]
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption and its columns' names; without rows it says *empty*."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    empty: str = "none"


def when(content: Content, minute: float) -> tuple[str, str]:
    """Return a minute, and the clinic's clock then."""
    return f"{round(minute, 1) + 0.0:g}".replace("-", "−"), content.clock(minute)


def summary_table(content: Content) -> Table:
    """Return the page's table of figures, and those of other sources."""
    shown, later = figures_of(content)
    rows = tuple(Row((row.title, *(cell or "–" for cell in cells_of(row)))) for row in [*shown, *later])
    columns = ("vital and source", *(title for title, _ in COLUMNS[1:]))
    return Table("Figures; of SpO2 the lowest instead of the highest", columns, rows)


def cuff_table(content: Content) -> Table:
    """Return every cuff cycle, valid or not, with its numbers and what became of it."""
    rows = tuple(
        Row(
            (
                *_cuff_time(content, cuff),
                *("–" if v is None else number(v) for v in (cuff.systolic, cuff.diastolic, cuff.mean)),
                source_name(cuff.source),
                _cuff_state(content, cuff),
                cuff.reference,
            ),
            struck=cuff.state in ("superseded", "excluded"),
        )
        for cuff in content.cuffs
    )
    columns = ("minute", "clock", "systolic", "diastolic", "mean", "source", "state", "record")
    return Table("Blood pressure, mmHg: every cuff cycle", columns, rows, "No blood pressure recorded")


def _cuff_time(content: Content, cuff: Cuff) -> tuple[str, str]:
    minute, clock = when(content, cuff.minute)
    if cuff.since is None:
        return minute, clock
    before, began = when(content, cuff.since)
    return f"between {before} and {minute}", f"{began} to {clock}"


def _cuff_state(content: Content, cuff: Cuff) -> str:
    said = [STATES[cuff.state]] if STATES[cuff.state] else []
    said += ["late entry"] if cuff.late else []
    said += ["typed or amended by a person"] if cuff.by_hand else []
    said += ["before the dose or after it: counted nowhere"] if content.astride(cuff) else []
    return "; ".join(said) or "valid"


def reading_tables(content: Content) -> list[Table]:
    """Return a table for each source of heart rate, saturation and respiration; of many values by minutes."""
    tables = []
    names = (("Heart rate", content.heart), ("Oxygen saturation", content.oxygen))
    for title, found in (*names, ("Respiratory rate", content.breath)):
        tables += [_readings(content, title, series) for series in found]
        if not found:
            tables.append(Table(title, ("minute",), (), f"No valid {title.lower()} recorded"))
    return tables


def _readings(content: Content, title: str, series: Series) -> Table:
    variant = f" {series.variant}" if series.variant else ""
    what = f"{title}: {name_of(series.vital)}{variant}, {source_name(series.source)}, {series.unit}"
    if len(series.t) <= EACH_AT_MOST:
        each = zip(series.t, series.x, series.references(np.ones(len(series.t), dtype=np.bool_)), strict=True)
        rows = tuple(Row((*when(content, float(t)), number(x), record)) for t, x, record in each)
        return Table(f"{what}: every valid reading", ("minute", "clock", "value", "record"), rows)
    columns = ("minute", "clock", "lowest", "highest", "valid readings")
    caption = f"{what}: lowest and highest valid reading of each minute, of {len(series.t)} readings"
    return Table(caption, columns, tuple(_by_minute(content, series.t, series.x)))


def _by_minute(content: Content, t: Floats, x: Floats) -> list[Row]:
    """Return a row for each minute with readings, and one for each stretch of minutes without any."""
    whole = np.floor(t).astype(np.int64)
    starts = np.flatnonzero(np.diff(whole, prepend=whole[0] - 1))
    low, high = np.minimum.reduceat(x, starts), np.maximum.reduceat(x, starts)
    counts = np.diff(np.append(starts, len(t)))
    rows: list[Row] = []
    for i, minute in enumerate(whole[starts].tolist()):
        missing = minute - int(whole[starts[i - 1]]) - 1 if i else 0
        if missing:
            first = minute - missing
            span = at_minute(first) if missing == 1 else f"{at_minute(first)} to {at_minute(minute - 1)}"
            rows.append(Row((span, content.clock(first), "no valid reading", "no valid reading", "0")))
        at = (at_minute(minute), content.clock(minute))
        rows.append(Row((*at, number(low[i]), number(high[i]), str(counts[i]))))
    return rows


def effect_table(content: Content) -> Table:
    """Return every side effect from onset to resolution."""
    rows = tuple(
        Row(
            (
                episode.label,
                *when(content, episode.onset),
                "; ".join(
                    f"{each.severity} at {at_minute(each.minute)}{': ' + each.text if each.text else ''}"
                    for each in episode.reports
                ),
                "ongoing" if episode.resolved is None else when(content, episode.resolved)[0],
                episode.author,
                ", ".join(each.reference for each in episode.reports),
            )
        )
        for episode in content.effects.episodes
    )
    columns = ("effect", "onset, minute", "clock", "severity", "resolved, minute", "entered by", "records")
    return Table("Side effects", columns, rows, "No side effect recorded")


def score_table(content: Content) -> Table:
    """Return every score with its version and who answered."""
    rows = tuple(
        Row(
            (
                *when(content, each.minute), each.said, each.version, each.state or "–", each.answered_by,
                each.author, each.reference,
            )
        )
        for each in content.scores
    )  # fmt: skip
    columns = ("minute", "clock", "score", "version", "speaks of", "answered by", "entered by", "record")
    return Table("Scores", columns, rows, "No score recorded")


def leaving_table(content: Content) -> Table:
    """Return the list that was gone through before the patient left."""
    found = () if content.leaving is None else content.leaving.found
    rows = tuple(
        Row((item.text, (item.answer or "not answered").replace("_", " "), item.reason or "–"))
        for item in found
    )
    return Table("List before leaving", ("item", "answer", "reason"), rows, f"Discharge: {NOT_RECORDED}")


def silence_table(content: Content) -> Table:
    """Return when nothing was heard, or nothing with a value."""
    heard_not = [(s.source, s) for s in content.silences]
    blank = [(f"{s.source}, {name_of(v)}: no value", s) for v, found in content.blanks.items() for s in found]
    rows = tuple(
        Row((name, *when(content, s.start), *when(content, s.end), f"{s.end - s.start:.1f}", s.cause))
        for name, s in sorted([*heard_not, *blank], key=lambda pair: pair[1].start)
    )
    columns = ("source", "from, minute", "clock", "to, minute", "clock then", "minutes", "cause")
    return Table("Not heard, or heard without a value", columns, rows)


def told_table(content: Content, caption: str, *kinds: str) -> Table:
    """Return the records of *kinds* (or of what they begin with) by their time."""
    rows = tuple(
        Row((*when(content, content.timeline.since(row.happened)), row.summary, row.author, row.reference))
        for row in in_force(content.session.events, *kinds)
    )
    return Table(caption, ("minute", "clock", "what", "entered by", "record"), rows)


def event_table(content: Content) -> Table:
    """Return the numbered events."""
    rows = tuple(
        Row(
            (
                str(event.number), *when(content, event.minute), event.text, event.author,
                "–" if event.late_by_s is None else f"{event.late_by_s / 60:.0f} min", event.reference,
            )
        )
        for event in content.numbered
    )  # fmt: skip
    columns = ("number", "minute", "clock", "what", "entered by", "late by", "record")
    return Table("Events, by their number on the page", columns, rows)


def definition_table(content: Content) -> Table:
    """Return every figure of what the page shows: its value, n, definition and records.

    What a device sent beside that (a second pulse, gases) has its readings in the report, and its figures in
    `analysis.metrics.figures_table`.
    """
    shown = {(row.vital, row.source) for part in figures_of(content) for row in part}
    shown |= {(rating.vital, MANUAL) for rating in content.ratings}
    found = figures_table(content.session)
    keys = zip(found["vital"], found["source"], strict=True)
    found = found[np.array([key in shown for key in keys], dtype=np.bool_)]
    columns = ("vital", "source", "statistic", "value", "unit", "n", "definition", "records")
    told = (found[name].to_list() for name in columns)
    rows = tuple(
        Row(
            (
                name_of(vital), source_name(source), statistic_name(name),
                "not in the record" if value != value else f"{value:.1f}".removesuffix(".0"),
                "" if unit == "1" else unit, str(n), definition, _in_short(records),
            )
        )
        for vital, source, name, value, unit, n, definition, records in zip(*told, strict=True)
    )  # fmt: skip
    caption = "Every figure with its statistic, the number of readings, and the records that it is of"
    return Table(caption, columns, rows, "No reading, so no figure")


def _in_short(records: str) -> str:
    """Return the first of many records: a saturation may be at its lowest a thousand times."""
    named = records.split(" ")
    more = len(named) - RECORDS_AT_MOST
    return records if more <= 0 else f"{' '.join(named[:RECORDS_AT_MOST])} and {more} more"
