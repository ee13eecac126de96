"""What a nurse enters with a tap or two, by its pages."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from clinic import COLLEAGUE, NURSE
from web_clinic import Browser, ClinicOnTheWeb

from logger.ledger.models import Written


@pytest.fixture
def nurse(clinic_web: ClinicOnTheWeb) -> Browser:
    return clinic_web.of(NURSE)


def path(clinic_web: ClinicOnTheWeb, rest: str) -> str:
    return f"/sessions/{clinic_web.session}/{rest}"


def last(clinic_web: ClinicOnTheWeb, kind: str) -> Written:
    found: list[Written] = [record for record in clinic_web.records() if record.kind == kind]
    return found[-1]


def body(record: Written) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(record.payload)
    return said


def test_mark_is_one_record_of_who_is_signed_in(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    answer = nurse.posts(path(clinic_web, "mark"), {"key": "one-tap-of-it"})
    assert answer.headers["location"] == "/rooms/1"
    assert last(clinic_web, "mark").author == NURSE


def test_a_mark_of_ten_minutes_ago_says_so(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    nurse.posts(path(clinic_web, "mark"), {"at": "-10"})
    assert body(last(clinic_web, "mark"))["happened_at"] == "2026-09-21T14:03:20Z"


def test_a_side_effect_is_a_term_and_a_severity(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    nurse.posts(path(clinic_web, "effects"), {"term": "nausea", "severity": "mild"})
    said = body(last(clinic_web, "effect.report"))
    assert (said["term"], said["severity"]) == ("nausea", "mild")


def test_a_side_effect_in_free_words(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    nurse.posts(path(clinic_web, "effects"), {"other": "  ‏رأس خفيف  ", "severity": "mild"})
    assert body(last(clinic_web, "effect.report"))["term"] == "‏رأس خفيف"
    assert "رأس خفيف" in nurse.sees(path(clinic_web, "effects"))


def test_a_severity_without_a_term_is_asked_for(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    answer = nurse.posts(path(clinic_web, "effects"), {"severity": "mild", "text": "wobbly"})
    assert answer.status_code == 422
    assert "Choose which side effect" in answer.text
    assert 'value="wobbly"' in answer.text


def test_its_end_is_one_tap(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    nurse.posts(path(clinic_web, "effects"), {"term": "nausea", "severity": "mild"})
    ref = last(clinic_web, "effect.report").ref
    assert f"effects/{ref}/resolve" in nurse.sees(path(clinic_web, "effects"))
    nurse.posts(path(clinic_web, f"effects/{ref}/resolve"))
    assert body(last(clinic_web, "effect.resolved"))["term"] == "nausea"
    assert "Asked: none" in nurse.sees(path(clinic_web, "effects"))


def test_none_is_a_record_too(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    nurse.posts(path(clinic_web, "effects"), {"none": "yes"})
    assert last(clinic_web, "effect.none").author == NURSE


def test_the_pad_makes_one_reading_by_hand(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    nurse.posts(path(clinic_web, "readings"), {"resp_rate": "14", "nibp_sys": "142", "nibp_dia": "88"})
    said = body(last(clinic_web, "reading"))
    assert said["source"] == "manual"
    assert {one["vital"]: one["value"] for one in said["readings"]} == {
        "resp_rate": 14,
        "nibp_sys": 142,
        "nibp_dia": 88,
    }


def test_a_slip_is_asked_about_and_what_is_confirmed_is_saved(
    clinic_web: ClinicOnTheWeb, nurse: Browser
) -> None:
    fields = {"nibp_sys": "1420", "nibp_dia": "88"}
    answer = nurse.posts(path(clinic_web, "readings"), fields)
    assert answer.status_code == 422
    assert "Is it a slip?" in answer.text
    assert 'value="1420"' in answer.text
    nurse.posts(path(clinic_web, "readings"), fields | {"confirmed": "yes"})
    said = body(last(clinic_web, "reading"))
    assert said["confirmed"] is True
    assert said["readings"][0]["value"] == 1420


@pytest.mark.parametrize("nonsense", ["12O", "1 2", "--", "nan", "1e999", "14_0", "१४", "<b>", "9" * 200])
def test_nonsense_on_the_pad_is_told_at_its_field(
    clinic_web: ClinicOnTheWeb, nurse: Browser, nonsense: str
) -> None:
    answer = nurse.posts(path(clinic_web, "readings"), {"resp_rate": nonsense, "confirmed": "yes"})
    assert answer.status_code == 422
    assert 'id="wrong-resp_rate"' in answer.text


def test_undo_withdraws_it_as_a_mis_tap(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    nurse.posts(path(clinic_web, "mark"))
    ref = last(clinic_web, "mark").ref
    assert f'value="{ref}"' in nurse.sees(path(clinic_web, "panel"))
    nurse.posts(path(clinic_web, "undo"), {"ref": ref})
    assert body(last(clinic_web, "amend")) == {"v": 1, "target": ref, "withdrawn": True, "reason": "mis-tap"}
    assert f'value="{ref}"' not in nurse.sees(path(clinic_web, "panel"))


def test_after_a_minute_a_reason_is_asked_for(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    nurse.posts(path(clinic_web, "mark"))
    ref = last(clinic_web, "mark").ref
    clinic_web.hands.move(61)
    answer = nurse.posts(path(clinic_web, "undo"), {"ref": ref})
    assert answer.headers["location"].endswith(f"/entries/{ref}/withdraw?late=yes")
    assert ref not in re.findall(r'value="([^"]+)"', nurse.sees(path(clinic_web, "panel")))


def test_undo_is_for_ones_own_entries(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    nurse.posts(path(clinic_web, "mark"))
    answer = clinic_web.of(COLLEAGUE).posts(path(clinic_web, "undo"), {"ref": last(clinic_web, "mark").ref})
    assert answer.status_code == 403
    assert "withdraw it with a reason" in answer.text


@pytest.mark.parametrize("ref", ["", "x", "x:y", ":", "a:٣", "a:" + "9" * 400, "<b>:1"])
def test_an_odd_reference_is_no_record(clinic_web: ClinicOnTheWeb, nurse: Browser, ref: str) -> None:
    assert nurse.posts(path(clinic_web, "undo"), {"ref": ref}).status_code == 404


def test_nobody_enters_at_the_rooms_own_screen_alone(clinic_web: ClinicOnTheWeb) -> None:
    screen = clinic_web.on_a_rooms_screen(clinic_web.browser())
    screen.posts("/nobody")
    screen.posts(path(clinic_web, "effects"), {"term": "nausea", "severity": "mild"})
    assert last(clinic_web, "effect.report").author == "unattributed"
    other = clinic_web.on_a_rooms_screen(clinic_web.browser(), "2")
    other.posts("/nobody")
    assert other.posts(path(clinic_web, "mark")).status_code == 403
