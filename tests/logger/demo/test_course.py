"""The demo's course: what was changed on purpose is found by its rules, and nothing else is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledgers import url_of

from analysis.rules import RULES
from logger.clock import moment
from logger.demo.course import Told, course, play_course, run_course
from logger.entering.sessions import open_ledger
from logger.errors import CantWrite
from logger.reviewing.auditing import Run, run

Course = tuple[list[tuple[Told, str]], Run]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Course:
    from datetime import UTC, datetime

    desk = open_ledger(url_of(tmp_path_factory.mktemp("course") / "course.db"), create=True)
    sessions = play_course(desk, datetime(2026, 11, 23, 12, 0, tzinfo=UTC), lambda _: None)
    audited = run(desk, [session for _, session in sessions], moment(desk.clock.now()))
    desk.close()
    return sessions, audited


def failed(run: Run, place: int) -> set[str]:
    return {rule for rule, answer in run.judged[place].answers.items() if answer.verdict == "fail"}


def test_it_has_six_induction_and_two_maintenance_sessions(played):
    told = [one.course.phase for one, _ in played[0]]
    assert told == ["induction"] * 6 + ["maintenance"] * 2


@pytest.mark.parametrize("place", range(8))
def test_what_was_changed_on_purpose_is_found(played, place):
    (sessions, run) = played
    assert set(sessions[place][0].found_by) <= failed(run, place)


def test_a_session_in_which_nothing_is_missing_fails_no_rule(played):
    (sessions, run) = played
    flawless = [place for place, (told, _) in enumerate(sessions) if not told.found_by]
    assert flawless == [0, 1]
    assert [failed(run, place) for place in flawless] == [set(), set()]


def test_each_promise_is_a_rule():
    assert {rule for told in course() for rule in told.found_by} <= RULES.keys()


def test_a_course_is_never_played_over_another(tmp_path: Path):
    (tmp_path / "course.db").touch()
    with pytest.raises(CantWrite, match="there is a course already"):
        run_course(tmp_path, lambda _: None)
