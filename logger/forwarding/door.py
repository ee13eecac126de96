"""What the server's side of forwarding needs of the pages' clinic."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from logger.entering.desk import LedgerDesk
from logger.ledger.models import Written


class Door(Protocol):
    """The one way to the clinic's ledger."""

    def desk(self) -> AbstractContextManager[LedgerDesk]:
        """Give the ledger's desk, to one at a time."""
        ...

    def publish(self, records: Sequence[Written]) -> None:
        """Tell who listens of records that were committed."""
        ...
