"""Every form of entries: what is filled in becomes its record, and whatever is pasted gets a sentence."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from clinic import COLLEAGUE, NURSE, PHYSICIAN, password
from web_clinic import Browser, ClinicOnTheWeb

from analysis.wording import ANSWERS_STATEMENT
from logger.ledger.models import Written
from logger.web.entry_words import GROUPS

KINDS = [kind for _, group in GROUPS for kind in group]
FILLED: dict[str, dict[str, Any]] = {
    "check.identity": {"identifiers": ["name", "birth"], "performed_by": NURSE, "dosing_confirmed": "yes"},
    "check.consent": {"given": "yes", "reference": "binder 3"},
    "check.weight": {"kg": "72,5", "how": "measured", "measured_on": "2026-09-20"},
    "check.escort": {"arranged": "no", "reason": "taxi"},
    "check.intake": {"last_food": "2026-09-21T08:00"},
    "check.medication": dict.fromkeys(
        ("benzodiazepine", "sedative_hypnotic", "opioid", "psychostimulant", "maoi"), "no"
    ),
    "check.room": dict.fromkeys(("oxygen", "suction", "airway", "defibrillator", "oximeter"), "yes"),
    "staff.present": {"person": COLLEAGUE, "role": "registered_nurse", "responsible": "yes"},
    "staff.left": {"person": COLLEAGUE},
    "course.assessment": {"item": "history", "on": "2026-09-01"},
    "course.factors": {"liver_kidney": "as usual"},
    "infusion.start": {"drug": "ketamine", "mg": "40", "ml_h": "60"},
    "infusion.rate": {"ml_h": "50"},
    "infusion.pause": {"reason": "line"},
    "infusion.end": {},
    "dose.ordered": {"drug": "ketamine", "route": "IV", "mg": "40", "ordered_by": PHYSICIAN},
    "dose.drawn": {"drug": "ketamine", "mg": "50", "lot": "L1", "expiry": "2027-01-31"},
    "dose.given": {"drug": "ketamine", "route": "IV", "mg": "40", "given_by": NURSE},
    "dose.device": {"number": "1", "drug": "esketamine", "mg": "28"},
    "dose.injection": {"drug": "ketamine", "mg": "40"},
    "dose.swallowed": {"drug": "ketamine", "mg": "40"},
    "dose.vomited": {"dose_seen": "no"},
    "dose.wasted": {
        "drug": "ketamine",
        "mg": "10",
        "method": "sink",
        "wasted_by": NURSE,
        "witness": COLLEAGUE,
    },
    "dose.returned": {"drug": "ketamine", "mg": "10", "returned_by": NURSE},
    "note": {"text": "feels warm"},
    "intervention": {"what": "oxygen 2 L", "why": "asked for", "given_by": NURSE},
    "medication": {
        "drug": "ondansetron",
        "amount": "4 mg",
        "route": "IV",
        "why": "nausea",
        "ordered_by": PHYSICIAN,
        "given_by": NURSE,
    },
    "notified": {"whom": PHYSICIAN, "about": "nausea"},
    "effect.serious": {"term": "nausea", "criterion": "hospitalisation", "description": "kept overnight"},
    "effect.ongoing": {"term": "nausea", "follow_up": "call tomorrow"},
    "gap.reason": {"start": "2026-09-21T14:05", "end": "2026-09-21T14:06", "reason": "cable"},
    "downtime": {"start": "2026-09-21T14:05", "end": "2026-09-21T14:06", "reason": "power"},
    "followup": {"reached": "yes", "how": "telephone", "text": "well"},
    "rems.submitted": {"submitted_at": "2026-09-21T14:10"},
}
ODD = [
    "x" * 10_000,
    "‏مرحبا بكم‎",
    "<script>alert(1)</script>",
    "'; DROP TABLE record; --",
    "\u0000\u0007",
    "१२३",
    "1e400",
    "-1",
    "2026-13-45T99:99",
    "😀" * 200,
    "{{ 7*7 }}",
    " ",
]


@pytest.fixture
def nurse(clinic_web: ClinicOnTheWeb) -> Browser:
    browser: Browser = clinic_web.of(NURSE)
    return browser


def path(clinic_web: ClinicOnTheWeb, rest: str) -> str:
    return f"/sessions/{clinic_web.session}/{rest}"


def last(clinic_web: ClinicOnTheWeb, kind: str) -> Written:
    found: list[Written] = [record for record in clinic_web.records() if record.kind == kind]
    return found[-1]


def body(record: Written) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(record.payload)
    return said


def fields_in(page: str) -> list[str]:
    shown = re.sub(r'<input type="hidden"[^>]*>', "", page)
    return list(dict.fromkeys(re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', shown)))


@pytest.mark.parametrize("kind", KINDS)
def test_each_form_makes_its_record(clinic_web: ClinicOnTheWeb, nurse: Browser, kind: str) -> None:
    assert "Save as DEMO n.nurse · 1, INVENTED-1" in nurse.sees(path(clinic_web, f"enter/{kind}"))
    answer = nurse.posts(path(clinic_web, f"enter/{kind}"), FILLED[kind])
    assert answer.status_code == 303, html.unescape(answer.text)
    record = last(clinic_web, kind)
    assert record.author == NURSE
    said = body(record)
    for name, value in FILLED[kind].items():
        assert name in said, f"{name}: {value}"


def test_nothing_is_filled_in_before_somebody_types(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    for kind in KINDS:
        page = nurse.sees(path(clinic_web, f"enter/{kind}")).partition("<main")[2]
        for name in fields_in(page):
            given = re.findall(rf'<input[^>]* name="{re.escape(name)}"[^>]*>', page)
            if name not in ("at", "at_clock"):
                assert not any(" checked" in one for one in given), f"{kind} {name}"
                assert all(
                    'type="radio"' in one
                    or 'type="checkbox"' in one
                    or 'value=""' in one
                    or "value=" not in one
                    for one in given
                ), f"{kind} {name}"


@pytest.mark.parametrize(
    "page",
    [*(f"enter/{kind}" for kind in KINDS), "effects", "readings", "due", "scores/phq9", "scores/vas",
     "scores/nrs", "handover", "discharge", "not-treated", "exclude", "devices"],
)  # fmt: skip
def test_whatever_is_pasted_gets_a_sentence(clinic_web: ClinicOnTheWeb, nurse: Browser, page: str) -> None:
    names, token = fields_in(nurse.sees(path(clinic_web, page)).partition("<main")[2]), nurse.token()
    filled: Mapping[str, Any] = FILLED.get(page.removeprefix("enter/"), {})
    tried = [dict.fromkeys(names, odd) for odd in ODD] + [{**filled, name: ODD[0]} for name in names]
    for fields in tried:
        answer = nurse.client.post(
            path(clinic_web, page), data={"csrf": token, **fields}, follow_redirects=False
        )
        assert answer.status_code in (303, 403, 413, 422, 429, 503), f"{answer.status_code}"
        assert "<script>alert" not in answer.text
        if answer.status_code == 422:
            assert 'role="alert"' in answer.text


def test_a_note_that_is_too_long_is_kept_and_told(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    answer = nurse.posts(path(clinic_web, "enter/note"), {"text": "warm " * 2048})
    assert answer.status_code == 422
    assert "At most 4000 characters; this has 10239" in answer.text
    assert "warm " * 2047 in answer.text


def test_a_weight_that_is_no_number_is_told_at_its_field(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    answer = nurse.posts(path(clinic_web, "enter/check.weight"), {"kg": "seventy", "how": "stated"})
    assert 'id="wrong-kg">Write a number' in answer.text
    assert 'value="seventy"' in answer.text
    assert re.search(r'value="stated" checked', answer.text)


def test_one_form_sent_twice_is_one_record(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    for _ in range(2):
        nurse.posts(path(clinic_web, "enter/note"), {"text": "warm", "key": "one-form-of-it"})
    assert sum(record.kind == "note" for record in clinic_web.records()) == 1
    answer = nurse.posts(path(clinic_web, "enter/note"), {"text": "cold", "key": "one-form-of-it"})
    assert answer.status_code == 409
    assert "was saved before" in answer.text


def test_a_second_person_with_a_pin_is_authenticated(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    fields = FILLED["dose.wasted"] | {"pin.witness": password(COLLEAGUE)}
    nurse.posts(path(clinic_web, "enter/dose.wasted"), fields)
    assert body(last(clinic_web, "dose.wasted"))["witness"] == {"name": COLLEAGUE, "authenticated": True}


def test_a_wrong_pin_of_a_second_person_is_told(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    fields = FILLED["dose.wasted"] | {"pin.witness": "1111"}
    answer = nurse.posts(path(clinic_web, "enter/dose.wasted"), fields)
    assert answer.status_code == 422
    assert "not the password of m.nurse" in answer.text
    assert "1111" not in answer.text


def test_milligrams_that_do_not_fit_are_asked_about(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    fields = FILLED["dose.given"] | {"mg_per_kg": "0.5", "weight_kg": "60"}
    answer = nurse.posts(path(clinic_web, "enter/dose.given"), fields)
    assert answer.status_code == 422
    assert "Is that meant?" in answer.text
    nurse.posts(path(clinic_web, "enter/dose.given"), fields | {"confirmed": "yes"})
    assert body(last(clinic_web, "dose.given"))["mg_per_kg"] == 0.5


def test_a_score_keeps_its_answers_and_what_was_not_answered(
    clinic_web: ClinicOnTheWeb, nurse: Browser
) -> None:
    assert ANSWERS_STATEMENT in nurse.sees(path(clinic_web, "scores/phq9"))
    assert ANSWERS_STATEMENT in nurse.sees(path(clinic_web, "scores/cssrs"))
    nurse.posts(path(clinic_web, "scores/phq9"), {"version": "phq9-en", "item.1": "2", "item.9": "0"})
    said = body(last(clinic_web, "assessment.score"))
    assert (said["answers"]["1"], said["answers"]["9"], said["answers"]["2"]) == (2, 0, None)
    assert said["answered_by"] == "patient"


def test_an_unknown_instrument_or_kind_has_no_page(clinic_web: ClinicOnTheWeb, nurse: Browser) -> None:
    for unknown in ("scores/nothing", "scores/phq9?version=x", "enter/sign", "enter/access", "enter/x"):
        assert nurse.gets(path(clinic_web, unknown)).status_code == 404, unknown
