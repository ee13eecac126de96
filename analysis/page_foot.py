"""The lower part of the page: the table of figures, data quality, signatures, statement and digest."""

from __future__ import annotations

from dataclasses import dataclass

from analysis import style
from analysis.metrics import Summary, summarise
from analysis.page_answers import excluded_count, failed_count, late_count, uncertain_count, unknown_count
from analysis.page_content import Content
from analysis.page_sheet import DRAWN_WIDTH, GRID, Sheet, shrunk, width_of, wrapped
from analysis.series import MANUAL, Series
from analysis.silences import NOTHING, lasting
from analysis.wording import CHART_STATEMENT, NOT_RECORDED, NOT_SIGNED, at_minute, change, number, source_name

COLUMNS = (
    ("", 38.5),
    ("baseline", 18.0),
    ("highest (min)", 23.5),
    ("change", 20.0),
    ("last (min)", 17.5),
    ("n", 11.0),
    ("failed", 10.5),
)
TABLE_WIDTH = 139.0
TABLE_HEIGHT = 29.4
PITCH = 4.1
FOOTER = 11.6
"""How high the statement and two heads are, in mm."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One row of the table: a vital of one source; *summary* is None where nothing was recorded."""

    label: str
    vital: str
    source: str
    summary: Summary | None

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
        ("Systolic", "nibp_sys"),
        ("Diastolic", "nibp_dia"),
        ("Mean", "nibp_map"),
        ("Heart rate", heart),
        ("Lowest SpO2", "spo2"),
        ("Resp. rate", breath),
    )
    shown: list[Figures] = []
    later: list[Figures] = []
    for label, vital in named:
        main = content.main.get(vital)
        shown.append(Figures(label, vital, "" if main is None else main.source, content.summaries.get(vital)))
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
            size = shrunk(cell, width - 0.8, style.BODY_PT, style.TICK_PT)
            sheet.text(x, middle, cell, size, width=width - 0.5)
            x += width


def cells_of(row: Figures) -> list[str]:
    """Return a row's figures in words: baseline, highest or lowest, change, last, n, failed."""
    summary, lowest = row.summary, row.vital == "spo2"
    if summary is None:
        return [NOT_RECORDED, "", "", "", "0", "0"]
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


def draw_quality(sheet: Sheet, content: Content, y: float) -> None:
    """Draw what was said of leaving, and how complete the record is."""
    x = TABLE_WIDTH + 1
    sheet.text(x, y + 2.0, "Leaving and data quality", bold=True)
    sheet.line([(x, y + PITCH), (DRAWN_WIDTH, y + PITCH)], style.FRAME, GRID)
    lines = quality_lines(content)
    pitch = min(PITCH, (TABLE_HEIGHT - PITCH) / len(lines))
    for i, line in enumerate(lines):
        size = shrunk(line, DRAWN_WIDTH - x - 0.3, style.BODY_PT, style.TICK_PT)
        sheet.text(x, y + PITCH + pitch * (i + 0.5), line, size, width=DRAWN_WIDTH - x)


def quality_lines(content: Content) -> list[str]:
    """Return the record's completeness in short lines."""
    states = [cuff.state for cuff in content.cuffs]
    readings, events = content.session.readings, content.session.events
    unheard, blank = lasting(content.silences), lasting(content.blanks.get("spo2", ()))
    oxygen = f"no SpO2 {blank:.0f} min" if "spo2" in content.main else "never SpO2"
    heard = NOTHING if readings.empty else f"not heard {unheard:.0f}, {oxygen}"
    unknown = unknown_count(content)
    return [
        f"discharge: {NOT_RECORDED}",
        *_pressure_back(content),
        heard,
        f"cuff failed {failed_count(content)}, held {states.count('held')}",
        f"excluded {excluded_count(content)}, amended {int((events['kind'] == 'amend').sum())}",
        f"late {late_count(content)}, time uncertain {uncertain_count(content)}"
        + (f", not known {unknown}" if unknown else ""),
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


def draw_signatures(sheet: Sheet, y: float, height: float) -> None:
    """Draw the two places for signatures."""
    half = DRAWN_WIDTH / 2
    for i, role in enumerate(("Recorded by", "Reviewed by (physician)")):
        x = half * i
        sheet.box(x, y + 0.4, half - 2 * (1 - i), height - 0.8, style.Fill(edge=style.GREY, width=0.6))
        sheet.text(x + 1.5, y + height / 2, role, bold=True)
        sheet.text(x + half - 4, y + height / 2, NOT_SIGNED, align="right", colour=style.DIM)


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
