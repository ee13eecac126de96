"""Wrong patient, wrong line, wrong session: found later, put right, and nothing of it is hidden."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from clinic import COLLEAGUE, NURSE, Clinic
from ledgers import at, reading

from logger.clock import SECOND
from logger.errors import BadEntry
from logger.frames import build
from logger.verifying import verify_session

SECONDS = 300


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    clinic = Clinic(tmp_path / "clinic.db", monkeypatch)
    yield clinic
    clinic.desk.close()


@pytest.fixture
def five_minutes(clinic: Clinic) -> Clinic:
    """Five minutes in the wrong session: 300 readings, 2 effects and a dose."""
    now = clinic.desk.clock.now()
    clinic.desk.store.append(
        [reading(clinic.session, now + second * SECOND, spo2=97, spo2_pr=72) for second in range(SECONDS)]
    )
    clinic.hands.move(SECONDS)
    for term in ("nausea", "dizziness"):
        clinic.says(NURSE, "effect.report", term=term, severity="mild")
    clinic.says(NURSE, "dose.given", drug="ketamine", route="IV", mg=40, given_by={"name": NURSE})
    return clinic


def test_a_line_of_the_other_room_goes_there_with_its_times(five_minutes):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    _moves(clinic, other, source="monitor", start=at(0), end=at(SECONDS))
    here, there = build(clinic.desk.file(clinic.session)), build(clinic.desk.file(other))
    assert (here.readings["superseded_by"] != "").all()
    assert len(here.readings) == len(there.readings) == 2 * SECONDS
    assert list(there.readings["at"]) == list(here.readings["at"])
    assert not (there.readings["superseded_by"] != "").any()


def test_a_part_of_a_line_is_moved_to_the_second(five_minutes):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    _moves(clinic, other, source="monitor", start=at(0), end=at(59))
    assert len(build(clinic.desk.file(other)).readings) == 2 * 60


def test_an_entry_in_the_wrong_session_is_moved_and_both_sessions_say_so(five_minutes):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    effect = next(record for record in clinic.records() if record.kind == "effect.report")
    moved = _moves(clinic, other, target=effect.ref)
    said = json.loads(moved.payload)
    assert (said["direction"], said["session"], said["count"]) == ("out", other, 1)
    assert said["second"] == {"authenticated": True, "name": COLLEAGUE}
    here, there = (build(clinic.desk.file(one)).events for one in (clinic.session, other))
    gone = here[here["kind"] == "effect.report"]
    assert list(gone["superseded_by"]) == [moved.ref, ""]
    arrived = there[there["kind"] == "effect.report"]
    assert [row["term"] for row in arrived["payload"]] == ["nausea"]
    assert list(arrived["happened_at"]) == list(gone["happened_at"][:1])
    assert arrived["payload"].iloc[0]["origin"]["session"] == clinic.session


def test_both_chains_are_whole_after_a_move(five_minutes, tmp_path):
    clinic, other = five_minutes, five_minutes.opens("2", "INVENTED-2")
    _moves(clinic, other, source="monitor", start=at(0), end=at(SECONDS))
    for session in (clinic.session, other):
        assert verify_session(clinic.desk.file(session), tmp_path)["ok"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"target": "w:1"}, "no record is meant"),
        ({"source": "monitor", "start": at(-60), "end": at(-1)}, "no record is meant"),
        ({"source": "monitor", "start": at(0)}, "one record, or a device with the time"),
        ({}, "one record, or a device with the time"),
    ],
)
def test_a_move_of_nothing_is_refused(five_minutes, said, why):
    other = five_minutes.opens("2", "INVENTED-2")
    with pytest.raises(BadEntry, match=why):
        _moves(five_minutes, other, **said)


def test_what_a_session_is_made_of_stays_in_it(clinic):
    other = clinic.opens("2", "INVENTED-2")
    with pytest.raises(BadEntry, match=r"session\.open and stays"):
        _moves(clinic, other, target=clinic.records()[0].ref)
    with pytest.raises(BadEntry, match="another session"):
        _moves(clinic, clinic.session, target=clinic.records()[0].ref)


def test_the_right_patient_takes_the_session_over(five_minutes):
    clinic = five_minutes
    rebound = {"was": "INVENTED-1", "patient": "INVENTED-9", "reason": "namesake"}
    clinic.says(NURSE, "session.patient", with_=(COLLEAGUE,), second={"name": COLLEAGUE}, **rebound)
    file = clinic.desk.file(clinic.session)
    assert file.row["patient"] == file.patient["id"] == "INVENTED-9"
    assert [row["patient"] for row in clinic.desk.store.sessions()] == ["INVENTED-9"]
    assert build(file).identifiers == ("Patient INVENTED-9", "id INVENTED-9")


def test_the_place_in_the_course_was_the_other_patients(clinic):
    rebound = {"was": "INVENTED-1", "patient": "INVENTED-9", "reason": "namesake"}
    clinic.says(NURSE, "session.patient", **rebound)
    assert build(clinic.desk.file(clinic.session)).number == ""
    course = {"id": "C9", "phase": "maintenance", "number": 2}
    clinic.says(NURSE, "session.patient", course=course, **rebound)
    made = build(clinic.desk.file(clinic.session))
    assert (made.course, made.number) == ("Maintenance", "2")


def _moves(clinic: Clinic, other: str, **said: object):
    payload = {"direction": "out", "session": other, "reason": "wrong room", "second": {"name": COLLEAGUE}}
    return clinic.desk.append(clinic.session, "move", NURSE, payload | said, clinic.secrets(NURSE, COLLEAGUE))
