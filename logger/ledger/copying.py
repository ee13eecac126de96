"""Copying records to another ledger: a backup, a restore, and what is forwarded are the same act.

It is idempotent by (session, writer, seq): a record that comes twice is one record, a hole is visible, a
fork is detected. On a fork the receiver keeps its own, puts the other in quarantine and refuses all that
comes of that writer from then on; on an altered record, all that comes of that chain. Beside
`logger.ledger.store` and `logger.ledger.chains` this is the place that touches rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlmodel import SQLModel

from logger.ledger import audit, chains
from logger.ledger.models import Patient, Protocol, Quarantine, Record, Session, Written
from logger.ledger.store import Store

_RECORD, _QUARANTINE, _SESSION, _PATIENT, _PROTOCOL = (
    SQLModel.metadata.tables[model.__tablename__]  # type: ignore[index]
    for model in (Record, Quarantine, Session, Patient, Protocol)
)


@dataclass(frozen=True, slots=True)
class Received:
    """What became of records that came from another ledger.

    Attributes:
        records: how many are new here and in their chain.
        duplicates: how many were here already.
        holes: sentences about records that did not come and are missing before others that did.
        forks: sentences about records that were put in quarantine.
    """

    records: int = 0
    duplicates: int = 0
    holes: tuple[str, ...] = ()
    forks: tuple[str, ...] = ()

    def __add__(self, more: Received) -> Received:
        """Return both together."""
        return Received(
            self.records + more.records,
            self.duplicates + more.duplicates,
            self.holes + more.holes,
            self.forks + more.forks,
        )


@dataclass(slots=True)
class _Sorted:
    """Records of one chain as they are to be kept."""

    new: list[Written]
    aside: list[tuple[Written, str]]
    duplicates: int = 0
    hole: str | None = None


def receive(store: Store, records: Sequence[Written]) -> Received:
    """Take records of other writers into a ledger; they are on the disk when this returns.

    Records behind a hole are not taken: the sender keeps them and sends them again with those before.
    """
    return take(store, records)[0]


def take(store: Store, records: Sequence[Written]) -> tuple[Received, list[Written]]:
    """Take records as `receive` does, and return those that are new here too."""
    refused = caught(store)
    forked = {writer for (_, writer), (why, _) in refused.items() if "fork" in why}
    found = Received()
    fresh: list[Written] = []
    aside: list[tuple[Written, str]] = []
    key = attrgetter("session", "writer")
    for chain, group in groupby(sorted(records, key=attrgetter("session", "writer", "seq")), key):
        is_refused = chain in refused or chain[1] in forked
        sorted_ = _sort(store, chain, list(group), is_refused=is_refused)
        fresh += sorted_.new
        aside += sorted_.aside
        found += Received(
            len(sorted_.new),
            sorted_.duplicates,
            (sorted_.hole,) if sorted_.hole else (),
            tuple(_said(record, why) for record, why in sorted_.aside[:1]),
        )
    if fresh or aside:
        store.commit(lambda connection: _keep(connection, fresh, aside))
        store.changed.update(record.session for record in fresh)
        store.feed.note({record.session for record in fresh})
    return found, fresh


def caught(store: Store) -> dict[tuple[str, str], tuple[frozenset[str], int]]:
    """Return of each chain, (session, writer), that is in quarantine: why, and the last seq that is there."""
    named = (_QUARANTINE.c.session_id, _QUARANTINE.c.writer)
    query = select(*named, _QUARANTINE.c.why, func.max(_QUARANTINE.c.seq)).group_by(*named, _QUARANTINE.c.why)
    found: dict[tuple[str, str], tuple[frozenset[str], int]] = {}
    with store.reading() as connection:
        if not connection.dialect.has_table(connection, "quarantine"):
            return {}
        for session, writer, why, last in connection.execute(query):
            had, before = found.get((session, writer), (frozenset(), -1))
            found[session, writer] = (had | {why}, max(before, last))
    return found


def _sort(store: Store, chain: tuple[str, str], records: list[Written], *, is_refused: bool) -> _Sorted:
    session, writer = chain
    count, head = chains.heads(store, [session]).get(session, {}).get(writer, (0, ""))
    kept = _Sorted([], [])
    why = "refused" if is_refused else ""
    for record in records:
        if record.seq < count:
            mine = store.record(session, writer, record.seq)
            if mine == record:
                kept.duplicates += 1
            else:
                kept.aside.append((record, "fork"))
                why = why or "refused"
        elif why:
            kept.aside.append((record, why))
        elif record.seq > count:
            kept.hole = f"{session}: records {writer}:{count} to {writer}:{record.seq - 1} did not come"
            break
        elif writer == store.writer:  # nobody else may go on with the chain of this very file
            kept.aside.append((record, "fork"))
            why = "refused"
        elif record.digest != audit.digest_of(head, *audit.row_of(record)[:-1]):
            kept.aside.append((record, "altered"))
            why = "refused"
        else:
            kept.new.append(record)
            count, head = count + 1, record.digest
    return kept


def _said(record: Written, why: str) -> str:
    what = {
        "fork": "another record of this number is here; the one that came is in quarantine",
        "altered": "its digest is not that of its content; it is in quarantine",
        "refused": "its writer was caught at a fork or an altered record; it is in quarantine",
    }
    return f"{record.session}: record {record.ref}: {what[why]}"


def _keep(connection: Connection, new: Sequence[Written], aside: Sequence[tuple[Written, str]]) -> None:
    if new:
        connection.execute(insert(_RECORD), [_row(record) for record in new])
    if aside:
        rows = [_row(record) | {"why": why} for record, why in aside]
        connection.execute(insert_or(_QUARANTINE).on_conflict_do_nothing(), rows)


def _row(record: Written) -> dict[str, Any]:
    return dict(zip(chains.COLUMNS.split(", "), audit.row_of(record), strict=True))


def quarantined(store: Store) -> list[dict[str, Any]]:
    """Return what is in quarantine, of each record its reference, its digest and why."""
    columns = [_QUARANTINE.c[name] for name in ("session_id", "writer", "seq", "digest", "why")]
    with store.reading() as connection:
        if not connection.dialect.has_table(connection, "quarantine"):
            return []
        return [dict(row) for row in connection.execute(select(*columns)).mappings()]


def know_session(store: Store, row: Mapping[str, Any], patient: Mapping[str, Any], protocol: str) -> None:
    """Have a session's row as the sender has it, with its patient and its protocol's text.

    Identity that is known here stays; what is not known here is filled in.
    """
    own = {column.name: row[column.name] for column in _SESSION.c}

    def change(connection: Connection) -> None:
        known = insert_or(_PATIENT).values(**{column.name: patient[column.name] for column in _PATIENT.c})
        fill = {name: known.excluded[name] for name in ("name", "born") if patient[name] is not None}
        same = known.on_conflict_do_update(["id"], set_=fill) if fill else known.on_conflict_do_nothing()
        connection.execute(same)
        text = insert_or(_PROTOCOL).values(digest=own["protocol_digest"], text=protocol)
        connection.execute(text.on_conflict_do_nothing())
        connection.execute(insert_or(_SESSION).values(**own).on_conflict_do_update(["id"], set_=own))

    store.commit(change)


def seen(store: Store, streams: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return of each stream and writer the last seq that is here: where a copy goes on."""
    return {
        stream: {writer: count - 1 for writer, (count, _) in of_stream.items()}
        for stream, of_stream in chains.heads(store, streams).items()
    }
