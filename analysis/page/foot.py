"""The lower part of the page: the table of figures, leaving, signatures, statement and digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis import style
from analysis.metrics import Summary, summarise
from analysis.page.content import Content
from analysis.page.counts import uncertain_count, unknown_count
from analysis.page.sheet import DRAWN_WIDTH, GRID, Sheet, shrunk, width_of, wrapped
from analysis.series import MANUAL, Series
from analysis.signatures import MEANINGS
from analysis.silences import NOTHING, lasting
from analysis.wording import (
    CHART_STATEMENT,
    NOT_RECORDED,
    NOT_SIGNED,
    at_minute,
    change,
    in_minutes,
    number,
    source_name,
)

COLUMNS = (
    ("", 32.5),
    ("baseline", 19.5),
    ("highest (min)", 22.6),
    ("change", 22.0),
    ("last (min)", 17.8),
    ("n", 9.8),
    ("failed", 9.8),
)
TABLE_WIDTH, CELLS_APART = 134.0, 1.0
TABLE_HEIGHT = 29.4
PITCH = 4.1
LINE_OF_A_POINT = 0.36
"""mm that a line needs for each point of its size."""

MEANING = {"entry_complete": "Entry complete", "review": "Reviewed", "qa": "QA"}

SIGNATURES, SIGNATURE_PITCH = 7.6, 3.0
"""How high the places for signatures are where no name is long, and a line of them."""

FOOTER = 11.6
"""How high the statement and two heads are, in mm."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One row of the table: a vital of one source; *summary* is None where nothing was recorded."""

    label: str
    vital: str
    source: str
    summary: Summary | None
    absent: str = NOT_RECORDED

    @property
    def title(self) -> str:
        """Return the label with its source."""
        return f"{self.label}, {source_name(self.source)}" if self.source else self.label


def figures_of(content: Content) -> tuple[list[Figures], list[Figures]]:
    """Return the rows of the page's table, and those of other sources that only a later page has room for.

    Of the pressures one other source stands in the table: what was taken by hand, else the next device.
    """
    heart = content.heart[0].vital if content.heart else ""
    breath = content.breath[0].vital if content.breath else ""
    named = (
        ("Systolic", "nibp_sys", "nibp"),
        ("Diastolic", "nibp_dia", "nibp"),
        ("Mean", "nibp_map", "nibp"),
        ("Heart rate", heart, "hr"),
        ("Lowest SpO2", "spo2", "spo2"),
        ("Resp. rate", breath, "rr"),
    )
    shown: list[Figures] = []
    later: list[Figures] = []
    for label, vital, parameter in named:
        main = content.main.get(vital)
        source, summary = "" if main is None else main.source, content.summaries.get(vital)
        shown.append(Figures(label, vital, source, summary, content.without(parameter)))
        others = {
            s.source: s
            for s in content.series.values()
            if s.vital == vital
            and main is not None
            and s.source != main.source
            and (s.failed.any() or len(s.t))
        }
        for i, series in enumerate(sorted(others.values(), key=_by_hand_first)):
            more = Figures(label, vital, series.source, summarise(series, content.protocol, content.timeline))
            (shown if i == 0 and vital in ("nibp_sys", "nibp_dia") else later).append(more)
    return shown, later


def _by_hand_first(series: Series) -> tuple[bool, str]:
    return series.source != MANUAL, series.source


def draw_table(sheet: Sheet, content: Content, y: float) -> None:
    """Draw baseline, highest (of SpO2 the lowest), its change, last, n after the dose, and failed."""
    rows, _ = figures_of(content)
    pitch = min(PITCH, (TABLE_HEIGHT - PITCH) / len(rows))
    x = 0.0
    for title, width in COLUMNS:
        sheet.text(x, y + 2.0, title, bold=True)
        x += width
    sheet.line([(0, y + PITCH), (TABLE_WIDTH - 3, y + PITCH)], style.FRAME, GRID)
    for i, row in enumerate(rows):
        x, middle = 0.0, y + PITCH + pitch * (i + 0.5)
        for cell, (_, width) in zip([row.title, *cells_of(row)], COLUMNS, strict=True):
            size = shrunk(cell, width - CELLS_APART, style.BODY_PT, style.TICK_PT)
            sheet.text(x, middle, cell, size, width=width - CELLS_APART)
            x += width


def cells_of(row: Figures) -> list[str]:
    """Return a row's figures in words: baseline, highest or lowest, change, last, n, failed."""
    summary, lowest = row.summary, row.vital == "spo2"
    if summary is None:
        return [row.absent, "", "", "", "0", "0"]
    figure, minute = (summary.lowest, summary.t_lowest) if lowest else (summary.peak, summary.t_peak)
    base = summary.baseline
    moved = "–"
    if figure.value is not None and base.value:
        delta = figure.value - base.value
        moved = f"{change(delta)}, {change(round(100 * delta / base.value))} %"
    return [
        "–" if base.value is None else f"{number(base.value)} (n {base.n})",
        "–" if figure.value is None else f"{number(figure.value)} ({at_minute(minute.value or 0.0)})",
        moved,
        "–"
        if summary.last.value is None
        else f"{number(summary.last.value)} ({at_minute(summary.t_last.value or 0.0)})",
        f"{figure.n}",
        f"{summary.n_failed.n}",
    ]


def draw_leaving(sheet: Sheet, content: Content, y: float) -> None:
    """Draw how the patient left: who decided it and what was found; and when the pressure was back."""
    x = TABLE_WIDTH + 1
    sheet.text(x, y + 2.0, "Leaving and data quality", bold=True)
    sheet.line([(x, y + PITCH), (DRAWN_WIDTH, y + PITCH)], style.FRAME, GRID)
    room = DRAWN_WIDTH - x - 0.3
    for size in (style.BODY_PT, 7.5, style.TICK_PT):
        lines = [line for text in leaving_lines(content) for line in _fitted(text, room, size)]
        pitch = min(PITCH, (TABLE_HEIGHT - PITCH) / len(lines))
        if pitch >= size * LINE_OF_A_POINT:
            break
    for i, (line, size) in enumerate(lines):
        sheet.text(x, y + PITCH + pitch * (i + 0.5), line, size)


def _fitted(text: str, room: float, size: float) -> list[tuple[str, float]]:
    """Return *text* on one line, smaller if need be, or on several of *size*."""
    if width_of(text, style.TICK_PT) <= room:
        return [(text, shrunk(text, room, size, style.TICK_PT))]
    return [(line, size) for line in wrapped(text, room, size)]


def leaving_lines(content: Content) -> list[str]:
    """Return what was said of leaving, when each pressure was back, and what was not heard."""
    readings = content.session.readings
    unheard, blank = lasting(content.silences), lasting(content.blanks.get("spo2", ()))
    oxygen = f"no SpO2 {blank:.0f} min" if "spo2" in content.main else "never SpO2"
    heard = NOTHING if readings.empty else f"not heard {unheard:.0f}, {oxygen}"
    unsure = [
        f"{word} {n}"
        for word, n in (("time uncertain", uncertain_count(content)), ("not known", unknown_count(content)))
        if n
    ]
    return [*_left(content), *_pressure_back(content), heard, *([", ".join(unsure)] if unsure else [])]


def _left(content: Content) -> list[str]:
    """Return who decided that the patient leaves, in which role, and what was found."""
    leaving = content.leaving
    if leaving is None:
        return [f"discharge: {NOT_RECORDED}"]
    words = (("yes", "yes"), ("no", "no"), ("not_applicable", "n/a"), (None, "not answered"))
    counts = [f"{leaving.count(answer)} {word}" for answer, word in words if leaving.count(answer)]
    ready = NOT_RECORDED if leaving.ready is None else in_minutes(leaving.ready)
    told = "" if leaving.instructions_given else ", instructions not recorded"
    return [
        f"decided by {leaving.decided_by}, {leaving.role}",
        f"list: {', '.join(counts) or NOT_RECORDED}",
        f"escort {'yes' if leaving.escort_present else 'no'}{told}",
        f"would have been ready at: {ready}",
    ]


def _pressure_back(content: Content) -> list[str]:
    """Return when each pressure was back near its baseline, and what near means."""
    band, lines = content.protocol.return_band, []
    for vital, word in (("nibp_sys", "systolic"), ("nibp_dia", "diastolic")):
        summary = content.summaries.get(vital)
        if summary is None or summary.peak.value is None or summary.baseline.value is None or band is None:
            lines.append(f"{word} back: can't be told")
            continue
        back = summary.t_return.value
        lines.append(f"{word} back {band}: {f'{back:.0f} min' if back is not None else 'not in record'}")
    return ["BP back: can't be told"] if all("can't" in line for line in lines) else lines


@dataclass(frozen=True, slots=True)
class SignatureBox:
    """One place for a signature: its meaning, what stands at its right, the lines below, and its width."""

    meaning: str
    state: str
    overtaken: bool
    lines: tuple[str, ...]
    width: float


def signature_boxes(content: Content) -> tuple[SignatureBox, ...]:
    """Return a place for each signature, with printed name, time and meaning (21 CFR 11.50), none cut."""
    given = content.signatures
    shown = [m for m in MEANINGS if m != "qa" or given.latest(m) is not None]
    width = DRAWN_WIDTH / len(shown)
    boxes = []
    for i, meaning in enumerate(shown):
        room, signature = width - (2 if i < len(shown) - 1 else 0), given.latest(meaning)
        if signature is None:
            boxes.append(SignatureBox(MEANING[meaning], NOT_SIGNED, False, (), room))
            continue
        said = f"{signature.name}, {signature.role}, {content.signed_at(signature)}"
        state = f"AMENDED AFTER: {len(signature.changes)}" if signature.changes else "signed"
        lines = tuple(wrapped(said, room - 3))
        boxes.append(SignatureBox(MEANING[meaning], state, bool(signature.changes), lines, room))
    return tuple(boxes)


def signatures_height(boxes: Sequence[SignatureBox]) -> float:
    """Return how high the places for signatures are: 7.6 mm, more where a name needs several lines."""
    return max(SIGNATURES, 1.6 + SIGNATURE_PITCH * (1 + max(len(box.lines) for box in boxes)))


def draw_signatures(sheet: Sheet, boxes: Sequence[SignatureBox], y: float) -> None:
    """Draw the places for signatures from *y* down."""
    x, height = 0.0, signatures_height(boxes)
    for box in boxes:
        sheet.box(x, y + 0.4, box.width, height - 0.8, style.Fill(edge=style.GREY, width=0.6))
        top = y + 2.3 if box.lines else y + height / 2
        colour = style.BLACK if box.lines else style.DIM
        sheet.text(x + 1.5, top, box.meaning, bold=True)
        sheet.text(x + box.width - 1.5, top, box.state, align="right", bold=box.overtaken, colour=colour)
        for i, line in enumerate(box.lines):
            sheet.text(x + 1.5, top + SIGNATURE_PITCH * (i + 1), line)
        x += box.width + 2


def draw_footer(sheet: Sheet, content: Content, pages: int) -> None:
    """Draw the statement, and the heads of the record that the page was made over: each whole, or none."""
    y = sheet.height - FOOTER
    lines = wrapped(CHART_STATEMENT, DRAWN_WIDTH)
    for i, line in enumerate(lines):
        sheet.text(0, y + 1.6 + 3.1 * i, line)
    y += 1.6 + 3.1 * len(lines)
    for i, line in enumerate(head_lines(content, pages)):
        sheet.text(0, y + 2.9 * i, line, shrunk(line, DRAWN_WIDTH, style.BODY_PT, style.TICK_PT))


def head_lines(content: Content, pages: int) -> list[str]:
    """Return writer, count and digest of every chain, or where they stand if two lines can't hold them."""
    heads = [f"{h.writer}: {h.count} records, {h.digest}" for h in content.session.heads]
    lines = [f"Made over {heads[0]}", *heads[1:]] if heads else ["Made over no records"]
    if len(lines) > 2 or any(width_of(line, style.TICK_PT) > DRAWN_WIDTH for line in lines):
        return [f"Made over the chains of {len(heads)} writers: count and digest of each on page {pages}"]
    return lines
