"""What it costs to keep one second of a monitor so that a power cut can't take it."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from figures.room import Room
from measuring import Figure, Target, in_turns

AT_ONCE = 50
TABLE = (
    "CREATE TABLE record (session_id TEXT, writer TEXT, seq INTEGER, at INTEGER, kind TEXT, author TEXT, "
    "payload TEXT, digest TEXT, PRIMARY KEY (session_id, writer, seq)) STRICT, WITHOUT ROWID"
)


def durable_append(folder: Path) -> Iterator[Figure]:
    """The recorder's path for eleven values against a bare insert and commit of the same row."""
    room = Room(folder)
    room.record()
    (*row,) = vars_of_last(room)
    bare = bare_ledger(folder / "bare.db")
    numbers = count()

    def recorded() -> None:
        for _ in range(AT_ONCE):
            room.record()

    def inserted() -> None:
        for _ in range(AT_ONCE):
            row[2] = next(numbers)
            bare.execute("INSERT INTO record VALUES (?,?,?,?,?,?,?,?)", row)
            bare.commit()

    ours, theirs = (milliseconds / AT_ONCE for milliseconds in in_turns(15, recorded, inserted))
    bare.close()
    room.desk.close()
    yield Figure(
        "durable append of one second, 11 values",
        ours,
        "ms",
        "bare insert and commit of the same row",
        theirs,
        ours / theirs,
        Target("ratio", "<=", 3),
    )


def vars_of_last(room: Room) -> list[str | int]:
    """Return the columns of the newest record."""
    last = room.desk.store.records(room.session)[-1]
    return [last.session, last.writer, last.seq, last.at, last.kind, last.author, last.payload, last.digest]


def bare_ledger(path: Path) -> sqlite3.Connection:
    """Return a connection with the settings of the ledger's own, and its table."""
    options = "" if sys.platform == "win32" else "?vfs=unix-excl"
    bare = sqlite3.connect(f"file:{path.as_posix()}{options}", uri=True)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute(TABLE)
    return bare
