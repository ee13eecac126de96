"""What it costs to have a recorded session as tables, straight from the ledger."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from figures.room import Room
from measuring import Figure, Target, in_turns

from logger.reviewing import frames

TWO_HOURS = 7200


def two_hours_as_tables(folder: Path) -> Iterator[Figure]:
    """Two hours at one line a second as DataFrames, against reading and parsing the same rows."""
    room = Room(folder)
    room.record_all(TWO_HOURS)
    # The ledger belongs to its owner alone, so the yardstick reads a copy.
    room.desk.store.backup(folder / "copy.db")
    bare = sqlite3.connect(folder / "copy.db")

    def parsed() -> list[object]:
        rows = bare.execute(
            "SELECT payload FROM record WHERE session_id = ? ORDER BY at, writer, seq", (room.session,)
        )
        return [json.loads(payload) for (payload,) in rows]

    ours, theirs = in_turns(9, lambda: frames.build(room.desk.file(room.session)), parsed)
    bare.close()
    room.desk.close()
    yield Figure(
        "session to DataFrames, 2 h at 1 Hz",
        ours,
        "ms",
        "sqlite3 and json.loads of the same rows",
        theirs,
        ours / theirs,
        Target("value", "<=", 200),
    )
