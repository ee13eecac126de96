"""Makes a session's file. The same session gives the same bytes.

Sizes were measured on two hours of eight numbers a second: arrival times as differences take 19 kB (half of
them is the jitter of the line itself), 25 kB plain; the numbers 24 kB by dictionary, 28 kB plain or by bytes.
Statistics of every column would add 2 kB and a millisecond, and only times are looked for by them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.archive import columns as form
from analysis.archive.columns import ASPECTS, KEY, PROTOCOL, READING, types_of
from analysis.archive.counting import counted
from analysis.archive.facts import Facts, as_text, facts_of
from analysis.archive.wide import NAT, Ints, Wide, Words, wide
from analysis.protocol import Protocol, read_protocol
from analysis.session import Session
from analysis.timeline import timeline_of
from devices.program import program

ARROW = {
    form.WORD: pa.dictionary(pa.int32(), pa.string()),
    form.TEXT: pa.string(),
    form.NUMBER: pa.float64(),
    form.COUNT: pa.int64(),
    form.FLAG: pa.bool_(),
    form.TIME: pa.timestamp("us", "UTC"),
    form.DEVICE_TIME: pa.timestamp("us"),
}
AS_DIFFERENCES = {form.COUNT, form.TIME, form.DEVICE_TIME}
"""Types of columns whose neighbours are near each other."""


def write(session: Session, path: Path) -> Path:
    """Write a session's file to *path*, whole or not at all; its folder is made.

    It is not flushed to the disk: what a power cut leaves of it can't be read, and is made anew.

    Raises:
        OSError: nothing can be written there.
    """
    rows = wide(session.readings)
    types = types_of(rows.vitals)
    columns = {**_core(session, rows), **_of_vitals(rows, len(session.events) + 1)}
    table = pa.table({name: columns[name] for name in types})
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        made = pa.BufferOutputStream()  # a page would be a system call of its own: 0.4 ms more a file
        with pq.ParquetWriter(made, table.schema, **_stored(tuple(types.items()))) as file:
            file.add_key_value_metadata({KEY: as_text(_facts(session, rows))})
            file.write_table(table)
        part.touch(mode=0o600)
        part.write_bytes(made.getvalue())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _core(session: Session, rows: Wide) -> dict[str, pa.Array]:
    """Return the columns of `CORE`: the frames, then the events, then the protocol's row."""
    events, firsts = session.events, rows.firsts
    nobody = Words(np.zeros(len(rows.codes), dtype=np.uint8), [""])
    nothing = [None] * len(firsts)

    def words(known: Words, after: Sequence[str], last: str = "") -> pa.Array:
        return _words(known.codes[firsts], known.words, [*after, last])

    def numbers(kind: str, frames: str | None, after: str | None) -> pa.Array:
        none = np.nan if kind == form.NUMBER else NAT
        before = np.full(len(firsts), none) if frames is None else rows.plain[frames][firsts]
        behind = np.full(len(events), none) if after is None else _plain(events[after])
        return _numbers(kind, np.concatenate((before, behind, np.full(1, none))))

    silent = [""] * len(events)
    payloads = [orjson.dumps(payload).decode() for payload in events["payload"]]
    return {
        "session": words(nobody._replace(words=[session.id]), [session.id] * len(events), session.id),
        "kind": words(nobody._replace(words=[READING]), events["kind"].to_list(), PROTOCOL),
        "writer": words(rows.words["writer"], events["writer"].to_list()),
        "seq": numbers(form.COUNT, "seq", "seq"),
        "at": numbers(form.TIME, "at", "at"),
        "device_time": numbers(form.DEVICE_TIME, "device_time", None),
        "source": words(rows.words["source"], silent),
        "author": words(rows.words["entered_by"], events["author"].to_list()),
        "uncertain": pa.array(
            np.append(rows.plain["uncertain"][firsts], np.zeros(len(events) + 1, dtype=bool))
        ),
        "late_by_s": numbers(form.NUMBER, "late_by_s", "late_by_s"),
        "happened_at": numbers(form.TIME, None, "happened_at"),
        "summary": pa.array([*nothing, *events["summary"], None], pa.string()),
        "superseded_by": words(nobody, events["superseded_by"].to_list()),
        "payload": pa.array([*nothing, *payloads, orjson.dumps(session.protocol).decode()], pa.string()),
    }


def _of_vitals(rows: Wide, after: int) -> dict[str, pa.Array]:
    """Return the columns of every vital, with nothing in the last *after* rows."""
    count = len(rows.firsts) + after
    places = rows.codes.astype(np.intp) * count + rows.frames
    saying = {aspect for one in rows.vitals for aspect in one.aspects}
    stood = {aspect: _side_by_side(aspect, rows, places, count) for aspect in saying}
    known = {
        aspect: pa.array(rows.words[aspect.removeprefix("_")].words, pa.string())
        for aspect in saying
        if ASPECTS[aspect].type == form.WORD
    }
    return {
        one.name + aspect: _aspect(aspect, stood[aspect][place], known.get(aspect))
        for place, one in enumerate(rows.vitals)
        for aspect in one.aspects
    }


def _side_by_side(aspect: str, rows: Wide, places: Ints, count: int) -> npt.NDArray[Any]:
    """Return what all values say of an aspect, a row a vital: texts as numbers of them, -1 for nothing."""
    name, kind = aspect.removeprefix("_") or "value", ASPECTS[aspect].type
    silent: Any = {form.WORD: np.int32(-1), form.FLAG: np.False_, form.NUMBER: np.nan}.get(kind, NAT)
    stood = np.full(len(rows.vitals) * count, silent)
    if kind != form.WORD:
        values = rows.plain[name]
        stood[places] = np.where(values == rows.plain["at"], NAT, values) if name == "measured_at" else values
    else:
        codes, texts = rows.words[name]
        stood[places] = codes
        if aspect != form.QUALITY and "" in texts:
            stood[stood == texts.index("")] = silent
    return stood.reshape(-1, count)


def _aspect(aspect: str, column: npt.NDArray[Any], texts: pa.Array | None) -> pa.Array:
    """Return one column; *texts* are those that its numbers count, where it is of words."""
    if texts is not None:
        return pa.DictionaryArray.from_arrays(pa.array(column, mask=column < 0), texts)
    kind = ASPECTS[aspect].type
    return pa.array(column) if kind == form.FLAG else _numbers(kind, column)


def _words(codes: Ints, texts: Sequence[str], after: Sequence[str]) -> pa.Array:
    """Return a column of words: *codes* into *texts*, then *after*; an empty text is null."""
    places = {text: place for place, text in enumerate(texts)}
    behind = [places.setdefault(text, len(places)) for text in after]
    codes = np.concatenate((codes, behind)).astype(np.int32)
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, mask=codes == places.get("", -1)), pa.array(list(places), pa.string())
    )


def _numbers(kind: str, values: npt.NDArray[Any]) -> pa.Array:
    """Return a column of numbers or times; NaN and NaT are null."""
    if kind == form.NUMBER:
        return pa.array(values, from_pandas=True)
    return pa.array(values, mask=values == NAT).view(ARROW[kind])


def _plain(column: pd.Series[Any]) -> npt.NDArray[Any]:
    if column.dtype.kind == "M":
        return column.to_numpy(dtype="datetime64[us]").view(np.int64)
    return column.to_numpy()


def _facts(session: Session, rows: Wide) -> Facts:
    timeline, protocol = timeline_of(session), _read(orjson.dumps(session.protocol), session.protocol_id)
    return facts_of(
        session,
        timeline,
        rows.vitals,
        counted(rows, timeline, protocol, session.primary),
        made_by=program(),
        frames=len(rows.firsts),
        events=len(session.events),
    )


@lru_cache(maxsize=16)
def _read(protocol: bytes, profile: str) -> Protocol:
    """Return a protocol; the sessions of a clinic share a few."""
    return read_protocol(orjson.loads(protocol), profile)


@cache
def _stored(types: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """Return how columns of these types are stored: see the figures at the top."""
    near = [name for name, kind in types if kind in AS_DIFFERENCES]
    return {
        "compression": {name: "none" if kind == form.WORD else "zstd" for name, kind in types},
        "store_schema": False,
        "use_dictionary": [name for name, kind in types if kind in (form.WORD, form.NUMBER)],
        "column_encoding": dict.fromkeys(near, "DELTA_BINARY_PACKED"),
        "write_statistics": ["at"],
    }
