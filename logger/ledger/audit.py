"""The chain: what makes an altered, removed or reordered record visible. Pure functions of records.

The digest of a record is the SHA-256 of the UTF-8 text *previous digest, session, writer, seq, at, kind,
author, payload*, one a line, joined by single line feeds without one at the end; the previous digest of
record 0 is empty. So anyone can check a chain with standard tools.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from pydantic import ValidationError

from logger.errors import LedgerBroken
from logger.kinds import Close
from logger.ledger.models import Entry, Written

Row = tuple[str, str, int, int, str, str, str, str]
"""A record as the table holds it: session, writer, seq, at, kind, author, payload, digest."""

row_of = attrgetter("session", "writer", "seq", "at", "kind", "author", "payload", "digest")
"""Returns a `Written` as a `Row`."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A writer's chain of one session as it was walked: how many records and the last one's digest."""

    writer: str
    records: int
    head: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk over the chains of one session found.

    Attributes:
        chains: one a writer, in the order they begin.
        digests: of each writer's records, by seq.
        facts: the records that are no readings, in the order they were walked.
    """

    chains: list[Chain]
    digests: dict[str, list[str]]
    facts: list[Written]


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
    return walk(map(row_of, records)).chains


def walk(rows: Iterable[Row]) -> Walked:
    """Walk the chains of one session, as `verify` does, and keep what it takes to say more of them."""
    digests: dict[str, list[str]] = {}
    closed: set[str] = set()
    facts: list[Written] = []
    current, chain = None, list[str]()
    for row in rows:
        session, writer, seq, at, kind, author, payload, digest = row
        if writer != current:
            current, chain = writer, digests.setdefault(writer, [])
        previous = chain[-1] if chain else ""
        if seq != len(chain):
            early = seq < len(chain)
            what = "stands twice or out of order" if early else "missing"
            raise LedgerBroken(session, writer, min(seq, len(chain)), what)
        expected = digest_of(previous, session, writer, seq, at, kind, author, payload)
        if digest != expected:
            what = f"altered: its digest is {digest[:12]}, its content gives {expected[:12]}"
            raise LedgerBroken(session, writer, seq, what)
        if kind != "reading":
            facts.append(Written(*row))
            if kind == "close":
                _check_closing(facts[-1], previous)
                closed.add(writer)
        chain.append(digest)
    chains = [Chain(name, len(chain), chain[-1], name in closed) for name, chain in digests.items()]
    return Walked(chains, digests, facts)


def _check_closing(record: Written, before: str) -> None:
    """Compare what a closing record says with what stands before it: so many records, up to *before*."""
    session, writer, seq = record.session, record.writer, record.seq
    try:
        said = Close.model_validate_json(record.payload)
    except ValidationError as error:
        raise LedgerBroken(session, writer, seq, "closes its chain without a count and a digest") from error
    if (said.count, said.head) != (seq, before):
        what = (
            f"closes {said.count} records up to {said.head[:12]}, {seq} up to {before[:12]} stand before it"
        )
        raise LedgerBroken(session, writer, seq, what)
