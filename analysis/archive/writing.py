"""Makes a session's file. The same session gives the same bytes.

Sizes were measured on two hours of eight numbers a second: arrival times as differences take 19 kB (half of
them is the jitter of the line itself), 25 kB plain; the numbers 24 kB by dictionary, 28 kB plain or by bytes.
Statistics of every column would add 2 kB and a millisecond, and only times are looked for by them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.metadata import version
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
        with pq.ParquetWriter(part, table.schema, **_stored(tuple(types.items()))) as file:
            file.add_key_value_metadata({KEY: as_text(_facts(session, rows))})
            file.write_table(table)
        part.chmod(0o600)
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
    made: dict[str, pa.Array] = {}
    for place, vital in enumerate(rows.vitals):
        of_it = np.flatnonzero(rows.codes == place)
        frames = rows.frames[of_it]
        for aspect in vital.aspects:
            made[vital.name + aspect] = _aspect(aspect, rows, of_it, frames, count)
    return made


def _aspect(aspect: str, rows: Wide, of_it: Ints, frames: Ints, count: int) -> pa.Array:
    """Return one column: what the values at *of_it* say, in the rows *frames*."""
    name, kind = aspect.removeprefix("_") or "value", ASPECTS[aspect].type
    if kind == form.WORD:
        codes = np.full(count, -1, dtype=np.int32)
        known = rows.words[name]
        codes[frames] = known.codes[of_it]
        silent = codes < 0
        if aspect != form.QUALITY and "" in known.words:
            silent |= codes == known.words.index("")
        return pa.DictionaryArray.from_arrays(
            pa.array(codes, mask=silent), pa.array(known.words, pa.string())
        )
    if kind == form.FLAG:
        flags = np.zeros(count, dtype=np.bool_)
        flags[frames] = rows.plain[name][of_it]
        return pa.array(flags)
    values = np.full(count, np.nan if kind == form.NUMBER else NAT)
    values[frames] = rows.plain[name][of_it]
    if aspect == form.MEASURED_AT:
        values[frames[values[frames] == rows.plain["at"][of_it]]] = NAT
    return _numbers(kind, values)


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
def program() -> str:
    """Return this program and its version; looking for it takes a millisecond."""
    return f"infusionlog {version('infusionlog')}"


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
