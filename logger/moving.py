"""Records that stand in the wrong session: named there as moved, and written again where they belong.

A line that belonged to the other room, or an entry made in the wrong session. Both sessions say so, both
times are kept, and the records of both are committed at once or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from logger import kinds
from logger.checks import parsed
from logger.clock import moment
from logger.errors import BadEntry
from logger.models import Entry, Written
from logger.standing import Body, Judgement, Standing, Told, judged, moved_away

CLINICAL = kinds.EFFECTS | kinds.DOSES | kinds.CARE | kinds.CHECKS | kinds.ASSESSMENTS
MOVABLE = frozenset({"reading"} | {kind for kind, form in CLINICAL.items() if issubclass(form, kinds.Stated)})
"""Kinds that can be moved: readings, and what a person says happened. All others speak of their session."""


def moved(
    out: Entry,
    said: kinds.Move,
    here: Mapping[str, Any],
    there: Mapping[str, Any],
    records: Sequence[Written],
) -> list[Entry]:
    """Return the entries of a move: the word in the wrong session, the word in the right one, the copies.

    An entry that was corrected arrives as it stands now, in its author's name.

    Args:
        out: the entry of *said* in the session that loses the records.
        said: names one record, or a device and a span of its arrivals.
        here: the row of the session that loses them.
        there: the row of the other one.
        records: of the session that loses them.

    Raises:
        BadEntry: nothing is meant by it, or what is meant can't stand in another session.
    """
    if here["id"] == there["id"]:
        raise BadEntry("move: name another session than the one the records stand in")
    if (here["demo"], here["clock_speed"]) != (there["demo"], there["clock_speed"]):
        raise BadEntry("move: a demo's numbers are no patient's, and its clock is its own: they stay apart")
    taken = _taken(said, records)
    leaving = said.model_copy(update={"direction": "out", "count": len(taken), "refs": tuple(taken)})
    arriving = said.model_copy(
        update={"direction": "in", "count": len(taken), "refs": (), "session": here["id"]}
    )
    return [
        Entry(here["id"], out.at, "move", out.author, kinds.text_of(leaving)),
        Entry(there["id"], out.at, "move", out.author, kinds.text_of(arriving)),
        *(_copy(here["id"], there["id"], out.at, one) for one in taken.values()),
    ]


def _taken(said: kinds.Move, records: Sequence[Written]) -> dict[str, Standing]:
    """Return what is taken out, by the reference under which each record was entered first."""
    told = [(record, orjson.loads(record.payload)) for record in records if record.kind != "wave"]
    judgement = judged(told)
    named = moved_away(orjson.loads(kinds.text_of(said)), told)
    meant = dict.fromkeys(judgement.firsts.get(ref, ref) for ref in named)
    taken = {first: judgement.stands[first] for first in meant if first in judgement.stands}
    if not taken:
        raise BadEntry(_nothing(judgement, list(meant)))
    for first, one in taken.items():
        if one.kind not in MOVABLE:
            raise BadEntry(f"move: {first} is a record of {one.kind} and stays where it is")
    for first, why in _changed(told, judgement):
        if first in taken:
            raise BadEntry(f"move: {why}")
    return taken


def _nothing(judgement: Judgement, meant: Sequence[str]) -> str:
    if gone := next((judgement.gone[first] for first in meant if first in judgement.gone), None):
        return f"move: {'moved' if gone.kind == 'move' else 'withdrawn'} already by {gone.ref}"
    return "move: no record is meant by it; `infusionlog show` lists them"


def _changed(told: Sequence[Told], judgement: Judgement) -> Iterator[tuple[str, str]]:
    return iter(())


def _copy(here: str, there: str, at: int, one: Standing) -> Entry:
    """Return a record as it stands, with its origin; the raw bytes stay where they were captured."""
    body: Body = {name: value for name, value in one.body.items() if name not in OF_A_CAPTURE}
    origin = kinds.Origin(session=here, ref=one.record.ref, at=moment(one.record.at))
    body["origin"] = origin.model_dump(mode="json")
    parsed(one.kind, body)
    return Entry(there, at, one.kind, one.record.author, kinds.canonical(body))


OF_A_CAPTURE = ("capture", "offset", "length")
"""Fields that say where in a connection's raw bytes a reading stands."""
