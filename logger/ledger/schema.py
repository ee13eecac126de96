"""Opens the database file in the one safe way, and brings its tables up to date.

WAL with ``synchronous=FULL``: of the settings that keep every acknowledged record through a power cut the
quickest. ``vfs=unix-excl`` keeps SQLite's shared memory off the disk, where a full file system would kill
the process (SIGBUS), and shuts other processes out; Windows has locking_mode=EXCLUSIVE for it.
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from logger.errors import DiskFull, LedgerError, LedgerNewer, LedgerOwned, LedgerUnusable

SCHEMA = "0003"
"""The newest migration this program knows."""

READABLE = frozenset({"0001", "0002", SCHEMA})
"""The schemas that can be looked at where nothing can be written: what is missing in older ones is empty."""

SAFE = {"journal_mode": "wal", "synchronous": 2}
"""What the settings must read back as; 2 is FULL."""


def engine_of(path: Path, *, read_only: bool = False) -> Engine:
    """Return an engine with one connection to the file, which is made if it is not there.

    *read_only* is for a place where nothing can be written: SQLite then takes the file as it stands.
    """
    options = "mode=rwc" if sys.platform == "win32" else "mode=rwc&vfs=unix-excl"
    options = "mode=ro&immutable=1" if read_only else options
    uri = f"file:{quote(path.as_posix())}?{options}"

    def connect() -> sqlite3.Connection:
        # Autocommit here, BEGIN IMMEDIATE below: so a transaction covers changes of the schema too.
        found = sqlite3.connect(uri, uri=True, timeout=2.0, check_same_thread=False, isolation_level=None)
        try:
            _refuse_foreign(found, path)
        except BaseException:
            found.close()
            raise
        return found

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)

    @event.listens_for(engine, "connect")
    def settle(connection: sqlite3.Connection, _: object) -> None:
        if read_only:
            return
        if sys.platform == "win32":
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def connect(engine: Engine, path: Path) -> Connection:
    """Return the connection with its settings read back and its tables up to date.

    Raises:
        LedgerOwned, LedgerNewer, LedgerUnusable, DiskFull: each says what to do next.
    """
    shared = path.with_name(path.name + "-shm")
    shared_before = shared.exists()
    try:
        connection = engine.connect()
        _upgrade(connection, path)
        for name, safe in SAFE.items():
            found = connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            if found != safe:
                raise LedgerUnusable(f"{path}: {name} is {found}, not {safe}: this place can't keep records")
        connection.rollback()
    except DatabaseError as error:
        raise unusable(path, error) from error
    if shared.exists() and not shared_before:
        raise LedgerUnusable(f"{path}: SQLite shares its memory through a file here; use a local disk")
    return connection


def look_at(engine: Engine, path: Path) -> Connection:
    """Return the connection to a ledger where nothing can be written.

    Raises:
        LedgerUnusable: records are still beside the file, or its tables are of another version.
    """
    beside = path.with_name(path.name + "-wal")
    if beside.exists() and beside.stat().st_size:
        raise LedgerUnusable(
            f"{path}: its last records are still in {beside.name}; copy both to a place that can be written"
        )
    try:
        connection = engine.connect()
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        connection.rollback()
    except DatabaseError as error:
        raise unusable(path, error) from error
    if found not in READABLE:
        raise LedgerUnusable(
            f"{path}: has schema {found}, not {SCHEMA}; copy it to a place that can be written"
        )
    return connection


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Leave another program's database as it is: settings such as WAL are written into the file."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")}
    if tables and not tables >= {"alembic_version", "ledger"}:
        raise LedgerUnusable(f"{path}: this is another program's database; give --database a new file")


def _upgrade(connection: Connection, path: Path) -> None:
    made = connection.exec_driver_sql("SELECT 1 FROM sqlite_schema WHERE name='alembic_version'").scalar()
    found = made and connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    connection.rollback()
    if found == SCHEMA:
        return
    if found is not None and found not in _known_revisions():
        raise LedgerNewer(
            f"{path}: written by a newer infusionlog (schema {found}; this one knows {SCHEMA}); update it"
        )
    from alembic import command  # 100 ms: only where something is to be migrated

    command.upgrade(_alembic_config(connection), "head")
    connection.commit()


def _alembic_config(connection: Connection | None = None) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _known_revisions() -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(_alembic_config()).walk_revisions()}


def is_full(error: DatabaseError) -> bool:
    """Return whether SQLite says that the disk is full."""
    return getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


def unusable(path: Path, error: DatabaseError) -> LedgerError:
    """Return the error of this program for one of SQLite's."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LedgerOwned(f"{path}: another program has this file open; close it there, then try again")
    if code == sqlite3.SQLITE_NOTADB:
        return LedgerUnusable(f"{path}: this file is no ledger; give --database another file")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return LedgerUnusable(
            f"{path}: can't be written by this user; change its rights, or give --database another file"
        )
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(f"{path}: the disk is full; free space there and start again")
    return LedgerUnusable(f"{path}: {error.orig}; run `infusionlog doctor`")
