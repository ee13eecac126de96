"""Everything that a grid of numbers has no place for, as lines of text with their exact times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.exports.marked_readings import NO_VALUE, STANDS, said_of, single
from analysis.session import Session

SECOND = 1_000_000
MINUTE = 60 * SECOND

CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
"""Ends of lines and of texts: in EDF+ and WFDB they would end the remark itself."""

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """What is said of a time: *at* and *lasting* are microseconds since the epoch; one line of text."""

    at: int
    text: str
    lasting: int = 0


def moment_of(at: int) -> datetime:
    """Return microseconds since the epoch as a time."""
    return datetime.fromtimestamp(at // SECOND, UTC).replace(microsecond=at % SECOND)


def of_session(session: Session, at: int) -> Iterator[Remark]:
    """Yield what is to be read first, at the time *at*: the clock, and what every page shows loudly."""
    when = moment_of(at).isoformat()
    yield Remark(at, f"begins {when}, clinic's zone {session.zone}, session {session.id}")
    for banner in session.banners:
        yield Remark(at, _line(banner))


def of_events(session: Session) -> Iterator[Remark]:
    """Yield each record that is no reading, by when it happened: what it says for people, kind and author."""
    events = session.events
    happened = _microseconds(events["happened_at"])
    columns = (events[name].to_list() for name in ("kind", "author", "summary", "superseded_by"))
    for at, kind, author, summary, replaced in zip(happened, *columns, strict=True):
        mark = f" [replaced by {replaced}]" if replaced else ""
        yield Remark(int(at), _line(f"{kind}: {summary} ({author}){mark}"))


def of_values(rows: pd.DataFrame, marks: npt.NDArray[np.object_], sampled: Flags) -> Iterator[Remark]:
    """Yield the values that are no samples, and all single ones; those of one time and source together."""
    has_number = rows["value"].notna().to_numpy()
    wanted = np.flatnonzero(
        np.where(marks == STANDS, ~sampled | single(rows), has_number | (marks != NO_VALUE))
    )
    chosen = rows.iloc[wanted]
    grouped: dict[tuple[int, str], list[str]] = {}
    for at, mark, row in zip(_microseconds(chosen["measured_at"]), marks[wanted], _told(chosen), strict=True):
        vital = f"{row['vital']}/{row['variant']}" if row["variant"] else row["vital"]
        more = [mark] * (mark != STANDS) + [f"typed by {row['entered_by']}"] * bool(row["entered_by"])
        value = said_of(row["value"], row["unit"] or "", row["reason"])
        text = f"{vital} {value}" + "".join(f" [{one}]" for one in more)
        grouped.setdefault((int(at), row["source"]), []).append(text)
    for (at, source), texts in grouped.items():
        yield Remark(at, _line(f"{source}: {', '.join(texts)}"))


def of_silences(
    rows: pd.DataFrame, marks: npt.NDArray[np.object_], series: Iterable[Integers]
) -> Iterator[Remark]:
    """Yield one remark a stretch in which a device said, for one reason, that it had no value.

    A value, another reason, or a minute in which nothing came ends the stretch.
    """
    times = _microseconds(rows["measured_at"])
    reasons = rows["reason"].to_numpy(dtype=object)
    for places in series:
        said = reasons[places]
        said[marks[places] != NO_VALUE] = None
        breaks = (said[1:] != said[:-1]) | (np.diff(times[places]) > MINUTE)
        for stretch in np.split(places, np.flatnonzero(breaks) + 1):
            first = rows.iloc[int(stretch[0])]
            if marks[stretch[0]] == NO_VALUE:
                vital = f"{first['vital']}/{first['variant']}" if first["variant"] else first["vital"]
                often = f", {len(stretch)} times" if len(stretch) > 1 else ""
                text = f"{first['source']}: {vital} {said_of(np.nan, '', first['reason'])}{often}"
                yield Remark(int(times[stretch[0]]), _line(text), int(times[stretch[-1]] - times[stretch[0]]))


def _told(rows: pd.DataFrame) -> Sequence[dict[str, Any]]:
    named = rows[["vital", "variant", "value", "unit", "reason", "source", "entered_by"]]
    return [dict(zip(named.columns, row, strict=True)) for row in named.itertuples(index=False, name=None)]


def _microseconds(times: pd.Series[Any]) -> Integers:
    return times.to_numpy(dtype="datetime64[us]").astype(np.int64)


def _line(text: str) -> str:
    return CONTROL.sub(" ", text)
