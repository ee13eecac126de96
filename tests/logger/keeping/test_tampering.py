"""Somebody changes the database file behind the program's back: each way of it, found and named.

The forger here has SQLite, the file, and knows how digests are made; what they have not is the checkpoints'
key, or the file of checkpoints that was kept elsewhere.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ledgers import NURSE, Hands, desk_at, open_session, reading, url_of

from logger.attesting.checkpoints import Found, Places, read, sign
from logger.entering.sessions import open_ledger
from logger.keeping.access import log_access
from logger.keeping.verifying import verify_ledger
from logger.ledger import audit
from logger.ledger.audit import Row
from logger.ledger.chains import heads
from logger.ledger.copying import receive
from logger.ledger.models import Written
from logger.ledger.store import Store

RECORDS = 9
"""Of each session: opened, the clock, five readings, the end, the closing."""


@dataclass(frozen=True)
class Clinic:
    """A ledger that nobody has open, with two closed sessions and an access log; checkpoints elsewhere."""

    path: Path
    writer: str
    sessions: tuple[str, str]
    checkpoints: Path

    def tampered(self, *statements: str) -> None:
        """Change the file with SQLite alone; S stands for the first session's id."""
        with closing(sqlite3.connect(self.path)) as database, database:
            for statement in statements:
                database.execute(statement.replace("'S'", f"'{self.sessions[0]}'"))

    def verified(self, *, elsewhere: bool = False) -> dict[str, Any]:
        """Return what `verify` says of the whole ledger, with the checkpoints kept elsewhere or without."""
        desk = open_ledger(url_of(self.path))
        try:
            return verify_ledger(
                desk, self.path.parent, found=Found((read(self.checkpoints),)) if elsewhere else None
            )
        finally:
            desk.close()

    def rows(self, stream: str) -> list[Row]:
        with closing(sqlite3.connect(self.path)) as database:
            return database.execute(
                "SELECT * FROM record WHERE session_id = ? ORDER BY writer, seq", (stream,)
            ).fetchall()


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    hands = Hands()
    desk = desk_at(tmp_path / "clinic.db", hands)
    sessions = []
    for room in ("1", "2"):
        sessions.append(open_session(desk, room))
        for _ in range(5):
            hands.move(1)
            desk.store.append([reading(sessions[-1], desk.clock.now(), spo2=97.0)])
        desk.append(sessions[-1], "session.end", NURSE, {})
        log_access(desk, "viewed", NURSE, sessions[-1], "show")
    places = Places(tmp_path / "elsewhere", None, tmp_path / "config")
    sign(places, desk.store.writer, heads(desk.store), desk.clock.now())
    writer = desk.store.writer
    desk.close()
    return Clinic(tmp_path / "clinic.db", writer, (sessions[0], sessions[1]), places.log(writer))


def test_a_ledger_that_nobody_touched_is_whole(clinic):
    answer = clinic.verified(elsewhere=True)
    assert (answer["ok"], [one["session"] for one in answer["sessions"]]) == (
        True,
        [*clinic.sessions, "system"],
    )


# What the chain alone shows.


@pytest.mark.parametrize(
    ("statement", "seq", "what"),
    [
        (
            "UPDATE record SET payload = replace(payload, '97', '88') WHERE session_id='S' AND seq=3",
            3,
            "altered",
        ),
        ("UPDATE record SET at = at + 1 WHERE session_id='S' AND seq=3", 3, "altered"),
        ("UPDATE record SET author = 'someone' WHERE session_id='S' AND seq=3", 3, "altered"),
        ("UPDATE record SET kind = 'mark' WHERE session_id='S' AND seq=3", 3, "altered"),
        ("UPDATE record SET digest = printf('%064d', 7) WHERE session_id='S' AND seq=3", 3, "altered"),
        ("UPDATE record SET writer = '00000000' WHERE session_id='S' AND seq=3", 0, "missing"),
        ("UPDATE record SET payload = CAST(x'ff' AS TEXT) WHERE session_id='S' AND seq=3", 3, "altered"),
        ("DELETE FROM record WHERE session_id='S' AND seq=3", 3, "missing"),
        ("DELETE FROM record WHERE session_id='S' AND seq=0", 0, "missing"),
        ("DELETE FROM record WHERE session_id='S' AND seq >= 7", 7, "missing: the session is closed"),
        ("DELETE FROM record WHERE session_id='S' AND seq >= 3", 3, "missing: the session is closed"),
        ("DELETE FROM record WHERE session_id='S'", 0, "missing: the session has no record"),
        ("UPDATE session SET patient = 'INVENTED-9' WHERE id='S'", 0, "the session's row says patient"),
        (
            "UPDATE session SET state = 'open' WHERE id='S'",
            7,
            "the session's row says that",
        ),
        ("DELETE FROM session WHERE id='S'", 0, "no session's row names the records"),
        ("UPDATE protocol SET text = text || '#'", 0, "the protocol's text is not the one it names"),
    ],
)
def test_what_was_changed_is_named(clinic, statement, seq, what):
    clinic.tampered("INSERT OR IGNORE INTO patient (id) VALUES ('INVENTED-9')", statement)
    assert_broken(clinic.verified(), clinic.sessions[0], seq, what)


def test_an_inserted_record_pushes_those_behind_it_out_of_the_chain(clinic):
    forged = reading_of(clinic, 3, payload='{"readings":[],"source":"m","v":1}')
    clinic.tampered(
        "UPDATE record SET seq = seq + 100 WHERE session_id='S' AND seq >= 3",
        "UPDATE record SET seq = seq - 99 WHERE session_id='S' AND seq >= 100",
    )
    insert(clinic, forged)
    assert_broken(clinic.verified(), clinic.sessions[0], 4, "altered")


def test_two_swapped_records_are_found(clinic):
    clinic.tampered(
        "UPDATE record SET seq = 100 WHERE session_id='S' AND seq=3",
        "UPDATE record SET seq = 3 WHERE session_id='S' AND seq=4",
        "UPDATE record SET seq = 4 WHERE session_id='S' AND seq=100",
    )
    assert_broken(clinic.verified(), clinic.sessions[0], 3, "altered")


def test_a_record_that_is_replayed_at_the_end_is_found(clinic):
    last = clinic.rows(clinic.sessions[0])[3]
    insert(clinic, (*last[:2], RECORDS, *last[3:]))
    assert_broken(clinic.verified(), clinic.sessions[0], RECORDS, "altered")


def test_a_record_of_another_session_does_not_fit(clinic):
    other = clinic.rows(clinic.sessions[1])[3]
    clinic.tampered("DELETE FROM record WHERE session_id='S' AND seq=3")
    insert(clinic, (clinic.sessions[0], *other[1:]))
    assert_broken(clinic.verified(), clinic.sessions[0], 3, "altered")


def test_a_whole_session_under_another_writer_is_a_chain_that_nothing_closed(clinic):
    forged = rechained(clinic.rows(clinic.sessions[0])[2:5], writer="00000000")
    for row in forged:
        insert(clinic, row)
    assert_broken(
        clinic.verified(),
        clinic.sessions[0],
        3,
        "missing: the session is closed, its chain is not",
        "00000000",
    )


@pytest.mark.parametrize(
    ("statement", "seq", "what"),
    [
        (
            "UPDATE record SET payload = '{}' WHERE session_id='system' AND seq=1",
            1,
            "altered",
        ),
        ("DELETE FROM record WHERE session_id='system' AND seq=0", 0, "missing"),
    ],
)
def test_the_access_log_is_no_less_guarded(clinic, statement, seq, what):
    clinic.tampered(statement)
    assert_broken(clinic.verified(), "system", seq, what)


# What only a checkpoint that was kept elsewhere shows.


def test_an_access_log_whose_end_was_cut_off_is_whole_by_itself(clinic):
    clinic.tampered("DELETE FROM record WHERE session_id='system' AND seq=1")
    assert clinic.verified()["ok"]
    assert_broken(clinic.verified(elsewhere=True), "system", 1, "missing: checkpoint 1 of 2026-09-21")


def test_a_session_cut_off_and_closed_anew_is_whole_by_itself(clinic):
    rows = clinic.rows(clinic.sessions[0])
    kept = [*rows[:4], (*rows[7][:2], 4, *rows[7][3:])]
    kept = rechained(kept)
    close = f'{{"count":5,"head":"{kept[-1][-1]}","v":1}}'
    rewrite(clinic, rechained([*kept, (*rows[8][:2], 5, *rows[8][3:6], close, "")]))
    assert clinic.verified()["ok"]
    assert_broken(clinic.verified(elsewhere=True), clinic.sessions[0], 6, "missing: checkpoint 1 of")


def test_a_chain_that_was_rewritten_from_a_forged_record_on_is_whole_by_itself(clinic):
    rows = clinic.rows(clinic.sessions[0])
    rows[3] = (*rows[3][:6], rows[3][6].replace("97", "88"), rows[3][7])
    kept = rechained(rows[:-1])
    close = f'{{"count":8,"head":"{kept[-1][-1]}","v":1}}'
    rewrite(clinic, rechained([*kept, (*rows[8][:6], close, "")]))
    assert clinic.verified()["ok"]
    answer = clinic.verified(elsewhere=True)
    assert_broken(answer, clinic.sessions[0], RECORDS - 1, "rewritten, or one before it: checkpoint 1 of")


@pytest.mark.parametrize("kind", ["session.open", "sign", "link", "session.close_without", "close"])
def test_a_rewritten_record_of_no_form_is_named_too(clinic, kind):
    rows = clinic.rows(clinic.sessions[0])
    place = 0 if kind == "session.open" else 3
    rows[place] = (*rows[place][:4], kind, "nurse.example", "[]", "")
    rewrite(clinic, rechained(rows[:7]))
    clinic.tampered("UPDATE session SET state = 'open' WHERE id='S'")
    form = "closes its chain without" if kind == "close" else f"is not of the form of {kind}"
    assert_broken(clinic.verified(), clinic.sessions[0], place, form)


def test_a_session_that_was_taken_out_with_all_its_traces_is_missing(clinic):
    clinic.tampered("DELETE FROM record WHERE session_id='S'", "DELETE FROM session WHERE id='S'")
    assert clinic.verified()["ok"]
    answer = clinic.verified(elsewhere=True)
    assert_broken(answer, clinic.sessions[0], 0, "missing: checkpoint 1 of")


def test_a_ledger_of_which_nothing_is_left_is_missing_all_of_it(clinic):
    clinic.tampered("DELETE FROM record", "DELETE FROM session")
    answer = clinic.verified(elsewhere=True)
    assert not answer["ok"]
    assert {one["session"] for one in answer["sessions"] if not one["ok"]} == {*clinic.sessions, "system"}


# What is found when records meet their copies elsewhere.


def test_a_fork_of_a_ledger_is_found_where_both_arrive(clinic, tmp_path):
    """Two copies of one file went on as the same writer: each is whole, together they are not."""
    with Store(url_of(tmp_path / "server.db"), create=True) as server:
        receive(server, written(clinic.rows(clinic.sessions[0])))
        rows = clinic.rows(clinic.sessions[0])[:6]
        forked = rechained([*rows, (*rows[5][:2], 6, rows[5][3], "note", *rows[5][5:])])
        found = receive(server, written(forked))
        assert found.forks[0].startswith(f"{clinic.sessions[0]}: record {clinic.writer}:6: another record")
        assert [audit.row_of(one) for one in server.records(clinic.sessions[0])] == clinic.rows(
            clinic.sessions[0]
        )


def assert_broken(
    answer: dict[str, Any], session: str, seq: int, what: str, writer: str | None = None
) -> None:
    """The ledger is not whole; the one stream that is not is this one, and this record is named."""
    [broken] = [one for one in answer["sessions"] if not one["ok"]][:1]
    assert (answer["ok"], broken["session"]) == (False, session)
    first = broken["first_broken"]
    assert (first["seq"], first["what"][: len(what)]) == (seq, what)
    assert writer is None or first["writer"] == writer


def rechained(rows: list[Row], writer: str | None = None) -> list[Row]:
    """Return records with seq and digest as if they had always been so: what a forger who knows does."""
    found: list[Row] = []
    previous = ""
    for seq, row in enumerate(rows):
        bare = (row[0], writer or row[1], seq, *row[3:7])
        previous = audit.digest_of(previous, *bare)
        found.append((*bare, previous))
    return found


def rewrite(clinic: Clinic, rows: list[Row]) -> None:
    clinic.tampered("DELETE FROM record WHERE session_id='S'")
    for row in rows:
        insert(clinic, row)


def insert(clinic: Clinic, row: Row) -> None:
    with closing(sqlite3.connect(clinic.path)) as database, database:
        database.execute("INSERT INTO record VALUES (?,?,?,?,?,?,?,?)", row)


def reading_of(clinic: Clinic, seq: int, payload: str) -> Row:
    """Return a forged record that is chained rightly to the one before it."""
    rows = clinic.rows(clinic.sessions[0])
    bare = (*rows[seq][:6], payload)
    return (*bare, audit.digest_of(rows[seq - 1][-1], *bare))


def written(rows: list[Row]) -> list[Written]:
    return [Written(*row) for row in rows]
