"""One ledger, one owner: the lock that is held from before SQLite opens the file until it has closed it.

The lock is on ``<database>.owner``, not on the database: closing any other descriptor of the database
drops SQLite's own locks, and a second process could then write rows that vanish. The file tells others
where the owner listens.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from logger.errors import DiskFull, LedgerError, LedgerOwned, LedgerReadOnly, LedgerUnusable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK_AT = 1 << 30  # Windows locks bytes: one far behind the text, so that the text stays readable


NOTICE = 256
"""Bytes of the owner's file."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What an owner says of itself; *port* 0 means that it does not listen (a command at work)."""

    pid: int
    port: int = 0
    token: str = ""


def owner_file(database: Path) -> Path:
    """Return the file that the owner of *database* locks."""
    return database.with_name(database.name + ".owner")


def read_notice(database: Path) -> Notice | None:
    """Return what the owner, present or past, wrote; None where there is nothing to read."""
    try:
        said = json.loads(owner_file(database).read_text(encoding="utf-8"))
        notice = Notice(int(said["pid"]), int(said["port"]), str(said["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return notice if notice.pid else None


class Ownership:
    """The held lock. Release it only after SQLite has closed the file."""

    def __init__(self, database: Path) -> None:
        """Take the lock at once.

        Raises:
            LedgerOwned: another program holds it.
            LedgerUnusable: the file can't be made.
        """
        self._path = owner_file(database)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise _unusable(database, error) from error
        if not _lock(self._file):
            os.close(self._file)
            notice = read_notice(database)
            who = f"process {notice.pid}" if notice else "another program"
            raise LedgerOwned(f"{database}: in use by {who}; end it, or give another --database")
        try:
            self.announce(Notice(os.getpid()))
        except OSError as error:
            os.close(self._file)
            raise _unusable(database, error) from error

    def announce(self, notice: Notice) -> None:
        """Write what others may know; always as many bytes, so that a full disk has a place for it."""
        said = json.dumps({"pid": notice.pid, "port": notice.port, "token": notice.token})
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, said.ljust(NOTICE).encode())

    def release(self) -> None:
        """Give the lock back; the file stays, so that two programs never lock two files.

        A second time does nothing: by then the number may be another file's.
        """
        if self._file < 0:
            return
        with contextlib.suppress(OSError):
            self.announce(Notice(0))
        os.close(self._file)
        self._file = -1


class Onlooker:
    """In the place of the lock where nothing is written, and so nothing owned."""

    def announce(self, notice: Notice) -> None:
        """Tell nobody."""

    def release(self) -> None:
        """There is nothing to give back."""


def take(database: Path, patience: float) -> Ownership:
    """Take the lock, waiting up to *patience* seconds for a command that only passes by.

    Raises:
        LedgerOwned: at once where the owner listens (ask it), else when patience ends.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return Ownership(database)
        except LedgerOwned:
            notice = read_notice(database)
            if time.monotonic() >= deadline or (notice and notice.port):
                raise
            time.sleep(0.05)


def _unusable(database: Path, error: OSError) -> LedgerError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"{database}: the disk is full; free space there and start again")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return LedgerReadOnly(
            f"{database}: can't be written ({error.strerror}); choose another with --database"
        )
    return LedgerUnusable(
        f"{database}: can't be used ({error.strerror}); choose another place with --database"
    )


def _lock(file: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(file, LOCK_AT, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
