"""The only place that reads and writes a ledger's rows. `append` has returned means: it is on the disk."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, func, insert, not_, select, true, update
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import SQLModel

from logger import clock
from logger.errors import DiskFull, LedgerUnusable, NoSuchSession
from logger.ledger import audit, owner, schema
from logger.ledger.feed import Feed
from logger.ledger.models import Entry, Ledger, Patient, Protocol, Record, Session, User, Written
from logger.ledger.reserve import Reserve
from logger.settings import database_path

_RECORD, _SESSION, _PATIENT, _PROTOCOL, _USER, _LEDGER = (
    SQLModel.metadata.tables[model.__tablename__]  # type: ignore[index]
    for model in (Record, Session, Patient, Protocol, User, Ledger)
)
_WRITER_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # base 32 without i, l, o, u: read aloud without error

_CHAINS = """
WITH RECURSIVE chain (id, clock_speed, writer) AS (
    SELECT id, clock_speed, (SELECT min(writer) FROM record WHERE session_id = session.id) FROM session
    UNION ALL
    SELECT id, clock_speed, (SELECT min(writer) FROM record WHERE session_id = id AND writer > chain.writer)
    FROM chain WHERE writer IS NOT NULL
), ended (id, clock_speed, writer, seq) AS (
    SELECT id, clock_speed, writer,
        (SELECT max(seq) FROM record WHERE session_id = id AND record.writer = chain.writer)
    FROM chain WHERE writer IS NOT NULL
)"""
"""The chains of all sessions and their last numbers, by a step down the primary key for each: to count rows
reads the whole ledger, and every recording stands still meanwhile (measured: 110 ms for 460,000 records)."""
_STREAMS = (
    "WITH RECURSIVE stream (id) AS (SELECT min(session_id) FROM record UNION ALL SELECT "
    "(SELECT min(session_id) FROM record WHERE session_id > stream.id) FROM stream WHERE id IS NOT NULL) "
    "SELECT id FROM stream WHERE id IS NOT NULL"
)
_COUNTED = "SELECT id, sum(seq + 1) AS records FROM ended GROUP BY id"
_NEWEST = (
    "SELECT max((SELECT at FROM record WHERE session_id = id AND writer = ended.writer AND seq = ended.seq)) "
    "FROM ended WHERE clock_speed = 1.0"
)

STREAMED = ("reading", "unread", "wave")
"""The kinds that devices make by the second: nearly all records of a session."""

Tail = tuple[int, str, int]
"""The end of this writer's chain of a session: the next seq, the last digest, the last time."""


class Store:
    """An open ledger. One thread uses it.

    Attributes:
        path: the database file.
        writer: this ledger's writer, eight letters and digits.
        ownership: the lock; the control socket announces itself through it.
        reserve: the space held back.
        read_only: nothing can be written.
        changed: the streams that records were added to; who signs their heads empties it.
        feed: the same for who copies them, and never emptied.
    """

    def __init__(
        self,
        url: str,
        *,
        create: bool = False,
        reserve_mb: int = 0,
        patience: float = 5.0,
        read_only: bool = False,
    ) -> None:
        """Take the ledger and bring its schema up to date.

        Args:
            url: ``sqlite:///path``.
            create: make the file where there is none.
            reserve_mb: size of the reserve kept beside it.
            patience: seconds to wait for a command that only passes by.
            read_only: look at a ledger where nothing can be written, an archive's copy; takes no lock.

        Raises:
            LedgerOwned, LedgerNewer, LedgerUnusable, DiskFull: each says what to do next.
        """
        self.path = database_path(url)
        if not create and not self.path.exists():
            raise LedgerUnusable(f"{self.path}: there is no ledger; record a session, or give --database")
        self.ownership: owner.Ownership | owner.Onlooker = (
            owner.Onlooker() if read_only else owner.take(self.path, patience)
        )
        self.reserve = Reserve(self.path)
        self._tails: dict[str, Tail] = {}
        self.changed: set[str] = set()
        self.feed = Feed(self.streams)
        self.read_only = read_only
        if create and not self.path.exists():
            with suppress(OSError):  # SQLite says it better
                self.path.touch(mode=0o600)  # names and births stand in it; SQLite would let everybody read
        self._engine = schema.engine_of(self.path, read_only=read_only)
        try:
            open_it = schema.look_at if read_only else schema.connect
            self._connection = open_it(self._engine, self.path)
            self.writer = "" if read_only else self._identify(clock.machine_id())
            self.reserve.make(reserve_mb)
        except BaseException:
            self._engine.dispose()
            self.ownership.release()
            raise

    def _identify(self, machine: str) -> str:
        """Return the file's writer; a copy of it, on this machine or another, begins one of its own."""
        place = f"{machine} {self.path.resolve()}"
        with self.reading() as connection:
            row = connection.execute(select(_LEDGER.c.writer, _LEDGER.c.machine)).one_or_none()
        if row is None or row.machine not in (place, machine):
            return self.begin_writer(place)
        if row.machine == machine:  # written before the place was part of it
            self.commit(lambda connection: connection.execute(update(_LEDGER).values(machine=place)))
        return str(row.writer)

    def begin_writer(self, place: str | None = None) -> str:
        """Begin a new writer, whose chains start at 0: for a file that is another one than it was."""
        self.writer = "".join(secrets.choice(_WRITER_ALPHABET) for _ in range(8))
        place = place or f"{clock.machine_id()} {self.path.resolve()}"
        identity = {"writer": self.writer, "machine": place, "boot": "", "anchor_utc": 0, "anchor_boot": 0}
        self.commit(
            lambda connection: connection.execute(
                insert_or(_LEDGER).values(id=1, **identity).on_conflict_do_update(["id"], set_=identity)
            )
        )
        self._tails.clear()
        return self.writer

    def append(
        self,
        entries: Sequence[Entry],
        *,
        projection: Mapping[str, Any] | None = None,
        user: Mapping[str, Any] | None = None,
    ) -> list[Written]:
        """Number, chain and commit *entries*, all or none; return them once they are on the disk.

        Time never runs back within a chain: an entry stamped before the one ahead of it takes its time.

        Args:
            entries: of any sessions, in the order they are to stand.
            projection: columns of the first entry's session that change with them.
            user: a user's name and the columns of that row that are made or change with them.

        Raises:
            DiskFull: nothing was written, and there is no reserve left to give up.
        """
        if not entries:
            return []
        written, tails = self._chain(entries)
        rows = [_row(record) for record in written]

        def change(connection: Connection) -> None:
            connection.execute(insert(_RECORD), rows)
            if projection:
                of_session = _SESSION.c.id == entries[0].session
                connection.execute(update(_SESSION).where(of_session).values(**projection))
            if user:
                connection.execute(_upserted(user))

        self.commit(change)
        self._tails = tails
        self.feed.note({entry.session for entry in entries})
        return written

    def set_user(self, user: Mapping[str, Any]) -> None:
        """Change columns of a user's row that no record speaks of: attempts, a lock, a hash renewed."""
        self.commit(lambda connection: connection.execute(_upserted(user)))

    def users(self) -> list[dict[str, Any]]:
        """Return every user's row by name; none in a ledger of a time before there were users."""
        with self.reading() as connection:
            if not connection.dialect.has_table(connection, "user"):
                return []
            return [dict(row) for row in connection.execute(select(_USER).order_by(_USER.c.name)).mappings()]

    def know_patient(self, patient: str) -> None:
        """Add a patient of whom nothing but the pseudonym is known, if it is new."""
        made = insert_or(_PATIENT).values(id=patient).on_conflict_do_nothing()
        self.commit(lambda connection: connection.execute(made))

    def open_session(
        self,
        row: Mapping[str, Any],
        patient: Mapping[str, Any],
        protocol: Mapping[str, Any],
        entries: Sequence[Entry],
    ) -> list[Written]:
        """Add a session with its patient, its protocol's text (both kept if known) and its first records."""
        written, tails = self._chain(entries)

        def change(connection: Connection) -> None:
            known = insert_or(_PATIENT).values(**patient)
            fill = {name: func.coalesce(_PATIENT.c[name], known.excluded[name]) for name in ("name", "born")}
            connection.execute(known.on_conflict_do_update(["id"], set_=fill))
            connection.execute(insert_or(_PROTOCOL).values(**protocol).on_conflict_do_nothing())
            connection.execute(insert(_SESSION).values(**row))
            connection.execute(insert(_RECORD), [_row(record) for record in written])

        self.commit(change)
        self._tails = tails
        self.feed.note([str(row["id"])])
        return written

    def _chain(self, entries: Sequence[Entry]) -> tuple[list[Written], dict[str, Tail]]:
        tails = dict(self._tails)
        written = []
        for entry in entries:
            seq, previous, last = tails.get(entry.session) or self.tail(entry.session)
            stamped = entry if entry.at >= last else replace(entry, at=last)
            record = audit.chained(stamped, self.writer, seq, previous)
            tails[entry.session] = (seq + 1, record.digest, record.at)
            written.append(record)
            self.changed.add(entry.session)
        return written, tails

    def set_anchor(self, anchor: clock.Anchor) -> None:
        """Keep the session clock's anchor for the next start."""
        values = {"boot": anchor.boot, "anchor_utc": anchor.utc, "anchor_boot": anchor.boottime}
        self.commit(lambda connection: connection.execute(update(_LEDGER).values(**values)))

    def commit(self, change: Callable[[Connection], object]) -> None:
        """Do *change* in a transaction, giving up the reserve where the disk is full."""
        while True:
            try:
                with self._connection.begin():
                    change(self._connection)
            except IntegrityError:
                raise  # a record against its own law: a fault of this program, not of the disk
            except DatabaseError as error:
                if not schema.is_full(error):
                    raise schema.unusable(self.path, error) from error
                if not self.reserve.give_up():
                    raise DiskFull(
                        f"{self.path}: the disk is full; free space there and start again: "
                        "the session goes on where it stopped"
                    ) from error
            else:
                return

    def record(self, session: str, writer: str, seq: int) -> Written | None:
        """Return one record, None where there is none."""
        named = and_(_RECORD.c.session_id == session, _RECORD.c.writer == writer, _RECORD.c.seq == seq)
        with self.reading() as connection:
            row = connection.execute(select(_RECORD).where(named)).one_or_none()
        return Written(*row) if row else None

    def records(
        self,
        session: str,
        after: Mapping[str, int] | None = None,
        limit: int | None = None,
        *,
        streamed: bool = True,
    ) -> list[Written]:
        """Return records of a session, merged by (at, writer, seq).

        Args:
            session: its whole id.
            after: for each writer the last seq that the caller has; of writers not named: from the first.
            limit: at most so many; None means all.
            streamed: with those of `STREAMED` kinds; a recorder does not wait for them where it needs none.
        """
        known = [
            not_(and_(_RECORD.c.writer == writer, _RECORD.c.seq <= seq))
            for writer, seq in (after or {}).items()
        ]
        query = (
            select(_RECORD)
            .where(_RECORD.c.session_id == session, *known)
            .where(true() if streamed else _RECORD.c.kind.not_in(STREAMED))
            .order_by(_RECORD.c.at, _RECORD.c.writer, _RECORD.c.seq)
            .limit(limit)
        )
        with self.reading() as connection:
            return [Written(*row) for row in connection.execute(query)]

    def sessions(self) -> list[dict[str, Any]]:
        """Return every session's row with its number of records, oldest first."""
        with self.reading() as connection:
            counted = {row.id: row.records for row in connection.exec_driver_sql(f"{_CHAINS} {_COUNTED}")}
            found = connection.execute(select(_SESSION).order_by(_SESSION.c.id)).mappings()
            return [dict(row) | {"records": counted.get(row["id"], 0)} for row in found]

    def rows(self, sessions: Sequence[str]) -> list[dict[str, Any]]:
        """Return the rows of those *sessions* that there are, without counting their records."""
        with self.reading() as connection:
            found = connection.execute(select(_SESSION).where(_SESSION.c.id.in_(sessions))).mappings()
            return [dict(row) for row in found]

    def set_row(self, session: str, columns: Mapping[str, Any]) -> None:
        """Change columns of a session's row that follow from records which came from elsewhere."""
        change = update(_SESSION).where(_SESSION.c.id == session).values(**columns)
        self.commit(lambda connection: connection.execute(change))

    def streams(self) -> list[str]:
        """Return the name of every stream that has a record, also of one that no session's row names."""
        with self.reading() as connection:
            return list(connection.exec_driver_sql(_STREAMS).scalars())

    def session(self, session: str) -> dict[str, Any]:
        """Return a session's row.

        Raises:
            NoSuchSession: there is none with this id.
        """
        with self.reading() as connection:
            row = (
                connection.execute(select(_SESSION).where(_SESSION.c.id == session)).mappings().one_or_none()
            )
        if row is None:
            raise NoSuchSession(f"no session {session} in {self.path}; `infusionlog sessions` lists them")
        return dict(row)

    def patient(self, patient: str) -> dict[str, Any]:
        """Return a patient's row; without name and birth where the ledger has none."""
        with self.reading() as connection:
            query = select(_PATIENT).where(_PATIENT.c.id == patient)
            row = connection.execute(query).mappings().one_or_none()
        return dict(row) if row else {"id": patient, "name": None, "born": None}

    def protocol_text(self, digest: str) -> str:
        """Return the text of a pinned protocol."""
        with self.reading() as connection:
            return str(
                connection.execute(select(_PROTOCOL.c.text).where(_PROTOCOL.c.digest == digest)).scalar_one()
            )

    def anchor(self) -> clock.Anchor | None:
        """Return the session clock's last anchor, None before the first."""
        with self.reading() as connection:
            row = connection.execute(select(_LEDGER)).one()
        return clock.Anchor(row.anchor_utc, row.anchor_boot, row.boot) if row.boot else None

    def newest(self) -> int:
        """Return the time of the newest record in real time, microseconds UTC; 0 where there is none."""
        with self.reading() as connection:
            return connection.exec_driver_sql(f"{_CHAINS} {_NEWEST}").scalar() or 0

    def tail(self, session: str) -> Tail:
        """Return the end of this writer's chain of a session; (0, "", 0) before its first record."""
        if session in self._tails:
            return self._tails[session]
        mine = and_(_RECORD.c.session_id == session, _RECORD.c.writer == self.writer)
        columns = select(_RECORD.c.seq, _RECORD.c.digest, _RECORD.c.at)
        with self.reading() as connection:
            row = connection.execute(
                columns.where(mine).order_by(_RECORD.c.seq.desc()).limit(1)
            ).one_or_none()
        return (row.seq + 1, row.digest, row.at) if row else (0, "", 0)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give the connection to look at rows; what SQLite complains of is one of this program's errors."""
        try:
            yield self._connection
        except DatabaseError as error:
            raise schema.unusable(self.path, error) from error
        finally:
            self._connection.rollback()

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


def _upserted(user: Mapping[str, Any]) -> Any:
    made = insert_or(_USER).values(**user)
    if "full_name" not in user:  # a row that is there already
        return update(_USER).where(_USER.c.name == user["name"]).values(**user)
    return made.on_conflict_do_update(["name"], set_=dict(user))


def _row(record: Written) -> dict[str, Any]:
    return {
        "session_id": record.session,
        "writer": record.writer,
        "seq": record.seq,
        "at": record.at,
        "kind": record.kind,
        "author": record.author,
        "payload": record.payload,
        "digest": record.digest,
    }
