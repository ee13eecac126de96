"""Signing in, and what a browser is told that has not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from clinic import ADMIN, NURSE, QUICK, password
from ledgers import Hands, desk_at
from web_clinic import Browser, ClinicOnTheWeb, TestClient

from logger.people import accounts
from logger.settings import Settings
from logger.web.app import application
from logger.web.clinic import Clinic


def test_a_nurse_signs_in_and_begins_at_the_rooms(clinic_web: ClinicOnTheWeb) -> None:
    browser = clinic_web.browser()
    answer = browser.posts("/sign-in", {"name": NURSE, "password": password(NURSE), "next": "/about"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/about")
    assert f"DEMO {NURSE}" in browser.sees("/about")


def test_a_stranger_is_sent_to_sign_in_and_comes_back(clinic_web: ClinicOnTheWeb) -> None:
    answer = clinic_web.browser().gets("/screen?from=here")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/screen%3Ffrom%3Dhere")


@pytest.mark.parametrize("name", [NURSE, "nobody.known"])
def test_who_guesses_is_not_told_what_was_wrong(clinic_web: ClinicOnTheWeb, name: str) -> None:
    answer = clinic_web.browser().signs_in(name, "a wrong one")
    assert answer.status_code == 403
    assert "do not belong together" in answer.text
    assert "a wrong one" not in answer.text


def test_a_user_who_is_locked_out_is_told_so(clinic_web: ClinicOnTheWeb) -> None:
    browser = clinic_web.browser()
    answers = [browser.signs_in(NURSE, "wrong") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {403}
    last = browser.signs_in(NURSE)
    assert last.status_code == 429
    assert "locked out for some minutes" in last.text


def test_an_address_that_guesses_names_has_to_wait(clinic_web: ClinicOnTheWeb) -> None:
    browser = clinic_web.browser()
    for number in range(20):
        browser.signs_in(f"guessed{number}", "wrong")
    assert browser.signs_in(ADMIN).status_code == 429
    clinic_web.seconds.now += 301
    assert browser.signs_in(ADMIN).status_code == 303


@pytest.mark.parametrize("path", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere"])
def test_signing_in_leads_nowhere_else(clinic_web: ClinicOnTheWeb, path: str) -> None:
    fields = {"name": NURSE, "password": password(NURSE), "next": path}
    assert clinic_web.browser().posts("/sign-in", fields).headers["location"] == "/"


def test_the_cookie_is_another_one_after_signing_in(clinic_web: ClinicOnTheWeb) -> None:
    browser = clinic_web.browser()
    browser.token()
    before = browser.client.cookies["visit"]
    answer = browser.signs_in(NURSE)
    assert browser.client.cookies["visit"] != before
    assert "HttpOnly; SameSite=Strict" in answer.headers["set-cookie"]


def test_after_signing_out_back_shows_nothing(clinic_web: ClinicOnTheWeb) -> None:
    browser = clinic_web.of(NURSE)
    assert browser.gets("/screen").headers["cache-control"] == "no-store"
    browser.posts("/sign-out")
    assert browser.gets("/screen").headers["location"].startswith("/sign-in")


def test_a_form_without_its_token_is_kept_and_not_saved(clinic_web: ClinicOnTheWeb) -> None:
    browser = clinic_web.of(NURSE)
    answer = browser.client.post("/screen", data={"csrf": "another", "room": "1"})
    assert answer.status_code == 412
    assert "Nothing was saved yet" in answer.text
    assert 'name="room" value="1"' in answer.text
    assert "screen" not in browser.client.cookies


def test_a_form_from_another_site_is_refused(clinic_web: ClinicOnTheWeb) -> None:
    browser = clinic_web.of(NURSE)
    answer = browser.posts("/screen", {"room": "1"}, headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    assert (
        browser.posts("/screen", {"room": "1"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    )


def test_a_first_password_has_to_be_changed_before_anything_else(clinic_web: ClinicOnTheWeb) -> None:
    said = {"user": "new.nurse", "full_name": "DEMO New", "role": "nurse"}
    secrets = clinic_web.secrets(ADMIN) | {"": "first password"}
    clinic_web.desk.append("system", "user.added", ADMIN, said, secrets)
    browser = clinic_web.browser()
    assert browser.signs_in("new.nurse", "first password").headers["location"] == "/password"
    assert browser.gets("/screen").headers["location"] == "/password"
    fields = {"password": "first password", "new_password": "my own password"}
    browser.posts("/password", fields | {"new_password_again": "my own password"})
    assert browser.gets("/screen").status_code == 200


def test_signing_in_and_out_stand_in_the_access_log(clinic_web: ClinicOnTheWeb) -> None:
    clinic_web.of(NURSE).posts("/sign-out")
    said = [record for record in clinic_web.records("system") if record.author == NURSE]
    assert [record.payload for record in said if record.kind == "access"][-2:] == [
        '{"event":"signed_in","user":"n.nurse","v":1}',
        '{"event":"signed_out","user":"n.nurse","v":1}',
    ]


def test_what_was_typed_when_the_visit_ended_is_saved_after_signing_in_again(
    clinic_web: ClinicOnTheWeb,
) -> None:
    browser = clinic_web.of(NURSE)
    clinic_web.seconds.now += 31 * 60
    answer = browser.posts("/screen", {"room": "7", "author": NURSE})
    assert answer.status_code == 401
    assert 'name="room" value="7"' in answer.text
    browser.signs_in(NURSE)
    again = browser.client.post("/screen", data={"csrf": "of before", "room": "7"})
    assert again.status_code == 412
    assert f"Save as DEMO {NURSE}" in again.text


def test_who_left_is_signed_out_at_once(clinic_web: ClinicOnTheWeb) -> None:
    browser = clinic_web.of(NURSE)
    assert browser.gets("/screen").status_code == 200
    said = {"user": NURSE, "active": False, "reason": "moved to another clinic"}
    clinic_web.web.enter(clinic_web.web.users()[0], "system", "user.changed", said)
    assert browser.gets("/screen").headers["location"].startswith("/sign-in")


def test_the_first_administrator_is_made_with_the_code_of_the_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_clinic(tmp_path, monkeypatch, first_code="AAAA-BBBB-CCCC") as browser:
        assert browser.gets("/").headers["location"] == "/first-day"
        assert browser.gets("/sign-in").headers["location"] == "/first-day"
        fields = {"name": "a.first", "full_name": "DEMO First", "new_password": "a long password"}
        fields |= {"new_password_again": "a long password"}
        wrong = browser.posts("/first-day", fields | {"code": "AAAA-BBBB-DDDD"})
        assert "not the code" in wrong.text
        assert "a long password" not in wrong.text
        assert browser.posts("/first-day", fields | {"code": "aaaa-bbbb-cccc"}).status_code == 303
        assert "DEMO First" in browser.sees("/about")
        again = browser.posts("/first-day", fields | {"code": "AAAA-BBBB-CCCC", "name": "a.second"})
        assert again.headers["location"] == "/sign-in"


@contextmanager
def new_clinic(folder: Path, monkeypatch: pytest.MonkeyPatch, first_code: str) -> Iterator[Browser]:
    """Give a browser on the pages of a ledger without users."""
    monkeypatch.setattr(accounts, "_hash", QUICK.hash)
    clinic = Clinic(desk_at(folder / "new.db", Hands()), Settings(zone="UTC"))
    try:
        app = application(clinic, first_code=first_code)
        yield Browser(TestClient(app, base_url="http://127.0.0.1"))
    finally:
        clinic.close()
