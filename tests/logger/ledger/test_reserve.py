"""The space that is held back for the day the disk is full."""

from __future__ import annotations

from pathlib import Path

import pytest
from elsewhere import mounted

from logger.errors import LedgerUnusable
from logger.ledger.reserve import MEGABYTE, Reserve


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "clinic.db"


def test_the_reserve_is_written_out(database):
    Reserve(database).make(2)
    assert reserve_of(database).stat().st_size == 2 * MEGABYTE
    assert reserve_of(database).stat().st_blocks * 512 >= 2 * MEGABYTE


def test_no_reserve_is_made_where_none_is_wanted(database):
    Reserve(database).make(0)
    assert not reserve_of(database).exists()


def test_a_reserve_that_is_there_stays(database):
    reserve_of(database).write_bytes(b"there")
    Reserve(database).make(1)
    assert reserve_of(database).read_bytes() == b"there"


def test_the_reserve_is_given_up_once_and_says_so(database):
    reserve = Reserve(database)
    reserve.make(1)
    assert [reserve.given_up, reserve.give_up(), reserve.given_up, reserve.give_up()] == [
        False,
        True,
        True,
        False,
    ]
    assert not reserve_of(database).exists()


def test_a_reserve_of_an_earlier_start_can_be_given_up(database):
    Reserve(database).make(1)
    assert Reserve(database).give_up()


@pytest.mark.root
def test_a_disk_without_room_for_it_is_refused_and_left_as_it_was(tmp_path):
    with mounted(tmp_path / "small", "size=1m") as folder:
        with pytest.raises(LedgerUnusable, match=r"reserve of 2 MB .*set a smaller reserve_mb"):
            Reserve(folder / "clinic.db").make(2)
        assert list(folder.iterdir()) == []


def reserve_of(database: Path) -> Path:
    return database.with_name("clinic.db.reserve")
