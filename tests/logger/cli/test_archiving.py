import json

import pytest
from ledgers import NURSE, Hands, desk_at, open_session, reading

from logger.clock import SECOND, wall
from logger.settings import archive_beside

HIGHEST = "SELECT session, max(value) AS top FROM readings WHERE vital = 'spo2' AND valid GROUP BY session"


@pytest.fixture
def sessions(database) -> list[str]:
    """A closed session and an open one, with an oximeter's numbers."""
    desk = desk_at(database, Hands(wall=wall() - 900 * SECOND))
    opened = [open_session(desk, room=room, patient=f"INVENTED-{room}") for room in "12"]
    for session in opened:
        desk.store.append([reading(session, desk.clock.now() + SECOND, spo2=97.0)])
    desk.append(opened[0], "session.end", NURSE, {})
    desk.close()
    return opened


def test_the_copies_are_made_once_and_an_open_session_has_none(command, database, sessions):
    first = json.loads(command("archive", "--json").out)
    assert {one["session"]: one["made"] for one in first} == dict(zip(sessions, (True, False), strict=True))
    assert [
        path.stem for path in (database.parent / f"{database.name}.archive").rglob("*.parquet")
    ] == sessions[:1]
    assert not any(one["made"] for one in json.loads(command("archive", "--json").out))


def test_a_question_is_answered_and_leaves_a_line_in_the_access_log(command, sessions):
    assert json.loads(command("ask", HIGHEST, "--json").out) == [{"session": sessions[0], "top": 97.0}]
    assert "ask: 1 sessions" in command("access").out


def test_times_are_said_in_utc(command, sessions):
    said = command("ask", "SELECT opened_at, ended_at IS NULL AS goes_on FROM sessions").out
    assert "+00:00" in said
    assert "False" in said


def test_an_answer_can_be_a_table_in_a_file(command, database, sessions):
    out = database.parent / "answer.csv"
    assert command("ask", HIGHEST, "--csv", str(out)).status == 0
    assert out.read_text().splitlines() == ["session,top", f"{sessions[0]},97.0"]


def test_what_is_no_question_is_refused_with_a_sentence(command, sessions):
    refused = command("ask", "DELETE FROM readings")
    assert (refused.status, refused.complaint) == (
        2,
        "infusionlog: ask: takes one SELECT; an archive is only read",
    )


def test_a_missing_copy_is_named_and_the_status_says_so(command, sessions):
    found = command("archive", "--check")
    assert found.status == 1
    assert f"{sessions[0]}  DIFFERS: there is no copy" in found.out


def test_two_ledgers_of_one_name_share_no_archive(tmp_path):
    assert archive_beside(tmp_path / "x.db") != archive_beside(tmp_path / "x.sqlite")


def test_a_copy_that_was_changed_differs(command, database, sessions):
    command("archive")
    assert command("archive", "--check").status == 0
    [copy] = (database.parent / f"{database.name}.archive").rglob("*.parquet")
    copy.write_bytes(copy.read_bytes()[:200])
    answer = command("archive", "--check")
    assert answer.status == 1
    assert "DIFFERS" in answer.out
