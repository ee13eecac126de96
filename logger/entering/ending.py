"""When a session ended and was closed, by the records of all its writers.

A session is *open* until some writer ends it, *ended* while a writer has not closed its chain yet, and
*closed* afterwards. A ledger's row of a session says the same; it follows from here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from logger import kinds
from logger.clock import microseconds
from logger.ledger.models import Written

ENDS = ("session.end", "session.ended_elsewhere")
CLOSES = ("close", "session.close_without")
ABOUT_THE_END = frozenset({*ENDS, *CLOSES})
"""The kinds by which a session ends and its chains are closed."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How far a session is with its end; times are microseconds UTC, None where it is not so far.

    Attributes:
        state: ``open``, ``ended`` or ``closed``.
        ended_at: the end that was stated, else when it was entered; of several the first one.
        closed_at: when the last of its chains was closed; one that began afterwards does not count.
        unclosed: the writers whose chains nothing closes.
    """

    state: str
    ended_at: int | None
    closed_at: int | None
    unclosed: frozenset[str]


def ending(records: Iterable[Written], writers: Collection[str] | None = None) -> Ending:
    """Return how far a session is with its end.

    Args:
        records: of the session; those of devices' readings may be left out where *writers* are given.
        writers: who has a chain in it; None: who has one of *records*.
    """
    told = sorted(records, key=lambda record: (record.at, record.writer, record.seq))
    ends = sorted((one for one in told if one.kind in ENDS), key=lambda one: ENDS.index(one.kind))
    closed: dict[str, int] = {}
    for record in told:
        if record.kind == "close":
            began_before = kinds.Close.model_validate_json(record.payload).count > 0
            closed.setdefault(record.writer, record.at if began_before else 0)
        elif record.kind == "session.close_without":
            said = kinds.CloseWithout.model_validate_json(record.payload)
            closed.setdefault(said.writer, record.at)
    unclosed = frozenset(writers if writers is not None else {one.writer for one in told}) - closed.keys()
    if not ends:
        return Ending("open", None, None, unclosed)
    ended_at = _ended_at(ends[0])
    if unclosed:
        return Ending("ended", ended_at, None, unclosed)
    return Ending("closed", ended_at, max(at for at in closed.values()), unclosed)


def _ended_at(record: Written) -> int:
    if record.kind == "session.end":
        stated = kinds.SessionEnd.model_validate_json(record.payload).happened_at
        return record.at if stated is None else microseconds(stated)
    return microseconds(kinds.EndedElsewhere.model_validate_json(record.payload).ended_at)


def late(records: Iterable[Written]) -> dict[str, int]:
    """Return how many records of each writer came after its chain had been closed without it."""
    counted: dict[str, int] = {}
    closed: dict[str, int] = {}
    for record in records:
        counted[record.writer] = counted.get(record.writer, 0) + 1
        if record.kind == "session.close_without":
            said = kinds.CloseWithout.model_validate_json(record.payload)
            closed.setdefault(said.writer, said.count)
    after = {writer: counted.get(writer, 0) - count for writer, count in closed.items()}
    return {writer: number for writer, number in sorted(after.items()) if number > 0}
