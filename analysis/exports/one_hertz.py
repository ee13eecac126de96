"""A session's numbers on a grid of one sample a second, for the formats that know only even sampling.

A monitor's lines arrive when they arrive. Nothing is interpolated: a sample is the last number that was
measured in its second, and a second in which nothing came says so. What has no place on the grid (cuff cycles
with their own times, what people typed, values that share a second, marked values, events) is a remark, with
its exact time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.exports.copy import NotForThisFormat
from analysis.exports.marked_readings import NO_VALUE, STANDS, WHOLE, marks_of, not_held_of
from analysis.exports.timed_remarks import (
    SECOND,
    Flags,
    Integers,
    Remark,
    of_events,
    of_session,
    of_silences,
    of_values,
)
from analysis.session import Session

NOTHING_CAME, DEVICE_HAD_NONE = -32768, -32767
"""Samples that are no numbers: of 16 bits these two are left over."""

LARGEST, MOST_DECIMALS = 32_766, 4

TENTH = SECOND // 10
HOUR = 3600 * SECOND
LONGEST = 7 * 24 * HOUR
"""A grid over more is nearly all gaps: some time is wrong, or the format is."""

SERIES = ["source", "vital", "variant", "unit"]


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """One series on the grid.

    Attributes:
        name: the vital, with what tells it from others of its kind: ``spo2``, ``monitor2:spo2/left``.
        decimals: a sample is the number times ten to this power.
        samples: one a second; `NOTHING_CAME` and `DEVICE_HAD_NONE` are no numbers.
    """

    name: str
    source: str
    unit: str
    decimals: int
    samples: npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class OneHertz:
    """A session on the grid.

    Attributes:
        start: in the clinic's zone, to a tenth of a second.
        began: the same in microseconds since the epoch.
        seconds: the length of every signal; 1 where there is none.
    """

    start: datetime
    began: int
    seconds: int
    signals: tuple[Signal, ...]
    remarks: tuple[Remark, ...]
    not_held: tuple[str, ...]


def one_hertz(session: Session) -> OneHertz:
    """Return the session on the grid; no signal where no number fits, remarks there are always.

    The tenth of a second at which each second of the grid begins is the one that parts most values.

    Raises:
        NotForThisFormat: its readings lie more than a week apart.
    """
    rows = session.readings.sort_values(["measured_at", "writer", "seq"], kind="stable", ignore_index=True)
    times = rows["measured_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    opened = round(session.opened_at.timestamp() * SECOND)
    first, last = (int(times[0]), int(times[-1])) if len(times) else (opened, opened)
    if last - first > LONGEST:
        raise NotForThisFormat(
            f"session {session.id}: its readings lie {(last - first) // (24 * HOUR)} days apart, too far for "
            "one sample a second: look at their times with `show`, or export csv or vital"
        )
    series = [np.asarray(places) for places in rows.groupby(SERIES, sort=False).indices.values()]
    # An opening long before, or after (what was entered later), says nothing of where the numbers begin.
    began = _start(opened if 0 <= first - opened <= HOUR else first, times, series)
    seconds = (times - began) // SECOND
    marks, sampled = marks_of(rows), np.zeros(len(rows), dtype=np.bool_)
    signals = [one for places in series if (one := _signal(rows, places, marks, seconds, sampled))]
    remarks = (
        *of_session(session, began),
        *of_events(session),
        *of_values(rows, marks, sampled),
        *of_silences(rows, marks, series),
    )
    start = datetime.fromtimestamp(began // SECOND, ZoneInfo(session.zone))
    return OneHertz(
        start.replace(microsecond=began % SECOND),
        began,
        (last - began) // SECOND + 1,
        tuple(signals),
        tuple(sorted(remarks)),
        tuple(_not_held(session, rows, int(sampled.sum()))),
    )


def _start(first: int, times: Integers, series: list[Integers]) -> int:
    """Return the start, within the second before *first*, from which fewest values share a second.

    Never *first* itself: at time 0 a WFDB annotation is none.
    """
    starts = [(first // TENTH - tenths) * TENTH for tenths in range(1, 11)]
    shared = [sum(int(_followed((times[places] - at) // SECOND).sum()) for places in series) for at in starts]
    return starts[int(np.argmin(shared))]


def _followed(seconds: Integers) -> Flags:
    """Return which of some ascending seconds are the same as the next one."""
    return np.append(seconds[1:] == seconds[:-1], False)[: len(seconds)]


def _signal(
    rows: pd.DataFrame, places: Integers, marks: npt.NDArray[np.object_], seconds: Integers, sampled: Flags
) -> Signal | None:
    """Return one series as a signal, None where no number of it fits; note in *sampled* which do."""
    values = rows["value"].to_numpy()
    decimals, fits = _scale(values[places])
    placed = places[((marks[places] == STANDS) & fits) | (marks[places] == NO_VALUE)]
    placed = placed[~_followed(seconds[placed])]
    numbers = placed[marks[placed] == STANDS]
    if not len(numbers):
        return None
    sampled[numbers] = True
    samples = np.full(int(seconds[-1]) + 1, NOTHING_CAME, dtype=np.int16)
    samples[seconds[placed]] = DEVICE_HAD_NONE
    samples[seconds[numbers]] = np.round(values[numbers] * 10**decimals)
    source, vital, variant, unit = rows[SERIES].iloc[int(places[0])]
    alike = rows.loc[(rows["vital"] == vital) & (rows["variant"] == variant), "source"]
    whose = "" if alike.nunique() == 1 else f"{source}:"
    return Signal(whose + vital + (f"/{variant}" if variant else ""), source, unit or "", decimals, samples)


def _scale(values: npt.NDArray[np.float64]) -> tuple[int, Flags]:
    """Return with how many decimals most of *values* come back equal from 16 bits, and which do."""
    found = []
    for decimals in range(MOST_DECIMALS + 1):
        whole = np.round(values * 10**decimals)
        found.append((whole / 10**decimals == values) & (np.abs(whole) <= LARGEST))
    best = int(np.argmax([fits.sum() for fits in found]))
    return best, found[best]


def _not_held(session: Session, rows: pd.DataFrame, sampled: int) -> list[str]:
    lines = []
    if sampled:
        lines.append(
            f"When in its second each of {sampled} samples was measured. What a sample can't hold (a second "
            "value in one second, a marked value, a number that 16 bits would round) is a remark with its "
            "exact time."
        )
    if len(session.events):
        lines.append(
            f"What {len(session.events)} entries say in their fields: one line for people is here of each."
        )
    return [*lines, *not_held_of(rows), WHOLE]
