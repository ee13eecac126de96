"""Which sessions wait for a physician: kept in memory, brought up to date by what the ledger's feed names.

To look whether a session is signed costs some records at the end of each chain: for an archive of ten
thousand sessions seconds, once after a start. From then on only sessions that changed are looked at.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlmodel import SQLModel

from analysis.unchanging import UNCHANGING
from logger.clock import SECOND
from logger.ledger.chains import heads
from logger.ledger.models import Record
from logger.ledger.store import Store
from logger.web.clinic import Clinic

_RECORD = SQLModel.metadata.tables[Record.__tablename__]  # type: ignore[index]

PIECE = 50
"""Sessions looked at before others have the ledger again."""

SOME = 40
"""Records read at once from the end of a chain."""

BEFORE_THE_END = 600 * SECOND
"""Microseconds before a session's end at which no signature can stand: two writers' clocks, generously."""

PAUSE = 0.05
"""Seconds in which others have the ledger, between two looks at a start."""

State = Literal["unsigned", "amended", "signed"]


@dataclass(frozen=True, slots=True)
class Waits:
    """A session that has ended, and what its review lacks: ``unsigned``, or ``amended`` after it."""

    session: str
    room: str
    patient: str
    protocol: str
    zone: str
    opened_at: int
    ended_at: int
    demo: bool
    state: State


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them: of a room, a protocol, from a moment until before another one, in a state."""

    room: str = ""
    protocol: str = ""
    start: int | None = None
    end: int | None = None
    state: str = ""

    def takes(self, one: Waits) -> bool:
        """Return whether *one* is meant."""
        return (
            self.room in ("", one.room)
            and self.protocol in ("", one.protocol)
            and self.state in ("", one.state)
            and (self.start is None or one.opened_at >= self.start)
            and (self.end is None or one.opened_at < self.end)
        )


class Waiting:
    """The sessions of a clinic that wait for a review signature."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic, self._lock = clinic, threading.Lock()
        self._position = ""
        self._to_look: deque[str] = deque()
        self._waits: dict[str, Waits] = {}

    def refresh(self, seconds: float = 0.05) -> int:
        """Look at what changed, for about so long; return how many sessions have not been looked at yet."""
        began = time.monotonic()
        with self._lock:
            while True:
                if not self._to_look:
                    with self._clinic.desk() as desk:
                        self._position, streams = desk.store.feed.since(self._position)
                    self._to_look.extend(streams)
                if not self._to_look:
                    return 0
                some = [self._to_look.popleft() for _ in range(min(PIECE, len(self._to_look)))]
                with self._clinic.desk() as desk:
                    self._look(desk.store, some)
                if time.monotonic() - began > seconds:
                    return len(self._to_look)

    def begin(self) -> None:
        """Look through the whole archive, with pauses; runs in a thread of its own at a start."""
        with suppress(Exception):  # the ledger was closed meanwhile; whoever asks looks on from here
            while self.refresh():
                time.sleep(PAUSE)

    def all(self, wanted: Wanted) -> list[Waits]:
        """Return the sessions that wait, who ended first first."""
        with self._lock:
            found = [one for one in self._waits.values() if wanted.takes(one)]
        return sorted(found, key=lambda one: (one.ended_at, one.session))

    def _look(self, store: Store, streams: Sequence[str]) -> None:
        for stream in streams:
            self._waits.pop(stream, None)
        for row in store.rows(streams):
            if row["state"] != "open" and (state := state_of(store, row)) != "signed":
                self._waits[row["id"]] = _waits(row, state)


def state_of(store: Store, row: Mapping[str, Any]) -> State:
    """Return what the review of a session that has ended lacks; see `analysis.signatures`."""
    session, ended = row["id"], row["ended_at"] or row["opened_at"]
    ends = heads(store, [session]).get(session, {})
    reviews = [
        (at, writer, seq, said)
        for writer in ends
        for at, seq, said in _signatures(store, session, writer, ended)
        if said["meaning"] == "review" and "origin" not in said
    ]
    if not reviews:
        return "unsigned"
    *_, said = max(reviews, key=lambda one: one[:3])
    covered = {head["writer"]: head["count"] for head in said["heads"]}
    later = any(
        _changes(store, session, writer, covered.get(writer, 0), ended)
        for writer, (count, _) in ends.items()
        if count > covered.get(writer, 0)
    )
    return "amended" if later else "signed"


def _signatures(
    store: Store, session: str, writer: str, ended: int
) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield the signatures at the end of a chain: time, number, what they say."""
    columns = select(_RECORD.c.seq, _RECORD.c.at, _RECORD.c.kind, _RECORD.c.payload)
    before = None
    while before != 0:
        mine = [_RECORD.c.session_id == session, _RECORD.c.writer == writer]
        mine += [] if before is None else [_RECORD.c.seq < before]
        with store.reading() as connection:
            some = connection.execute(columns.where(*mine).order_by(_RECORD.c.seq.desc()).limit(SOME)).all()
        for seq, at, kind, payload in some:
            if kind == "sign":
                yield at, seq, json.loads(payload)
        if not some or some[-1].at < ended - BEFORE_THE_END:
            return
        before = some[-1].seq


def _changes(store: Store, session: str, writer: str, covered: int, ended: int) -> bool:
    """Return whether a chain has, from the record *covered* on, one that a signature should have covered."""
    beyond = [_RECORD.c.session_id == session, _RECORD.c.writer == writer, _RECORD.c.seq >= covered]
    with store.reading() as connection:
        later = connection.execute(select(_RECORD).where(*beyond).order_by(_RECORD.c.seq)).all()
    for record in later:
        if record.kind == "reading":
            if record.at <= ended or json.loads(record.payload).get("source") == "manual":
                return True
        elif not record.kind.startswith(UNCHANGING):
            return True
    return False


def _waits(row: Mapping[str, Any], state: State) -> Waits:
    names = ("room", "patient", "protocol", "zone", "opened_at")
    said: dict[str, Any] = {name: row[name] for name in names}
    said["ended_at"] = row["ended_at"] or row["opened_at"]
    return Waits(session=row["id"], demo=bool(row["demo"]), state=state, **said)
