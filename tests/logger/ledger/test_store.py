"""The ledger's rows: numbered, chained, all or none, and still there whatever happens to the program."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from elsewhere import another_program, fill, make_read_only, mounted, said_by
from ledgers import NOON, reading, url_of
from sqlalchemy.exc import IntegrityError

from logger.clock import Anchor
from logger.errors import DiskFull, LedgerError, LedgerOwned, LedgerReadOnly, LedgerUnusable, NoSuchSession
from logger.kinds import canonical
from logger.ledger import audit
from logger.ledger.models import Entry, Written
from logger.ledger.store import Store

APPEND = """
import sys
from logger.ledger.models import Entry
from logger.ledger.store import Store
store = Store(sys.argv[1])
for seq in range(100_000):
    entry = Entry("s", 1_790_000_000_000_000 + seq, "note", "nurse.example", '{"text":"x","v":1}')
    print(store.append([entry])[0].ref, flush=True)
"""

TRY = """
import sys
from logger.errors import LedgerError
from logger.ledger.store import Store
try:
    Store(sys.argv[1], patience=0).close()
    print("taken")
except LedgerError as refused:
    print(type(refused).__name__, refused)
"""

ROW = {
    "id": "s",
    "room": "1",
    "patient": "INVENTED-1",
    "protocol": "p",
    "protocol_digest": "d",
    "zone": "UTC",
    "opened_at": NOON,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clinic.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(url_of(path), create=True) as store:
        yield store


# What an append does.


def test_records_are_numbered_without_gap_for_each_session(store):
    refs = [(one.session, one.seq) for one in store.append([note("s"), note("t"), note("s")])]
    refs += [(one.session, one.seq) for one in store.append([note("s"), note("t")])]
    assert refs == [("s", 0), ("t", 0), ("s", 1), ("s", 2), ("t", 1)]


def test_what_was_returned_is_what_stands_there(store):
    written = store.append([note("s", text="Übel\n„so“"), reading("s", NOON + 1, spo2=97.0)])
    assert store.records("s") == written
    assert all(record.writer == store.writer for record in written)


def test_records_are_chained_across_commits_and_starts(store, path):
    store.append([note("s"), note("s")])
    store.append([note("s")])
    store.close()
    with Store(url_of(path)) as again:
        again.append([note("s")])
        (chain,) = audit.verify(again.records("s"))
        assert (chain.writer, chain.records) == (again.writer, 4)
        assert again.tail("s") == (4, chain.head, NOON)


def test_nothing_to_append_is_nothing_done(store):
    assert store.append([]) == []


def test_time_never_runs_back_in_a_chain(store):
    store.append([note("s", NOON + 5)])
    later = store.append([note("s", NOON), note("s", NOON + 3), note("s", NOON + 9)])
    assert [record.at for record in later] == [NOON + 5, NOON + 5, NOON + 9]


def test_each_session_has_its_own_time(store):
    store.append([note("s", NOON + 5)])
    assert store.append([note("t", NOON)])[0].at == NOON


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_failing_entry_leaves_nothing_of_its_batch(store, place):
    entries = [note("s"), note("s")]
    entries.insert(place, note("never", at=0))
    with pytest.raises(IntegrityError):
        store.append(entries, projection={"state": "closed"})
    assert (store.records("s"), store.records("never")) == ([], [])
    assert store.append([note("s")])[0].seq == 0


def test_a_session_changes_with_its_records_or_not_at_all(store):
    opened(store)
    with pytest.raises(IntegrityError):
        store.append([note("s")], projection={"state": "forgotten"})
    assert (len(store.records("s")), store.session("s")["state"]) == (1, "open")
    store.append([note("s")], projection={"state": "ended", "ended_at": NOON + 9})
    assert (store.session("s")["state"], store.session("s")["ended_at"]) == ("ended", NOON + 9)


def test_a_session_that_can_not_be_opened_leaves_nothing(store):
    opened(store)
    with pytest.raises(IntegrityError):
        store.open_session(ROW, {"id": "INVENTED-2"}, {"digest": "e", "text": "t"}, [note("s")])
    assert len(store.records("s")) == 1
    assert store.append([note("s")])[0].seq == 1


# What can be asked.


def test_a_session_is_found_with_its_patient_and_protocol(store):
    opened(store)
    assert store.session("s") == ROW | {
        "ended_at": None,
        "closed_at": None,
        "state": "open",
        "demo": 0,
        "clock_speed": 1.0,
    }
    assert store.patient("INVENTED-1") == {"id": "INVENTED-1", "name": "DEMO, Example", "born": None}
    assert store.protocol_text("d") == "the protocol's text"


def test_a_patient_and_a_protocol_that_are_known_stay_as_they_are(store):
    opened(store)
    store.open_session(
        ROW | {"id": "t"}, {"id": "INVENTED-1", "name": "X"}, {"digest": "d", "text": "x"}, [note("t")]
    )
    assert store.patient("INVENTED-1")["name"] == "DEMO, Example"
    assert store.protocol_text("d") == "the protocol's text"


def test_what_is_said_later_of_a_patient_fills_what_was_not_known(store):
    store.open_session(ROW, {"id": "INVENTED-1"}, {"digest": "d", "text": "t"}, [note("s")])
    more = {"id": "INVENTED-1", "name": "DEMO, Example", "born": "1970-01-01"}
    store.open_session(ROW | {"id": "t"}, more, {"digest": "d", "text": "t"}, [note("t")])
    assert store.patient("INVENTED-1") == more


def test_a_patient_that_is_not_known_has_no_name(store):
    assert store.patient("nobody") == {"id": "nobody", "name": None, "born": None}


def test_one_record_can_be_asked_for(store):
    written = store.append([note("s"), note("s")])
    assert store.record("s", store.writer, 1) == written[1]
    assert store.record("s", store.writer, 2) is None
    assert store.record("t", store.writer, 1) is None


def test_an_unknown_session_is_refused_with_what_to_do(store):
    with pytest.raises(NoSuchSession, match="`infusionlog sessions` lists them"):
        store.session("nobody")


def test_sessions_are_listed_oldest_first_with_their_number_of_records(store):
    opened(store, "t")
    opened(store, "s")
    store.append([note("s"), note("s")])
    assert [(row["id"], row["records"]) for row in store.sessions()] == [("s", 3), ("t", 1)]


def test_records_of_several_writers_are_merged_by_time_writer_and_number(store):
    ours = store.append([note("s", NOON + at) for at in (0, 4, 4)])
    theirs = forwarded(store, [note("s", NOON + at) for at in (1, 4)], writer="00000000")
    assert store.records("s") == [ours[0], theirs[0], theirs[1], ours[1], ours[2]]


def test_only_what_is_not_known_yet_can_be_asked_for(store):
    ours = store.append([note("s", NOON + at) for at in (0, 2, 4)])
    theirs = forwarded(store, [note("s", NOON + at) for at in (1, 3)], writer="00000000")
    assert store.records("s", {store.writer: 0}) == [theirs[0], ours[1], theirs[1], ours[2]]
    assert store.records("s", {store.writer: 2, "00000000": 1}) == []
    assert store.records("s", limit=2) == [ours[0], theirs[0]]


def test_a_forwarded_chain_is_never_continued_by_another_writer(store):
    forwarded(store, [note("s"), note("s")], writer="00000000")
    assert store.append([note("s")])[0].seq == 0


def test_the_newest_record_is_one_of_real_time(store):
    assert store.newest() == 0
    opened(store, "s")
    opened(store, "t", clock_speed=60.0)
    store.append([note("s", NOON + 5), note("t", NOON + 3600)])
    assert store.newest() == NOON + 5


def test_the_clocks_anchor_is_kept_for_the_next_start(store, path):
    assert store.anchor() is None
    store.set_anchor(Anchor(NOON, 1000, "boot-1"))
    store.close()
    with Store(url_of(path)) as again:
        assert again.anchor() == Anchor(NOON, 1000, "boot-1")


# Whose it is.


def test_a_ledger_that_is_not_there_is_not_made_by_asking(path):
    with pytest.raises(LedgerUnusable, match="there is no ledger"):
        Store(url_of(path))
    assert list(path.parent.iterdir()) == []


def test_a_writer_belongs_to_its_ledger(store, path, tmp_path):
    store.close()
    with Store(url_of(path)) as again, Store(url_of(tmp_path / "other.db"), create=True) as other:
        assert again.writer == store.writer != other.writer


def test_a_ledger_on_another_machine_begins_a_new_writer_and_keeps_the_old_chain(store, path, monkeypatch):
    old = store.append([note("s"), note("s")])
    store.set_anchor(Anchor(NOON, 1000, "boot-1"))
    store.close()
    monkeypatch.setattr("logger.clock.machine_id", lambda: "another machine")
    with Store(url_of(path)) as moved:
        assert (moved.writer != old[0].writer, moved.anchor()) == (True, None)
        assert moved.append([note("s")])[0].seq == 0
        assert {one.writer: one.records for one in audit.verify(moved.records("s"))} == {
            old[0].writer: 2,
            moved.writer: 1,
        }


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such mode")
def test_only_its_user_can_read_a_ledger(store, path):
    store.append([note("s")])
    beside = [path, *path.parent.glob("clinic.db-*")]
    assert {stat.S_IMODE(one.stat().st_mode) for one in beside} == {0o600}


def test_a_copy_of_a_ledger_on_the_same_machine_begins_a_new_writer(store, path, tmp_path):
    store.append([note("s")])
    store.close()
    shutil.copyfile(path, tmp_path / "copy.db")
    with Store(url_of(tmp_path / "copy.db")) as copy, Store(url_of(path)) as again:
        assert copy.writer != again.writer == store.writer
    with Store(url_of(tmp_path / "copy.db")) as later:
        assert later.writer == copy.writer


def test_another_process_is_refused_and_told_who_owns_it(store, path):
    said = said_by(TRY, url_of(path))
    assert said.startswith(f"LedgerOwned {path}: in use by process ")
    assert "end it, or give another --database" in said


def test_a_second_store_in_one_process_is_refused_too(store, path):
    with pytest.raises(LedgerOwned):
        Store(url_of(path), patience=0)


def test_a_copy_made_by_other_means_costs_no_record(store, path, tmp_path):
    written = store.append([note("s"), note("s")])
    for file in (path, path.with_name("clinic.db-wal")):
        (tmp_path / f"copy of {file.name}").write_bytes(file.read_bytes())  # drops SQLite's own locks
    assert said_by(TRY, url_of(path)).startswith("LedgerOwned")
    written += store.append([note("s")])
    assert said_by(TRY, url_of(path)).startswith("LedgerOwned")
    store.close()
    assert said_by(TRY, url_of(path)) == "taken\n"
    with Store(url_of(path)) as again:
        assert again.records("s") == written


@pytest.mark.root
def test_an_archives_copy_can_be_read_and_not_written(tmp_path):
    with mounted(tmp_path / "archive", "size=4m") as folder:
        url = url_of(folder / "clinic.db")
        with Store(url, create=True) as store:
            opened(store)
            written = store.records("s")
        make_read_only(folder)
        with pytest.raises(LedgerReadOnly, match="can't be written"):
            Store(url)
        with Store(url, read_only=True) as archive:
            assert archive.records("s") == written
            with pytest.raises(LedgerUnusable, match="can't be written"):
                archive.append([note("s")])


def test_a_copy_whose_last_records_are_beside_it_is_not_read_as_if_it_were_whole(store, path):
    store.append([note("s")])
    with pytest.raises(LedgerUnusable, match=r"still in clinic.db-wal; copy both"):
        Store(url_of(path), read_only=True)


# What happens to it.


def test_what_was_acknowledged_is_there_after_a_kill(store, path):
    store.close()
    with another_program(APPEND, url_of(path)) as program:
        acknowledged = [program.stdout.readline().strip() for _ in range(200)]
        program.kill()
        acknowledged += program.stdout.read().split()
    with Store(url_of(path)) as again:
        records = again.records("s")
        audit.verify(records)
        assert [record.ref for record in records][: len(acknowledged)] == acknowledged
        assert again.append([note("s")])[0].seq == len(records)


def test_a_backup_is_a_whole_ledger(store, tmp_path):
    opened(store)
    store.append([note("s"), note("s")])
    store.backup(tmp_path / "backup.db")
    store.append([note("s")])
    with Store(url_of(tmp_path / "backup.db")) as backup:
        assert backup.records("s") == store.records("s")[:3]
        assert backup.session("s") == store.session("s")
        assert backup.patient("INVENTED-1") == store.patient("INVENTED-1")


def test_an_altered_row_is_found_by_its_chain(store, path):
    store.append([note("s"), note("s"), note("s")])
    store.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE record SET author='someone' WHERE seq=1")
    with Store(url_of(path)) as again, pytest.raises(LedgerError, match=":1: altered"):
        audit.verify(again.records("s"))


def test_a_damaged_file_is_no_silent_loss(store, path):
    store.append([note("s", text="x" * 3000) for _ in range(100)])
    store.close()
    with path.open("r+b") as file:
        file.seek(16 * 4096)
        file.write(b"\xff" * 32 * 4096)
    with Store(url_of(path)) as again, pytest.raises(LedgerUnusable, match="run `infusionlog doctor`"):
        again.records("s")


def test_a_text_that_is_no_text_any_more_is_no_silent_loss(store, path):
    store.append([note("s", text="word" * 50)])
    store.close()
    path.write_bytes(path.read_bytes().replace(b"word" * 50, b"\xff" * 200))
    with Store(url_of(path)) as again, pytest.raises(LedgerUnusable, match="UTF-8"):
        again.records("s")


@pytest.mark.root
def test_on_a_full_disk_the_reserve_is_given_up_and_recording_goes_on(tmp_path):
    with (
        mounted(tmp_path / "disk", "size=4m") as folder,
        Store(url_of(folder / "clinic.db"), create=True, reserve_mb=1) as store,
    ):
        fill(folder, leave=64 * 1024)
        written: list[Written] = []
        while not store.reserve.given_up:
            written += store.append([note("s", text="x" * 4000)])
        written += store.append([note("s", text="x" * 4000)])
        assert store.records("s") == written
        audit.verify(written)


@pytest.mark.root
def test_on_a_full_disk_without_reserve_nothing_is_lost_that_was_acknowledged(tmp_path):
    with mounted(tmp_path / "disk", "size=4m") as folder:
        url, written = url_of(folder / "clinic.db"), []
        with Store(url, create=True) as store:
            filler = fill(folder, leave=64 * 1024)
            with pytest.raises(DiskFull, match="free space there and start again"):
                append_for_ever(store, written)
            assert store.records("s") == written
        filler.unlink()
        with Store(url) as again:
            written += again.append([note("s")])
            assert again.records("s") == written
            audit.verify(written)


def note(session: str, at: int = NOON, text: str = "x") -> Entry:
    return Entry(session, at, "note", "nurse.example", canonical({"v": 1, "text": text}))


def append_for_ever(store: Store, written: list[Written]) -> None:
    while True:
        written += store.append([note("s", text="x" * 4000)])


def opened(store: Store, session: str = "s", clock_speed: float = 1.0) -> None:
    """Add a session with one record."""
    store.open_session(
        ROW | {"id": session, "clock_speed": clock_speed},
        {"id": "INVENTED-1", "name": "DEMO, Example"},
        {"digest": "d", "text": "the protocol's text"},
        [note(session)],
    )


def forwarded(store: Store, entries: list[Entry], writer: str) -> list[Written]:
    """Append as another ledger's writer, as forwarding will leave them."""
    own, store.writer, store._tails = store.writer, writer, {}
    written = store.append([replace(entry, author="another room") for entry in entries])
    store.writer, store._tails = own, {}
    return written
