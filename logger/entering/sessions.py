"""Sessions: finding the one that is meant, and the door through which a ledger is reached."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from logger.attesting.checkpoints import Places
from logger.attesting.notary import notary_of
from logger.clock import SessionClock
from logger.entering.control import RemoteDesk
from logger.entering.desk import Desk, LedgerDesk
from logger.errors import LedgerOwned, LedgerReadOnly, NoSuchSession, OwnerSilent, WhichSession
from logger.ledger.owner import read_notice
from logger.ledger.store import Store
from logger.settings import database_path

PATIENCE = 5.0
"""Seconds in which an owner that does not answer may still be leaving."""


def open_ledger(
    url: str,
    *,
    create: bool = False,
    reserve_mb: int = 0,
    patience: float = 5.0,
    read_only: bool = False,
    places: Places | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> LedgerDesk:
    """Take a ledger as its owner, on the clock of this machine.

    An open session keeps the clock it has; where there is none, the clock starts anew from the wall clock.
    Checkpoints are signed where there are *places* for them; *tell* takes a line where that fails.
    """
    store = Store(url, create=create, reserve_mb=reserve_mb, patience=patience, read_only=read_only)
    sessions = store.sessions()
    notary = None if places is None or read_only else notary_of(store, places, sessions, tell)
    goes_on = any(row["state"] == "open" and row["clock_speed"] == 1.0 for row in sessions)
    clock = SessionClock.resumed(store.anchor() if goes_on else None, store.newest())
    return LedgerDesk(store, clock, os.getpid(), notary)


@contextmanager
def at_desk(url: str, *, create: bool = False, places: Places | None = None) -> Iterator[Desk]:
    """Give the desk of a ledger: its owner's where one listens, else this process owns it for a moment.

    *create*: make the ledger where there is none. *places*: of checkpoints, where this process owns it.
    """
    desk = _desk(url, create=create, places=places)
    try:
        yield desk
    finally:
        desk.close()


def _desk(url: str, *, create: bool, places: Places | None) -> Desk:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return open_ledger(url, create=create, places=places)
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
