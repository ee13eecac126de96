"""One forwarder for one ledger, that ends with the server which started it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from logger.errors import LedgerOwned
from logger.ledger.owner import Ownership, read_notice

WITH_PARENT = "INFUSIONLOG_ENDS_WITH_PARENT"
"""Set where standard input is the parent's: when it ends, the parent has ended."""


def place_of(database: Path) -> Path:
    """Return the name by which a ledger's forwarder holds its lock."""
    return database.with_name(database.name + ".forward")


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Hold the lock of a ledger's forwarder.

    Raises:
        LedgerOwned: another forwarder is at work for this ledger.
    """
    try:
        held = Ownership(place_of(database))
    except LedgerOwned as error:
        notice = read_notice(place_of(database))
        who = f"process {notice.pid}" if notice else "another process"
        raise LedgerOwned(f"{database}: {who} forwards it already; end that one first") from error
    try:
        yield
    finally:
        held.release()


def with_parent(stop: Callable[[], None]) -> None:
    """Have *stop* called when the process ends that started this one, if it wants it so."""
    if os.environ.get(WITH_PARENT) and sys.stdin is not None:
        threading.Thread(target=_watch, args=(stop,), name="parent", daemon=True).start()


def _watch(stop: Callable[[], None]) -> None:
    while os.read(sys.stdin.fileno(), 1):  # the file object's lock would be waited for at the end
        pass
    stop()
