"""Where what people say becomes records: one desk for the recorder, the command line and the pages.

A desk takes an entry, checks its form, stamps it with the session clock and appends it. It never refuses
a fact for its order: what happened is always accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from logger import audit, kinds
from logger.checks import checked
from logger.clock import SessionClock, microseconds
from logger.models import Entry, Written
from logger.store import Store


@dataclass(frozen=True, slots=True)
class SessionFile:
    """A session as the ledger holds it: its row, the patient's row, the protocol's text, its records."""

    row: Mapping[str, Any]
    patient: Mapping[str, Any]
    protocol: str
    records: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """What an owner says of itself.

    Attributes:
        pid, writer: its process, and what its records carry.
        sessions: every session's row.
        now: microseconds UTC on its session clock.
        devices: how each device is heard, where a recorder is at work.
    """

    pid: int
    writer: str
    sessions: Sequence[Mapping[str, Any]]
    now: int
    devices: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """An entry that may be recorded."""

    session: str
    kind: str
    author: str
    payload: kinds.Payload


class Desk(Protocol):
    """What every door to a ledger offers, here or in another process."""

    def append(self, session: str, kind: str, author: str, payload: Mapping[str, Any]) -> Written:
        """Record what *author* says; return once it is on the disk."""
        ...

    def file(self, session: str) -> SessionFile:
        """Return everything about a session."""
        ...

    def status(self) -> Status:
        """Return who owns the ledger and which sessions it holds."""
        ...

    def close(self) -> None:
        """Leave."""
        ...


class LedgerDesk:
    """The desk of the process that owns the ledger."""

    def __init__(self, store: Store, clock: SessionClock, pid: int) -> None:
        self.store, self.clock, self._pid = store, clock, pid

    def append(self, session: str, kind: str, author: str, payload: Mapping[str, Any]) -> Written:
        """Check, stamp and commit an entry; the end of a session closes its chains too.

        Raises:
            BadEntry: see `logger.checks.checked`.
            NoSuchSession, NoSuchRecord: what it speaks of is not there.
        """
        return self.commit(self.check(session, kind, author, payload))

    def check(self, session: str, kind: str, author: str, payload: Mapping[str, Any]) -> Checked:
        """Return an entry that may be committed; raises as `append` does, and changes nothing."""
        row, now = self.store.session(session), self.clock.now()
        return Checked(row["id"], kind, author, checked(self.store, row, now, kind, author, payload))

    def commit(self, entry: Checked) -> Written:
        """Stamp a checked entry and commit it."""
        record = Entry(
            entry.session, self.clock.now(), entry.kind, entry.author, kinds.text_of(entry.payload)
        )
        if isinstance(entry.payload, kinds.SessionEnd):
            return self._end(record, entry.payload)
        return self.store.append([record])[0]

    def _end(self, entry: Entry, said: kinds.SessionEnd) -> Written:
        """Commit the end of a session and the closing of its chains as one: no kill comes between them.

        Chains of writers that this ledger was on another machine are closed by a record of this one.
        """
        seq, head, last = self.store.tail(entry.session)
        end = replace(entry, at=max(entry.at, last))
        entries = [end, *self._others(end)]
        for one in entries:
            head, seq = audit.chained(one, self.store.writer, seq, head).digest, seq + 1
        closing = kinds.Close(count=seq, head=head)
        entries.append(Entry(end.session, end.at, "close", "recorder", kinds.text_of(closing)))
        ended_at = microseconds(said.happened_at) if said.happened_at else end.at
        projection = {"state": "closed", "ended_at": ended_at, "closed_at": end.at}
        return self.store.append(entries, projection=projection)[0]

    def _others(self, end: Entry) -> list[Entry]:
        """Return the records that close the open chains of other writers in this session."""
        last: dict[str, Written] = {}
        closed: set[str] = set()
        for record in self.store.records(end.session):
            last[record.writer] = record
            if record.kind == "close":
                closed.add(record.writer)
            elif record.kind == "session.close_without":
                closed.add(kinds.CloseWithout.model_validate_json(record.payload).writer)
        return [
            replace(end, kind="session.close_without", author="recorder", payload=_without(record))
            for writer, record in last.items()
            if writer != self.store.writer and writer not in closed
        ]

    def file(
        self, session: str, after: Mapping[str, int] | None = None, limit: int | None = None
    ) -> SessionFile:
        """Return everything about a session, or of its records those after *after*, at most *limit*."""
        row = self.store.session(session)
        patient, protocol = (
            self.store.patient(row["patient"]),
            self.store.protocol_text(row["protocol_digest"]),
        )
        return SessionFile(row, patient, protocol, tuple(self.store.records(session, after, limit)))

    def status(self) -> Status:
        """Return who owns the ledger and which sessions it holds."""
        return Status(self._pid, self.store.writer, self.store.sessions(), self.clock.now())

    def close(self) -> None:
        """Close the ledger."""
        self.store.close()


def _without(last: Written) -> str:
    reason = "this ledger was on another machine when it wrote them"
    said = kinds.CloseWithout(writer=last.writer, count=last.seq + 1, head=last.digest, reason=reason)
    return kinds.text_of(said)
