"""Records that stand in the wrong session: named there as moved, and written again where they belong.

A line that belonged to the other room, or an entry made in the wrong session. Both sessions say so, both
times are kept, and the records of both are committed at once or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from logger import kinds
from logger.clock import microseconds, moment
from logger.errors import BadEntry
from logger.models import Entry, Written

STAYS = frozenset({"link", "device", "move", "amend", "exclude", "adopt", "session.patient", "attribute"})
"""Kinds that can't be moved: what they speak of stands where they stand."""


def moved(out: Entry, said: kinds.Move, records: Sequence[Written]) -> list[Entry]:
    """Return the entries of a move: the word in the wrong session, the word in the right one, the copies.

    Args:
        out: the entry of *said* in the session that loses the records.
        said: names one record, or a device and a span of time.
        records: of the session that loses them.

    Raises:
        BadEntry: nothing is meant by it, or what is meant can't stand in another session.
    """
    if said.session == out.session:
        raise BadEntry("move: name another session than the one the records stand in")
    meant = [record for record in records if _is_meant(record, said)]
    if not meant:
        raise BadEntry("move: no record is meant by it; `infusionlog show` lists them")
    if stays := next((one for one in meant if one.kind in STAYS or one.kind.startswith("session.")), None):
        raise BadEntry(f"move: {stays.ref} is a record of {stays.kind} and stays where it is")
    count = len(meant)
    leaving = said.model_copy(update={"direction": "out", "count": count})
    arriving = said.model_copy(update={"direction": "in", "count": count, "session": out.session})
    there = [
        Entry(said.session, out.at, record.kind, record.author, _copy(out.session, record))
        for record in meant
    ]
    return [
        Entry(out.session, out.at, "move", out.author, kinds.text_of(leaving)),
        Entry(said.session, out.at, "move", out.author, kinds.text_of(arriving)),
        *there,
    ]


def _is_meant(record: Written, said: kinds.Move) -> bool:
    if said.target is not None:
        return record.ref == said.target
    start, end = said.start, said.end
    if record.kind != "reading" or start is None or end is None:
        return False
    within = microseconds(start) <= record.at <= microseconds(end)
    return within and json.loads(record.payload)["source"] == said.source


def _copy(session: str, record: Written) -> str:
    """Return the payload of *record* with its origin; the raw bytes stay where they were captured."""
    body = json.loads(record.payload)
    for field in ("capture", "offset", "length"):
        body.pop(field, None)
    origin = kinds.Origin(session=session, ref=record.ref, at=moment(record.at))
    return kinds.canonical(body | {"origin": origin.model_dump(mode="json")})
