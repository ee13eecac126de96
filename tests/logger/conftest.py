"""A ledger of the test's own, on clocks that stand where they are put."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ledgers import Hands, desk_at
from told_sessions import Room

from logger.entering.desk import LedgerDesk


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def desk(tmp_path: Path, hands: Hands) -> Iterator[LedgerDesk]:
    desk = desk_at(tmp_path / "clinic.db", hands)
    yield desk
    desk.close()


@pytest.fixture
def room(desk: LedgerDesk, hands: Hands) -> Room:
    return Room(desk, hands)
