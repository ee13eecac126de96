"""The chain: what makes an altered, removed or reordered record visible. Pure functions of records.

The digest of a record is the SHA-256 of the UTF-8 text *previous digest, session, writer, seq, at, kind,
author, payload*, one a line, joined by single line feeds without one at the end; the previous digest of
record 0 is empty. So anyone can check a chain with standard tools.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from logger.errors import LedgerBroken
from logger.kinds import Close
from logger.models import Entry, Written


@dataclass(frozen=True, slots=True)
class Chain:
    """A writer's chain of one session as it was walked: how many records and the last one's digest."""

    writer: str
    records: int
    head: str
    closed: bool


def digest_of(
    previous: str, session: str, writer: str, seq: int, at: int, kind: str, author: str, payload: str
) -> str:
    """Return the chained digest of a record, 64 hex digits; *previous* is "" for record 0."""
    text = f"{previous}\n{session}\n{writer}\n{seq}\n{at}\n{kind}\n{author}\n{payload}"
    return hashlib.sha256(text.encode()).hexdigest()


def chained(entry: Entry, writer: str, seq: int, previous: str) -> Written:
    """Return *entry* as record *seq* of *writer*, chained to the record before it."""
    digest = digest_of(
        previous, entry.session, writer, seq, entry.at, entry.kind, entry.author, entry.payload
    )
    return Written(entry.session, writer, seq, entry.at, entry.kind, entry.author, entry.payload, digest)


def verify(records: Iterable[Written]) -> list[Chain]:
    """Walk the chains of one session and return them, one a writer, in the order they begin.

    Args:
        records: of one session, each writer's in the order of seq.

    Raises:
        LedgerBroken: at the first record that is missing, out of order, altered, or that closes its
            chain with a count or digest that is not the one before it.
    """
    chains: dict[str, Chain] = {}
    for record in records:
        before = chains.get(record.writer, Chain(record.writer, 0, "", closed=False))
        _check(record, before)
        closed = before.closed or record.kind == "close"
        chains[record.writer] = Chain(record.writer, record.seq + 1, record.digest, closed)
    return list(chains.values())


def _check(record: Written, before: Chain) -> None:
    def broken(seq: int, what: str) -> LedgerBroken:
        return LedgerBroken(record.session, record.writer, seq, what)

    if record.seq > before.records:
        raise broken(before.records, "missing")
    if record.seq < before.records:
        raise broken(record.seq, "stands twice or out of order")
    expected = digest_of(
        before.head,
        record.session,
        record.writer,
        record.seq,
        record.at,
        record.kind,
        record.author,
        record.payload,
    )
    if record.digest != expected:
        raise broken(
            record.seq, f"altered: its digest is {record.digest[:12]}, its content gives {expected[:12]}"
        )
    if record.kind == "close":
        try:
            said = Close.model_validate_json(record.payload)
        except ValidationError as error:
            raise broken(record.seq, "closes its chain without a count and a digest") from error
        if (said.count, said.head) != (before.records, before.head):
            raise broken(
                record.seq,
                f"closes {said.count} records up to {said.head[:12]}, "
                f"{before.records} up to {before.head[:12]} stand before it",
            )
