"""One ledger, one owner."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from elsewhere import another_program, fill, make_read_only, mounted, said_by

from logger.errors import DiskFull, LedgerOwned, LedgerReadOnly, LedgerUnusable
from logger.ledger.owner import Notice, Ownership, owner_file, read_notice, take

OWN = """
import sys
from pathlib import Path
from logger.ledger.owner import Ownership
held = Ownership(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.readline()
"""

TRY = """
import sys
from pathlib import Path
from logger.errors import LedgerOwned
from logger.ledger.owner import take
try:
    take(Path(sys.argv[1]), 0).release()
    print("taken")
except LedgerOwned as refused:
    print(refused)
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "clinic.db"


def test_another_process_is_refused_with_the_owners_number(database):
    held = Ownership(database)
    assert f"in use by process {os.getpid()}" in said_by(TRY, database)
    held.release()
    assert said_by(TRY, database) == "taken\n"


def test_a_killed_owner_owns_nothing(database):
    with another_program(OWN, database) as owner:
        assert owner.stdout.readline() == "held\n"
        with pytest.raises(LedgerOwned, match=f"process {owner.pid}"):
            take(database, 0)
        owner.kill()
        owner.wait()
        take(database, 0).release()


def test_a_second_owner_in_one_process_is_refused_too(database):
    held = Ownership(database)
    with pytest.raises(LedgerOwned):
        Ownership(database)
    held.release()


def test_an_owner_says_where_it_listens(database):
    held = Ownership(database)
    assert read_notice(database) == Notice(os.getpid())
    held.announce(Notice(7, 54321, "a long token"))
    held.announce(Notice(7, 5, "short"))
    assert read_notice(database) == Notice(7, 5, "short")
    held.release()


def test_an_owner_that_has_left_says_nothing_and_leaves_its_file(database):
    Ownership(database).release()
    assert read_notice(database) is None
    assert owner_file(database).exists()


def test_a_lock_that_is_given_back_twice_is_not_taken_from_another(database):
    held = Ownership(database)
    held.release()
    another = Ownership(database)
    held.release()
    with pytest.raises(LedgerOwned):
        Ownership(database)
    another.release()


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "no JSON", '{"pid": 0, "port": 0, "token": ""}', '{"pid": "x", "port": 1, "token": ""}'],
)
def test_a_notice_that_says_nothing_is_none(database, text):
    owner_file(database).write_text(text)
    assert read_notice(database) is None


def test_where_nobody_ever_was_there_is_no_notice(database):
    assert read_notice(database) is None


def test_a_notice_always_takes_as_many_bytes(database):
    held = Ownership(database)
    sizes = {owner_file(database).stat().st_size}
    held.announce(Notice(2**22, 65535, "f" * 32))
    sizes.add(owner_file(database).stat().st_size)
    held.release()
    assert len(sizes | {owner_file(database).stat().st_size}) == 1


@pytest.mark.root
def test_on_a_full_disk_there_is_still_room_to_leave_and_to_come_back(tmp_path):
    with mounted(tmp_path / "small", "size=1m") as folder:
        Ownership(folder / "clinic.db").release()
        fill(folder)
        Ownership(folder / "clinic.db").release()
        with pytest.raises(DiskFull, match="free space there"):
            Ownership(folder / "other.db")


@pytest.mark.root
def test_where_nothing_can_be_written_nothing_can_be_owned(tmp_path):
    with mounted(tmp_path / "disk", "size=1m") as folder:
        make_read_only(folder)
        with pytest.raises(LedgerReadOnly, match="choose another with --database"):
            Ownership(folder / "clinic.db")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_only_its_user_reads_the_token(database):
    held = Ownership(database)
    assert owner_file(database).stat().st_mode & 0o777 == 0o600
    held.release()


def test_a_folder_that_is_not_there_is_made(tmp_path):
    Ownership(tmp_path / "a" / "b" / "clinic.db").release()
    assert (tmp_path / "a" / "b").is_dir()


def test_a_place_that_can_not_be_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerUnusable, match="choose another place with --database"):
        Ownership(tmp_path / "file" / "clinic.db")


def test_an_owner_that_listens_is_asked_and_not_waited_for(database):
    held = Ownership(database)
    held.announce(Notice(os.getpid(), 54321, "token"))
    with pytest.raises(LedgerOwned):
        take(database, patience=3600)
    held.release()


def test_a_command_that_only_passes_by_is_waited_for(database, monkeypatch):
    held = Ownership(database)
    monkeypatch.setattr("logger.ledger.owner.time.sleep", lambda _: held.release())
    take(database, patience=3600).release()
