"""What the live page and the forms of entries show of a session beside its values, from its records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from logger.clock import SECOND, microseconds
from logger.entering.standing import OF_DEVICES, Standing, standing
from logger.entering.summaries import summary
from logger.ledger.chains import heads
from logger.ledger.models import Written
from logger.web.clinic import Clinic
from logger.web.due import DUE_LISTS, DueLine, protocol_of, severities_of
from logger.web.visits import Visitor

UNDO_WITHIN = 60 * SECOND
"""Microseconds after an entry in which its author takes it back with one tap."""

UNDONE = frozenset({"reading", "mark", "note", "discharge", "session.not_treated", "assessment.score"})
"""Kinds that a mis-tap can take back, beside those of `UNDONE_BEGIN`."""
UNDONE_BEGIN = (
    "effect.",
    "infusion.",
    "dose.",
    "check.",
    "staff.",
    "course.",
    "intervention",
    "medication",
    "notified",
)


@dataclass(frozen=True, slots=True)
class OpenEffect:
    """A side effect that has not ended; *ref* and *severity* are of its last report, *since* of the first.

    Times are microseconds UTC.
    """

    ref: str
    term: str
    label: str
    severity: str
    since: int


@dataclass(frozen=True, slots=True)
class Recent:
    """An entry that its author may take back with one tap until *until* (microseconds UTC)."""

    ref: str
    said: str
    at: int
    until: int


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands beside the values on a session's page.

    Attributes:
        offered: side effects of the protocol's pick-list: term and label.
        severities: the words of the protocol for each severity.
        open_effects: those that have not ended.
        due: how each parameter of the protocol stands.
        recent: the visitor's own entries of the last minute, the newest first.
        infusion: which of the infusion's records can come next: kinds; empty where none is given by a pump.
    """

    offered: tuple[tuple[str, str], ...]
    severities: Mapping[str, str]
    open_effects: tuple[OpenEffect, ...]
    due: tuple[DueLine, ...]
    recent: tuple[Recent, ...]
    infusion: tuple[str, ...]


def panel(clinic: Clinic, row: Mapping[str, Any], visitor: Visitor) -> Panel:
    """Return the panel of a session, of this *row*, for *visitor*."""
    with clinic.desk() as desk:
        records = desk.store.records(row["id"], streamed=False)
        text = desk.store.protocol_text(row["protocol_digest"])
        here = heads(desk.store, [row["id"]]).get(row["id"], {})
        after = {writer: count for writer, (count, _) in here.items()}
        entered = after.get(desk.store.writer, 0)
        newest = {desk.store.writer: max(entered - 40, -1)}
        late = desk.store.records(row["id"], after | newest)
    protocol = protocol_of(text, row["protocol"])
    stands = standing(records)
    return Panel(
        tuple(protocol.effects.items()),
        severities_of(text),
        open_effects(stands, protocol.effects),
        DUE_LISTS.of(clinic, row, entered) if row["state"] == "open" else (),
        recent(late, visitor, microseconds(clinic.now())),
        next_of_infusion(stands) if protocol.route == "IV" else (),
    )


def open_effects(stands: Iterable[Standing], labels: Mapping[str, str]) -> tuple[OpenEffect, ...]:
    """Return the side effects that have not ended, the oldest first."""
    found: dict[str, OpenEffect] = {}
    for one in stands:
        if one.kind == "effect.report":
            term = one.body["term"]
            since = found[term].since if term in found else _happened(one)
            found[term] = OpenEffect(
                one.record.ref, term, labels.get(term, term), one.body["severity"], since
            )
        elif one.kind == "effect.resolved":
            found.pop(one.body["term"], None)
    return tuple(found.values())


def next_of_infusion(stands: Iterable[Standing]) -> tuple[str, ...]:
    """Return which records of the infusion can come next, by the last one; nothing is refused for it."""
    last = ""
    for one in stands:
        if one.kind.startswith("infusion."):
            last = one.kind
    if last in ("", "infusion.pause", "infusion.end"):
        return ("infusion.start", "infusion.end") if last == "infusion.pause" else ("infusion.start",)
    return ("infusion.pause", "infusion.rate", "infusion.end")


def recent(records: Sequence[Written], visitor: Visitor, now: int) -> tuple[Recent, ...]:
    """Return the entries of *visitor* of the last minute that still stand, the newest first."""
    taken_back = {json.loads(one.payload)["target"] for one in records if one.kind == "amend"}
    return tuple(
        Recent(one.ref, _said(one), one.at, one.at + UNDO_WITHIN)
        for one in reversed(records)
        if one.author == visitor.name and may_undo(one, now) and one.ref not in taken_back
    )


def may_undo(record: Written, now: int) -> bool:
    """Return whether a record is of a kind that one tap takes back, and not older than a minute."""
    if record.kind in OF_DEVICES and json.loads(record.payload).get("source") != "manual":
        return False
    known = record.kind in UNDONE or record.kind.startswith(UNDONE_BEGIN)
    return known and now - record.at <= UNDO_WITHIN


def _said(record: Written) -> str:
    return summary(record.kind, json.loads(record.payload))


def _happened(one: Standing) -> int:
    stated = one.body.get("happened_at")
    return microseconds(datetime.fromisoformat(stated)) if stated else one.record.at
