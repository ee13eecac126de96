"""Reads a session's file: its facts alone, its frames as one wide table, or the whole `Session` again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.archive import columns as form
from analysis.archive.columns import ASPECTS, CORE, KEY, OF_FRAMES, VERSION, types_of
from analysis.archive.facts import Facts, demo_records, from_json, gaps_table
from analysis.archive.wide import ordered, words_of
from analysis.session import EVENTS, READINGS, Patient, Session, table
from devices.errors import InfusionlogError

Column = npt.NDArray[Any]


class NoArchive(InfusionlogError):
    """A file is no session's file of this form."""


def read_facts(path: Path) -> Facts:
    """Return what a session's file says of it, without reading its rows.

    Raises:
        NoArchive: it is no such file, is damaged, or is of another version of the form.
        FileNotFoundError: there is none.
    """
    return _facts(path, _metadata(path))


def frames(path: Path) -> pd.DataFrame:
    """Return the readings of a session as they stand in its file: one row a frame, by (at, writer, seq).

    Columns: those of `OF_FRAMES`, then each vital's, as docs/archive.md has them; times are
    ``datetime64[us, UTC]``, numbers float with NaN, texts None where there is nothing to say.

    Raises:
        NoArchive, FileNotFoundError: as `read_facts` has it.
    """
    metadata = _metadata(path)
    facts = _facts(path, metadata)
    types = types_of(facts.vitals)
    types = {name: kind for name, kind in types.items() if name not in CORE or name in OF_FRAMES}
    rows = _rows(path, metadata, types).slice(0, facts.frames)
    index = pd.RangeIndex(rows.num_rows)  # one for all: pandas aligns columns that each have their own
    made = {
        name: _series(_column(rows.column(name), kind, None), kind, index) for name, kind in types.items()
    }
    return pd.DataFrame(made, index=index, copy=False)


def read(path: Path, patient: Patient | None = None, identifiers: tuple[str, str] | None = None) -> Session:
    """Return the `Session` that was written to a file: equal in every table and attribute.

    Its readings come by (measured_at, writer, seq), as the ledger hands them over.

    Args:
        path: of the file.
        patient: who it is, which the file does not hold; else the id is all that is known.
        identifiers: what identifies the patient on a page; else the id again.

    Raises:
        NoArchive, FileNotFoundError: as `read_facts` has it.
    """
    metadata = _metadata(path)
    facts = _facts(path, metadata)
    rows = _rows(path, metadata, types_of(facts.vitals))
    return Session(
        id=facts.session,
        identifiers=identifiers or (f"Patient {facts.patient}", f"id {facts.patient}"),
        room=facts.room,
        zone=facts.zone,
        state=facts.state,
        opened_at=facts.opened_at,
        ended_at=facts.ended_at,
        closed_at=facts.closed_at,
        protocol_id=facts.protocol_id,
        protocol=orjson.loads(rows.column("payload")[-1].as_py()),
        readings=_readings(facts, rows.slice(0, facts.frames)),
        events=_events(rows.slice(facts.frames, facts.events)),
        gaps=gaps_table(facts),
        heads=facts.heads,
        primary=facts.primary,
        course=facts.course,
        number=facts.number,
        banners=facts.banners,
        demo=facts.demo,
        clock_speed=facts.clock_speed,
        demo_records=demo_records(facts),
        patient=patient or Patient(facts.patient),
    )


def _metadata(path: Path) -> pq.FileMetaData:
    try:
        return pq.read_metadata(path)
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise NoArchive(
            f"{path}: can't be read as Parquet ({error}); `infusionlog archive` makes it anew"
        ) from error


def _facts(path: Path, metadata: pq.FileMetaData) -> Facts:
    return from_json(said_in(path, (metadata.metadata or {}).get(KEY.encode())))


def said_in(path: Path, text: bytes | None) -> dict[str, Any]:
    """Return the facts in the metadata of *path* as JSON has them.

    Raises:
        NoArchive: there are none, or of another version of the form.
    """
    if text is None:
        raise NoArchive(f"{path}: is no session's file; move it out of the archive")
    said: dict[str, Any] = orjson.loads(text)
    if said.get("version") != VERSION:
        raise NoArchive(
            f"{path}: is of version {said.get('version')} of the form, and this program reads {VERSION}; "
            "`infusionlog archive` makes it anew"
        )
    return said


def _rows(path: Path, metadata: pq.FileMetaData, types: Mapping[str, str]) -> pa.Table:
    """Return columns of a file, texts of which there are few as numbers of them."""
    words = [name for name, kind in types.items() if kind == form.WORD]
    try:
        with pq.ParquetFile(path, metadata=metadata, read_dictionary=words) as file:
            return file.read(columns=list(types), use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise NoArchive(f"{path}: is damaged ({error}); `infusionlog archive` makes it anew") from error


def _column(column: pa.ChunkedArray, kind: str, nothing: str | None = "") -> Column:
    """Return a column as numpy has it; null is *nothing* in a text, NaN, NaT, or false."""
    whole = column.combine_chunks()
    if kind == form.WORD:
        words = np.array([*whole.dictionary.to_pylist(), nothing], dtype=object)
        told: Column = words[whole.indices.fill_null(len(words) - 1).to_numpy()]
        return told
    if kind == form.TEXT:
        return np.array(whole.fill_null("").to_pylist(), dtype=object)
    if kind == form.FLAG:
        whole = whole.fill_null(False)
    plain: Column = whole.to_numpy(zero_copy_only=False)
    return plain


def _series(column: Column, kind: str, index: pd.RangeIndex) -> Any:
    """Return a column so that pandas takes it as it is."""
    if kind == form.TIME:
        return pd.DatetimeIndex(column, tz="UTC")
    return pd.Series(column, index, dtype=object) if column.dtype == object else column


def _events(rows: pa.Table) -> pd.DataFrame:
    """Return `Session.events`."""
    types = {name: CORE[name].type for name in EVENTS}
    made: dict[str, Any] = {name: _column(rows.column(name), kind) for name, kind in types.items()}
    made |= {name: pd.DatetimeIndex(made[name], tz="UTC") for name in ("at", "happened_at")}
    return table({**made, "payload": [orjson.loads(payload) for payload in made["payload"]]}, EVENTS)


def _readings(facts: Facts, rows: pa.Table) -> pd.DataFrame:
    """Return `Session.readings`: a row for each value that arrived."""
    vitals = facts.vitals
    there = _side_by_side(
        [rows.column(one.name + form.QUALITY).is_valid().to_numpy() for one in vitals], rows, bool
    )
    frame, vital = np.nonzero(there)

    def of_frames(name: str) -> Column:
        return _column(rows.column(name), CORE[name].type)[frame]

    def of_values(aspect: str, nothing: object, dtype: str) -> Column:
        silent = np.full(rows.num_rows, nothing, dtype=dtype)
        kind = ASPECTS[aspect].type
        told = [
            _column(rows.column(one.name + aspect), kind) if aspect in one.aspects else silent
            for one in vitals
        ]
        return _side_by_side(told, rows, dtype)[there]

    def named(texts: Sequence[str]) -> Column:
        return np.array(texts, dtype=object)[vital]

    at, measured = of_frames("at"), of_values(form.MEASURED_AT, "NaT", "datetime64[us]")
    made = {
        "writer": of_frames("writer"),
        "seq": of_frames("seq"),
        "at": at,
        "measured_at": np.where(np.isnat(measured), at, measured),
        "measured_from": of_values(form.MEASURED_FROM, "NaT", "datetime64[us]"),
        "device_time": of_frames("device_time"),
        "vital": named([one.vital for one in vitals]),
        "variant": named([one.variant for one in vitals]),
        "value": of_values(form.VALUE, np.nan, "float64"),
        "unit": named([one.unit for one in vitals]),
        "quality": of_values(form.QUALITY, "", "object"),
        "reason": of_values(form.REASON, "", "object"),
        "source": of_frames("source"),
        "entered_by": of_frames("author"),
        "excluded": of_values(form.EXCLUDED, False, "bool"),
        "superseded_by": of_values(form.SUPERSEDED_BY, "", "object"),
        "uncertain": of_frames("uncertain"),
        "late_by_s": of_frames("late_by_s"),
    }
    order, _ = ordered(made["measured_at"], words_of(made["writer"]).codes, made["seq"])
    if order is not None:
        made = {name: column[order] for name, column in made.items()}
    zoned = {name: pd.DatetimeIndex(made[name], tz="UTC") for name in ("at", "measured_at", "measured_from")}
    return table({**made, **zoned}, READINGS)


def _side_by_side(columns: Sequence[Column], rows: pa.Table, dtype: str | type) -> Column:
    """Return columns as a matrix, a row a frame; of none, one without columns."""
    return np.column_stack(columns) if columns else np.zeros((rows.num_rows, 0), dtype=dtype)
