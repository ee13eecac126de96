"""Signing in, and what a browser is told that has not."""

from __future__ import annotations

import pytest
from clinic import ADMIN, NURSE, password
from web_clinic import ClinicOnTheWeb


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
