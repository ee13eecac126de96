"""The growing picture of a session for its room's screen: a light SVG, made without matplotlib.

Cuff readings are carets with a stem (point down: systolic), those by hand closed, failed cycles an F at the
foot, held ones "?". Rates and saturation are a stroke a minute from its lowest to its highest value;
no stroke joins two minutes, so a gap is a gap. Nothing is smoothed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from html import escape

import numpy as np

from analysis.wording import name_of, number, source_name
from logger.clock import moment
from logger.web.live.fold import Fold
from logger.web.live.kept import Cycle, Kept

WIDTH, LEFT, RIGHT = 720, 44, 10
HEAD, PRESSURE, STRIP, GAP, FOOT = 24, 190, 64, 18, 20
LOW, HIGH, STEP = 40, 200, 20
STRIPS = (
    (("ecg_hr", "spo2_pr", "pulse_generic"), "pulse", 40, 140, 50),
    (("spo2",), "SpO2", 85, 100, 5),
    (("resp_rate", "awrr", "co2_rr", "tthor_rr"), "resp.", 0, 30, 10),
)
"""Vitals, name, and axis of each strip: the session page's own; what lies beyond one is drawn at its edge."""

SHORTEST = 30.0
"""Minutes that the axis has at least."""


def chart(fold: Fold, now: datetime) -> str:
    """Return the picture as an SVG element with a title and a description."""
    first = fold.minutes([fold.row["opened_at"]])[0]
    last = float(fold.minutes([round(now.timestamp() * 1e6)])[0])
    last = min(last, fold.timeline.end) if fold.timeline.end is not None else last
    axis = Axis(float(np.floor(first / 5) * 5), max(last, first + SHORTEST))
    height = HEAD + PRESSURE + len(STRIPS) * (STRIP + GAP) + FOOT
    parts = [*_frame(fold, axis, height), *_pressure(fold, axis)]
    y = HEAD + PRESSURE + GAP
    for vitals, name, low, high, step in STRIPS:
        parts += _strip(fold, axis, y, vitals, (name, low, high, step))
        y += STRIP + GAP
    title = "Blood pressure, pulse, saturation and respiration so far"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" class="chart" role="img" '
        f'aria-label="{title}; the same values are in the table below" font-size="12" fill="none" '
        f'stroke="currentColor">{"".join(parts)}</svg>'
    )


class Axis:
    """The time axis: minutes to points."""

    def __init__(self, first: float, last: float) -> None:
        self.first, self.last = first, last

    def __call__(self, minute: float) -> float:
        """Return where a minute lies."""
        width = WIDTH - LEFT - RIGHT
        return round(LEFT + width * (minute - self.first) / (self.last - self.first), 1)


def _level(value: float, top: float, height: float, low: float, high: float) -> float:
    return round(top + height * (1 - (min(max(value, low), high) - low) / (high - low)), 1)


def _text(x: float, y: float, said: str, anchor: str = "end") -> str:
    place = f'x="{x}" y="{y}" text-anchor="{anchor}"'
    return f'<text {place} fill="currentColor" stroke="none">{escape(said)}</text>'


def _frame(fold: Fold, axis: Axis, height: int) -> Iterator[str]:
    foot = height - FOOT
    for flow in fold.timeline.flows:
        end = axis.last if flow.end is None else flow.end
        x, width = axis(flow.start), axis(end) - axis(flow.start)
        size = f'width="{width:.1f}" height="{foot - HEAD}"'
        yield f'<rect x="{x}" y="{HEAD}" {size} stroke="none" fill="currentColor" fill-opacity=".08"/>'
        yield _text(x + 2, HEAD - 5, "infusion", "start")
    span = axis.last - axis.first
    step = next(one for one in (5, 10, 15, 30, 60, 120, 1440) if span / one <= 13 or one == 1440)
    lines = []
    for minute in np.arange(np.ceil(axis.first / step) * step, axis.last + 0.01, step):
        lines.append(f"M{axis(minute)} {HEAD}V{foot}")
        yield _text(axis(minute), foot + 14, f"{minute:.0f}".replace("-", "−"), "middle")
    yield f'<path d="{"".join(lines)}" stroke-opacity=".25"/>'
    for row in fold.gaps:
        start = fold.timeline.minute(row.start)
        end = axis.last if row.end is None else fold.timeline.minute(row.end)
        if end - start > 0.5:
            x = axis(max(start, axis.first))
            drawn = 'stroke-width="5" stroke-opacity=".45" stroke-dasharray="3 3"'
            yield f'<path d="M{x} {foot - 3}H{axis(end)}" {drawn}/>'


def _pressure(fold: Fold, axis: Axis) -> Iterator[str]:
    values = [v for one in fold.cycles for v in (one.systolic, one.diastolic) if v is not None]
    high = max([HIGH, *(np.ceil(v / STEP) * STEP for v in values)])
    low = min([LOW, *(np.floor(v / STEP) * STEP for v in values)])
    for level in range(int(low), int(high) + 1, STEP):
        y = _level(level, HEAD, PRESSURE, low, high)
        yield f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke-opacity=".2"/>'
        if level % 40 == 0:
            yield _text(LEFT - 6, y + 4, str(level))
    yield _text(2, 11, "BP mmHg", "start")
    for one in fold.cycles:
        x = axis(float(fold.minutes([one.measured])[0]))
        if x < LEFT:
            continue
        if one.state == "failed":
            yield _text(x, HEAD + PRESSURE - 2, "F", "middle")
        elif one.state == "held":
            yield _text(x, HEAD + PRESSURE / 2, "?", "middle")
        elif one.state in ("valid", "excluded"):
            yield _cycle(one, x, low, high)


def _cycle(one: Cycle, x: float, low: float, high: float) -> str:
    ys = {
        name: _level(value, HEAD, PRESSURE, low, high)
        for name, value in (("s", one.systolic), ("d", one.diastolic), ("m", one.mean))
        if value is not None
    }
    path = ""
    if "s" in ys and "d" in ys:
        path += f"M{x} {ys['s']}V{ys['d']}"
    if "s" in ys:
        path += f"M{x - 5} {ys['s'] - 6}L{x} {ys['s']}L{x + 5} {ys['s'] - 6}" + ("Z" if one.by_hand else "")
    if "d" in ys:
        path += f"M{x - 5} {ys['d'] + 6}L{x} {ys['d']}L{x + 5} {ys['d'] + 6}" + ("Z" if one.by_hand else "")
    if "m" in ys:
        path += f"M{x - 3} {ys['m']}H{x + 3}"
    if one.state == "excluded":
        path += "".join(f"M{x - 4} {y - 4}l8 8m0 -8l-8 8" for y in ys.values())
    return f'<path d="{path}" stroke-width="1.5"/>'


def _strip(
    fold: Fold, axis: Axis, y: int, vitals: tuple[str, ...], scale: tuple[str, float, float, float]
) -> Iterator[str]:
    name, low, high, step = scale
    for level in np.arange(low, high + 0.1, step):
        at = _level(level, y, STRIP, low, high)
        yield f'<path d="M{LEFT} {at}H{WIDTH - RIGHT}" stroke-opacity=".2"/>'
        yield _text(LEFT - 6, at + 4, number(level))
    yield _text(LEFT + 4, y - 4, name, "start")
    shown = [(key, kept) for key, kept in fold.series.items() if key[1] in vitals and len(kept.values)]
    shown.sort(key=lambda one: (vitals.index(one[0][1]), one[0]))
    for n, (_, kept) in enumerate(shown):
        strokes = "".join(_strokes(fold, kept, axis, y, low, high))
        yield f'<path d="{strokes}" stroke-width="{3 if not n else 1.2}"/>'


def _strokes(fold: Fold, kept: Kept, axis: Axis, y: int, low: float, high: float) -> Iterator[str]:
    """Yield a stroke for each minute that has a value, from its lowest to its highest."""
    minutes = np.floor(fold.minutes(kept.measured)).astype(int)
    values = np.asarray(kept.values)
    for minute in np.unique(minutes):
        inside = values[minutes == minute]
        top, foot = (_level(v, y, STRIP, low, high) for v in (inside.max(), inside.min()))
        x = axis(float(minute) + 0.5)
        if x >= LEFT:
            yield f"M{x} {top - 1:.1f}V{foot + 1:.1f}"


def rows(fold: Fold, now: datetime) -> list[dict[str, str]]:
    """Return the same in words: each cuff cycle, and of each series the range of the last ten minutes."""
    found = []
    for one in sorted(fold.cycles, key=lambda one: one.measured, reverse=True)[:30]:
        said = "/".join("–" if v is None else number(v) for v in (one.systolic, one.diastolic))
        state = {"valid": "", "invalid": "not valid"}.get(one.state, one.state)
        hand = "by hand" if one.by_hand else ""
        found.append(
            {"at": moment(one.measured).isoformat(), "what": "BP", "said": said, "note": state or hand}
        )
    since = round(now.timestamp() * 1e6) - 600_000_000
    for (source, vital, _), kept in fold.series.items():
        inside = np.asarray(kept.values)[np.asarray(kept.measured) >= since]
        if len(inside) and not vital.startswith("nibp"):
            said = f"{number(inside.min())} to {number(inside.max())}"
            found.append({"at": "", "what": name_of(vital), "said": said, "note": source_name(source)})
    return found
