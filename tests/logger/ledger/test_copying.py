"""Records of other writers: taken once, in order, whole; what does not fit is kept aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import NOON, url_of

from logger.kinds import canonical
from logger.ledger import audit
from logger.ledger.copying import quarantined, receive
from logger.ledger.models import Entry, Written
from logger.ledger.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(url_of(tmp_path / "server.db"), create=True) as store:
        yield store


def test_records_are_taken_as_they_were_written(store):
    records = chain()
    assert receive(store, records).records == 4
    assert store.records("s") == records


def test_a_record_that_comes_twice_is_one_record(store):
    receive(store, chain())
    again = receive(store, chain())
    assert (again.records, again.duplicates, again.forks) == (0, 4, ())
    assert store.records("s") == chain()


def test_what_is_missing_before_others_is_said_and_waited_for(store):
    records = chain()
    found = receive(store, [records[0], *records[3:]])
    assert (found.records, found.holes) == (1, ("s: records room1:1 to room1:2 did not come",))
    assert receive(store, records).records == 3


def test_a_fork_keeps_its_own_and_puts_the_other_in_quarantine(store):
    mine, other = chain(), [*chain()[:2], *chain(start=2, text="another", before=chain()[1])]
    receive(store, mine)
    found = receive(store, other)
    assert found.duplicates == 2
    assert found.forks == (
        "s: record room1:2: another record of this number is here; the one that came is in quarantine",
    )
    assert store.records("s") == mine
    assert [(one["seq"], one["why"]) for one in quarantined(store)] == [(2, "fork"), (3, "fork")]


def test_after_a_fork_nothing_of_that_writer_is_taken_in_any_session(store):
    receive(store, chain())
    receive(store, chain(text="another"))
    assert receive(store, chain("t")).records == 0
    assert receive(store, chain("t", "room2")).records == 4
    assert {one["why"] for one in quarantined(store) if one["session_id"] == "t"} == {"refused"}


def test_a_fork_that_comes_again_stands_in_quarantine_once(store):
    receive(store, chain())
    for _ in range(2):
        receive(store, chain(text="another"))
    assert len(quarantined(store)) == 4


def test_an_altered_record_is_not_taken_and_nothing_behind_it(store):
    records = chain()
    records[2] = replace(records[2], author="someone")
    found = receive(store, records)
    assert (found.records, found.forks[0].split(": ", 2)[1:]) == (
        2,
        ["record room1:2", "its digest is not that of its content; it is in quarantine"],
    )
    assert [(one["seq"], one["why"]) for one in quarantined(store)] == [(2, "altered"), (3, "refused")]
    assert receive(store, chain("t")).records == 4


def test_nobody_goes_on_with_the_chain_of_this_very_file(store):
    own = store.append([Entry("s", NOON, "note", "nurse.example", "{}")])[0]
    forged = audit.chained(Entry("s", NOON, "note", "someone", "{}"), store.writer, 1, own.digest)
    assert receive(store, [own, forged]).forks[0].startswith(f"s: record {store.writer}:1: another record")
    assert store.records("s") == [own]


def test_several_sessions_and_writers_come_together(store):
    found = receive(store, [*chain("t", "room2"), *chain(), *chain("s", "room2")])
    assert (found.records, {one.writer for one in store.records("s")}) == (12, {"room1", "room2"})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(data=st.data())
def test_in_whatever_pieces_and_however_often_they_come_the_records_are_the_same(tmp_path, data):
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
    sent = [*chain(), *chain("s", "room2"), *chain("t")]
    with Store(url_of(path), create=True) as store:
        for _ in range(4):
            receive(store, data.draw(st.lists(st.sampled_from(sent), unique=True)))
        receive(store, sent)
        assert sorted(audit.row_of(one) for one in [*store.records("s"), *store.records("t")]) == sorted(
            map(audit.row_of, sent)
        )
        assert quarantined(store) == []


def chain(
    session: str = "s",
    writer: str = "room1",
    text: str = "x",
    start: int = 0,
    before: Written | None = None,
) -> list[Written]:
    """Return the records *start* to 3 of a chain."""
    records: list[Written] = []
    previous = before.digest if before else ""
    for seq in range(start, 4):
        entry = Entry(session, NOON + seq, "note", "nurse.example", canonical({"text": text, "v": 1}))
        records.append(audit.chained(entry, writer, seq, previous))
        previous = records[-1].digest
    return records
