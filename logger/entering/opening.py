"""Opening a session: in a room where none is open, for the patient whom the ledger knows by that name."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from devices.program import program
from logger import kinds
from logger.entering.checks import check_author, parsed
from logger.entering.desk import LedgerDesk
from logger.errors import BadEntry, SessionInTheWay
from logger.ledger.models import Entry
from logger.settings import PinnedProtocol


@dataclass(frozen=True, slots=True)
class Opening:
    """What a session is opened with; *patient* is the pseudonym, *name* and *born* stay in its table.

    *secrets*: the author's password, where the ledger has users. *proved*: the author signed in before, at a
    page.
    """

    room: str
    patient: str
    protocol: PinnedProtocol
    zone: ZoneInfo
    author: str
    name: str | None = None
    born: str | None = None
    clock_speed: float = 1.0
    demo: bool = False
    course: kinds.Course | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    proved: bool = False


def course_of(text: str) -> kinds.Course:
    """Return the course that ``COURSE:PHASE:N/OF`` means: ``C1:induction:2/6``, ``C1:maintenance:3``.

    Raises:
        BadEntry: it is not of that form, or the phase is none.
    """
    course, _, rest = text.partition(":")
    phase, _, numbers = rest.partition(":")
    number, _, planned = numbers.partition("/")
    said = {"id": course, "phase": phase, "number": number, "planned": planned or None}
    try:
        return kinds.Course.model_validate(said)
    except ValidationError as error:
        raise BadEntry(
            f"course {text}: write COURSE:PHASE:N/OF, as C1:induction:2/6 (induction or maintenance)"
        ) from error


def new_id(at: int) -> str:
    """Return a UUIDv7 for a moment in microseconds UTC. Source: RFC 9562, section 5.7."""
    bits = (at // 1000) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(UUID(int=bits))


def open_or_resume(
    desk: LedgerDesk, opening: Opening, ready: Callable[[], None] = lambda: None
) -> tuple[str, bool]:
    """Open a session, or find the open one of the same room; return its id and whether it was there.

    *ready* is called before a new session is opened; what it raises leaves the ledger as it was.

    Raises:
        SessionInTheWay: the room's open session has another patient or protocol, or the patient's is open
            in another room.
        NotSignedIn, NotAllowed: the author is not who they say, or has another role.
    """
    desk.people.admit(opening.author, "session.open", opening.secrets, proved=opening.proved)
    opening = replace(opening, room=opening.room.strip(), patient=opening.patient.strip())
    for row in desk.store.sessions():
        if row["room"] != opening.room or row["state"] != "open":
            continue
        if (row["patient"], row["protocol"]) != (opening.patient, opening.protocol.id):
            raise SessionInTheWay(
                f"room {opening.room} has the open session {row['id']} of another patient or protocol; "
                f"end it first: infusionlog close --session {row['id']}"
            )
        return row["id"], True
    for row in desk.store.sessions():
        if row["patient"] == opening.patient and row["state"] == "open":
            raise SessionInTheWay(
                f"patient {opening.patient} has the open session {row['id']} in room {row['room']}; "
                f"end it first: infusionlog close --session {row['id']}"
            )
    ready()
    return _open(desk, opening), False


@dataclass(frozen=True, slots=True)
class Begun:
    """The rows and the first records of a session that is in no ledger yet."""

    row: dict[str, Any]
    patient: dict[str, Any]
    protocol: dict[str, Any]
    entries: list[Entry]


def _open(desk: LedgerDesk, opening: Opening) -> str:
    begun = begin(desk, opening)
    desk.store.open_session(begun.row, begun.patient, begun.protocol, begun.entries)
    return str(begun.row["id"])


def begin(desk: LedgerDesk, opening: Opening) -> Begun:
    """Return how a session begins, by the clock's time.

    Raises:
        BadEntry: room, patient or author are of no form.
        SessionInTheWay: the ledger knows the patient by another name or birth.
    """
    check_author(opening.author)
    at = desk.clock.now()
    session = new_id(at)
    shared: dict[str, Any] = {
        "room": opening.room,
        "patient": opening.patient,
        "protocol": opening.protocol.id,
        "protocol_digest": opening.protocol.digest,
        "zone": opening.zone.key,
        "clock_speed": opening.clock_speed,
    }
    own = {"program": program(), "demo": opening.demo, "course": opening.course}
    payload = parsed("session.open", {**shared, **own})
    _check_identity(desk, opening)
    kernel = desk.clock.synchronisation()
    checked = kinds.Clock(
        event="opened",
        synchronised=kernel.synchronised,
        by=kernel.by,
        max_error_s=kernel.max_error_s,
        uncertain=desk.clock.behind or desk.clock.doubted,
    )
    row = {**shared, "id": session, "opened_at": at, "state": "open", "demo": int(opening.demo)}
    return Begun(
        row,
        {"id": shared["patient"], "name": opening.name, "born": opening.born},
        {"digest": opening.protocol.digest, "text": opening.protocol.text},
        [
            Entry(session, at, "session.open", opening.author, kinds.text_of(payload)),
            Entry(session, at, "clock", "recorder", kinds.text_of(checked)),
        ],
    )


def _check_identity(desk: LedgerDesk, opening: Opening) -> None:
    known = desk.store.patient(opening.patient)
    for what, had, given in (("name", known["name"], opening.name), ("birth", known["born"], opening.born)):
        if given and not given.isprintable():
            raise BadEntry(f"the patient's {what} is one line of text")
        if had and given and had != given:
            raise SessionInTheWay(
                f"patient {opening.patient} has another {what} in this ledger; is it the right patient? "
                "Leave it out to keep what is known"
            )
