"""`backup` and `restore`: a ledger copied into another one, with its raw captures, while it is recorded.

A backup is a ledger file with its captures beside it: `verify` and `show` work on it as it stands, and a
second backup into the same file brings it up to date.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path
from typing import Any

from logger import kinds
from logger.entering.desk import Desk, LedgerDesk, SessionFile, is_aside
from logger.entering.sessions import open_ledger
from logger.errors import LedgerUnusable
from logger.keeping.access import log_access
from logger.keeping.purging import purged, remove
from logger.keeping.verifying import verify_ledger
from logger.ledger.capture import capture_folder, sealed
from logger.ledger.chains import heads, streams
from logger.ledger.copying import Received, know_session, receive, seen
from logger.ledger.store import Store
from logger.settings import SQLITE


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy of a ledger brought over.

    Attributes:
        sessions: how many the source has.
        received: what became of the records.
        captures: how many files of raw bytes were copied.
        problems: sentences about what is not as it should be; empty when all is well.
    """

    sessions: int
    received: Received
    captures: int
    problems: tuple[str, ...]


def backup(desk: Desk, database: Path, target: Path, user: str) -> Copied:
    """Copy the ledger of *desk*, at *database*, into the ledger *target*: made, or brought up to date.

    Raises:
        LedgerUnusable: the target is the ledger itself, no ledger, or holds another ledger's sessions.
    """
    if target.resolve() == database.resolve():
        raise LedgerUnusable(f"{target}: is the ledger itself; name another file, on another disk")
    with Store(f"{SQLITE}{target}", create=True) as store:
        _check_origin(desk, store)
        log_access(desk, "backup", user, what=str(target))
        return _copy(desk, database, store)


def _check_origin(desk: Desk, store: Store) -> None:
    """Raise unless the target is new, or holds what a writer of this ledger wrote: two clinics never mix."""
    there = {writer for of_stream in heads(store).values() for writer in of_stream}
    here = {writer for of_stream in desk.status(heads=True).heads.values() for writer in of_stream}
    if there and not (there - {store.writer}) & here:
        raise LedgerUnusable(f"{store.path}: holds another ledger, which stays as it is; name another file")


def restore(source: Path, url: str, user: str) -> tuple[Copied, dict[str, Any]]:
    """Make a new ledger of a backup, which begins a writer of its own; return what came and its verification.

    Raises:
        LedgerUnusable: there is no backup, or there is a ledger already.
    """
    if not source.exists():
        raise LedgerUnusable(f"{source}: there is no backup; name the file that `infusionlog backup` wrote")
    given = open_ledger(f"{SQLITE}{source}", read_only=True)
    try:
        made = _fresh(url)
        try:
            copied = _copy(given, source, made.store)
            log_access(made, "restore", user, what=str(source))
            return copied, verify_ledger(made, made.store.path.parent)
        finally:
            made.close()
    finally:
        given.close()


def _fresh(url: str) -> LedgerDesk:
    path = Path(url.removeprefix(SQLITE)).expanduser().absolute()
    if path.exists():
        raise LedgerUnusable(
            f"{path}: there is a ledger already; give --database another file, or move that one away"
        )
    return open_ledger(url, create=True)


def _copy(desk: Desk, database: Path, store: Store) -> Copied:
    """Copy streams beside the sessions first: what they say was purged is not copied, and goes here too."""
    status = desk.status(heads=True)
    here = seen(store, status.heads)
    rows = {str(row["id"]) for row in status.sessions}
    received, captures, problems = Received(), 0, list[str]()
    for stream in filter(is_aside, status.heads):
        file = desk.file(stream, here.get(stream))
        for user in file.row.get("users", ()):
            store.set_user(user)
        received += receive(store, file.records)
    gone = purged(store)
    for session in gone.keys() & set(streams(store)):
        remove(store, session)
    for session in status.heads:
        if is_aside(session) or session in gone:
            continue
        if session not in rows:
            problems.append(f"{session}: no session's row names its records; run `infusionlog verify`")
            continue
        file = desk.file(session, here.get(session))
        know_session(store, file.row, file.patient, file.protocol)
        received += receive(store, file.records)
        problems += _unlike_their_copies(database, store.path, session)
        captures += _copy_captures(database, store.path, session)
        problems += _unlike_their_digest(file, capture_folder(store.path, session))
    return Copied(len(rows - gone.keys()), received, captures, (*problems, *received.holes, *received.forks))


def _unlike_their_copies(source: Path, target: Path, session: str) -> Iterator[str]:
    """Yield a sentence for each capture of which the copy has as many bytes, and others: one was altered."""
    for path in sorted(capture_folder(source, session).glob("*")):
        copy = capture_folder(target, session) / path.name
        if not copy.exists() or cmp(path, copy, shallow=False):
            continue
        if copy.stat().st_size == path.stat().st_size:  # else it has grown
            yield (
                f"{session}: raw bytes {path.name} are as long as those in the backup, and others: one of"
                " both was altered; both are left as they are, and `infusionlog verify` with each says which"
            )


def _copy_captures(source: Path, target: Path, session: str) -> int:
    """Copy the raw bytes that are not there yet, or have grown since; return how many files."""
    there, copied = capture_folder(target, session), 0
    for path in sorted(capture_folder(source, session).glob("*")):
        copy = there / path.name
        if copy.exists() and copy.stat().st_size == path.stat().st_size:
            continue
        there.mkdir(parents=True, exist_ok=True)
        part = copy.with_name(copy.name + ".part")
        part.touch(mode=0o600)  # a monitor's bytes may hold a name
        shutil.copyfile(path, part)
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        part.replace(copy)
        copied += 1
    return copied


def _unlike_their_digest(file: SessionFile, folder: Path) -> Iterator[str]:
    """Yield a sentence for each copied capture that is not what the record that closed it says."""
    for record in file.records:
        if record.kind != "link":
            continue
        said = kinds.Link.model_validate_json(record.payload)
        if said.event != "capture_closed" or said.file is None:
            continue
        path = folder / Path(said.file).name
        if not path.exists():
            yield f"{record.session}: raw bytes {path.name} were not there to be copied"
        elif sealed(path).sha256 != said.sha256:
            yield f"{record.session}: raw bytes {path.name} are not what {record.ref} says"
