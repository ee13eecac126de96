"""The pages' door to the ledger: who enters, in which order it is told on, and how sessions are found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from clinic import ADMIN, NURSE
from web_clinic import ClinicOnTheWeb

from logger.clock import SECOND
from logger.errors import NotAllowed
from logger.ledger.models import Written
from logger.people.accounts import UNATTRIBUTED
from logger.times import TimeText
from logger.web.visits import Visitor, stranger


def visitor(name: str) -> Visitor:
    return Visitor(name, f"DEMO {name}", None, "")


def test_what_a_visitor_says_needs_no_password_again(clinic_web: ClinicOnTheWeb) -> None:
    written = clinic_web.web.enter(visitor(NURSE), clinic_web.session, "note", {"text": "calm"})
    assert (written.author, written.kind) == (NURSE, "note")


def test_a_role_holds_at_this_door_too(clinic_web: ClinicOnTheWeb) -> None:
    with pytest.raises(NotAllowed, match="not for that role"):
        clinic_web.web.enter(visitor(ADMIN), clinic_web.session, "note", {"text": "calm"})


def test_nobody_enters_as_nobody(clinic_web: ClinicOnTheWeb) -> None:
    written = clinic_web.web.enter(stranger("", "1"), clinic_web.session, "note", {"text": "calm"})
    assert written.author == UNATTRIBUTED


def test_a_typed_time_is_read_on_the_sessions_clock(clinic_web: ClinicOnTheWeb) -> None:
    said = {"happened_at": TimeText("-5")}
    written = clinic_web.web.enter(visitor(NURSE), clinic_web.session, "mark", said)
    assert '"happened_at":"2026-09-21T14:08:20Z"' in written.payload


def test_a_second_person_is_authenticated_by_their_own_secret(clinic_web: ClinicOnTheWeb) -> None:
    said = {"given_by": {"name": NURSE}, "what": "oxygen", "why": "SpO2 90"}
    web, physician = clinic_web.web, visitor("p.physician")
    named = web.enter(physician, clinic_web.session, "intervention", said)
    proved = web.enter(physician, clinic_web.session, "intervention", said, secrets=clinic_web.secrets(NURSE))
    assert "authenticated" not in named.payload
    assert '"authenticated":true' in proved.payload


def test_listeners_are_told_once_of_each_record(clinic_web: ClinicOnTheWeb) -> None:
    told: list[Written] = []
    leave = clinic_web.web.listen(told.extend)
    for _ in range(2):
        clinic_web.web.enter(visitor(NURSE), clinic_web.session, "mark", {}, key="one-and-the-same")
    leave()
    clinic_web.web.enter(visitor(NURSE), clinic_web.session, "mark", {})
    assert [record.kind for record in told] == ["mark"]


def test_many_pages_at_once_make_one_whole_chain(clinic_web: ClinicOnTheWeb) -> None:
    def says(number: int) -> Written:
        said = {"text": f"note {number}"}
        return clinic_web.web.enter(visitor(NURSE), clinic_web.session, "note", said)

    before = len(clinic_web.records())
    with ThreadPoolExecutor(8) as threads:
        written = list(threads.map(says, range(40)))
    assert sorted(record.seq for record in written) == list(range(before, before + 40))


def test_sessions_are_found_a_page_at_a_time_newest_first(clinic_web: ClinicOnTheWeb) -> None:
    for number in range(2, 6):
        clinic_web.hands.move(1)
        clinic_web.opens(str(number), f"INVENTED-{number}")
    rows, count = clinic_web.web.session_rows(limit=2, offset=1)
    assert ([row["room"] for row in rows], count) == (["4", "3"], 5)


def test_sessions_are_found_by_room_patient_state_and_time(clinic_web: ClinicOnTheWeb) -> None:
    web, opened = clinic_web.web, clinic_web.web.row(clinic_web.session)["opened_at"]
    other = clinic_web.opens("2", "INVENTED-2")
    clinic_web.says(NURSE, "session.end", session=other)
    assert [row["id"] for row in web.session_rows(states=("open",))[0]] == [clinic_web.session]
    assert [row["id"] for row in web.session_rows(patient="INVENTED-2")[0]] == [other]
    assert web.session_rows(start=opened, end=opened) == ([], 0)
    assert web.open_row("2") is None
    assert (web.open_row("1") or {})["id"] == clinic_web.session


def test_a_wall_clock_that_was_set_is_taken_over_between_sessions(clinic_web: ClinicOnTheWeb) -> None:
    before = clinic_web.web.now()
    clinic_web.hands.wall += 3600 * SECOND
    clinic_web.web.look_once(0.0)
    assert clinic_web.web.now() == before  # a session is open
    clinic_web.says(NURSE, "session.end")
    clinic_web.web.look_once(0.0)
    assert clinic_web.web.now() - before == timedelta(hours=1)
