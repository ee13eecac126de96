"""How the database file is opened: safely, or not at all and with a sentence."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from elsewhere import another_program, fill, make_read_only, mounted
from ledgers import url_of
from sqlalchemy import Connection

from logger.errors import DiskFull, LedgerError, LedgerNewer, LedgerOwned, LedgerUnusable
from logger.ledger import schema
from logger.ledger.owner import Ownership
from logger.ledger.store import Store

LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clinic.db"


def test_a_ledger_is_kept_in_wal_with_full_synchronisation_and_foreign_keys(path):
    with opened(path) as connection:
        said = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert said == ["wal", 2, 1]


@pytest.mark.parametrize(("name", "safe"), [("synchronous", 3), ("journal_mode", "delete")])
def test_settings_are_read_back_and_a_place_that_does_not_take_them_is_refused(path, monkeypatch, name, safe):
    monkeypatch.setitem(schema.SAFE, name, safe)
    assert_refused(path, LedgerUnusable, f"{name} is .*, not {safe}")


def test_sqlite_shares_no_memory_through_a_file(path):
    with opened(path) as connection:
        connection.exec_driver_sql("CREATE TABLE written (id INTEGER)")
        connection.commit()
        assert path.with_name("clinic.db-wal").exists()
        assert not path.with_name("clinic.db-shm").exists()


def test_a_ledger_whose_memory_would_be_shared_through_a_file_is_refused(path, monkeypatch):
    connect = sqlite3.connect

    def without_excl(address: str, **more: object) -> sqlite3.Connection:
        return connect(address.replace("&vfs=unix-excl", ""), **more)

    monkeypatch.setattr(schema.sqlite3, "connect", without_excl)
    assert_refused(path, LedgerUnusable, "use a local disk")


def test_a_name_with_marks_of_an_address_is_only_a_name(tmp_path):
    path = tmp_path / "room 1?mode=ro#100%.db"
    with opened(path):
        pass
    assert path.exists()


@pytest.mark.parametrize("raw", [os.urandom(8192), b"SQLite format 2\0" * 512, b"a text\n" * 100])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path, raw):
    path.write_bytes(raw)
    assert_refused(path, LedgerUnusable, "this file is no ledger; give --database another file")
    assert path.read_bytes() == raw


@pytest.mark.parametrize("table", ["patient", "alembic_version", "django_migrations"])
def test_another_programs_database_is_refused_and_left_as_it_is(path, table):
    changed(path, f"CREATE TABLE {table} (version_num TEXT)")
    before = path.read_bytes()
    assert_refused(path, LedgerUnusable, "another program's database; give --database a new file")
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_ledger(path):
    path.write_bytes(b"")
    with opened(path) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM record").scalar() == 0


def test_a_newer_programs_ledger_is_refused(path):
    Store(url_of(path), create=True).close()
    changed(path, "UPDATE alembic_version SET version_num='9999'")
    assert_refused(path, LedgerNewer, "schema 9999; this one knows .*; update it")


def test_a_file_that_another_program_has_locked_is_refused(path):
    Store(url_of(path), create=True).close()
    with another_program(LOCK, path) as program:
        assert program.stdout.readline() == "locked\n"
        assert_refused(path, LedgerOwned, "another program has this file open; close it there")


@pytest.mark.root
def test_a_place_that_can_not_be_written_is_refused(tmp_path):
    with mounted(tmp_path / "disk", "size=4m") as folder:
        Store(url_of(folder / "clinic.db"), create=True).close()
        make_read_only(folder)
        assert_refused(folder / "clinic.db", LedgerUnusable, "can't be written.*--database")
        with pytest.raises(LedgerUnusable, match=r"can't be written.*--database"):
            Store(url_of(folder / "clinic.db"))


@pytest.mark.root
def test_a_disk_without_room_for_a_ledger_is_said_to_be_full(tmp_path):
    with mounted(tmp_path / "disk", "size=1m") as folder:
        fill(folder)
        assert_refused(folder / "clinic.db", DiskFull, "free space there")


def test_a_store_that_was_refused_has_given_the_lock_back(path):
    path.write_bytes(b"a text\n" * 100)
    with pytest.raises(LedgerUnusable):
        Store(url_of(path))
    Ownership(path).release()


@contextmanager
def opened(path: Path) -> Iterator[Connection]:
    engine = schema.engine_of(path)
    try:
        with schema.connect(engine, path) as connection:
            yield connection
    finally:
        engine.dispose()


def changed(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def assert_refused(path: Path, error: type[LedgerError], said: str) -> None:
    with pytest.raises(error, match=said) as refused, opened(path):
        pass
    assert re.match(re.escape(f"{path}: "), str(refused.value))
    assert len(str(refused.value).splitlines()) == 1
