import json

import pytest
from ledgers import NURSE, Hands, desk_at, open_session, reading

from logger.clock import SECOND, wall

PATIENT = "INVENTED-7"


@pytest.fixture
def sessions(database) -> list[str]:
    """Two sessions of a patient and one of another, with an oximeter's numbers."""
    desk = desk_at(database, Hands(wall=wall() - 900 * SECOND))
    opened = []
    for room, patient in (("1", PATIENT), ("2", PATIENT), ("3", "INVENTED-8")):
        found = open_session(desk, room=room, patient=patient)
        desk.store.append([reading(found, desk.clock.now() + SECOND, spo2=97.0)])
        desk.append(found, "session.end", NURSE, {})
        opened.append(found)
    desk.close()
    return opened


def test_a_course_is_the_sessions_of_that_patient_alone(command, sessions):
    rows = json.loads(command("course", PATIENT, "--json").out)
    assert sorted(row["session"] for row in rows) == sorted(sessions[:2])
    assert rows[0]["phq9"] is None
    assert rows[0]["sys_n"] == 0


def test_without_a_file_the_course_is_printed_in_words(command, sessions):
    said = command("course", PATIENT).out
    assert sessions[0] in said
    assert "no dose on record" in said


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_course_is_drawn_and_its_files_named(command, database, sessions, ending):
    out = database.parent / f"course.{ending}"
    answer = command("course", PATIENT, "--out", str(out))
    assert answer.status == 0
    assert str(out) in answer.out.splitlines()
    assert out.stat().st_size


def test_a_course_is_on_the_access_log_of_each_of_its_sessions(command, sessions):
    command("course", PATIENT)
    seen = command("access").out
    assert all(session in seen for session in sessions[:2])
    assert PATIENT not in seen


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("course", "NOBODY"), 3, "no session of patient NOBODY here; `infusionlog sessions`"),
        (("course", PATIENT, "--out", "x.docx"), 2, ".png, .svg or .pdf"),
        (("course", PATIENT, "--out", "x.png", "--paper", "A7"), 2, "A4"),
        (("course", PATIENT, "--out", "/no/such/folder/x.png"), 3, "/no/such/folder"),
    ],
)
def test_a_course_that_can_not_be_shown_is_refused_with_a_sentence(command, sessions, words, status, said):
    answer = command(*words)
    assert (answer.status, said in answer.complaint) == (status, True), answer.complaint
