"""Records that stand in the wrong session: named there as moved, and written again where they belong.

A line that belonged to the other room, or an entry made in the wrong session. Both sessions say so, both
times are kept, and the records of both are committed at once or not at all. Readings and entries move;
waves, a pump's words and the raw bytes stay where they were captured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from logger import kinds
from logger.clock import microseconds, moment
from logger.entering.checks import parsed
from logger.entering.standing import Body, Judgement, Standing, Told, arrival, judged, moved_away
from logger.errors import BadEntry
from logger.ledger.models import Entry, Written

CLINICAL = kinds.EFFECTS | kinds.DOSES | kinds.CARE | kinds.CHECKS | kinds.ASSESSMENTS
MOVABLE = frozenset({"reading"} | {kind for kind, form in CLINICAL.items() if issubclass(form, kinds.Stated)})
"""Kinds that can be moved: readings, and what a person says happened. All others speak of their session."""

CARRIED = frozenset({"amend", "adopt", "exclude", "attribute"})
"""What was said of a record that is moved, and goes with it."""

OF_A_CAPTURE = ("capture", "offset", "length")
"""Fields that say where in a connection's raw bytes a reading stands."""


def moved(
    out: Entry,
    said: kinds.Move,
    here: Mapping[str, Any],
    there: Mapping[str, Any],
    records: Sequence[Written],
    free: Iterator[str],
) -> list[Entry]:
    """Return the entries of a move: the word in the wrong session, the word in the right one, the copies.

    An entry that was corrected arrives as it stands now, in its author's name. After the copies stands what
    was said of them: a reading's amendments, claims and exclusions, and who owns an entry.

    Args:
        out: the entry of *said* in the session that loses the records.
        said: names one record, or a device and a span of its arrivals.
        here: the row of the session that loses them.
        there: the row of the other one.
        records: of the session that loses them.
        free: the references that the next records of the other session will have.

    Raises:
        BadEntry: nothing is meant by it, or what is meant can't stand in another session.
    """
    if here["id"] == there["id"]:
        raise BadEntry("move: name another session than the one the records stand in")
    if (here["demo"], here["clock_speed"]) != (there["demo"], there["clock_speed"]):
        raise BadEntry("move: a demo's numbers are no patient's, and its clock is its own: they stay apart")
    told = [(record, orjson.loads(record.payload)) for record in records if record.kind != "wave"]
    taken = _taken(said, told)
    count, refs = len(taken), tuple(taken)
    leaving = said.model_copy(update={"direction": "out", "count": count, "refs": refs})
    arriving = said.model_copy(update={"direction": "in", "count": count, "refs": (), "session": here["id"]})
    next(free)  # of the word in the right one
    return [
        Entry(here["id"], out.at, "move", out.author, kinds.text_of(leaving)),
        Entry(there["id"], out.at, "move", out.author, kinds.text_of(arriving)),
        *(
            Entry(there["id"], out.at, one.kind, one.record.author, _copy(here["id"], one))
            for one in _with_what_was_said(taken, told, free)
        ),
    ]


def _taken(said: kinds.Move, told: Sequence[Told]) -> dict[str, Standing]:
    """Return what is taken out, by the reference under which each record was entered first."""
    judgement = judged(told)
    named = moved_away(orjson.loads(kinds.text_of(said)), told)
    meant = dict.fromkeys(judgement.firsts.get(ref, ref) for ref in named)
    taken = {first: judgement.stands[first] for first in meant if first in judgement.stands}
    if not taken:
        raise BadEntry(_nothing(judgement, list(meant)))
    spans = [(record, body) for record, body in told if record.kind == "exclude" and "vital" in body]
    for first, one in taken.items():
        if one.kind not in MOVABLE:
            raise BadEntry(f"move: {first} is a record of {one.kind} and stays where it is")
        if span := _left_out(one, spans):
            raise BadEntry(
                f"move: {first} lies in the span that {span.ref} excludes; take that back with "
                "`exclude --undo`, move, and exclude it where it belongs"
            )
    return taken


def _nothing(judgement: Judgement, meant: Sequence[str]) -> str:
    if gone := next((judgement.gone[first] for first in meant if first in judgement.gone), None):
        return f"move: {'moved' if gone.kind == 'move' else 'withdrawn'} already by {gone.ref}"
    return "move: no record is meant by it; `infusionlog show` lists them"


def _left_out(one: Standing, spans: Sequence[Told]) -> Written | None:
    """Return the exclusion of a span that still holds for a value of a reading."""
    came = arrival(one.record, one.body)
    for value in one.body.get("readings", ()):
        stated = value.get("measured_at") or one.body.get("happened_at")
        measured = microseconds(datetime.fromisoformat(stated)) if stated else came
        last: Told | None = None
        for record, span in spans:
            start, end = (_edge(span.get(edge)) for edge in ("start", "end"))
            inside = (start is None or start <= measured) and (end is None or measured <= end)
            if span["vital"] == value["vital"] and inside and came <= record.at:
                last = (record, span)
        if last and not last[1].get("undo"):
            return last[0]
    return None


def _edge(stated: str | None) -> int | None:
    return microseconds(datetime.fromisoformat(stated)) if stated else None


def _with_what_was_said(
    taken: Mapping[str, Standing], told: Sequence[Told], free: Iterator[str]
) -> Iterator[Standing]:
    """Yield what is taken, and then what was said of it under the references it has in its new place."""
    names = {one.record.ref: next(free) for one in taken.values()}
    yield from taken.values()
    for record, body in told:
        if record.kind in CARRIED and body.get("target") in names:
            yield Standing(record, record.kind, body | {"target": names[body["target"]]})
            names[record.ref] = next(free)


def _copy(here: str, one: Standing) -> str:
    """Return the payload of a record as it stands, with its origin, without what only its old place knows."""
    body: Body = {name: value for name, value in one.body.items() if name not in OF_A_CAPTURE}
    at = moment(arrival(one.record, one.body))
    body["origin"] = kinds.Origin(session=here, ref=one.record.ref, at=at).model_dump(mode="json")
    parsed(one.kind, body)
    return kinds.canonical(body)
