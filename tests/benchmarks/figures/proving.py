"""What it costs that every record can be proved: chaining it, and walking all chains again."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from figures.room import Room
from measuring import Figure, Target, in_turns

from logger.keeping.verifying import verify_ledger
from logger.ledger import audit
from logger.ledger.models import Entry

AT_ONCE = 50
HOURS = 7
"""A day's session hours: some 25,000 records."""


def verifying(folder: Path) -> Iterator[Figure]:
    """`verify` of a whole ledger, read page by page, against reading and hashing the bare rows."""
    room = Room(folder)
    for _ in range(HOURS):
        room.record_all(3600)
    records = len(room.desk.store.records(room.session))
    # The ledger belongs to its owner alone, so the yardstick reads a copy.
    room.desk.store.backup(folder / "copy.db")
    bare = sqlite3.connect(folder / "copy.db")

    def hashed() -> None:
        for row in bare.execute("SELECT * FROM record ORDER BY session_id, writer, seq"):
            hashlib.sha256("\n".join(map(str, row)).encode()).hexdigest()

    def verified() -> None:
        if not verify_ledger(room.desk, folder)["ok"]:
            raise RuntimeError("the ledger of the measurement does not verify")

    ours, theirs = (records / milliseconds * 1000 for milliseconds in in_turns(9, verified, hashed))
    bare.close()
    room.desk.close()
    yield Figure(
        "verify",
        ours,
        "records/s",
        "sqlite3 and SHA-256 of the same rows",
        theirs,
        theirs / ours,
        Target("value", ">=", 100_000),
    )


def chaining(folder: Path) -> Iterator[Figure]:
    """Numbering and chaining a record, as a part of its durable append."""
    room = Room(folder)
    room.record()
    last = room.desk.store.records(room.session)[-1]
    entry = Entry(last.session, last.at, last.kind, last.author, last.payload)
    numbers = count()

    def chained() -> None:
        for _ in range(AT_ONCE):
            audit.chained(entry, last.writer, next(numbers), last.digest)

    def appended() -> None:
        for _ in range(AT_ONCE):
            room.record()

    ours, whole = (milliseconds / AT_ONCE for milliseconds in in_turns(15, chained, appended))
    room.desk.close()
    yield Figure(
        "chaining one record of 11 values",
        ours,
        "ms",
        "its whole durable append",
        whole,
        ours / whole,
        Target("ratio", "<=", 0.25),
    )
