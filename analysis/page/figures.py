"""The later pages' words on figures: of other sources, of markers, and what each figure is."""

from __future__ import annotations

import re

import numpy as np

from analysis.markers import marked, stretches
from analysis.metrics import Statistic, figures, holds_of, minutes_at_or_above, summarise
from analysis.page.content import Content
from analysis.page.foot import COLUMNS, Figures, cells_of, figures_of
from analysis.page.strips import drawn
from analysis.protocol import Limit, Marker
from analysis.series import Series
from analysis.wording import NO_DOSE, name_of, number, source_name, statistic_name

BESIDE_THE_TABLE = {
    "nibp_sys": ("auc_above_baseline", "interval", "te_htn"),
    "nibp_dia": ("auc_above_baseline",),
}
"""Figures of pressures that page 1 has no column for; how long a level lasted stands with the markers."""

UNITS = {"1": "", "mm[Hg].min": " mmHg·min", "min": " min"}
NOT_TOLD = "can't be told"
AT_A_LEVEL = "minutes at a marker's level"
OF_N = re.compile(r" \(n \d+\)")
"""How many readings a baseline is of, in a definition: the table has it for each vital."""


def other_sources(content: Content) -> list[str]:
    """Return the figures that page 1 has no row for."""
    return [_figures(row) for row in figures_of(content)[1]]


def _figures(row: Figures) -> str:
    titles = [
        title.replace("highest", "lowest") if row.vital == "spo2" else title for title, _ in COLUMNS[1:]
    ]
    said = (f"{title} {cell}" for title, cell in zip(titles, cells_of(row), strict=True) if cell)
    return f"{row.title}: {', '.join(said)}"


def left_out(content: Content) -> list[str]:
    """Return the series that the strips of page 1 do not draw."""
    return [
        f"{name_of(s.vital)}{f' ({s.variant})' if s.variant else ''}, {source_name(s.source)}: "
        f"{len(s.t)} readings, {s.x.min():g} to {s.x.max():g} {s.unit}"
        for strip in (content.heart, content.oxygen)
        for s in drawn(strip)[1]
    ]


def marker_lines(content: Content) -> list[str]:
    """Return, for each enabled marker, how many readings met it of how many, and levels for how long.

    The source of the figures is judged always, another one where any of its readings met the marker.
    """
    lines = []
    named = {"hr": content.heart[:1], "rr": content.breath[:1]}
    for marker in content.protocol.markers:
        judged = []
        for limit in marker.limits if marker.enabled else ():
            series = next(iter(named.get(limit.vital, ())), content.main.get(limit.vital))
            if series is None:
                continue
            judged.append(_met(content, marker, limit, series)[1])
            others = [s for s in content.series.values() if s.vital == series.vital]
            found = [_met(content, marker, limit, s) for s in others if s.source != series.source]
            judged += [said for met, said in found if met]
        if judged:
            lines.append(f"{marker.text}: {'; '.join(dict.fromkeys(judged))}")
    return lines


def _met(content: Content, marker: Marker, limit: Limit, series: Series) -> tuple[int, str]:
    """Return how many readings met a limit, and that in words."""
    end = np.inf if content.timeline.end is None else content.timeline.end
    base = summarise(series, content.protocol, content.timeline).baseline.value
    found = marked(series, marker, limit, base, end, anchored=content.timeline.anchored)
    if found is None:
        return 0, NO_DOSE.lower()
    met, n = found
    said = f"{name_of(series.vital)} {source_name(series.source)} {met} of {n}"
    if limit.comparison == "rise_ge" and base is None:
        said += " (no baseline)"
    holds = holds_of(series, content.protocol, content.timeline)
    if limit.comparison == "ge" and met:
        above, unknown = minutes_at_or_above(series, limit.value, holds, end)
        said += "" if above.value is None else f", {above.value:.0f} min"
        said += "" if not unknown.value else f" ({unknown.value:.0f} min of the session unknown)"
    if marker.sustained_s is not None and met:
        lasted = stretches(series, marker, limit, base, holds, end, anchored=content.timeline.anchored)
        longest = f", the longest {max(lasted) / 60:.1f} min" if lasted else ""
        stretch = "stretch" if len(lasted) == 1 else "stretches"
        said += f", {len(lasted)} {stretch} of {marker.sustained_s:g} s or longer{longest}"
    return met, said


def definitions(content: Content) -> list[str]:
    """Return what each figure is and of which source, and the figures that the table has no column for."""
    rows = {(row.vital, row.source): row for row in figures_of(content)[0] if row.summary is not None}
    found = [f for f in figures(content.session) if (f.vital, f.source) in rows and "linear" not in f.name]
    if not found:
        return []
    said: dict[str, str] = {}
    for figure in found:
        name, definition = statistic_name(figure.name), OF_N.sub("", figure.definition)
        if figure.name.startswith("minutes_") and figure.name != "minutes_unknown":
            name, definition = AT_A_LEVEL, definition.partition(": ")[2]
        said.setdefault(name, definition)
    return [
        f"Sources of the figures: {'; '.join(row.title for row in rows.values())}",
        *(
            _value(row, figure)
            for key, row in rows.items()
            for figure in found
            if (figure.vital, figure.source) == key and figure.name in BESIDE_THE_TABLE.get(figure.vital, ())
        ),
        *(f"{name}: {definition}" for name, definition in said.items()),
    ]


def _value(row: Figures, figure: Statistic) -> str:
    """Return a figure in one line: ``Systolic, monitor, area above the baseline: 592 mmHg·min, n 10``."""
    value = NOT_TOLD if figure.value is None else number(figure.value)
    if figure.name == "te_htn" and figure.value is not None:
        value = "yes" if figure.value else "no"
    unit = "" if figure.value is None else UNITS.get(figure.unit, f" {figure.unit}")
    return f"{row.title}, {statistic_name(figure.name)}: {value}{unit}, n {figure.n}"
