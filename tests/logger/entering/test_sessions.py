"""Sessions: opening one, taking it up again, and finding the one that is meant."""

from __future__ import annotations

import json
import os
from functools import partial
from uuid import UUID

import pytest
from elsewhere import make_read_only, mounted
from hypothesis import given
from hypothesis import strategies as st
from ledgers import NOON, NURSE, kinds_of, open_session, opening, url_of

from logger.clock import SECOND, Anchor, Sources, boot_id
from logger.entering.control import RemoteDesk
from logger.entering.desk import LedgerDesk
from logger.entering.opening import new_id, open_or_resume
from logger.entering.sessions import at_desk, choose, open_ledger
from logger.errors import BadEntry, LedgerOwned, LedgerUnusable, NoSuchSession, SessionInTheWay, WhichSession
from logger.ledger.owner import Notice, Ownership

# Ids.


def test_an_id_is_a_uuid_of_version_7_that_holds_its_time():
    found = UUID(new_id(NOON))
    assert (found.version, found.variant) == (7, "specified in RFC 4122")
    assert found.int >> 80 == NOON // 1000


@given(st.lists(st.integers(SECOND, 2**48 * 1000 - 1), min_size=2, unique_by=lambda at: at // 1000))
def test_ids_sort_by_time(times):
    ids = [new_id(at) for at in sorted(times)]
    assert ids == sorted(ids)


def test_two_ids_of_one_moment_differ():
    assert len({new_id(NOON) for _ in range(100)}) == 100


# Opening.


def test_an_opened_session_begins_with_its_opening_and_the_clock(desk):
    session = open_session(desk)
    records = desk.file(session).records
    assert kinds_of(records) == ["session.open", "clock"]
    assert [record.at for record in records] == [NOON, NOON]
    assert records[0].author == "nurse.example"


def test_a_session_pins_what_it_was_opened_with(desk):
    file = desk.file(open_session(desk, room="7"))
    said = json.loads(file.records[0].payload)
    pinned = opening().protocol
    assert (said["room"], said["patient"], said["protocol"]) == ("7", "INVENTED-1", "iv_ketamine_40min")
    assert (said["protocol_digest"], file.protocol) == (pinned.digest, pinned.text)
    assert said["program"].startswith("infusionlog ")
    assert (file.row["state"], file.row["opened_at"], file.row["zone"]) == ("open", NOON, "UTC")


def test_identity_stands_in_the_patients_table_and_in_no_payload(desk):
    file = desk.file(open_session(desk, name="DEMO, Example", born="1970-01-01"))
    assert file.patient == {"id": "INVENTED-1", "name": "DEMO, Example", "born": "1970-01-01"}
    assert not [record for record in file.records if "DEMO" in record.payload or "1970" in record.payload]


def test_a_simulated_session_says_so(desk):
    file = desk.file(open_session(desk, clock_speed=60.0, demo=True))
    said = json.loads(file.records[0].payload)
    assert (said["demo"], said["clock_speed"]) == (True, 60.0)
    assert (file.row["demo"], file.row["clock_speed"]) == (1, 60.0)


def test_a_clock_that_is_behind_is_said_at_the_opening(desk, hands):
    desk.clock.behind = True
    said = json.loads(desk.file(open_session(desk)).records[1].payload)
    assert (said["event"], said["uncertain"]) == ("opened", True)


def test_the_open_session_of_a_room_is_taken_up_again(desk):
    session = open_session(desk)
    assert open_or_resume(desk, opening()) == (session, True)
    assert len(desk.store.sessions()) == 1


def test_a_room_whose_session_is_closed_gets_a_new_one(desk):
    session = open_session(desk)
    desk.append(session, "session.end", "nurse.example", {})
    found, resumed = open_or_resume(desk, opening())
    assert (found != session, resumed) == (True, False)


def test_two_rooms_have_two_sessions(desk):
    assert open_session(desk, "1") != open_session(desk, "2", patient="INVENTED-2")


def test_a_room_with_another_patients_session_is_refused_with_what_to_do(desk):
    session = open_session(desk)
    with pytest.raises(SessionInTheWay, match=f"infusionlog close --session {session}"):
        open_or_resume(desk, opening(patient="INVENTED-2"))
    assert len(desk.store.sessions()) == 1


def test_a_room_and_a_patient_are_the_same_with_blanks_around_them(desk):
    session = open_session(desk, " 1 ", patient=" INVENTED-1")
    assert open_or_resume(desk, opening()) == (session, True)
    assert open_or_resume(desk, opening("1 ", "INVENTED-1 ")) == (session, True)


@pytest.mark.parametrize(
    "said", [{"room": " "}, {"patient": ""}, {"room": "x" * 121}, {"patient": "lone \udcff"}]
)
def test_a_session_needs_a_room_and_a_patient(desk, said):
    with pytest.raises(BadEntry, match=r"session\.open: "):
        open_or_resume(desk, opening(**said))
    assert desk.store.sessions() == []


@pytest.mark.parametrize("said", [{"name": "lone \udcff"}, {"born": "two\nlines"}])
def test_a_name_is_one_line_of_text(desk, said):
    with pytest.raises(BadEntry, match="one line of text"):
        open_or_resume(desk, opening(**said))
    assert desk.store.sessions() == []


@pytest.mark.parametrize(
    ("said", "what"), [({"name": "DEMO, Another"}, "name"), ({"born": "1980-01-01"}, "birth")]
)
def test_a_pseudonym_that_is_known_as_somebody_else_is_refused(desk, said, what):
    end(desk, open_session(desk, name="DEMO, Example", born="1970-01-01"))
    with pytest.raises(SessionInTheWay, match=f"has another {what} in this ledger; is it the right patient"):
        open_or_resume(desk, opening("2", **said))
    assert len(desk.store.sessions()) == 1


def test_a_patient_that_is_known_needs_no_name_again(desk):
    end(desk, open_session(desk, name="DEMO, Example"))
    session = open_session(desk, "2", born="1970-01-01")
    assert desk.file(session).patient == {
        "id": "INVENTED-1",
        "name": "DEMO, Example",
        "born": "1970-01-01",
    }


def test_a_patient_is_in_one_session_at_a_time(desk):
    first = open_session(desk)
    with pytest.raises(SessionInTheWay, match=f"open session {first} in room 1; end it first"):
        open_session(desk, "2")
    assert len(desk.store.sessions()) == 1


def end(desk, session: str) -> None:
    desk.append(session, "session.end", NURSE, {})


def test_what_is_not_ready_leaves_the_ledger_as_it_was(desk):
    def not_ready() -> None:
        raise LedgerUnusable("no port")

    with pytest.raises(LedgerUnusable):
        open_or_resume(desk, opening(), not_ready)
    assert desk.store.sessions() == []


def test_a_session_that_is_taken_up_again_needs_nothing_ready(desk):
    session = open_session(desk)
    assert open_or_resume(desk, opening(), lambda: pytest.fail("asked")) == (session, True)


# Which one is meant.

ROWS = [
    {"id": "0192-aaaa", "room": "1", "state": "closed"},
    {"id": "0192-abbb", "room": "2", "state": "open"},
    {"id": "0193-cccc", "room": "1", "state": "open"},
    {"id": "0194-dddd", "room": "3", "state": "ended"},
]


@pytest.mark.parametrize(
    ("wanted", "room", "found"),
    [
        ("0192-aaaa", None, "0192-aaaa"),
        ("0192-ab", None, "0192-abbb"),
        ("0193", None, "0193-cccc"),
        ("last", None, "0194-dddd"),
        ("last", "1", "0193-cccc"),
        ("0192", "2", "0192-abbb"),
        (None, "1", "0193-cccc"),
    ],
)
def test_one_session_is_meant(wanted, room, found):
    assert choose(ROWS, wanted, room)["id"] == found


def test_the_only_open_session_is_meant_where_nothing_is_said():
    assert choose(ROWS[:2], None)["id"] == "0192-abbb"


def test_a_reader_may_mean_a_closed_session_where_none_is_open():
    assert choose(ROWS[:1], None, writing=False)["id"] == "0192-aaaa"
    assert choose(ROWS[:2], None, writing=False)["id"] == "0192-abbb"


@pytest.mark.parametrize(
    ("wanted", "listed"), [(None, ["0192-abbb", "0193-cccc"]), ("0192", ["0192-aaaa", "0192-abbb"])]
)
def test_two_that_could_be_meant_are_listed_and_never_guessed(wanted, listed):
    with pytest.raises(WhichSession, match="give --session or --room") as refused:
        choose(ROWS, wanted)
    assert [row["id"] for row in ROWS if row["id"] in str(refused.value)] == listed
    assert "(room 2, open)" in str(refused.value)
    assert refused.value.exit_status == 2


@pytest.mark.parametrize(
    ("wanted", "room", "said"),
    [
        ("0195", None, "no session 0195; `infusionlog sessions`"),
        ("0192", "9", "no session 0192 in room 9"),
        ("last", "9", "no session last in room 9"),
        (None, "3", "no open session in room 3"),
    ],
)
def test_where_none_fits_it_says_so(wanted, room, said):
    with pytest.raises(NoSuchSession, match=said):
        choose(ROWS, wanted, room)


def test_where_no_session_ever_was_none_is_open():
    with pytest.raises(NoSuchSession, match="no open session; `infusionlog sessions`"):
        choose([], None)


# The door.


def test_a_ledger_is_opened_with_its_clock(tmp_path):
    before = Sources().wall()
    desk = open_ledger(url_of(tmp_path / "clinic.db"), create=True)
    assert before <= desk.clock.now() <= Sources().wall()
    assert desk.status().pid == os.getpid()
    desk.close()


def test_only_an_open_session_keeps_the_clock_it_has(tmp_path):
    desk = open_ledger(url_of(tmp_path / "clinic.db"), create=True)
    session = open_session(desk)
    ahead = desk.clock.now() + 3600 * SECOND
    desk.store.set_anchor(Anchor(ahead, Sources().boottime(), boot_id()))
    desk.close()
    goes_on = open_ledger(url_of(tmp_path / "clinic.db"))
    assert goes_on.clock.now() >= ahead
    goes_on.clock = desk.clock
    goes_on.append(session, "session.end", "nurse.example", {})
    goes_on.close()
    anew = open_ledger(url_of(tmp_path / "clinic.db"))
    assert anew.clock.now() < ahead
    anew.close()


@pytest.mark.root
def test_an_archives_copy_can_be_asked(tmp_path):
    with mounted(tmp_path / "archive", "size=4m") as folder:
        desk = open_ledger(url_of(folder / "clinic.db"), create=True)
        session = open_session(desk)
        desk.close()
        make_read_only(folder)
        with at_desk(url_of(folder / "clinic.db")) as archive:
            assert archive.file(session).row["id"] == session


def test_a_ledger_that_nobody_holds_is_owned_for_a_moment(tmp_path):
    open_ledger(url_of(tmp_path / "clinic.db"), create=True).close()
    with at_desk(url_of(tmp_path / "clinic.db")) as desk:
        assert isinstance(desk, LedgerDesk)
    Ownership(tmp_path / "clinic.db").release()


def test_the_ledger_is_left_when_something_goes_wrong_at_the_desk(tmp_path):
    open_ledger(url_of(tmp_path / "clinic.db"), create=True).close()
    with pytest.raises(NoSuchSession), at_desk(url_of(tmp_path / "clinic.db")) as desk:
        desk.file("nobody")
    Ownership(tmp_path / "clinic.db").release()


def test_an_owner_that_listens_is_asked(tmp_path, monkeypatch):
    open_ledger(url_of(tmp_path / "clinic.db"), create=True).close()
    held = Ownership(tmp_path / "clinic.db")
    held.announce(Notice(os.getpid(), 54321, "token"))
    asked: list[Notice] = []
    monkeypatch.setattr(RemoteDesk, "__init__", lambda self, notice: asked.append(notice))
    monkeypatch.setattr(RemoteDesk, "close", lambda self: None)
    with at_desk(url_of(tmp_path / "clinic.db")) as desk:
        assert isinstance(desk, RemoteDesk)
    assert asked == [Notice(os.getpid(), 54321, "token")]
    held.release()


def test_an_owner_that_does_not_listen_is_named(tmp_path, monkeypatch):
    open_ledger(url_of(tmp_path / "clinic.db"), create=True).close()
    monkeypatch.setattr("logger.entering.sessions.open_ledger", partial(open_ledger, patience=0))
    held = Ownership(tmp_path / "clinic.db")
    with pytest.raises(LedgerOwned, match=f"process {os.getpid()}"), at_desk(url_of(tmp_path / "clinic.db")):
        pass
    held.release()
