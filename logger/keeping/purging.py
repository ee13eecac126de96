"""`purge`: a session whose time of keeping has passed is removed; its tombstone says which heads it had."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from logger import kinds
from logger.clock import moment
from logger.entering.desk import LedgerDesk
from logger.errors import LedgerUnusable, NotAllowed
from logger.ledger import chains
from logger.ledger.capture import capture_folder
from logger.ledger.models import Entry
from logger.ledger.store import Store
from logger.settings import archive_beside, drawn_beside

REMOVE = (
    "DELETE FROM record WHERE session_id = ?",
    "DELETE FROM quarantine WHERE session_id = ?",
    "DELETE FROM session WHERE id = ?",
)
SWEEP = (
    "DELETE FROM patient WHERE id NOT IN (SELECT patient FROM session)",
    "DELETE FROM protocol WHERE digest NOT IN (SELECT protocol_digest FROM session)",
)


def purge(
    desk: LedgerDesk, session: str, reason: str, author: str, years: int | None, archive: Path | None = None
) -> str:
    """Remove all of a session; return its tombstone's reference in ``system``.

    A purge that a power cut stopped is finished by the same command.

    Args:
        desk: of the ledger, which this process owns.
        session: its id.
        reason: why, for whoever asks later.
        author: an administrator.
        years: how long sessions are kept after they were closed.
        archive: folder of the columnar copies, where it is not beside the ledger.

    Raises:
        NoSuchSession: there is none.
        NotAllowed: the session is not closed, or its time has not passed, or nobody has set one.
    """
    row = desk.store.session(session)
    _check_due(session, _closed_at(desk.store, session), desk.clock.wall(), years)
    tombstone = purged(desk.store).get(session)
    if tombstone is None:
        heads = [
            {"writer": writer, "count": count, "digest": digest}
            for writer, (count, digest) in chains.heads(desk.store, [session])[session].items()
        ]
        said = kinds.Purged(
            session=session, heads=tuple(heads), opened_at=moment(row["opened_at"]), reason=reason
        )
        entry = Entry(kinds.SYSTEM, desk.clock.now(), "purged", author, kinds.text_of(said))
        tombstone = desk.store.append([entry])[0].ref
    remove(desk.store, session, archive)
    return tombstone


def purged(store: Store) -> dict[str, str]:
    """Return the sessions that tombstones name, each with the reference of its tombstone."""
    tombstones = [record for record in store.records(kinds.SYSTEM) if record.kind == "purged"]
    return {kinds.Purged.model_validate_json(one.payload).session: one.ref for one in tombstones}


def remove(store: Store, session: str, archive: Path | None = None) -> None:
    """Remove all of a session that stands in a ledger and beside it, and overwrite it in the file.

    The captures, the columnar copy and the drawn pages first: as long as the rows are here, what a fault
    left behind is removed by doing it again.

    Raises:
        LedgerUnusable: the captures can't be removed now; the rows are still here.
    """
    try:
        for copy in (archive or archive_beside(store.path)).glob(f"*/{session}.parquet"):
            copy.unlink(missing_ok=True)
        beside = drawn_beside(store.path)
        courses = beside.glob("*/course-*")  # they hold it too, and some lie in its own folder
        for folder in (*courses, *beside.glob(session), capture_folder(store.path, session)):
            if folder.exists():
                shutil.rmtree(folder)
    except OSError as error:
        raise LedgerUnusable(
            f"{error.filename}: can't be removed ({error.strerror}); close what has it open, "
            "then do the same again: the session is not gone before they are"
        ) from error

    def change(connection: Connection) -> None:
        for statement in REMOVE:
            connection.exec_driver_sql(statement, (session,))
        for statement in SWEEP:
            connection.exec_driver_sql(statement)

    with store.reading() as connection:
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    store.commit(change)
    store.changed.discard(session)


def _closed_at(store: Store, session: str) -> int | None:
    """Return when the session was closed by its records, microseconds UTC: its row is not in their chain."""
    records = store.records(session, streamed=False)
    return max((one.at for one in records if one.kind in ("session.end", "close")), default=None)


def _check_due(session: str, closed_at: int | None, now: int, years: int | None) -> None:
    if years is None:
        raise NotAllowed(
            "purge: the settings say nothing of retention_years, so every session is kept; "
            "set it to what your law asks for"
        )
    if closed_at is None:
        raise NotAllowed(f"session {session} is open; only a closed session can be removed")
    closed = moment(closed_at)
    due = _years_later(closed, years)
    if moment(now) < due:
        raise NotAllowed(
            f"session {session} was closed on {closed:%Y-%m-%d} and is kept until {due:%Y-%m-%d} "
            f"(retention_years = {years}); nothing was removed"
        )


def _years_later(when: datetime, years: int) -> datetime:
    try:
        return when.replace(year=when.year + years)
    except ValueError:  # the 29th of February
        return when.replace(year=when.year + years, month=3, day=1)
