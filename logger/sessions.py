"""Sessions: opening one, finding the one that is meant, and the door through which a ledger is reached."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from logger import kinds
from logger.checks import check_author, parsed
from logger.clock import SessionClock, synchronisation
from logger.control import RemoteDesk
from logger.desk import Desk, LedgerDesk
from logger.errors import (
    BadEntry,
    LedgerOwned,
    LedgerReadOnly,
    NoSuchSession,
    OwnerSilent,
    SessionInTheWay,
    WhichSession,
)
from logger.models import Entry
from logger.owner import read_notice
from logger.settings import PinnedProtocol, database_path
from logger.store import Store

PATIENCE = 5.0
"""Seconds in which an owner that does not answer may still be leaving."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a session is opened with; *patient* is the pseudonym, *name* and *born* stay in its table."""

    room: str
    patient: str
    protocol: PinnedProtocol
    zone: ZoneInfo
    author: str
    name: str | None = None
    born: str | None = None
    clock_speed: float = 1.0
    demo: bool = False


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
        SessionInTheWay: the room's open session has another patient or protocol.
    """
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
    ready()
    return _open(desk, opening), False


def _open(desk: LedgerDesk, opening: Opening) -> str:
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
    program = f"infusionlog {version('infusionlog')}"
    payload = parsed("session.open", {**shared, "program": program, "demo": opening.demo})
    _check_identity(desk, opening)
    kernel = synchronisation()
    checked = kinds.Clock(
        event="opened",
        synchronised=kernel.synchronised,
        by=kernel.by,
        max_error_s=kernel.max_error_s,
        uncertain=desk.clock.behind,
    )
    row = {**shared, "id": session, "opened_at": at, "state": "open", "demo": int(opening.demo)}
    desk.store.open_session(
        row,
        {"id": shared["patient"], "name": opening.name, "born": opening.born},
        {"digest": opening.protocol.digest, "text": opening.protocol.text},
        [
            Entry(session, at, "session.open", opening.author, kinds.text_of(payload)),
            Entry(session, at, "clock", "recorder", kinds.text_of(checked)),
        ],
    )
    return session


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


def open_ledger(
    url: str, *, create: bool = False, reserve_mb: int = 0, patience: float = 5.0, read_only: bool = False
) -> LedgerDesk:
    """Take a ledger as its owner, on the clock of this machine.

    An open session keeps the clock it has; where there is none, the clock starts anew from the wall clock.
    """
    store = Store(url, create=create, reserve_mb=reserve_mb, patience=patience, read_only=read_only)
    goes_on = any(row["state"] == "open" and row["clock_speed"] == 1.0 for row in store.sessions())
    clock = SessionClock.resumed(store.anchor() if goes_on else None, store.newest())
    return LedgerDesk(store, clock, os.getpid())


@contextmanager
def at_desk(url: str) -> Iterator[Desk]:
    """Give the desk of a ledger: its owner's where one listens, else this process owns it for a moment."""
    desk = _desk(url)
    try:
        yield desk
    finally:
        desk.close()


def _desk(url: str) -> Desk:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return open_ledger(url)
        except LedgerReadOnly:
            return open_ledger(url, read_only=True)
        except LedgerOwned:
            notice = read_notice(database_path(url))
            if notice is None or not notice.port:
                raise
            try:
                return RemoteDesk(notice)
            except OwnerSilent:  # it may be about to leave: then the ledger is free in a moment
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.05)


def choose(
    rows: Sequence[Mapping[str, Any]], wanted: str | None, room: str | None = None, *, writing: bool = True
) -> Mapping[str, Any]:
    """Return the row of the session that is meant.

    Args:
        rows: all sessions, oldest first.
        wanted: an id, the beginning of one, ``last``, or None for the one that is open.
        room: only sessions of this room.
        writing: only None is different: reading may mean a closed session too.

    Raises:
        NoSuchSession: none fits.
        WhichSession: more than one fits; names them.
    """
    fitting = [row for row in rows if room is None or row["room"] == room]
    if wanted == "last":
        fitting = fitting[-1:]
    elif wanted is not None:
        fitting = [row for row in fitting if row["id"].startswith(wanted)]
    elif writing or any(row["state"] == "open" for row in fitting):
        fitting = [row for row in fitting if row["state"] == "open"]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        what = f"no session {wanted}" if wanted else "no open session"
        where = f" in room {room}" if room else ""
        raise NoSuchSession(f"{what}{where}; `infusionlog sessions` lists them")
    listed = ", ".join(f"{row['id']} (room {row['room']}, {row['state']})" for row in fitting[-8:])
    raise WhichSession(f"more than one session could be meant, give --session or --room: {listed}")
