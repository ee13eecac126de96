"""What stands where on the first page, in words: for whoever points at the picture on a screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.cuffs import Cuff
from analysis.page.axis import LEFT, WIDTH
from analysis.page.content import Content
from analysis.page.digits import EACH_AT_MOST, Row, digit_rows
from analysis.page.plan import HEIGHTS, plan_of
from analysis.page.sheet import PAPERS
from analysis.page.strips import drawn
from analysis.series import Series
from analysis.wording import at_minute, name_of, number, source_name

AROUND = 2.0
"""mm to either side of a value at which it is still meant, where no neighbour is nearer."""

STATES = {
    "valid": "", "held": "held: it may be the last patient's", "superseded": "replaced by an amendment",
    "failed": "failed: no number", "excluded": "excluded", "invalid": "not valid",
}  # fmt: skip
"""What became of a cuff cycle, in words."""


@dataclass(frozen=True, slots=True)
class Value:
    """What is said of a rectangle of the sheet: mm from the top left corner of the paper."""

    x: float
    y: float
    width: float
    height: float
    said: str


def values_of(content: Content, paper: str = "A4") -> list[Value]:
    """Return what stands on the first page, band by band and from left to right.

    Of readings that come by the second, the lowest and the highest of each minute, as the report's tables
    have them; of cuff cycles, scores and numbered events each one.
    """
    size = PAPERS[paper]
    bands = plan_of(content, HEIGHTS[paper], size.height - 2 * size.top).bands
    events = [(event.minute, f"Event {event.number}: {event.text}") for event in content.numbered]
    found: list[tuple[str, int, int, Iterable[tuple[float, str]]]] = [
        ("flags", 0, 1, _each(content, events)),
        ("bp", 0, 1, _each(content, [(cuff.minute, _cuff(cuff)) for cuff in content.cuffs])),
        ("heart", 0, 1, _minutes(content, drawn(content.heart)[0])),
        ("oxygen", 0, 1, _minutes(content, drawn(content.oxygen)[0])),
        *(("digits", i, 3, _digits(content, row)) for i, row in enumerate(digit_rows(content))),
    ]
    values = []
    for band, part, parts, said in found:
        top, height = bands[band]
        for x, width, text in _apart(content, said):
            y = size.top + top + height * part / parts
            values.append(Value(size.left + x, y, width, height / parts, text))
    return values


def _apart(content: Content, said: Iterable[tuple[float, str]]) -> Iterator[tuple[float, float, str]]:
    """Yield left edge, width and words of each value on the axis; those of one place as one."""
    places: dict[float, list[str]] = {}
    for minute, text in sorted(said, key=lambda one: one[0]):
        if content.axis.holds(minute):
            places.setdefault(round(content.axis.x(minute), 2), []).append(text)
    middles = [(a + b) / 2 for a, b in pairwise(places)]
    for i, (x, texts) in enumerate(places.items()):
        left = max(x - AROUND, LEFT, *middles[i - 1 : i] if i else ())
        right = min(x + AROUND, LEFT + WIDTH, *middles[i : i + 1])
        yield left, max(right - left, 0.2), "; ".join(texts)


def _each(content: Content, said: Iterable[tuple[float, str]]) -> Iterator[tuple[float, str]]:
    """Yield each with its time before it."""
    for minute, text in said:
        at = f"minute {round(minute, 1) + 0.0:g}".replace("-", "−")
        yield minute, f"{content.clock(minute)}, {at}: {text}"


def _cuff(cuff: Cuff) -> str:
    mean = "" if cuff.mean is None else f", mean {number(cuff.mean)}"
    pressure = "no number" if cuff.numberless else f"{cuff}{mean} mmHg"
    more = [STATES[cuff.state]] if STATES[cuff.state] else []
    more += ["late entry"] if cuff.late else []
    more += ["typed or amended by a person"] if cuff.by_hand else []
    return ", ".join([f"BP {pressure}", source_name(cuff.source), *more, f"record {cuff.reference}"])


def _minutes(content: Content, shown: Sequence[Series]) -> Iterator[tuple[float, str]]:
    """Yield of each series the lowest and the highest valid reading of each minute that has one."""
    for series in shown:
        whole = np.floor(series.t).astype(np.int64)
        starts = np.flatnonzero(np.diff(whole, prepend=whole[0] - 1))
        low, high = (edge.reduceat(series.x, starts) for edge in (np.minimum, np.maximum))
        counts = np.diff(np.append(starts, len(whole))).tolist()
        what = f"{name_of(series.vital)}, {source_name(series.source)}"
        for minute, least, most, n in zip(whole[starts].tolist(), low, high, counts, strict=True):
            span = number(least) if least == most else f"{number(least)} to {number(most)}"
            some = f" ({n} readings)" if n > 1 else ""
            at = f"{content.clock(minute)}, minute {at_minute(minute)}"
            yield minute + 0.5, f"{at}: {what} {span} {series.unit}{some}"


def _digits(content: Content, row: Row) -> Iterator[tuple[float, str]]:
    series = row.series
    if series is None:
        return
    if len(series.t) > EACH_AT_MOST:
        yield from _minutes(content, [series])
        return
    each = zip(series.t.tolist(), series.x.tolist(), strict=True)
    yield from _each(content, ((t, f"{row.label} {row.text(x)}") for t, x in each))
