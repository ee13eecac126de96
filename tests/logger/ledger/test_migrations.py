"""The tables as the migrations make them: those of the models, and they keep their law themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from ledgers import url_of
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from logger.ledger import schema
from logger.ledger.store import Store

RECORD = {
    "session_id": "s",
    "writer": "w",
    "seq": 0,
    "at": 1,
    "kind": "note",
    "author": "a",
    "payload": "{}",
    "digest": "0" * 64,
}
SESSION = {
    "id": "s",
    "room": "1",
    "patient": "INVENTED-1",
    "protocol": "p",
    "protocol_digest": "d",
    "zone": "UTC",
    "opened_at": 1,
    "state": "open",
    "demo": 0,
    "clock_speed": 1.0,
}
LEDGER = {"id": 2, "writer": "w", "machine": "m", "boot": "", "anchor_utc": 0, "anchor_boot": 0}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """Return the connection to a ledger that the migrations have just made, with one patient and protocol."""
    engine = schema.engine_of(tmp_path / "clinic.db")
    connection = schema.connect(engine, tmp_path / "clinic.db")
    add(connection, "patient", {"id": "INVENTED-1"})
    add(connection, "protocol", {"digest": "d", "text": "t"})
    yield connection
    connection.close()
    engine.dispose()


def test_the_migrations_make_exactly_the_tables_of_the_models(connection):
    # SQLite knows one type of text only: VARCHAR and TEXT are both it.
    def differs(_: object, __: object, ___: object, made: TypeEngine, wanted: TypeEngine) -> bool:
        return made._type_affinity is not wanted._type_affinity

    context = MigrationContext.configure(connection, opts={"compare_type": differs})
    assert compare_metadata(context, SQLModel.metadata) == []


def test_the_tables_have_the_checks_of_the_models(connection):
    for table in SQLModel.metadata.tables.values():
        wanted = {str(one.sqltext) for one in table.constraints if hasattr(one, "sqltext")}
        made = connection.exec_driver_sql(f"SELECT sql FROM sqlite_schema WHERE name='{table.name}'").scalar()
        assert [check for check in wanted if f"CHECK ({check})" not in made] == []
        assert "STRICT" in made


def test_the_newest_migration_is_the_one_that_this_program_knows(connection):
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    assert found == schema.SCHEMA == max(schema._known_revisions())


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("record", RECORD | {"seq": -1}),
        ("record", RECORD | {"at": 0}),
        ("record", RECORD | {"digest": "0123456789"}),
        ("record", RECORD | {"at": "noon"}),
        ("record", RECORD | {"seq": 0.5}),
        ("record", RECORD | {"payload": None}),
        ("record", RECORD | {"payload": b"\x00"}),
        ("session", SESSION | {"state": "forgotten"}),
        ("session", SESSION | {"opened_at": "noon"}),
        ("session", SESSION | {"clock_speed": "fast"}),
        ("session", SESSION | {"patient": "nobody"}),
        ("session", SESSION | {"protocol_digest": "unknown"}),
        ("ledger", LEDGER),
    ],
)
def test_what_breaks_the_law_of_a_table_is_refused(connection, table, row):
    with pytest.raises(IntegrityError):
        add(connection, table, row)


@pytest.mark.parametrize(
    ("table", "row"), [("record", RECORD), ("session", SESSION), ("ledger", LEDGER | {"id": 1})]
)
def test_a_row_stands_once(connection, table, row):
    add(connection, table, row)
    with pytest.raises(IntegrityError):
        add(connection, table, row)


def test_a_ledger_that_is_up_to_date_is_left_alone(tmp_path, monkeypatch):
    Store(url_of(tmp_path / "clinic.db"), create=True).close()
    before = tables(tmp_path / "clinic.db")
    monkeypatch.setattr("alembic.command.upgrade", lambda *_: pytest.fail("nothing is to be migrated"))
    Store(url_of(tmp_path / "clinic.db")).close()
    assert tables(tmp_path / "clinic.db") == before


def add(connection: Connection, table: str, row: dict[str, object]) -> None:
    places = ", ".join("?" for _ in row)
    with connection.begin():
        connection.exec_driver_sql(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", tuple(row.values())
        )


def tables(path: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT name FROM sqlite_schema ORDER BY name").fetchall()
