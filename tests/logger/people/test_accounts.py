"""Users: each proves who they are, each role enters what is its own, and nobody's name is given again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from clinic import ADMIN, COLLEAGUE, NURSE, PHYSICIAN, QA, ROLES, Clinic, password
from ledgers import NURSE as STATED
from ledgers import Hands, Nurse, desk_at
from payloads import EXAMPLES

from logger import kinds
from logger.errors import BadEntry, LockedOut, NotAllowed, NotSignedIn
from logger.people.accounts import ATTEMPTS, LOCKED_FOR, NEW, UNATTRIBUTED
from logger.people.roles import ENTERS


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    clinic = Clinic(tmp_path / "clinic.db", monkeypatch)
    yield clinic
    clinic.desk.close()


def test_without_users_every_author_is_taken_at_their_word(tmp_path):
    nurse = Nurse(desk_at(tmp_path / "clinic.db", Hands()), Hands())
    assert nurse.says("note", text="x").author == STATED
    nurse.desk.close()


def test_the_first_user_is_an_administrator(tmp_path):
    desk = desk_at(tmp_path / "clinic.db", Hands())
    with pytest.raises(BadEntry, match="the first user is an administrator"):
        desk.append("system", "user.added", "x", _user("n.nurse", "nurse"), {NEW: "long enough"})
    desk.close()


def test_an_entry_needs_its_authors_own_password(clinic):
    assert clinic.says(NURSE, "note", text="calm").author == NURSE
    for secrets in ({}, {NURSE: "wrong"}, {COLLEAGUE: password(COLLEAGUE)}):
        with pytest.raises(NotSignedIn):
            clinic.desk.append(clinic.session, "note", NURSE, {"text": "calm"}, secrets)


def test_a_stranger_is_refused_and_the_attempt_is_on_record(clinic):
    with pytest.raises(NotSignedIn, match=r"x\.stranger is no user"):
        clinic.says("x.stranger", "note", text="calm")
    last = clinic.records("system")[-1]
    assert (last.kind, json.loads(last.payload)["event"]) == ("access", "sign_in_failed")


@pytest.mark.parametrize(
    ("session", "kind", "said"),
    [
        (None, "note", {"text": "x"}),
        ("system", "user.added", {"user": "e.vil", "full_name": "DEMO", "role": "admin"}),
        ("system", "user.secret", {"user": NURSE, "what": "password"}),
    ],
)
def test_nobody_enters_as_the_recorder(clinic, session, kind, said):
    with pytest.raises(BadEntry, match="is the program itself"):
        clinic.desk.append(session or clinic.session, kind, "recorder", said, {NEW: "long enough"})
    with pytest.raises(BadEntry, match="small letters"):
        clinic.adds("recorder", "nurse")


@pytest.mark.parametrize("author", ROLES)
def test_a_role_enters_what_is_its_own_and_nothing_else(clinic, author):
    assert {kind for kind in kinds.KINDS if not _refused(clinic, author, kind)} == ENTERS[ROLES[author]]


def test_an_administrator_makes_no_clinical_entry_and_qa_none_either():
    for role in ("admin", "qa"):
        assert not {"reading", "dose.given", "effect.report", "amend", "exclude"} & ENTERS[role]


def test_many_wrong_passwords_lock_a_user_out_for_a_while(clinic):
    for _ in range(ATTEMPTS):
        with pytest.raises(NotSignedIn):
            clinic.desk.people.signed_in(NURSE, "wrong")
    with pytest.raises(LockedOut, match="unattributed"):
        clinic.says(NURSE, "note", text="x")
    clinic.hands.move(LOCKED_FOR / 1e6 + 1)
    assert clinic.says(NURSE, "note", text="x").author == NURSE


def test_a_right_password_ends_the_counting(clinic):
    for _ in range(ATTEMPTS - 1):
        with pytest.raises(NotSignedIn):
            clinic.desk.people.signed_in(NURSE, "wrong")
    clinic.says(NURSE, "note", text="x")
    with pytest.raises(NotSignedIn, match="not the password"):
        clinic.desk.people.signed_in(NURSE, "wrong")
    assert clinic.says(NURSE, "note", text="x").author == NURSE


def test_a_fact_is_never_lost_for_want_of_a_sign_in_and_is_owned_later(clinic):
    kept = clinic.desk.append(clinic.session, "effect.report", UNATTRIBUTED, _body("effect.report"))
    owned = clinic.says(NURSE, "attribute", target=kept.ref, reason="was locked out")
    assert (kept.author, owned.author) == (UNATTRIBUTED, NURSE)
    with pytest.raises(BadEntry, match="has an author"):
        clinic.says(COLLEAGUE, "attribute", target=owned.ref, reason="mine")
    with pytest.raises(BadEntry, match=f"was claimed by {NURSE} already"):
        clinic.says(COLLEAGUE, "attribute", target=kept.ref, reason="mine")
    with pytest.raises(NotAllowed, match="sign in"):
        clinic.desk.append(clinic.session, "sign", UNATTRIBUTED, {"meaning": "entry_complete"})


def test_who_leaves_stays_on_record_and_enters_nothing_more(clinic):
    clinic.says(ADMIN, "user.changed", session="system", user=NURSE, active=False, reason="moved")
    with pytest.raises(NotSignedIn):
        clinic.says(NURSE, "note", text="x")
    with pytest.raises(BadEntry, match="never given again"):
        clinic.adds(NURSE, "nurse")
    assert clinic.desk.people.user(NURSE).active is False


def test_the_last_administrator_stays(clinic):
    for change in ({"active": False}, {"role": "nurse"}):
        with pytest.raises(BadEntry, match="only administrator"):
            clinic.says(ADMIN, "user.changed", session="system", user=ADMIN, reason="x", **change)


def test_only_an_administrator_adds_and_changes_users(clinic):
    for author in (NURSE, PHYSICIAN, QA):
        with pytest.raises(NotAllowed):
            clinic.says(author, "user.changed", session="system", user=COLLEAGUE, role="admin", reason="x")
        with pytest.raises(NotAllowed):
            clinic.desk.append("system", "user.added", author, _user("z.z", "nurse"), clinic.secrets(author))


def test_a_password_that_an_administrator_sets_has_to_be_changed_before_it_serves(clinic):
    said, new = {"user": NURSE, "what": "password"}, {NEW: "given by the admin"}
    clinic.desk.append("system", "user.secret", ADMIN, said, clinic.secrets(ADMIN) | new)
    with pytest.raises(NotSignedIn, match="own password first"):
        clinic.desk.people.signed_in(NURSE, "given by the admin")
    own = {NURSE: "given by the admin", NEW: password(NURSE)}
    clinic.desk.append("system", "user.secret", NURSE, said, own)
    assert clinic.says(NURSE, "note", text="x").author == NURSE


@pytest.mark.parametrize(("what", "new"), [("password", "short"), ("password", NURSE), ("pin", "12ab")])
def test_a_secret_that_is_easily_guessed_is_refused(clinic, what, new):
    secrets = clinic.secrets(NURSE) | {NEW: new}
    with pytest.raises(BadEntry, match=r"PIN is 4 to 8 digits|at least 8 characters"):
        clinic.desk.append("system", "user.secret", NURSE, {"user": NURSE, "what": what}, secrets)


def test_no_secret_stands_in_a_record(clinic):
    for record in clinic.records("system"):
        assert "password of" not in record.payload
        assert "argon2" not in record.payload


def test_a_second_person_is_authenticated_by_their_own_pin_and_else_only_named(clinic):
    given = {"drug": "ketamine", "route": "IV", "mg": 40, "given_by": {"name": NURSE}}
    given["second_check_by"] = {"name": COLLEAGUE, "authenticated": True}
    named = clinic.says(NURSE, "dose.given", **given)
    assert json.loads(named.payload)["second_check_by"] == {"name": COLLEAGUE}
    proved = clinic.says(NURSE, "dose.given", with_=(COLLEAGUE,), **given)
    said = json.loads(proved.payload)
    assert said["second_check_by"] == {"authenticated": True, "name": COLLEAGUE}
    assert said["given_by"] == {"authenticated": True, "name": NURSE}


def test_who_is_named_in_an_entry_made_anew_is_authenticated_no_more_easily(clinic):
    given = {"drug": "ketamine", "route": "IV", "mg": 40, "given_by": {"name": NURSE}}
    wrong = clinic.says(NURSE, "dose.given", **given)
    anew = given | {"mg": 45, "second_check_by": {"name": COLLEAGUE, "authenticated": True}}
    claimed = clinic.says(NURSE, "amend", target=wrong.ref, entry=anew, reason="45")
    assert json.loads(claimed.payload)["entry"]["second_check_by"] == {"name": COLLEAGUE}
    proved = clinic.says(NURSE, "amend", with_=(COLLEAGUE,), target=wrong.ref, entry=anew, reason="45")
    assert json.loads(proved.payload)["entry"]["second_check_by"]["authenticated"] is True


@pytest.mark.parametrize("author", [ADMIN, COLLEAGUE])
def test_a_pin_is_chosen_by_its_user_alone(clinic, author):
    secrets = clinic.secrets(author) | {NEW: "1234"}
    with pytest.raises(NotAllowed, match=r"chosen by n\.nurse alone"):
        clinic.desk.append("system", "user.secret", author, {"user": NURSE, "what": "pin"}, secrets)


@pytest.mark.parametrize("fact", ["trained", "identity_verified", "policy_accepted"])
def test_nobody_states_facts_of_users(clinic, fact):
    said = {"user": NURSE, "fact": fact, "on": "2026-09-21"}
    with pytest.raises(NotAllowed):
        clinic.desk.append("system", "user.fact", UNATTRIBUTED, said)


def test_an_administrator_accepts_no_policy_for_somebody_else(clinic):
    said = {"user": NURSE, "fact": "policy_accepted", "on": "2026-09-21"}
    with pytest.raises(NotAllowed, match=r"is for n\.nurse to say"):
        clinic.says(ADMIN, "user.fact", session="system", **said)


@pytest.mark.parametrize("kind", ["sign", "move", "session.patient", "user.fact", "protocol.approved"])
def test_what_nobody_can_answer_for_is_not_entered_by_nobody(clinic, kind):
    with pytest.raises(NotAllowed, match="needs its author"):
        clinic.desk.people.admit(UNATTRIBUTED, kind, {})


def test_a_wrong_pin_of_a_second_person_is_refused(clinic):
    wasted = {"drug": "ketamine", "mg": 5, "method": "sink", "wasted_by": {"name": NURSE}}
    wasted["witness"] = {"name": COLLEAGUE}
    secrets = clinic.secrets(NURSE) | {COLLEAGUE: "0000"}
    with pytest.raises(NotSignedIn):
        clinic.desk.append(clinic.session, "dose.wasted", NURSE, wasted, secrets)


def _refused(clinic: Clinic, author: str, kind: str) -> bool:
    try:
        clinic.desk.people.admit(author, kind, clinic.secrets(author))
    except NotAllowed:
        return True
    return False


def _user(name: str, role: str) -> dict[str, str]:
    return {"user": name, "full_name": "DEMO, Example", "role": role}


def _body(kind: str) -> dict[str, object]:
    return json.loads(kinds.text_of(EXAMPLES[kind]))
