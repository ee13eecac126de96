"""Sessions: opening one, finding the one that is meant, and the door through which a ledger is reached."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from logger import kinds
from logger.clock import SessionClock, synchronisation
from logger.control import RemoteDesk
from logger.desk import Desk, LedgerDesk
from logger.errors import LedgerOwned, NoSuchSession, SessionInTheWay, WhichSession
from logger.models import Entry
from logger.owner import read_notice
from logger.settings import PinnedProtocol, database_path
from logger.store import Store


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
    at = desk.clock.now()
    session = new_id(at)
    payload = kinds.SessionOpen(
        room=opening.room,
        patient=opening.patient,
        protocol=opening.protocol.id,
        protocol_digest=opening.protocol.digest,
        zone=opening.zone.key,
        program=f"infusionlog {version('infusionlog')}",
        clock_speed=opening.clock_speed,
        demo=opening.demo,
    )
    kernel = synchronisation()
    checked = kinds.Clock(
        event="opened",
        synchronised=kernel.synchronised,
        by=kernel.by,
        max_error_s=kernel.max_error_s,
        uncertain=desk.clock.behind,
    )
    row = {
        "id": session,
        "room": opening.room,
        "patient": opening.patient,
        "protocol": opening.protocol.id,
        "protocol_digest": opening.protocol.digest,
        "zone": opening.zone.key,
        "opened_at": at,
        "state": "open",
        "demo": int(opening.demo),
        "clock_speed": opening.clock_speed,
    }
    desk.store.open_session(
        row,
        {"id": opening.patient, "name": opening.name, "born": opening.born},
        {"digest": opening.protocol.digest, "text": opening.protocol.text},
        [
            Entry(session, at, "session.open", opening.author, kinds.text_of(payload)),
            Entry(session, at, "clock", "recorder", kinds.text_of(checked)),
        ],
    )
    return session


def open_ledger(
    url: str, *, create: bool = False, reserve_mb: int = 0, speed: float = 1.0, patience: float = 5.0
) -> LedgerDesk:
    """Take a ledger as its owner, with its session clock."""
    store = Store(url, create=create, reserve_mb=reserve_mb, patience=patience)
    clock = SessionClock.resumed(store.anchor(), store.newest(), speed=speed)
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
    try:
        return open_ledger(url)
    except LedgerOwned:
        notice = read_notice(database_path(url))
        if notice is None or not notice.port:
            raise
        return RemoteDesk(notice)


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
