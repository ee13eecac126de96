"""What a session is to everything that computes, draws or exports: a frozen value of tidy tables.

The tables are pandas DataFrames; times are UTC (``datetime64[us, UTC]``), NaT and NaN mean "not said".
`minutes` are minutes since the session's anchor (start of the infusion, first nasal device, injection),
or since the opening where there was none yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

READINGS: Mapping[str, str] = {
    "writer": "object",  # with seq the record that holds it: "writer:seq" is its reference
    "seq": "int64",
    "at": "datetime64[us, UTC]",  # arrival (device) or entry (person)
    "measured_at": "datetime64[us, UTC]",  # the logger's best knowledge of when it was measured; else `at`
    "measured_from": "datetime64[us, UTC]",  # "taken between a and b": a, and `measured_at` is b; else NaT
    "device_time": "datetime64[us]",  # what the device claims; no zone
    "vital": "object",  # a name of devices/vocabulary.py, or local:...
    "variant": "object",  # "" where the device has one value of the vital
    "value": "float64",  # in `unit`; NaN: the device said it has no value, and `reason` says why
    "unit": "object",
    "quality": "object",  # good | questionable | invalid
    "reason": "object",  # "" or one word: sensor_off, failed, held ...
    "source": "object",  # the device's name in the session, or "manual"
    "entered_by": "object",  # author of a manual or amended value, else ""
    "excluded": "bool",
    "superseded_by": "object",  # "" or the reference of the amendment; the old value stays
    "uncertain": "bool",  # the arrival time is uncertain (stalled reader, clock)
    "late_by_s": "float64",  # manual: entry minus stated time where over the protocol's limit, else NaN
}
"""Columns and dtypes of `Session.readings`: one row a value; repeats of a cuff cycle are not in it.

A failed cuff cycle is one row of ``nibp_sys`` with NaN and the reason ``failed``. A held cuff value keeps its
number with the reason ``held`` and quality ``invalid``.
"""

EVENTS: Mapping[str, str] = {
    "writer": "object",
    "seq": "int64",
    "at": "datetime64[us, UTC]",
    "happened_at": "datetime64[us, UTC]",
    "kind": "object",  # effect.report, effect.resolved, infusion.start, note, mark, amend ...
    "author": "object",
    "late_by_s": "float64",  # NaN where not late
    "summary": "object",  # one line for people
    "superseded_by": "object",
    "payload": "object",  # dict
}
"""Columns and dtypes of `Session.events`: one row a record that is no reading."""

GAPS: Mapping[str, str] = {
    "source": "object",
    "start": "datetime64[us, UTC]",
    "end": "datetime64[us, UTC]",  # NaT: still open at the end of the records
    "cause": "object",  # unplugged, silent, recorder stopped ...
}
"""Columns and dtypes of `Session.gaps`: when a source was not heard."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one writer's chain: what a printed page is made over."""

    writer: str
    count: int
    digest: str


@dataclass(frozen=True, slots=True)
class Patient:
    """Whose session it is: the clinic's id, and name and birth (ISO date) where the ledger knows them."""

    id: str
    name: str = ""
    born: str = ""


@dataclass(frozen=True)
class Session:
    """One session, whole.

    Attributes:
        identifiers: what identifies the patient on a page, first the name, then the birth or the id.
        zone: the clinic's IANA time zone.
        state: ``open``, ``ended`` or ``closed``.
        patient: whose session it is; the id is "" in a session that no ledger gave.
        primary: for each vital the source that metrics use.
        protocol: the pinned monitoring protocol as it was loaded (see analysis/protocol/__init__.py).
        banners: sentences a page must show loudly (demo, experimental adapter, time uncertain ...).
        demo: a simulator was a source, or a device said so. *demo_records*: the readings in which it did.
    """

    id: str
    identifiers: tuple[str, str]
    room: str
    zone: str
    state: str
    opened_at: datetime
    ended_at: datetime | None
    closed_at: datetime | None
    protocol_id: str
    protocol: Mapping[str, Any]
    readings: pd.DataFrame
    events: pd.DataFrame
    gaps: pd.DataFrame
    heads: tuple[Head, ...]
    primary: Mapping[str, str] = field(default_factory=dict)
    course: str = ""
    number: str = ""
    banners: tuple[str, ...] = ()
    demo: bool = False
    clock_speed: float = 1.0
    demo_records: tuple[str, ...] = ()
    patient: Patient = Patient("")

    def codes(self, column: str) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.object_]]:
        """Return a column of the readings as numbers, and the names that they count; it is looked at once."""
        if column not in self._codes:
            self._codes[column] = numbered(self.readings[column].to_numpy())
        return self._codes[column]

    @cached_property
    def _codes(self) -> dict[str, tuple[npt.NDArray[np.intp], npt.NDArray[np.object_]]]:
        return {}


def numbered(names: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.object_]]:
    """Return a number for each of *names*, the same for the same, and the names that they count.

    Mostly all are alike (one source, no variant): then it takes a quarter of the time of `pandas.factorize`.
    """
    if len(names) and (names[:9] == names[0]).all() and (names == names[0]).all():
        return np.zeros(len(names), dtype=np.intp), names[:1]
    return pd.factorize(names)


class InForce(NamedTuple):
    """One row of `Session.events` that no amendment has replaced; *happened* is microseconds UTC."""

    happened: int
    writer: str
    seq: int
    kind: str
    author: str
    summary: str
    payload: Mapping[str, Any]

    @property
    def reference(self) -> str:
        """Return the record: ``writer:seq``."""
        return f"{self.writer}:{self.seq}"


def in_force(events: pd.DataFrame, *beginnings: str) -> list[InForce]:
    """Return the events of some kinds that no amendment has replaced, by (happened_at, writer, seq).

    A kind is meant by its beginning. Few rows of a wide table: as a list in a tenth of the time that
    filtering and sorting the table takes.
    """
    return [row for row in _told(events) if row.kind.startswith(beginnings)]


_LAST: list[tuple[pd.DataFrame, list[InForce]]] = []
"""The table that was asked for last, and its rows: one page or one audit asks a dozen times."""


def _told(events: pd.DataFrame) -> list[InForce]:
    last = _LAST[0] if _LAST else None
    if last is not None and last[0] is events:
        return last[1]
    replaced = events["superseded_by"].to_list()
    happened = events["happened_at"].to_numpy(dtype="datetime64[us]").astype(np.int64).tolist()
    others = [events[name].to_list() for name in InForce._fields[1:]]
    rows = [InForce(*row) for row in zip(happened, *others, strict=True)]
    kept = sorted((row for row, by in zip(rows, replaced, strict=True) if by == ""), key=itemgetter(0, 1, 2))
    _LAST[:] = [(events, kept)]
    return kept


def table(rows: Mapping[str, Any] | list[Mapping[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Return *rows* (columns of values, or a list of rows) as a table with exactly *columns* and dtypes.

    Raises:
        TypeError: a time without a zone stands in a column of UTC times.
    """
    if isinstance(rows, Mapping):
        # pandas would make each text anew, and new ones of those again: five times as long, and more memory.
        rows = {
            name: pd.Series(values, dtype=object)
            if columns.get(name) == "object" and isinstance(values, list | np.ndarray)
            else values
            for name, values in rows.items()
        }
    raw = pd.DataFrame(rows, columns=list(columns))
    # A column of nothing but NaT has no zone of its own, and pandas refuses to cast it to one that has.
    unsaid = {
        name: pd.Series(pd.NaT, raw.index, dtype=dtype)
        for name, dtype in columns.items()
        if dtype.startswith("datetime64") and raw[name].isna().all()
    }
    return raw.assign(**unsaid).astype(dict(columns))
