"""The physician's review: one session after the other, each signed as it was displayed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from clinic import NURSE, PHYSICIAN, password
from reviewing import ends, page_of
from web_clinic import Browser, ClinicOnTheWeb, clinic_on_the_web

from logger.entering.signing import policy_digest
from logger.people.accounts import NEW

PIN = "4711"


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClinicOnTheWeb]:
    """A clinic whose pages are drawn in this process, with a session that has ended."""
    with clinic_on_the_web(tmp_path, monkeypatch, workers=partial(ThreadPoolExecutor, 1)) as made:
        made.accepts_policy(PHYSICIAN)
        ends(made)
        yield made


def test_a_session_waits_until_it_is_signed(clinic: ClinicOnTheWeb) -> None:
    browser = clinic.of("physician")
    assert "1 session to review" in browser.sees("/review")
    answer = signs(clinic, browser)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/review")
    assert "Nothing waits" in browser.sees("/review")
    assert signatures(clinic) == [("review", "DEMO p.physician")]


def test_an_amendment_after_the_signature_has_it_wait_again(clinic: ClinicOnTheWeb) -> None:
    browser = clinic.of("physician")
    signs(clinic, browser)
    clinic.says(NURSE, "note", text="written later")
    assert "amended after signature" in browser.sees("/review")


def test_what_was_not_displayed_is_not_signed(clinic: ClinicOnTheWeb) -> None:
    browser = clinic.of("physician")
    answer = browser.posts(f"/sessions/{clinic.session}/review", form("") | {"of": "guessed"})
    assert answer.status_code == 403
    assert "has not been on your screen" in answer.text
    assert signatures(clinic) == []


def test_what_was_added_since_is_told_and_shown_before_it_is_signed(clinic: ClinicOnTheWeb) -> None:
    browser = clinic.of("physician")
    page = page_of(clinic, browser)
    clinic.says(NURSE, "note", text="written while it was read")
    answer = browser.posts(f"/sessions/{clinic.session}/review", form(page))
    assert answer.status_code == 409
    assert "added since" in answer.text
    assert signatures(clinic) == []
    assert signs(clinic, browser).status_code == 303


def test_another_person_at_the_same_screen_has_to_read_it_too(clinic: ClinicOnTheWeb) -> None:
    clinic.adds("r.physician", "physician")
    clinic.accepts_policy("r.physician")
    browser = clinic.of("physician")
    page = page_of(clinic, browser)
    browser.posts("/switch", {"name": "r.physician", "password": password("r.physician")})
    answer = browser.posts(f"/sessions/{clinic.session}/review", form(page, password("r.physician")))
    assert "has not been on your screen" in answer.text


def test_a_password_first_and_a_pin_after_it_in_one_period(clinic: ClinicOnTheWeb) -> None:
    clinic.desk.append(
        "system",
        "user.secret",
        PHYSICIAN,
        {"user": PHYSICIAN, "what": "pin"},
        {PHYSICIAN: password(PHYSICIAN), NEW: PIN},
    )
    others = [clinic.opens(room, f"INVENTED-{room}") for room in ("2", "3")]
    for other in others:
        clinic.hands.move(60)
        ends(clinic, other)
    browser = clinic.of("physician")
    assert signs(clinic, browser, secret=PIN).status_code == 403
    first = signs(clinic, browser)
    assert first.headers["location"].startswith(f"/sessions/{others[0]}?queue=1")
    assert signs(clinic, browser, others[0], secret=PIN).status_code == 303
    clinic.seconds.now += 6 * 60  # the screen locks: the period ends
    browser.posts("/switch", {"name": PHYSICIAN, "password": PIN})
    assert signs(clinic, browser, others[1], secret=PIN).status_code == 403
    assert signatures(clinic, others[1]) == []


def test_the_policy_is_read_and_accepted_with_the_first_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clinic_on_the_web(tmp_path, monkeypatch, workers=partial(ThreadPoolExecutor, 1)) as clinic:
        ends(clinic)
        browser = clinic.of("physician")
        refused = signs(clinic, browser)
        assert refused.status_code == 403
        assert "Signature policy" in refused.text
        assert signs(clinic, browser, accept=policy_digest()).status_code == 303
        assert "Signature policy" not in page_of(clinic, browser)


def test_what_is_not_recorded_needs_a_reason(clinic: ClinicOnTheWeb) -> None:
    browser = clinic.of("physician")
    assert "Not recorded:" in page_of(clinic, browser)
    refused = signs(clinic, browser, reason="")
    assert refused.status_code == 403
    assert "Not recorded" in refused.text
    assert signatures(clinic) == []


def test_two_taps_on_the_button_are_one_signature(clinic: ClinicOnTheWeb) -> None:
    browser = clinic.of("physician")
    fields = form(page_of(clinic, browser))
    for _ in range(2):
        assert browser.posts(f"/sessions/{clinic.session}/review", fields).status_code == 303
    assert len(signatures(clinic)) == 1


def test_who_entered_does_not_review(clinic: ClinicOnTheWeb) -> None:
    clinic.says(PHYSICIAN, "effect.none")
    refused = signs(clinic, clinic.of("physician"))
    assert refused.status_code == 403
    assert "another physician reviews" in refused.text


@pytest.mark.parametrize(
    ("query", "waits"),
    [("room=1", True), ("room=9", False), ("state=amended", False), ("until=2026-09-20", False),
     ("from=2026-09-21&until=2026-09-21", True), ("protocol=other", False)],
)  # fmt: skip
def test_filters(clinic: ClinicOnTheWeb, query: str, waits: bool) -> None:
    assert ("1 session to review" in clinic.of("physician").sees(f"/review?{query}")) == waits


@pytest.mark.parametrize("query", ["from=yesterday", "page=0", "page=x", "state=any", "until=9999-12-31"])
def test_a_filter_that_is_none_is_said_so(clinic: ClinicOnTheWeb, query: str) -> None:
    answer = clinic.of("physician").gets(f"/review?{query}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def signs(
    clinic: ClinicOnTheWeb, browser: Browser, session: str | None = None, secret: str = "", **more: str
) -> Any:
    """Read a session's page and sign it."""
    page = page_of(clinic, browser, session)
    return browser.posts(f"/sessions/{session or clinic.session}/review", form(page, secret) | more)


def form(page: str, secret: str = "") -> dict[str, str]:
    found = re.search(r'name="of" value="(\w+)"', page)
    said = {"password": secret or password(PHYSICIAN), "reason": "an invented session"}
    return said | {"of": found[1] if found else ""}


def signatures(clinic: ClinicOnTheWeb, session: str | None = None) -> list[tuple[str, str]]:
    said = [json.loads(one.payload) for one in clinic.records(session) if one.kind == "sign"]
    return [(one["meaning"], one["name"]) for one in said]
