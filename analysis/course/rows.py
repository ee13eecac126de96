"""The rows of numbers of the course view: what stands in each session's column."""

from __future__ import annotations

from collections.abc import Callable

from analysis import style
from analysis.course.layout import ROW, Columns, draw_columns
from analysis.course.visit import PRESSURES, Given, Met, Visit
from analysis.effects import SEVERITIES
from analysis.metrics import Statistic
from analysis.page.sheet import AREA, Sheet
from analysis.style import TICK_PT
from analysis.wording import at_minute, change, number

Row = tuple[str, Callable[[Visit], str]]
NOTHING = "–"
MARKERS_AT_MOST = 3
SIGNS = {"ge": "≥", "gt": ">"}


def score_rows() -> list[Row]:
    """Return the two answers of the PHQ-9 that are told beside its total."""
    return [
        ("PHQ-9 item 9 (0–3)", lambda v: NOTHING if v.phq9 is None else _answer(v.phq9.item9)),
        ("PHQ-9 difficulty (0–3)", lambda v: NOTHING if v.phq9 is None else _answer(v.phq9.difficulty)),
    ]


def _answer(value: float | None) -> str:
    return NOTHING if value is None else f"{value:g}"


def dose_rows() -> list[Row]:
    """Return drug, route and milligrams."""
    return [
        ("drug", lambda v: _of_doses(v, lambda given: given.drug)),
        ("route", lambda v: _of_doses(v, lambda given: given.route or "not said")),
        ("mg given", lambda v: _of_doses(v, lambda given: NOTHING if given.mg is None else f"{given.mg:g}")),
    ]


def _of_doses(visit: Visit, said: Callable[[Given], str]) -> str:
    return " + ".join(dict.fromkeys(map(said, visit.given))) if visit.given else NOTHING


def pressure_rows() -> list[Row]:
    """Return the highest pressures, their changes, from how many readings, and how far those were apart."""
    return [
        ("highest, mmHg", lambda v: _both(v, "peak", number)),
        ("change from baseline", lambda v: _both(v, "delta", change)),
        ("n (n of baseline)", _counts),
        ("read every … min", lambda v: NOTHING if v.apart is None else number(v.apart)),
    ]


def _both(visit: Visit, figure: str, said: Callable[[float], str]) -> str:
    found = [_figure(visit, vital, figure) for vital in PRESSURES]
    values = [None if one is None else one.value for one in found]
    if values == [None, None]:
        return NOTHING
    return "/".join(NOTHING if value is None else said(value) for value in values)


def _figure(visit: Visit, vital: str, name: str) -> Statistic | None:
    pressure = visit.pressures.get(vital)
    return None if pressure is None else getattr(pressure.summary, name)


def _counts(visit: Visit) -> str:
    """Return the n of both pressures: one number where they agree, and of their baselines."""
    peaks, bases = ([_n(visit, vital, name) for vital in PRESSURES] for name in ("peak", "baseline"))
    return f"{_once(peaks)} ({_once(bases)})"


def _n(visit: Visit, vital: str, name: str) -> int:
    figure = _figure(visit, vital, name)
    return 0 if figure is None else figure.n


def _once(counts: list[int]) -> str:
    return "/".join(str(n) for n in (counts[:1] if len(set(counts)) == 1 else counts))


def effect_rows() -> list[Row]:
    """Return how many effects there were of each severity; what nobody asked about is not 0."""

    def count(severity: str) -> Callable[[Visit], str]:
        return lambda v: str(v.effects[severity]) if v.asked else NOTHING

    return [
        *((f"effects, {severity}", count(severity)) for severity in reversed(SEVERITIES)),
        ("serious; not resolved", lambda v: f"{v.serious}; {v.ongoing}" if v.asked else "not asked"),
    ]


def marker_rows(columns: Columns) -> list[Row]:
    """Return for how many minutes each marker's limits were met, and how many markers have no row."""
    rows: list[Row] = []
    for text in columns.course.markers[:MARKERS_AT_MOST]:
        limits = next(visit.markers[text] for visit in columns.course.visits if text in visit.markers)
        rows.append((f"min {marker_name(limits)}", _minutes_of(text)))
    if more := len(columns.course.markers) - len(rows):
        rows.append((f"{more} more: last pages", lambda _: ""))
    return rows


def marker_name(limits: tuple[Met, ...]) -> str:
    """Return a marker's limits in short: ``S ≥160/D ≥100``."""
    named = {"nibp_sys": "S", "nibp_dia": "D"}
    return "/".join(f"{named[one.vital]} {SIGNS[one.comparison]}{one.limit:g}" for one in limits)


def _minutes_of(text: str) -> Callable[[Visit], str]:
    return lambda v: _minutes(v.markers.get(text, ()))


def _minutes(limits: tuple[Met, ...]) -> str:
    if all(one.minutes is None for one in limits):
        return NOTHING
    return "/".join(NOTHING if one.minutes is None else f"{one.minutes:.0f}" for one in limits)


def leaving_rows() -> list[Row]:
    """Return the minutes after the dose at which the patient would have been ready, and left."""
    return [
        ("ready, min after dose", lambda v: _minute(v, v.ready)),
        ("left, min after dose", lambda v: _minute(v, v.left)),
    ]


def _minute(visit: Visit, minute: float | None) -> str:
    return NOTHING if minute is None or not visit.treated else at_minute(minute)


def quality_rows() -> list[Row]:
    """Return what was not there or was changed."""
    return [
        ("failed; excluded", lambda v: f"{v.failed}; {v.excluded}"),
        ("gaps; late; corrected", lambda v: f"{v.gaps}; {v.late}; {v.corrected}"),
    ]


def draw_known(sheet: Sheet, columns: Columns, y: float) -> float:
    """Draw bars: for which share of the time a pressure and a saturation are known; return where they end."""
    draw_columns(sheet, columns, y, 2 * ROW)
    for n, (label, vital) in enumerate((("BP known", "nibp_sys"), ("SpO2 known", "spo2"))):
        top = y + ROW * n
        sheet.text(0, top + ROW / 2, label)
        for x, visit in columns.each():
            share = visit.known[vital]
            if share is None:
                sheet.text(x, top + ROW / 2, NOTHING, TICK_PT, align="center")
                continue
            left, width = x - columns.width / 2 + 0.8, columns.width - 9.6
            sheet.box(left, top + 1.0, width, ROW - 2.0, style.UNKNOWN, AREA)
            sheet.box(left, top + 1.0, width * share, ROW - 2.0, style.KNOWN, AREA)
            at = x + columns.width / 2 - 0.5
            # Rounded down: 99.6 % is not all of it.
            sheet.text(at, top + ROW / 2, f"{int(share * 100 + 1e-9)} %", TICK_PT, align="right")
    return y + 2 * ROW
