"""Signatures: what has to stand before one, and what it is bound to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from clinic import ADMIN, COLLEAGUE, NURSE, PHYSICIAN, QA, Clinic
from ledgers import Hands, Nurse, desk_at

from logger.errors import BadEntry, NotAllowed, NotSignedIn
from logger.people.accounts import UNATTRIBUTED

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
    assert clinic.says(PHYSICIAN, "sign", meaning="review", reason=WHY).kind == "sign"


def test_a_signature_needs_the_password_again_and_the_policy_accepted(ended):
    with pytest.raises(NotSignedIn):
        ended.desk.append(ended.session, "sign", PHYSICIAN, {"meaning": "review"})
    ended.adds("o.physician", "physician")
    with pytest.raises(NotAllowed, match="accept"):
        ended.says("o.physician", "sign", meaning="review")


def test_nobody_accepts_the_policy_for_somebody_else(clinic):
    fact = {"user": COLLEAGUE, "fact": "policy_accepted", "on": "2026-09-21"}
    with pytest.raises(NotAllowed, match="to say; sign in"):
        clinic.desk.append("system", "user.fact", NURSE, fact, clinic.secrets(NURSE))


@pytest.mark.parametrize(("author", "meaning"), [(PHYSICIAN, "review"), (QA, "qa")])
def test_every_meaning_asks_why_something_is_not_recorded(ended, author, meaning):
    with pytest.raises(NotAllowed, match="not recorded: identity_check"):
        ended.says(author, "sign", meaning=meaning)


def test_what_came_since_the_page_that_was_read_is_not_signed_unseen(ended):
    read = ended.records()[-1].digest
    signed = ended.says(PHYSICIAN, "sign", meaning="review", reason=WHY, seen=read[:16])
    assert "seen" not in signed.payload
    amended = ended.says(NURSE, "followup", reached=True, how="telephone", text="slept well")
    with pytest.raises(NotAllowed, match=f"1 records came since that page \\({amended.ref}\\); look again"):
        ended.says(PHYSICIAN, "sign", meaning="review", reason=WHY, seen=read)
    with pytest.raises(NotAllowed, match="no record has the digest"):
        ended.says(PHYSICIAN, "sign", meaning="review", reason=WHY, seen="f" * 64)


def test_who_claimed_an_entry_has_made_it(clinic):
    report = {"term": "nausea", "severity": "mild"}
    kept = clinic.desk.append(clinic.session, "effect.report", UNATTRIBUTED, report)
    clinic.says(PHYSICIAN, "attribute", target=kept.ref, reason="mine")
    clinic.says(NURSE, "session.end")
    with pytest.raises(NotAllowed, match="made entries in this session"):
        clinic.says(PHYSICIAN, "sign", meaning="review", reason=WHY)


def test_without_users_nothing_is_signed(tmp_path):
    nurse = Nurse(desk_at(tmp_path / "clinic.db", Hands()), Hands())
    nurse.says("session.end")
    with pytest.raises(NotAllowed, match="needs a user with a password"):
        nurse.says("sign", meaning="review")
    nurse.desk.close()
