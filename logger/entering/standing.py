"""Which records stand, and as what: what was withdrawn, entered anew or moved away is followed here.

One judgement for all that ask: the tables, the handover, what a protocol requires, a move.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from pydantic import ValidationError

from logger import kinds
from logger.clock import microseconds, moment
from logger.ledger.models import Written

Body = dict[str, Any]
Told = tuple[Written, Body]
"""A record and what it says."""

OF_DEVICES = frozenset({"reading", "wave"})
"""Kinds of which there are many; which readings stand is asked for a move, and in the table of readings."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A record as it stands: what says so last, the kind of the first one, and what it says now."""

    record: Written
    kind: str
    body: Body


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a session's records.

    Attributes:
        stands: by the reference of each record that was entered first: as what it stands now.
        superseded: reference of each record that stands no more: of the one that took its place or took it
            away.
        gone: reference of each first record that nothing stands for: what withdrew it or moved it away.
        firsts: reference of each amendment and claim: the first record that it speaks of.
        anew: each amendment that enters a record anew, with the old one's kind and the new payload.
    """

    stands: dict[str, Standing] = field(default_factory=dict)
    superseded: dict[str, str] = field(default_factory=dict)
    gone: dict[str, Written] = field(default_factory=dict)
    firsts: dict[str, str] = field(default_factory=dict)
    anew: list[tuple[Written, str, Body]] = field(default_factory=list)


def judged(told: Sequence[Told]) -> Judgement:
    """Return what became of records; *told* in their order, each with what it says.

    A correction or a withdrawal takes the place of all that stands in a record's line, whichever of its
    references it names. What was moved away is not corrected here any more.
    """
    made = Judgement()
    lines: dict[str, list[str]] = {}
    firsts = {record.ref: (record.kind, body, arrival(record, body)) for record, body in told}
    for record, body in told:
        if record.kind in ("amend", "adopt"):
            target: str = body["target"]
            first = made.firsts[record.ref] = made.firsts.get(target, target)
            line = lines.setdefault(first, [first])
            if record.kind == "amend":
                _amended(made, line, record, body, firsts.get(first))
            line.append(record.ref)
            continue
        made.stands[record.ref] = Standing(record, record.kind, body)
        if record.kind == "move" and body["direction"] == "out":
            for ref in moved_away(body, told):
                first = made.firsts.get(ref, ref)
                _take_away(made, lines.get(first, [first]), record)
    return made


def standing(records: Iterable[Written]) -> list[Standing]:
    """Return what stands of *records* beside readings and waves, in the order of the first entries."""
    told = [(record, orjson.loads(record.payload)) for record in records if record.kind not in OF_DEVICES]
    stands = judged(told).stands
    return [stands[record.ref] for record, _ in told if record.ref in stands]


def arrival(record: Written, body: Body) -> int:
    """Return when a record came in, microseconds UTC; of one moved from another session: there."""
    return microseconds(datetime.fromisoformat(body["origin"]["at"])) if "origin" in body else record.at


def moved_away(move: Body, told: Iterable[Told]) -> Sequence[str]:
    """Return the references that a move takes out: those it names, or what its device said in its span."""
    if move.get("refs"):
        return tuple(move["refs"])
    if "target" in move:
        return (move["target"],)
    start, end = (microseconds(datetime.fromisoformat(move[edge])) for edge in ("start", "end"))
    return [
        record.ref
        for record, body in told
        if record.kind == "reading"
        and body["source"] == move["source"]
        and start <= arrival(record, body) <= end
    ]


def _amended(
    made: Judgement, line: list[str], record: Written, body: Body, first: tuple[str, Body, int] | None
) -> None:
    ref = line[0]
    if ref in made.gone and made.gone[ref].kind == "move":
        made.superseded[record.ref] = made.gone[ref].ref
    elif body.get("changes"):
        made.superseded[body["target"]] = record.ref
    elif body.get("entry") is None:
        _take_away(made, line, record)
    elif first is not None:
        kind, old, at = first
        previous = made.stands.get(ref)
        anew = _anew(kind, body["entry"], previous.body if previous else old, at)
        _take_away(made, line, record)
        if anew is not None:
            del made.gone[ref]
            made.stands[ref] = Standing(record, kind, anew)
            made.anew.append((record, kind, anew))


def _anew(kind: str, entry: Body, old: Body, at: int) -> Body | None:
    """Return a new payload as its kind has it; one that states no time happened when the old one did.

    None where it is of no form: nobody can count with it, and the amendment itself says what was meant.
    """
    try:
        entry = json.loads(kinds.text_of(kinds.KINDS[kind].model_validate(entry)))
    except ValidationError:
        return None
    return {"happened_at": old.get("happened_at", moment(at).isoformat())} | entry


def _take_away(made: Judgement, line: Sequence[str], record: Written) -> None:
    for one in line:
        made.superseded.setdefault(one, record.ref)
    made.stands.pop(line[0], None)
    made.gone[line[0]] = record
