"""The due check, corrections, handover, discharge, the end and the signature, by a nurse's pages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from clinic import COLLEAGUE, NURSE, PHYSICIAN, password
from web_clinic import Browser, ClinicOnTheWeb

from logger.ledger.models import Written
from logger.people.accounts import NEW


@pytest.fixture
def nurse(clinic_web: ClinicOnTheWeb) -> Browser:
    browser: Browser = clinic_web.of(NURSE)
    return browser


def path(clinic_web: ClinicOnTheWeb, rest: str) -> str:
    return f"/sessions/{clinic_web.session}/{rest}"


def all_of(clinic_web: ClinicOnTheWeb, kind: str) -> list[Written]:
    return [record for record in clinic_web.records() if record.kind == kind]


def body(record: Written) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(record.payload)
    return said


CHECK = {"resp_rate": "14", "rated.moaas": "5", "rated.dissociation": "0", "none": "yes"}


def test_a_due_check_is_one_form_and_a_record_each(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    for _ in range(2):  # twice: nothing is recorded twice
        assert nurse.posts(path(clinic_web, "due"), CHECK | {"key": "one-form-of-it"}).status_code == 303
    (reading,), (none,) = all_of(clinic_web, "reading"), all_of(clinic_web, "effect.none")
    assert body(reading)["readings"] == [{"vital": "resp_rate", "value": 14.0}]
    assert none.author == NURSE
    scores = [body(record) for record in all_of(clinic_web, "assessment.score")]
    assert {said["instrument"]: said["answers"] for said in scores} == {
        "moaas": {"1": 5},
        "dissociation": {"1": 0},
    }


def test_a_due_check_with_something_wrong_records_nothing(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    before = len(clinic_web.records())
    answer = nurse.posts(path(clinic_web, "due"), CHECK | {"rated.moaas": "9"})
    assert answer.status_code == 422
    assert len(clinic_web.records()) == before
    assert 'value="14"' in answer.text


def test_an_empty_due_check_is_asked_again(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    answer = nurse.posts(path(clinic_web, "due"), {"at": "-5"})
    assert answer.status_code == 422
    assert "nothing is filled in" in answer.text


def test_a_due_check_asks_of_each_side_effect_how_it_is_now(
    clinic_web: ClinicOnTheWeb, nurse: Browser
) -> None:
    nurse.posts(path(clinic_web, "effects"), {"term": "nausea", "severity": "mild"})
    ref = all_of(clinic_web, "effect.report")[-1].ref
    page = nurse.sees(path(clinic_web, "due"))
    assert f'name="effect.{ref}"' in page
    assert "Asked: none" not in page
    nurse.posts(path(clinic_web, "due"), {f"effect.{ref}": "ended"})
    assert body(all_of(clinic_web, "effect.resolved")[-1])["term"] == "nausea"


def test_what_is_due_is_met_by_the_check(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    page = nurse.sees(path(clinic_web, "panel"))
    assert "Respiratory rate</th>" in page
    nurse.posts(path(clinic_web, "due"), CHECK)
    after = nurse.sees(path(clinic_web, "panel"))
    assert after.count("due now") < page.count("due now")


def test_a_withdrawn_entry_is_struck_through(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    nurse.posts(path(clinic_web, "enter/note"), {"text": "for another room"})
    ref = all_of(clinic_web, "note")[0].ref
    assert nurse.posts(path(clinic_web, f"entries/{ref}/withdraw")).status_code == 422
    nurse.posts(path(clinic_web, f"entries/{ref}/withdraw"), {"why": "wrong patient"})
    page = nurse.sees(path(clinic_web, "entries"))
    assert "<del" in page
    assert body(all_of(clinic_web, "amend")[0])["reason"] == "wrong patient"


def test_an_entry_is_entered_anew_with_its_own_reason_apart(
    clinic_web: ClinicOnTheWeb, nurse: Browser
) -> None:
    nurse.posts(path(clinic_web, "enter/infusion.start"), {"mg": "400", "reason": "as ordered"})
    ref = all_of(clinic_web, "infusion.start")[0].ref
    assert 'value="400"' in nurse.sees(path(clinic_web, f"entries/{ref}/correct"))
    fields = {"mg": "40", "reason": "as ordered", "because": "slip"}
    nurse.posts(path(clinic_web, f"entries/{ref}/correct"), fields)
    said = body(all_of(clinic_web, "amend")[0])
    assert said["reason"] == "slip"
    assert (said["entry"]["mg"], said["entry"]["reason"]) == (40, "as ordered")


def test_a_correction_keeps_what_its_form_does_not_ask(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    grade = {"version": "5.0", "term": "Nausea", "grade": 2}
    was = clinic_web.says(NURSE, "effect.report", term="nausea", severity="mild", ctcae=grade)
    fields = {"term": "nausea", "severity": "moderate", "why": "mis-tap"}
    nurse.posts(path(clinic_web, f"entries/{was.ref}/correct"), fields)
    entry = body(all_of(clinic_web, "amend")[0])["entry"]
    assert (entry["severity"], entry["ctcae"]) == ("moderate", grade)


def test_a_correction_shows_times_on_the_clinics_clock(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    nurse.posts(path(clinic_web, "enter/check.intake"), {"last_food": "2026-09-21T08:00"})
    ref = all_of(clinic_web, "check.intake")[0].ref
    assert 'value="2026-09-21T08:00:00"' in nurse.sees(path(clinic_web, f"entries/{ref}/correct"))


def test_a_reading_by_hand_is_amended(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    nurse.posts(path(clinic_web, "readings"), {"nibp_sys": "185", "nibp_dia": "88"})
    ref = all_of(clinic_web, "reading")[0].ref
    nurse.posts(path(clinic_web, f"entries/{ref}/correct"), {"nibp_sys": "158", "why": "typing slip"})
    assert body(all_of(clinic_web, "amend")[0])["changes"] == {"nibp_sys": 158}


def test_a_late_entry_says_so(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    clinic_web.hands.move(3600)
    nurse.posts(path(clinic_web, "mark"), {"at": "clock", "at_clock": "14:30"})
    assert "LATE (entered 43 min after)" in nurse.sees(path(clinic_web, "entries"))


def test_an_entry_of_nobody_is_owned(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    screen = clinic_web.on_a_rooms_screen(clinic_web.browser())
    screen.posts("/lock/mark")
    ref = all_of(clinic_web, "mark")[0].ref
    assert "It was mine" in nurse.sees(path(clinic_web, "entries"))
    nurse.posts(path(clinic_web, f"entries/{ref}/own"))
    assert "n.nurse, entered by nobody signed in" in nurse.sees(path(clinic_web, "entries"))
    assert clinic_web.of(COLLEAGUE).posts(path(clinic_web, f"entries/{ref}/own")).status_code == 422


def test_a_stretch_of_readings_is_left_out(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    fields = {"vital": "spo2", "start": "14:13", "end": "14:13:20", "reason": "cold hand", "artefact": "yes"}
    assert nurse.posts(path(clinic_web, "exclude"), fields).status_code == 303
    said = body(all_of(clinic_web, "exclude")[0])
    assert (said["vital"], said["artefact"]) == ("spo2", True)


def test_a_handover_takes_two_pins(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    secrets = clinic_web.secrets(COLLEAGUE) | {NEW: "1357"}
    clinic_web.desk.append("system", "user.secret", COLLEAGUE, {"user": COLLEAGUE, "what": "pin"}, secrets)
    nurse.posts(path(clinic_web, "effects"), {"term": "nausea", "severity": "mild"})
    fields = {"taker": COLLEAGUE, "giver_pin": password(NURSE)}
    wrong = nurse.posts(path(clinic_web, "handover"), fields | {"taker_pin": "0000"})
    assert wrong.status_code == 422
    assert all_of(clinic_web, "staff.handover") == []
    nurse.posts(path(clinic_web, "handover"), fields | {"taker_pin": "1357"})
    said = body(all_of(clinic_web, "staff.handover")[0])
    assert [said[one].get("authenticated") for one in ("giver", "taker")] == [True, True]
    assert said["open_effects"] == ["nausea"]


def test_a_discharge_keeps_each_answer(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    fields = {"item.gait": "no", "reason.gait": "unsteady", "item.alert": "yes", "role": "physician"}
    fields |= {"decided_by": PHYSICIAN, "escort_present": "yes", "instructions_given": "yes"}
    answer = nurse.posts(path(clinic_web, "discharge"), fields)
    assert answer.headers["location"].endswith("/end")
    said = body(all_of(clinic_web, "discharge")[0])
    assert said["items"] == {"gait": {"answer": "no", "reason": "unsteady"}, "alert": {"answer": "yes"}}
    assert said["decided_by"] == {"name": PHYSICIAN}


def test_an_end_lists_what_is_missing_and_the_second_is_told_who_was_quicker(
    clinic_web: ClinicOnTheWeb, nurse: Browser
) -> None:
    assert "Identity and time-out" in nurse.sees(path(clinic_web, "end"))
    assert nurse.posts(path(clinic_web, "end"), {"really": "yes"}).headers["location"].endswith("/sign")
    answer = clinic_web.of(COLLEAGUE).posts(path(clinic_web, "end"), {"really": "yes"})
    assert answer.status_code == 422
    assert "was ended by n.nurse at 14:13" in answer.text


def test_an_empty_form_ends_no_session(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    assert nurse.posts(path(clinic_web, "end")).status_code == 422
    assert all_of(clinic_web, "session.end") == []


def test_a_signature_takes_the_policy_a_password_and_a_reason_for_what_is_missing(
    clinic_web: ClinicOnTheWeb, nurse: Browser
) -> None:
    nurse.posts(path(clinic_web, "end"), {"really": "yes"})
    seen = clinic_web.records()[-1].digest
    assert seen in nurse.sees(path(clinic_web, "sign"))
    fields = {"seen": seen, "reason": "a test", "accepted": "yes"}
    assert nurse.posts(path(clinic_web, "sign"), fields | {"password": "wrong"}).status_code == 422
    assert all_of(clinic_web, "sign") == []
    answer = nurse.posts(path(clinic_web, "sign"), fields | {"password": password(NURSE)})
    assert answer.headers["location"].endswith("/entries")
    assert body(all_of(clinic_web, "sign")[0])["meaning"] == "entry_complete"


def test_what_came_since_the_page_is_not_signed_unseen(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    nurse.posts(path(clinic_web, "end"), {"really": "yes"})
    seen = clinic_web.records()[-1].digest
    nurse.posts(path(clinic_web, "enter/note"), {"text": "later"})
    fields = {"seen": seen, "reason": "a test", "accepted": "yes", "password": password(NURSE)}
    answer = nurse.posts(path(clinic_web, "sign"), fields)
    assert "look again" in answer.text
    assert all_of(clinic_web, "sign") == []


def test_a_device_needs_a_recorder_and_an_address(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    page = path(clinic_web, "devices")
    assert "Fill this in" in nurse.posts(page, {"adapter": "nonin"}).text
    answer = nurse.posts(page, {"adapter": "nonin", "url": "/dev/ttyUSB1"})
    assert "no recorder forwards to this server" in answer.text.lower()
