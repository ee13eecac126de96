"""An archive as tables that SQL asks: DuckDB in memory, which reads these files and writes none.

`records` has every row as docs/archive.md has it; `frames` those of readings, `readings` a row a value, as
`Session.readings` names its columns, with `valid` beside it; `events`; `sessions`; and `counted`, the series
that figures of a vital are computed of.
"""

# ruff: noqa: S608  what is put into SQL is names of columns and of files, each in its quotes

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from analysis.archive import columns as form
from analysis.archive.columns import ASPECTS, CORE, KEY, OF_FRAMES, PROTOCOL, READING, VitalColumns
from analysis.archive.reading import NoArchive, said_in
from analysis.session import EVENTS
from devices.errors import UsageError

if TYPE_CHECKING:
    import duckdb


class BadQuestion(UsageError):
    """A question that DuckDB doesn't understand, or that is none."""


SQL = {
    form.WORD: "VARCHAR",
    form.TEXT: "VARCHAR",
    form.NUMBER: "DOUBLE",
    form.COUNT: "BIGINT",
    form.FLAG: "BOOLEAN",
    form.TIME: "TIMESTAMP WITH TIME ZONE",
    form.DEVICE_TIME: "TIMESTAMP",
}
SESSIONS = (
    ("place", pa.int32()),
    ("session", pa.string()),
    ("patient", pa.string()),
    ("room", pa.string()),
    ("zone", pa.string()),
    ("state", pa.string()),
    ("opened_at", pa.timestamp("us", "UTC")),
    ("ended_at", pa.timestamp("us", "UTC")),
    ("closed_at", pa.timestamp("us", "UTC")),
    ("protocol_id", pa.string()),
    ("course", pa.string()),
    ("number", pa.string()),
    ("demo", pa.bool_()),
    ("clock_speed", pa.float64()),
    ("minute_zero", pa.timestamp("us", "UTC")),
    ("anchored", pa.bool_()),
    ("infusion_end", pa.timestamp("us", "UTC")),
)
"""Columns of `sessions`: a number for each, and those of `Facts` that are one value."""


COUNTED = dict.fromkeys(("session", "vital", "name", "source"), pa.string()) | {
    "hold_s": pa.float64(),
    "hold_after_s": pa.float64(),
    "alone": pa.bool_(),
}
"""Columns of `counted`: session and vital, and those of `analysis.archive.facts.Counted`."""

VIEWS = ("records", "frames", "readings", "events")

Said = dict[str, Any]
"""`Facts` as JSON has them."""

NOTHING = VitalColumns("spo2", "spo2", "", "%")
"""The vital whose columns an archive without a reading has: questions are answered with nothing there."""


def ask(files: Sequence[Path], question: str) -> pa.Table:
    """Return the answer to a question in SQL over the sessions of some files.

    Raises:
        BadQuestion: it is not one SELECT, or DuckDB can't answer it; the message is DuckDB's.
        NoArchive: one of the files can't be read.
    """
    import duckdb

    with opened(files) as tables:
        tables.execute(f"SET allowed_paths = {_listed(files)}")
        tables.execute("SET enable_external_access = false")
        tables.execute("SET lock_configuration = true")
        try:
            statements = tables.extract_statements(question)
            if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
                raise BadQuestion("ask: takes one SELECT; an archive is only read")
            return tables.sql(statements[0]).to_arrow_table()
        except duckdb.Error as error:
            raise BadQuestion(f"ask: {error}") from error


@contextmanager
def opened(files: Sequence[Path], views: Sequence[str] = VIEWS) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give the tables over some sessions' files.

    *views*: which of them; each one looks for all files when it is made.

    Raises:
        NoArchive: one of the files can't be read.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(config=config) as tables:
        tables.execute("SET TimeZone = 'UTC'")
        tables.execute("SET parquet_metadata_cache = true")
        said = _said(tables, files)
        _tell(tables, "sessions", _sessions(said))
        _tell(tables, "counted", _counted(said))
        for name, query in _views(files, said).items():
            if name in views:
                tables.execute(f"CREATE VIEW {name} AS {query}")
        yield tables


def quoted(text: object) -> str:
    """Return a text as SQL takes it."""
    return "'" + str(text).replace("'", "''") + "'"


def column(name: str) -> str:
    """Return a column's name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def valid(name: str) -> str:
    """Return the condition under which a value may enter a figure: the law of `analysis.series`.

    Without its last part: SQL knows no anchor.
    """
    said = {aspect: column(name + aspect) for aspect in ASPECTS}
    return (
        f"({said[form.VALUE]} IS NOT NULL AND {said[form.QUALITY]} <> 'invalid' "
        f"AND {said[form.REASON]} IS DISTINCT FROM 'held' AND {said[form.EXCLUDED]} IS NOT TRUE "
        f"AND {said[form.SUPERSEDED_BY]} IS NULL)"
    )


def measured_at(name: str) -> str:
    """Return when a value was measured, in SQL."""
    return f'coalesce({column(name + form.MEASURED_AT)}, "at")'


def _said(tables: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> list[Said]:
    """Return the facts of each file as they are written: `Facts` of a thousand take ten times as long."""
    import duckdb

    if not files:
        return []
    asked = f"SELECT file_name, value FROM parquet_kv_metadata({_listed(files)}) WHERE key = {quoted(KEY)}"
    try:
        found = dict(tables.execute(asked).fetchall())
    except duckdb.Error as error:
        raise NoArchive(
            f"the archive can't be read ({error}); `infusionlog archive` makes it anew"
        ) from error
    return [said_in(path, found.get(str(path))) for path in files]


def _tell(tables: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    tables.register("handed", rows)
    tables.execute(f"CREATE TABLE {name} AS SELECT * FROM handed")
    tables.unregister("handed")


def _sessions(said: Sequence[Said]) -> pa.Table:
    columns = {name: [one.get(name) for one in said] for name, _ in SESSIONS}
    columns["place"] = list(range(len(said)))
    for name, kind in SESSIONS:
        if pa.types.is_timestamp(kind):
            columns[name] = [text and datetime.fromisoformat(text) for text in columns[name]]
    return pa.table(columns, schema=pa.schema(SESSIONS))


def _counted(said: Sequence[Said]) -> pa.Table:
    rows = [(of["session"], vital, one) for of in said for vital, one in of["counted"].items()]
    own = {name: [one[name] for *_, one in rows] for name in COUNTED if name not in ("session", "vital")}
    columns = {"session": [row[0] for row in rows], "vital": [row[1] for row in rows], **own}
    return pa.table(columns, schema=pa.schema(COUNTED))


def _views(files: Sequence[Path], said: Sequence[Said]) -> dict[str, str]:
    """Return the views by name; a column that a file has not is null."""
    vitals = {one["name"]: VitalColumns(**one) for of in said for one in of["vitals"]}
    vitals = vitals or {NOTHING.name: NOTHING}
    types = {name: one.type for name, one in CORE.items()}
    types |= {name + aspect: one.type for name in vitals for aspect, one in ASPECTS.items()}
    if files:
        of_them = ", ".join(
            f"{quoted(name)}: {{name: {quoted(name)}, type: {quoted(SQL[kind])}, default_value: NULL}}"
            for name, kind in types.items()
        )
        records = (
            f"SELECT *, file_index AS place FROM read_parquet({_listed(files)}, schema = MAP {{{of_them}}})"
        )
    else:
        nothing = ", ".join(f"NULL::{SQL[kind]} AS {column(name)}" for name, kind in types.items())
        records = f"SELECT {nothing}, 0 AS place WHERE false"
    of_vitals = "".join(", " + column(name + aspect) for name in vitals for aspect in ASPECTS)
    named = ", ".join(map(column, OF_FRAMES))
    entries = ", ".join(map(column, ("session", *EVENTS)))
    return {
        "records": records,
        "frames": f"SELECT {named}{of_vitals} FROM records WHERE kind = {quoted(READING)}",
        "readings": " UNION ALL ".join(map(_readings, vitals.values())),
        "events": f"SELECT {entries} FROM records WHERE kind NOT IN ({quoted(READING)}, {quoted(PROTOCOL)})",
    }


def _readings(one: VitalColumns) -> str:
    """Return the query for the values of one vital, a row each."""
    said = {aspect: column(one.name + aspect) for aspect in ASPECTS}
    return (
        f'SELECT session, writer, seq, "at", {measured_at(one.name)} AS measured_at, '
        f"{said[form.MEASURED_FROM]} AS measured_from, device_time, {quoted(one.vital)} AS vital, "
        f"{quoted(one.variant)} AS variant, {said[form.VALUE]} AS value, {quoted(one.unit)} AS unit, "
        f"{said[form.QUALITY]} AS quality, coalesce({said[form.REASON]}, '') AS reason, source, "
        f"coalesce(author, '') AS entered_by, coalesce({said[form.EXCLUDED]}, false) AS excluded, "
        f"coalesce({said[form.SUPERSEDED_BY]}, '') AS superseded_by, uncertain, late_by_s, "
        f"{valid(one.name)} AS valid FROM frames WHERE {said[form.QUALITY]} IS NOT NULL"
    )


def _listed(files: Sequence[Path]) -> str:
    return f"[{', '.join(map(quoted, files))}]"
