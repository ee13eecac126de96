"""Whole chains of a ledger: which streams there are, their rows as they are walked, and their heads.

A stream is what has chains: a session, ``system``, or ``room:NAME``. Beside `logger.ledger.store` this and
`logger.ledger.copying` are the places that touch rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy.exc import DatabaseError

from logger.ledger.audit import Row
from logger.ledger.store import Store

PAGE = 2000
"""Rows fetched at once: some 1 MB."""

Heads = dict[str, dict[str, tuple[int, str]]]
"""Of each stream the head of each writer's chain: how many records, and the last one's digest."""

COLUMNS = "session_id, writer, seq, at, kind, author, payload, digest"

NEXT_WRITER = "SELECT min(writer) FROM record WHERE session_id = ? AND writer > ?"
NEXT_ROWS = (
    f"SELECT {COLUMNS} FROM record WHERE session_id = ? AND (writer, seq) > (?, ?) "  # noqa: S608
    f"ORDER BY writer, seq LIMIT {PAGE}"
)
NEXT_OF_CHAIN = (
    f"SELECT {COLUMNS} FROM record WHERE session_id = ? AND writer = ? AND seq > ? "  # noqa: S608
    "ORDER BY seq LIMIT ?"
)
HEAD = "SELECT seq, digest FROM record WHERE session_id = ? AND writer = ? ORDER BY seq DESC LIMIT 1"
# min() of what lies behind the last one is one step down the primary key, where DISTINCT reads every row.


def streams(store: Store) -> list[str]:
    """Return the name of every stream that has a record, also of one that no session's row names."""
    return store.streams()


def rows(store: Store, stream: str) -> Iterator[Row]:
    """Yield a stream's records as the table holds them, chain after chain, page by page."""
    writer, seq = "", -1
    while True:
        page = _page(store, (stream, writer, seq))
        yield from page
        if len(page) < PAGE:
            return
        writer, seq = page[-1][1], page[-1][2]


def rows_after(store: Store, wanted: Mapping[str, Mapping[str, int]], limit: int) -> list[Row]:
    """Return records of several streams, chain after chain, at most *limit*.

    *wanted* names of each stream and writer the last seq that the caller has; of writers not named it has
    none.
    """
    found: list[Row] = []
    for stream, after in wanted.items():
        for writer in _each(store, NEXT_WRITER, stream):
            if len(found) < limit:
                asked = (stream, writer, after.get(writer, -1), limit - len(found))
                with store.reading() as connection:
                    found += [tuple(row) for row in connection.exec_driver_sql(NEXT_OF_CHAIN, asked)]
    return found


def _page(store: Store, after: tuple[str, str, int]) -> list[Row]:
    """Return the next rows as bare tuples: rows of SQLAlchemy cost a third more.

    Text that is no UTF-8 was not written by this program; it is read as something else, so that the record
    can be named.
    """
    with store.reading() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101  the engine was made of it
        try:
            try:
                return driver.execute(NEXT_ROWS, after).fetchall()
            except sqlite3.OperationalError:
                driver.text_factory = lambda raw: raw.decode(errors="replace")
                return driver.execute(NEXT_ROWS, after).fetchall()
            finally:
                driver.text_factory = str
        except sqlite3.DatabaseError as error:
            raise DatabaseError(NEXT_ROWS, None, error) from error


def heads(store: Store, of: Iterable[str] | None = None) -> Heads:
    """Return the heads of the streams *of*, None means all; a stream without a record has none."""
    found: Heads = {}
    for stream in streams(store) if of is None else of:
        for writer in _each(store, NEXT_WRITER, stream):
            with store.reading() as connection:
                seq, digest = connection.exec_driver_sql(HEAD, (stream, writer)).one()
            found.setdefault(stream, {})[writer] = (seq + 1, digest)
    return found


def _each(store: Store, following: str, *within: str) -> Iterator[str]:
    last: str | None = ""
    while last is not None:
        with store.reading() as connection:
            last = connection.exec_driver_sql(following, (*within, last)).scalar()
        if last is not None:
            yield last
