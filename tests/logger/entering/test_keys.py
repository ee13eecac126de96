"""What a form sends twice is one record, also after a restart; what it says differently is not swallowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledgers import Hands, Nurse, at, desk_at

from logger.errors import SavedDifferently

KEY = "drawn-by-the-form"


@pytest.fixture
def nurse(tmp_path: Path) -> Nurse:
    hands = Hands()
    return Nurse(desk_at(tmp_path / "ledger.db", hands), hands)


def test_a_form_that_is_sent_twice_is_one_record(nurse: Nurse) -> None:
    first = nurse.says("effect.report", term="nausea", severity="mild", key=KEY)
    nurse.hands.move(2)
    assert nurse.says("effect.report", term="nausea", severity="mild", key=KEY) == first


def test_a_time_that_is_read_anew_makes_no_second_record(nurse: Nurse) -> None:
    first = nurse.says("note", text="asks for a blanket", key=KEY, happened_at=at(-300))
    assert nurse.says("note", text="asks for a blanket ", key=KEY, happened_at=at(-299)) == first


def test_the_key_is_found_after_a_restart(tmp_path: Path, nurse: Nurse) -> None:
    first = nurse.says("mark", key=KEY)
    nurse.desk.close()
    again = desk_at(tmp_path / "ledger.db", nurse.hands)
    assert again.append(nurse.session, "mark", first.author, {"key": KEY}) == first
    again.close()


@pytest.mark.parametrize("changed", [{"severity": "severe"}, {"severity": "mild", "text": "more"}])
def test_a_saved_form_that_says_something_else_is_told_so(nurse: Nurse, changed: dict[str, str]) -> None:
    nurse.says("effect.report", term="nausea", severity="mild", key=KEY)
    with pytest.raises(SavedDifferently, match="is not saved"):
        nurse.says("effect.report", term="nausea", key=KEY, **changed)


def test_another_persons_entry_of_the_same_key_is_not_taken_for_the_first(nurse: Nurse) -> None:
    nurse.says("mark", key=KEY)
    with pytest.raises(SavedDifferently):
        nurse.says("mark", author="another.example", key=KEY)


def test_the_end_of_a_session_that_is_sent_twice_is_one(nurse: Nurse) -> None:
    end = nurse.says("session.end", key=KEY)
    assert nurse.says("session.end", key=KEY) == end
