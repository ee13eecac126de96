"""What people entered into a session, entry by entry: what stands, what was struck, what came late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from logger.clock import microseconds
from logger.entering.checks import PEOPLE_SAY, STATED
from logger.entering.standing import Body, judged
from logger.entering.summaries import summary
from logger.ledger.chains import heads
from logger.ledger.models import Written
from logger.people.accounts import UNATTRIBUTED, claimed
from logger.web.clinic import Clinic
from logger.web.entry_words import ENTERED_ANEW, title_of


@dataclass(frozen=True, slots=True)
class Entered:
    """An entry as the list shows it; times are microseconds UTC.

    Attributes:
        ref: what corrections name.
        kind, title, said: what it is, and one line about it.
        author: who entered it; of one that somebody owned later: who, and that nobody was signed in.
        at, happened: when it was entered, and when it happened.
        late_min: minutes between the two, where the protocol calls it late; else None.
        struck_by: the record that took its place or took it away; empty while it stands.
        may_withdraw, may_correct, may_own: what its page offers.
    """

    ref: str
    kind: str
    title: str
    said: str
    author: str
    at: int
    happened: int
    late_min: int | None
    struck_by: str
    may_withdraw: bool
    may_correct: bool
    may_own: bool


def entered(clinic: Clinic, row: Mapping[str, Any], late_min: float | None) -> list[Entered]:
    """Return what people entered into the session of *row*, the newest first.

    *late_min*: minutes beyond which the protocol calls an entry late; None: it does not say.
    """
    records = peoples_records(clinic, row["id"])
    told = [(record, orjson.loads(record.payload)) for record in records]
    struck, owners = judged(told).superseded, claimed(records)
    lines = [
        _line(record, body, struck.get(record.ref, ""), owners, late_min)
        for record, body in told
        if record.kind in PEOPLE_SAY
    ]
    return sorted(lines, key=lambda line: (line.happened, line.at), reverse=True)


def peoples_records(clinic: Clinic, session: str) -> list[Written]:
    """Return the records of a session without those that devices make by the second."""
    with clinic.desk() as desk:
        own = desk.store.writer
        after = {
            writer: count
            for writer, (count, _) in heads(desk.store, [session]).get(session, {}).items()
            if writer != own
        }
        records = desk.store.records(session, streamed=False)
        mine = desk.store.records(session, after)
    by_hand = [one for one in mine if one.kind == "reading" and '"source":"manual"' in one.payload]
    return sorted([*records, *by_hand], key=lambda one: (one.at, one.writer, one.seq))


def _line(
    record: Written, body: Body, struck: str, owners: Mapping[str, str], late_min: float | None
) -> Entered:
    happened = _happened(record, body)
    waited = (record.at - happened) / 60e6
    owner = owners.get(record.ref)
    stands = not struck
    statable = record.kind in STATED and stands
    return Entered(
        record.ref,
        record.kind,
        title_of(record.kind),
        summary(record.kind, body),
        f"{owner}, entered by nobody signed in" if owner else record.author,
        record.at,
        happened,
        round(waited) if late_min is not None and waited > late_min else None,
        struck,
        statable,
        (stands and record.kind in ENTERED_ANEW | {"reading"}) or _enters_anew(record, body, stands),
        record.author == UNATTRIBUTED and not owner,
    )


def _enters_anew(record: Written, body: Body, stands: bool) -> bool:
    """Return whether a record is a correction that can be corrected in its turn."""
    return stands and record.kind == "amend" and not body.get("withdrawn")


def _happened(record: Written, body: Body) -> int:
    stated = body.get("happened_at") or body.get("taken_at")
    return microseconds(datetime.fromisoformat(stated)) if stated else record.at


def first_of(record: Written, records: Iterable[Written]) -> Written:
    """Return the record that an amendment, or one of an amendment, speaks of in the end."""
    known = {one.ref: one for one in records}
    while record.kind == "amend":
        before = known.get(orjson.loads(record.payload)["target"])
        if before is None:
            return record
        record = before
    return record
