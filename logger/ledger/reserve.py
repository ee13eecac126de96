"""A file that holds disk space back, given up when the disk is full so that a session can end well."""

from __future__ import annotations

import os
from pathlib import Path

from logger.errors import LedgerUnusable

MEGABYTE = 1 << 20


class Reserve:
    """The reserve beside a ledger.

    Attributes:
        given_up: it was deleted, and nobody has recorded that yet.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".reserve")
        self.given_up = False

    def make(self, megabytes: int) -> None:
        """Hold back *megabytes*, written out so that no file system promises the space twice.

        Raises:
            LedgerUnusable: there is no room for it.
        """
        if not megabytes or self._path.exists():
            return
        try:
            with self._path.open("xb") as file:
                for _ in range(megabytes):
                    file.write(bytes(MEGABYTE))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._path.unlink(missing_ok=True)
            raise LedgerUnusable(
                f"{self._path}: no room for the reserve of {megabytes} MB ({error.strerror}); "
                "free space, or set a smaller reserve_mb"
            ) from error

    def give_up(self) -> bool:
        """Delete the reserve; return whether there was one."""
        if not self._path.exists():
            return False
        self._path.unlink()
        self.given_up = True
        return True
