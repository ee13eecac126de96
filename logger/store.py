"""The only place that opens a ledger: SQLite so that an acknowledged record survives a power cut.

WAL with ``synchronous=FULL`` and one connection that writes and checkpoints; ``vfs=unix-excl`` keeps the
shared memory file off the disk, where a full file system would kill the process (SIGBUS), and shuts other
processes out. Each of these is read back at opening.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import StaticPool

from logger import audit, clock, owner
from logger.errors import DiskFull, LedgerNewer, LedgerOwned, LedgerUnusable, NoSuchSession
from logger.models import Entry, Written
from logger.settings import database_path

SCHEMA = "0001"
"""The newest migration this program knows."""

_INSERT = (
    "INSERT INTO record (session_id, writer, seq, at, kind, author, payload, digest) VALUES (?,?,?,?,?,?,?,?)"
)
_SELECT = "SELECT session_id, writer, seq, at, kind, author, payload, digest FROM record"
_SAFE = {"journal_mode": "wal", "synchronous": 2}


class Store:
    """An open ledger. One thread uses it; `append` has returned means the records are on the disk.

    Attributes:
        path: the database file.
        writer: this ledger's writer, ``[0-9a-z]{8}``.
        ownership: the lock; the control socket announces itself through it.
        reserve_given_up: the disk was full and the reserve file was deleted to go on.
    """

    def __init__(self, url: str, *, create: bool = False, reserve_mb: int = 0, patience: float = 5.0) -> None:
        """Take the ledger and bring its schema up to date.

        Args:
            url: ``sqlite:///path``.
            create: make the file where there is none.
            reserve_mb: size of the reserve file kept beside it.
            patience: seconds to wait for a command that only passes by.

        Raises:
            LedgerOwned, LedgerNewer, LedgerUnusable: each says what to do next.
        """
        self.path = database_path(url)
        if not create and not self.path.exists():
            raise LedgerUnusable(
                f"{self.path}: there is no ledger; record a session first, or give --database"
            )
        self.ownership = owner.take(self.path, patience)
        self.reserve_given_up = False
        self._tails: dict[str, tuple[int, str, int]] = {}
        try:
            self._engine = _engine(self.path)
            self._connection = self._opened()
            self._make_reserve(reserve_mb)
        except BaseException:
            self.ownership.release()
            raise

    def _opened(self) -> Connection:
        stray = self.path.with_name(self.path.name + "-shm")
        stray_before = stray.exists()
        try:
            connection = self._engine.connect()
            self._upgrade(connection)
            for name, safe in _SAFE.items():
                found = connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                if found != safe:
                    raise LedgerUnusable(
                        f"{self.path}: {name} is {found}, not {safe}: this place can't keep records"
                    )
            self.writer = self._identify(connection)
        except (OperationalError, DatabaseError) as error:
            raise _unusable(self.path, error) from error
        if stray.exists() and not stray_before:
            raise LedgerUnusable(
                f"{self.path}: SQLite shares its memory through a file here; use a local disk"
            )
        return connection

    def _upgrade(self, connection: Connection) -> None:
        tables = {
            row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type='table'")
        }
        found = None
        if "alembic_version" in tables:
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        elif tables:
            raise LedgerUnusable(
                f"{self.path}: this is a database of another program; give --database a new file"
            )
        if found == SCHEMA:
            connection.rollback()
            return
        if found is not None and found not in _known_revisions():
            raise LedgerNewer(
                f"{self.path}: written by a newer infusionlog (schema {found}, this one knows {SCHEMA}); update it"
            )
        connection.rollback()
        from alembic import command  # 100 ms: only where something is to be migrated

        command.upgrade(_alembic_config(connection), "head")
        connection.commit()

    def _identify(self, connection: Connection) -> str:
        machine = clock.machine_id()
        row = connection.exec_driver_sql("SELECT writer, machine FROM ledger").one_or_none()
        if row is not None and row[1] == machine:
            connection.rollback()
            return str(row[0])
        writer = "".join(secrets.choice("0123456789abcdefghjkmnpqrstvwxyz") for _ in range(8))
        connection.exec_driver_sql(
            "INSERT INTO ledger (id, writer, machine, boot, anchor_utc, anchor_boot) VALUES (1, ?, ?, '', 0, 0) "
            "ON CONFLICT (id) DO UPDATE SET writer = excluded.writer, machine = excluded.machine, boot = ''",
            (writer, machine),
        )
        connection.commit()
        return writer

    def append(
        self, entries: Sequence[Entry], *, projection: Mapping[str, Any] | None = None
    ) -> list[Written]:
        """Number, chain and commit *entries*, all or none; return them once they are on the disk.

        Time never runs back within a chain: an entry stamped before the one ahead of it takes its time.

        Args:
            entries: of any sessions, in the order they are to stand.
            projection: columns of the session's row that change with them.

        Raises:
            DiskFull: nothing was written, and there is no reserve left to give up.
        """
        written, tails = self._chain(entries)

        def insert(connection: Connection) -> None:
            connection.exec_driver_sql(_INSERT, [_row(record) for record in written])
            if projection:
                columns = ", ".join(f"{name} = ?" for name in projection)
                connection.exec_driver_sql(
                    f"UPDATE session SET {columns} WHERE id = ?", (*projection.values(), entries[0].session)
                )

        if written:
            self._commit(insert)
            self._tails = tails
        return written

    def open_session(
        self,
        row: Mapping[str, Any],
        patient: Mapping[str, Any],
        protocol: tuple[str, str],
        entries: Sequence[Entry],
    ) -> list[Written]:
        """Add a session with its patient (kept if known), its protocol text and its first records, all or none."""
        written, tails = self._chain(entries)

        def insert(connection: Connection) -> None:
            _insert(connection, "patient", patient, on_conflict="DO NOTHING")
            _insert(
                connection, "protocol", {"digest": protocol[0], "text": protocol[1]}, on_conflict="DO NOTHING"
            )
            _insert(connection, "session", row)
            connection.exec_driver_sql(_INSERT, [_row(record) for record in written])

        self._commit(insert)
        self._tails = tails
        return written

    def _chain(self, entries: Sequence[Entry]) -> tuple[list[Written], dict[str, tuple[int, str, int]]]:
        tails = dict(self._tails)
        written = []
        for entry in entries:
            seq, previous, last = tails.get(entry.session) or self._tail(entry.session)
            stamped = entry if entry.at >= last else replace(entry, at=last)
            record = audit.chained(stamped, self.writer, seq, previous)
            tails[entry.session] = (seq + 1, record.digest, record.at)
            written.append(record)
        return written, tails

    def head(self, session: str) -> tuple[int, str]:
        """Return how many records this writer has in a session and the last one's digest."""
        seq, digest, _ = self._tails.get(session) or self._tail(session)
        return seq, digest

    def set_anchor(self, anchor: clock.Anchor) -> None:
        """Keep the session clock's anchor for the next start."""
        self._commit(
            lambda connection: connection.exec_driver_sql(
                "UPDATE ledger SET boot = ?, anchor_utc = ?, anchor_boot = ?",
                (anchor.boot, anchor.utc, anchor.boottime),
            )
        )

    def _commit(self, change: Any) -> None:
        while True:
            try:
                with self._connection.begin():
                    change(self._connection)
            except OperationalError as error:
                if not _is_full(error):
                    raise
                if not self.give_up_reserve():
                    raise DiskFull(
                        f"{self.path}: the disk is full; free space there, then start again: "
                        "the session goes on where it stopped"
                    ) from error
            else:
                return

    def records(self, session: str, after: Mapping[str, int] | None = None, limit: int = -1) -> list[Written]:
        """Return records of a session, merged by (at, writer, seq).

        Args:
            session: its whole id.
            after: for each writer the last seq that the caller has; writers not named: from the first.
            limit: at most so many; -1 means all.
        """
        after = after or {}
        conditions, values = ["session_id = ?"], [session]
        for writer, seq in after.items():
            conditions.append("NOT (writer = ? AND seq <= ?)")
            values += [writer, str(seq)]
        query = f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY at, writer, seq LIMIT {int(limit)}"
        with self._reading() as connection:
            return [Written(*row) for row in connection.exec_driver_sql(query, tuple(values))]

    def sessions(self) -> list[dict[str, Any]]:
        """Return every session's row with its number of records, oldest first."""
        with self._reading() as connection:
            found = connection.exec_driver_sql(
                "SELECT session.*, (SELECT count(*) FROM record WHERE session_id = session.id) AS records "
                "FROM session ORDER BY id"
            )
            return [dict(row) for row in found.mappings()]

    def patient(self, patient: str) -> dict[str, Any]:
        """Return a patient's row, or one with the id alone where the ledger has no identity."""
        with self._reading() as connection:
            row = (
                connection.exec_driver_sql("SELECT * FROM patient WHERE id = ?", (patient,))
                .mappings()
                .one_or_none()
            )
            return dict(row) if row else {"id": patient, "name": None, "born": None}

    def protocol_text(self, digest: str) -> str:
        """Return the text of a pinned protocol."""
        with self._reading() as connection:
            text = connection.exec_driver_sql(
                "SELECT text FROM protocol WHERE digest = ?", (digest,)
            ).scalar()
        if text is None:
            raise NoSuchSession(
                f"{self.path}: the protocol {digest[:12]} is missing; restore the ledger from a backup"
            )
        return str(text)

    def anchor(self) -> clock.Anchor | None:
        """Return the session clock's last anchor, None before the first."""
        with self._reading() as connection:
            boot, utc, boottime = connection.exec_driver_sql(
                "SELECT boot, anchor_utc, anchor_boot FROM ledger"
            ).one()
        return clock.Anchor(utc, boottime, boot) if boot else None

    def newest(self) -> int:
        """Return the time of the newest record in real time, microseconds UTC; 0 where there is none."""
        with self._reading() as connection:
            newest = connection.exec_driver_sql(
                "SELECT max(at) FROM record JOIN session ON session.id = session_id WHERE clock_speed = 1.0"
            ).scalar()
        return int(newest or 0)

    def _tail(self, session: str) -> tuple[int, str, int]:
        with self._reading() as connection:
            row = connection.exec_driver_sql(
                "SELECT seq, digest, at FROM record WHERE session_id = ? AND writer = ? ORDER BY seq DESC LIMIT 1",
                (session, self.writer),
            ).one_or_none()
        return (row[0] + 1, row[1], row[2]) if row else (0, "", 0)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            yield self._connection
        finally:
            self._connection.rollback()

    @property
    def _reserve(self) -> Path:
        return self.path.with_name(self.path.name + ".reserve")

    def _make_reserve(self, megabytes: int) -> None:
        if megabytes and not self._reserve.exists():
            try:
                with self._reserve.open("xb") as file:
                    for _ in range(megabytes):
                        file.write(bytes(1 << 20))
                    os.fsync(file.fileno())
            except OSError as error:
                self._reserve.unlink(missing_ok=True)
                raise LedgerUnusable(
                    f"{self.path}: no room for the reserve of {megabytes} MB ({error.strerror}); "
                    "free space, or set a smaller reserve_mb"
                ) from error

    def give_up_reserve(self) -> bool:
        """Delete the reserve file so that recording can go on; return whether there was one."""
        if not self._reserve.exists():
            return False
        self._reserve.unlink()
        self.reserve_given_up = True
        return True

    def backup(self, target: Path) -> None:
        """Copy the ledger to a new file through SQLite, the only safe way while it is open."""
        driver = self._connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101  the engine was made of it
        copy = sqlite3.connect(target)
        try:
            driver.backup(copy)
        finally:
            copy.close()

    def close(self) -> None:
        """Close the file, then give the lock back."""
        self._connection.close()
        self._engine.dispose()
        self.ownership.release()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _engine(path: Path) -> Engine:
    options = "?mode=rwc" if sys.platform == "win32" else "?mode=rwc&vfs=unix-excl"

    def connect() -> sqlite3.Connection:
        # Autocommit here, BEGIN IMMEDIATE below: so a transaction covers schema changes too.
        return sqlite3.connect(
            f"file:{quote(path.as_posix())}{options}",
            uri=True,
            timeout=2.0,
            check_same_thread=False,
            isolation_level=None,
        )

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)

    @event.listens_for(engine, "connect")
    def settle(connection: sqlite3.Connection, _: object) -> None:
        if sys.platform == "win32":
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


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


def _insert(connection: Connection, table: str, row: Mapping[str, Any], on_conflict: str = "") -> None:
    marks = ", ".join("?" * len(row))
    clause = f" ON CONFLICT {on_conflict}" if on_conflict else ""
    connection.exec_driver_sql(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks}){clause}", tuple(row.values())
    )


def _row(record: Written) -> tuple[Any, ...]:
    return (
        record.session,
        record.writer,
        record.seq,
        record.at,
        record.kind,
        record.author,
        record.payload,
        record.digest,
    )


def _is_full(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


def _unusable(path: Path, error: DatabaseError) -> Exception:
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
