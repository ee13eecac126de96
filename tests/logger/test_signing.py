"""Signatures: what has to stand before one, and what it is bound to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from clinic import ADMIN, COLLEAGUE, NURSE, PHYSICIAN, QA, Clinic
from ledgers import Hands, Nurse, desk_at

from logger.errors import BadEntry, NotAllowed, NotSignedIn

WHY = "training session"


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    clinic = Clinic(tmp_path / "clinic.db", monkeypatch)
    for name in (NURSE, PHYSICIAN, QA):
        clinic.accepts_policy(name)
    yield clinic
    clinic.desk.close()


@pytest.fixture
def ended(clinic: Clinic) -> Clinic:
    clinic.says(NURSE, "session.end")
    return clinic


def test_a_signature_names_the_ends_of_all_chains_and_who_means_what(ended):
    before = ended.records()[-1]
    signed = json.loads(ended.says(NURSE, "sign", meaning="entry_complete", reason=WHY).payload)
    assert signed["heads"] == [{"writer": before.writer, "count": before.seq + 1, "digest": before.digest}]
    assert (signed["name"], signed["role"], signed["meaning"]) == (f"DEMO {NURSE}", "nurse", "entry_complete")


def test_an_open_session_is_not_signed(clinic):
    with pytest.raises(NotAllowed, match="still open; end it first"):
        clinic.says(NURSE, "sign", meaning="entry_complete", reason=WHY)


def test_the_signature_asks_why_something_is_not_recorded(ended):
    with pytest.raises(NotAllowed, match="not recorded: identity_check, consent_on_file"):
        ended.says(NURSE, "sign", meaning="entry_complete")
    signed = json.loads(ended.says(NURSE, "sign", meaning="entry_complete", reason=WHY).payload)
    assert (signed["reason"], "discharge" in signed["not_recorded"]) == (WHY, True)


@pytest.mark.parametrize(
    ("author", "meaning"),
    [(NURSE, "review"), (NURSE, "qa"), (PHYSICIAN, "qa"), (QA, "review"), (QA, "entry_complete")],
)
def test_a_role_signs_what_it_may(ended, author, meaning):
    with pytest.raises(NotAllowed, match="that role signs"):
        ended.says(author, "sign", meaning=meaning, reason=WHY)


def test_an_administrator_signs_nothing(ended):
    with pytest.raises(NotAllowed):
        ended.says(ADMIN, "sign", meaning="review")


def test_a_meaning_that_is_none_is_refused(ended):
    with pytest.raises(BadEntry, match="say entry_complete, review or qa"):
        ended.says(NURSE, "sign", meaning="seen")


def test_a_review_is_not_by_one_who_made_the_entries(clinic):
    clinic.says(PHYSICIAN, "effect.report", term="nausea", severity="mild")
    clinic.says(NURSE, "session.end")
    with pytest.raises(NotAllowed, match="made entries in this session"):
        clinic.says(PHYSICIAN, "sign", meaning="review")


def test_a_reviewers_own_amendments_do_not_stand_in_the_way(clinic):
    typed = clinic.says(NURSE, "reading", source="manual", readings=[{"vital": "spo2", "value": 79}])
    clinic.says(NURSE, "session.end")
    clinic.says(PHYSICIAN, "amend", target=typed.ref, changes={"spo2": 97}, reason="typed 79 for 97")
    assert clinic.says(PHYSICIAN, "sign", meaning="review").kind == "sign"


def test_a_signature_needs_the_password_again_and_the_policy_accepted(ended):
    with pytest.raises(NotSignedIn):
        ended.desk.append(ended.session, "sign", PHYSICIAN, {"meaning": "review"})
    ended.adds("o.physician", "physician")
    with pytest.raises(NotAllowed, match="accept"):
        ended.says("o.physician", "sign", meaning="review")


def test_nobody_accepts_the_policy_for_somebody_else(clinic):
    fact = {"user": COLLEAGUE, "fact": "policy_accepted", "on": "2026-09-21"}
    with pytest.raises(NotAllowed, match="an administrator enters facts"):
        clinic.desk.append("system", "user.fact", NURSE, fact, clinic.secrets(NURSE))


def test_without_users_nothing_is_signed(tmp_path):
    nurse = Nurse(desk_at(tmp_path / "clinic.db", Hands()), Hands())
    nurse.says("session.end")
    with pytest.raises(NotAllowed, match="needs a user with a password"):
        nurse.says("sign", meaning="review")
    nurse.desk.close()
