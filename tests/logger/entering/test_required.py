"""What the protocol asks for and a session has not: shown at its end, asked about at the signature."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledgers import NURSE, Hands, Nurse, desk_at, open_session
from payloads import EXAMPLES

from logger.entering.required import STANDS_FOR
from logger.kinds import KINDS, text_of


@pytest.fixture
def nurse(tmp_path: Path) -> Iterator[Nurse]:
    hands = Hands()
    nurse = Nurse(desk_at(tmp_path / "clinic.db", hands), hands)
    yield nurse
    nurse.desk.close()


def test_the_end_of_a_session_lists_what_is_not_recorded_and_is_never_refused(nurse):
    assert lacking(nurse) == [*STANDS_FOR, "discharge"]


@pytest.mark.parametrize("asked", STANDS_FOR)
def test_any_record_of_its_kinds_will_do(nurse, asked):
    kind = sorted(STANDS_FOR[asked])[0]
    nurse.says(kind, **json.loads(text_of(EXAMPLES[kind])))
    assert asked not in lacking(nurse)


def test_a_session_without_a_dose_needs_no_record_of_one(nurse):
    nurse.says("session.not_treated", reason="ate an hour ago")
    assert not {"dose_administered", "controlled_substance_balance", "discharge"} & set(lacking(nurse))


@pytest.mark.parametrize("asked", STANDS_FOR)
def test_a_record_that_was_withdrawn_is_none(nurse, asked):
    kind = sorted(STANDS_FOR[asked])[0]
    entered = nurse.says(kind, **json.loads(text_of(EXAMPLES[kind])))
    nurse.says("amend", target=entered.ref, withdrawn=True, reason="the other patient's")
    assert asked in lacking(nurse)


def test_a_record_that_was_moved_away_is_one_where_it_arrived(nurse):
    other = open_session(nurse.desk, "2", patient="INVENTED-2")
    entered = nurse.says("check.consent", **json.loads(text_of(EXAMPLES["check.consent"])))
    nurse.says("move", direction="out", session=other, target=entered.ref, reason="wrong room")
    ends = [
        json.loads(nurse.desk.append(one, "session.end", NURSE, {}).payload) for one in (nurse.session, other)
    ]
    assert ["consent_on_file" in end["not_recorded"] for end in ends] == [True, False]


def test_a_session_that_was_called_not_treated_by_mistake_needs_a_record_of_its_dose(nurse):
    said = nurse.says("session.not_treated", reason="ate an hour ago")
    nurse.says("amend", target=said.ref, withdrawn=True, reason="it was yesterday")
    assert {"dose_administered", "discharge"} <= set(lacking(nurse))


def test_every_kind_that_stands_for_something_is_one():
    assert set().union(*STANDS_FOR.values()) <= KINDS.keys()


def lacking(nurse: Nurse) -> list[str]:
    return json.loads(nurse.says("session.end").payload)["not_recorded"]
