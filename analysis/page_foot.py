"""The lower part of the page: the table of figures, data quality, signatures, statement and digest."""

from __future__ import annotations

from analysis import style
from analysis.metrics import Summary
from analysis.page_content import Content
from analysis.page_header import excluded_count, late_count
from analysis.page_sheet import DRAWN_WIDTH, GRID, Sheet, wrapped
from analysis.silences import NOTHING
from analysis.wording import CHART_STATEMENT, NOT_RECORDED, NOT_SIGNED

COLUMNS = (
    ("", 25.0),
    ("baseline", 20.0),
    ("highest (min)", 25.0),
    ("change", 24.0),
    ("last (min)", 22.0),
    ("n", 11.0),
    ("failed", 12.0),
)
TABLE_WIDTH = 139.0
PITCH = 4.1


def draw_table(sheet: Sheet, content: Content, y: float) -> None:
    """Draw baseline, highest (of SpO2 the lowest), its change, last, n after the dose, and failed."""
    x = 0.0
    for title, width in COLUMNS:
        sheet.text(x, y + 2.2, title, bold=True)
        x += width
    sheet.line([(0, y + PITCH), (TABLE_WIDTH - 3, y + PITCH)], style.FRAME, GRID)
    names = [("nibp_sys", "Systolic"), ("nibp_dia", "Diastolic"), ("nibp_map", "Mean")]
    named = f"HR, {content.heart[0].source}" if len(content.heart) > 1 else "Heart rate"
    names.append((content.heart[0].vital, named) if content.heart else ("", named))
    names.append(("spo2", "SpO2 (lowest)"))
    names.append((content.breath[0].vital, "Resp. rate") if content.breath else ("", "Resp. rate"))
    for i, (vital, label) in enumerate(names):
        cells = [label, *_cells(content.summaries.get(vital), lowest=vital == "spo2")]
        x, middle = 0.0, y + PITCH * (i + 1) + 2.2
        for cell, (_, width) in zip(cells, COLUMNS, strict=True):
            sheet.text(x, middle, cell, width=width - 0.5)
            x += width


def _cells(summary: Summary | None, lowest: bool) -> list[str]:
    if summary is None:
        return [NOT_RECORDED, "", "", "", "0", "0"]
    figure, minute = (summary.lowest, summary.t_lowest) if lowest else (summary.peak, summary.t_peak)
    base = summary.baseline
    change = "–"
    if figure.value is not None and base.value:
        delta = figure.value - base.value
        change = f"{delta:+.0f}, {100 * delta / base.value:+.0f} %".replace("-", "−")
    return [
        "–" if base.value is None else f"{base.value:.0f} (n {base.n})",
        "–" if figure.value is None else f"{figure.value:.0f} ({minute.value:.0f})",
        change,
        "–"
        if summary.last.value is None
        else f"{summary.last.value:.0f} ({summary.t_last.value:.0f})".replace("-", "−"),
        f"{figure.n}",
        f"{summary.n_failed.n}",
    ]


def draw_quality(sheet: Sheet, content: Content, y: float) -> None:
    """Draw what was said of leaving, and how complete the record is."""
    x = TABLE_WIDTH + 1
    sheet.text(x, y + 2.2, "Leaving and data quality", bold=True)
    sheet.line([(x, y + PITCH), (DRAWN_WIDTH, y + PITCH)], style.FRAME, GRID)
    for i, line in enumerate(quality_lines(content)):
        sheet.text(x, y + PITCH * (i + 1) + 2.2, line, width=DRAWN_WIDTH - x)


def quality_lines(content: Content) -> list[str]:
    """Return the record's completeness in six short lines."""
    states = [cuff.state for cuff in content.cuffs]
    readings, events = content.session.readings, content.session.events
    unheard = sum(s.end - s.start for s in content.silences)
    blank = sum(s.end - s.start for s in content.blanks.get("spo2", ()))
    oxygen = f"no SpO2 {blank:.0f} min" if "spo2" in content.main else "never SpO2"
    heard = NOTHING if readings.empty else f"not heard {unheard:.0f}, {oxygen}"
    return [
        f"discharge: {NOT_RECORDED}",
        _pressure_back(content),
        heard,
        f"cuff failed {states.count('failed')}, held {states.count('held')}",
        f"excluded {excluded_count(content)}, amended {int((events['kind'] == 'amend').sum())}",
        f"late {late_count(content)}, time uncertain {int(readings['uncertain'].sum())}",
    ]


def _pressure_back(content: Content) -> str:
    """Return when the systolic was back near its baseline, and what near means."""
    summary, band = content.summaries.get("nibp_sys"), content.protocol.return_band
    if summary is None or summary.peak.value is None or summary.baseline.value is None or band is None:
        return "BP back: can't be told"
    back = summary.t_return.value
    return f"BP back ({band}): " + (f"{back:.0f} min" if back is not None else "not in record")


def draw_signatures(sheet: Sheet, y: float, height: float) -> None:
    """Draw the two places for signatures."""
    half = DRAWN_WIDTH / 2
    for i, role in enumerate(("Recorded by", "Reviewed by (physician)")):
        x = half * i
        sheet.box(x, y + 0.6, half - 2 * (1 - i), height - 1.6, style.Fill(edge=style.GREY, width=0.6))
        sheet.text(x + 1.5, y + height / 2 - 0.2, role, bold=True)
        sheet.text(x + half - 4, y + height / 2 - 0.2, NOT_SIGNED, align="right", colour=style.DIM)


def draw_footer(sheet: Sheet, content: Content, y: float, number: int, of: int) -> None:
    """Draw the statement, the heads of the record that the page was made over, and the page's number."""
    lines = wrapped(CHART_STATEMENT, DRAWN_WIDTH)
    for i, line in enumerate(lines):
        sheet.text(0, y + 1.8 + 3.2 * i, line)
    heads = [f"{h.writer}: {h.count} records, {h.digest}" for h in content.session.heads]
    if len(heads) > 1:
        heads = [f"{h.writer}: {h.count} records, {h.digest[:12]}…" for h in content.session.heads]
    said = "Made over " + ("; ".join(heads) or "no records")
    sheet.text(0, y + 1.8 + 3.2 * len(lines), said, width=DRAWN_WIDTH - 24)
    sheet.text(DRAWN_WIDTH, y + 1.8 + 3.2 * len(lines), f"page {number} of {of}", align="right")
