"""How long devices were not heard, and how late entries were: every one as a tick, by room and by device."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from analysis import style
from analysis.audit import Judged
from analysis.page.sheet import DATA, DRAWN_WIDTH, GRID, Sheet
from analysis.qa_pictures.sheets import FOOT, HEAD, Made, begin
from analysis.style import TICK_PT
from analysis.wording import number

LEFT, RIGHT, ROW, TITLE, AXIS = 40.0, 138.0, 6.2, 6.5, 6.0
SHORTEST, LONGEST = 0.1, 1000.0
"""Minutes at the ends of the axis, which is logarithmic; what lies beyond is counted and not drawn."""

NUMBERS = (("sessions", 147.5), ("n", 156.5), ("open", 163.5), ("median", 174.0), ("longest", DRAWN_WIDTH))


@dataclass(frozen=True, slots=True)
class Group:
    """Lengths in minutes of what happened in some sessions, rising; *open* have no length yet."""

    name: str
    sessions: int
    minutes: tuple[float, ...]
    open: int


Lengths = Callable[[Judged], Iterable[tuple[str, float]]]


def spreads(made: Made) -> list[Sheet]:
    """Return the lengths of gaps, of all, by room and by device; then how late entries were."""
    gaps = [*_groups(made, "room", _gaps_of), *_by_device(made)]
    late = _groups(made, "room", _late_of)
    parts = [
        ("Not heard: gaps of a device, minutes", _all(made, _gaps_of), gaps),
        ("Late by their protocol: entries, minutes after the stated time", _all(made, _late_of), late),
    ]
    subtitle = "A tick a gap or entry, the long one the median; the axis is logarithmic."
    sheets = [begin(made, "Gaps and late entries", subtitle)]
    y = HEAD
    for title, everything, groups in parts:
        y = _section(sheets, made, y, title, [everything, *groups])
    return sheets


def _gaps_of(one: Judged) -> Iterable[tuple[str, float]]:
    return one.gaps


def _late_of(one: Judged) -> Iterable[tuple[str, float]]:
    return (("", minutes) for minutes in one.late)


def _all(made: Made, lengths: Lengths) -> Group:
    return _group("all sessions", made.real, lengths)


def _groups(made: Made, part: str, lengths: Lengths) -> list[Group]:
    rooms = sorted({one.room for one in made.real})
    return [
        _group(f"{part} {room}", [one for one in made.real if one.room == room], lengths) for room in rooms
    ]


def _by_device(made: Made) -> list[Group]:
    named = sorted(
        {name for one in made.real for name in (*one.devices, *(source for source, _ in one.gaps))}
    )
    return [_of_device(made, name) for name in named]


def _of_device(made: Made, name: str) -> Group:
    used = [one for one in made.real if name in one.devices or any(source == name for source, _ in one.gaps)]
    return _group(f"device {name}", used, lambda one: (gap for gap in one.gaps if gap[0] == name))


def _group(name: str, sessions: Sequence[Judged], lengths: Lengths) -> Group:
    found = [minutes for one in sessions for _, minutes in lengths(one)]
    known = tuple(sorted(minutes for minutes in found if not math.isnan(minutes)))
    return Group(name, len(sessions), known, len(found) - len(known))


def _section(sheets: list[Sheet], made: Made, y: float, title: str, groups: Sequence[Group]) -> float:
    """Draw a section from *y* down, on further sheets where it needs them; return where it ends."""
    rest = list(groups)
    while rest:
        room = int((sheets[-1].height - FOOT - y - TITLE - AXIS) / ROW)
        if room < 1:
            sheets.append(begin(made, "Gaps and late entries", "Continued."))
            y = HEAD
            continue
        shown, rest = rest[:room], rest[room:]
        y = _rows(sheets[-1], y, title, shown)
    return y


def _rows(sheet: Sheet, y: float, title: str, groups: Sequence[Group]) -> float:
    sheet.text(0, y + 2, title, bold=True, width=144)
    for heading, x in NUMBERS:
        sheet.text(
            x,
            y + 5.2,
            heading,
            TICK_PT,
            colour=style.DIM,
            align="right",
        )
    top, foot = y + TITLE + 0.8, y + TITLE + 0.8 + ROW * len(groups)
    for minutes in (0.1, 1, 10, 100, 1000):
        x = _x(minutes)
        sheet.line([(x, top), (x, foot)], style.GRID_BOLD, GRID)
        sheet.text(x, foot + 2.2, f"{minutes:g}", TICK_PT, colour=style.DIM, align="center")
    for i, group in enumerate(groups):
        _row(sheet, top + ROW * (i + 0.5), group)
    return foot + AXIS


def _row(sheet: Sheet, y: float, group: Group) -> None:
    within = [minutes for minutes in group.minutes if SHORTEST <= minutes <= LONGEST]
    beyond = len(group.minutes) - len(within)
    sheet.text(0, y - 1.4 if beyond else y, group.name, width=LEFT - 2)
    if beyond:
        sheet.text(0, y + 1.7, f"beyond the axis: {beyond}", TICK_PT)
    sheet.line([(LEFT, y), (RIGHT, y)], style.GRID, GRID)
    for minutes in within:
        sheet.line([(_x(minutes), y - 1.2), (_x(minutes), y + 1.2)], style.SECOND, DATA)
    middle = median(group.minutes) if group.minutes else None
    if middle is not None and SHORTEST <= middle <= LONGEST:
        sheet.line([(_x(middle), y - 2.4), (_x(middle), y + 2.4)], style.SCORE, DATA)
    if not group.minutes:
        said = f"{group.open} open, no length yet" if group.open else "none"
        sheet.text(LEFT + 2, y, said, TICK_PT, colour=style.DIM, ground=style.WHITE)
    longest = max(group.minutes, default=None)
    values = (
        str(group.sessions),
        str(len(group.minutes)),
        str(group.open),
        "–" if middle is None else _length(middle),
        "–" if longest is None else _length(longest),
    )
    for value, (_, x) in zip(values, NUMBERS, strict=True):
        sheet.text(x, y, value, TICK_PT, align="right")


def _length(minutes: float) -> str:
    """Return a length as its column has room for: whole minutes where there are a thousand of them."""
    return number(minutes) if minutes < LONGEST else f"{minutes:.0f}"


def _x(minutes: float) -> float:
    return LEFT + (RIGHT - LEFT) * math.log(minutes / SHORTEST) / math.log(LONGEST / SHORTEST)
