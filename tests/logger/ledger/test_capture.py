"""Raw captures: plain bytes with their arrivals beside them."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from pathlib import Path

import pytest

from logger.errors import DiskFull, LedgerUnusable
from logger.ledger import capture
from logger.ledger.capture import Capture, Sealed, capture_folder, left_behind, sealed

CHUNKS = ((b"SPO2=097 HR", 1000), (b"=072\r\n", 2000))


def test_captures_stand_beside_the_database(tmp_path):
    assert capture_folder(tmp_path / "clinic.db", "s1") == tmp_path / "clinic.captures" / "s1"


def test_bytes_are_kept_as_they_came_with_the_arrival_of_each_chunk(tmp_path):
    written(tmp_path, "monitor")
    assert (tmp_path / "monitor-0.bytes").read_bytes() == b"SPO2=097 HR=072\r\n"
    assert (tmp_path / "monitor-0.times").read_text() == "0\t1000\n11\t2000\n"


def test_bytes_are_in_the_file_before_their_record_is_made(tmp_path):
    kept = Capture(tmp_path, "monitor", no_reserve)
    kept.keep(b"abc", 1000)
    assert (tmp_path / "monitor-0.bytes").read_bytes() == b"abc"
    kept.seal()


def test_a_sealed_capture_has_its_size_and_digest(tmp_path):
    folder = tmp_path / "clinic.captures" / "s1"
    raw = b"SPO2=097 HR=072\r\n"
    said = Sealed(0, "clinic.captures/s1/monitor-0.bytes", len(raw), hashlib.sha256(raw).hexdigest())
    assert written(folder, "monitor") == sealed(folder / "monitor-0.bytes") == said


def test_each_connection_has_its_own_capture(tmp_path):
    assert [written(tmp_path, "monitor").number for _ in range(3)] == [0, 1, 2]


def test_two_devices_of_one_adapter_count_apart(tmp_path):
    numbers = [written(tmp_path, name).number for name in ("monitor-2", "monitor", "monitor-2", "monitor")]
    assert numbers == [0, 0, 1, 1]


def test_a_number_is_never_given_twice(tmp_path):
    written(tmp_path, "monitor")
    written(tmp_path, "monitor")
    (tmp_path / "monitor-0.bytes").unlink()
    assert written(tmp_path, "monitor").number == 2


def test_a_number_is_not_given_twice_though_all_files_are_gone(tmp_path):
    assert Capture(tmp_path, "monitor", no_reserve, least=3).number == 3
    assert Capture(tmp_path, "monitor", no_reserve, least=1).number == 4


def test_a_capture_whose_file_is_gone_is_sealed_with_what_was_kept_in_it(tmp_path):
    kept = Capture(tmp_path, "monitor", no_reserve)
    kept.keep(b"abc", 1000)
    (tmp_path / "monitor-0.bytes").unlink()
    said = kept.seal()
    assert (said.bytes, said.sha256) == (3, hashlib.sha256(b"abc").hexdigest())
    assert "monitor-0.bytes: No such file or directory; bring it back" in str(said.fault)


def test_a_disk_that_may_not_have_kept_a_capture_is_named(tmp_path, monkeypatch):
    def fails(file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    kept = Capture(tmp_path, "monitor", no_reserve)
    monkeypatch.setattr(capture.os, "fsync", fails)
    assert "look at the disk" in str(kept.seal().fault)


def test_what_a_killed_recorder_left_is_found_oldest_first(tmp_path):
    for _ in range(11):
        written(tmp_path, "monitor")
    assert [one.number for one in left_behind(tmp_path, "monitor", {0, 2, 3})] == [1, *range(4, 11)]


def test_what_another_device_left_is_its_own(tmp_path):
    written(tmp_path, "monitor-2")
    assert left_behind(tmp_path, "monitor", set()) == []


def test_nothing_is_left_where_nothing_was_ever_kept(tmp_path):
    assert left_behind(tmp_path / "never", "monitor", set()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_only_its_user_can_read_a_capture(tmp_path):
    written(tmp_path, "monitor")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_full_disk_takes_the_reserve_and_goes_on(tmp_path, monkeypatch):
    given_up: list[bool] = []
    kept = Capture(tmp_path, "monitor", lambda: not given_up.append(True))
    monkeypatch.setattr(capture.os, "write", full_disk(refusals=1))
    kept.keep(b"abcdef", 1000)
    assert (kept.seal().bytes, given_up) == (6, [True])


def test_a_full_disk_without_a_reserve_says_so(tmp_path, monkeypatch):
    kept = Capture(tmp_path, "monitor", no_reserve)
    monkeypatch.setattr(capture.os, "write", full_disk(refusals=9))
    with pytest.raises(DiskFull, match="free space"):
        kept.keep(b"abcdef", 1000)


def test_a_disk_that_fails_is_not_taken_for_a_full_one(tmp_path, monkeypatch):
    kept = Capture(tmp_path, "monitor", lambda: pytest.fail("the reserve is for a full disk"))
    monkeypatch.setattr(capture.os, "write", full_disk(refusals=9, code=errno.EIO))
    with pytest.raises(LedgerUnusable, match="Input/output error"):
        kept.keep(b"abcdef", 1000)


def written(folder: Path, source: str) -> Sealed:
    """Return what a connection of *source* left that brought `CHUNKS`."""
    kept = Capture(folder, source, no_reserve)
    for raw, at in CHUNKS:
        kept.keep(raw, at)
    return kept.seal()


def no_reserve() -> bool:
    return False


def full_disk(refusals: int, code: int = errno.ENOSPC):
    """Return a write that takes two bytes at most and is refused *refusals* times after the first."""
    left, write, calls = [refusals], os.write, []

    def writes(file, raw):
        calls.append(raw)
        if len(calls) > 1 and left[0]:
            left[0] -= 1
            raise OSError(code, os.strerror(code))
        return write(file, bytes(raw[:2]) if len(calls) == 1 else raw)

    return writes
