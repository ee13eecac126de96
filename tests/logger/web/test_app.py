"""What every answer has, and what is said of what can't be had."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from clinic import NURSE
from fastapi import APIRouter
from web_clinic import ClinicOnTheWeb, clinic_on_the_web

from logger.web.app import check_guards, page_modules
from logger.web.headers import HEADERS
from logger.web.rendering import STATIC, static_url


def test_every_answer_has_the_headers(clinic_web: ClinicOnTheWeb) -> None:
    for path in ("/about", "/nowhere", "/sign-in"):
        answer = clinic_web.browser().gets(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_no_page_holds_a_script_or_a_style_within(clinic_web: ClinicOnTheWeb) -> None:
    for path in ("/about", "/sign-in", "/screen", "/password"):
        text = clinic_web.of(NURSE).sees(path)
        assert re.findall(r"<style|style=|\son\w+=|javascript:|<script(?![^>]*src=)", text) == []


def test_nothing_is_loaded_from_elsewhere() -> None:
    files = [*STATIC.iterdir(), *(STATIC.parent / "templates").rglob("*.html")]
    found = [
        path.name for path in files if re.search(r"(src|href|url|import)\W+https?:", path.read_text("utf-8"))
    ]
    assert found == []


def test_the_scripts_stay_small() -> None:
    base = ("app.js", "ages.js", "locking.js", "unsaved.js")
    assert sum(len((STATIC / name).read_text("utf-8").splitlines()) for name in base) < 300


def test_a_static_file_keeps_for_ever_under_its_digest(clinic_web: ClinicOnTheWeb) -> None:
    answer = clinic_web.browser().gets(static_url("style.css"))
    assert "immutable" in answer.headers["cache-control"]
    assert clinic_web.browser().gets("/static/000000000000/style.css").status_code == 404


@pytest.mark.parametrize("name", ["..%2Fapp.py", "%2e%2e/app.py", "app.py", "x\x00.css"])
def test_no_other_file_is_given_away(clinic_web: ClinicOnTheWeb, name: str) -> None:
    path = static_url("style.css").replace("style.css", name.replace("\x00", "%00"))
    assert clinic_web.browser().gets(path).status_code == 404


def test_a_page_without_a_guard_is_not_served() -> None:
    router = APIRouter()

    @router.get("/open")
    def unguarded() -> str:
        return ""

    with pytest.raises(LookupError, match="/open needs one guard, has 0"):
        check_guards(SimpleNamespace(__name__="pages", router=router))  # type: ignore[arg-type]


def test_every_module_of_pages_is_taken_up() -> None:
    assert {"home", "signing_in"} <= {module.__name__.rpartition(".")[2] for module in page_modules()}


def test_a_page_that_is_not_there_says_so_in_a_sentence(clinic_web: ClinicOnTheWeb) -> None:
    answer = clinic_web.of(NURSE).gets("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_a_script_is_answered_in_json(clinic_web: ClinicOnTheWeb) -> None:
    answer = clinic_web.browser().gets("/screen", headers={"accept": "application/json"})
    assert (answer.status_code, list(answer.json())) == (401, ["error"])


def test_a_form_that_is_too_large_is_refused(clinic_web: ClinicOnTheWeb) -> None:
    answer = clinic_web.of(NURSE).posts("/screen", {"room": "1" * 300_000})
    assert answer.status_code == 413
    assert "too much for one form" in answer.text


@pytest.mark.parametrize("room", ["<script>alert(1)</script>", "\u202egnidael", "'; DROP TABLE record; --"])
def test_pasted_nonsense_is_shown_as_text(clinic_web: ClinicOnTheWeb, room: str) -> None:
    answer = clinic_web.of(NURSE).posts("/screen", {"csrf": "stale", "room": room})
    assert "<script>alert" not in answer.text
    assert answer.status_code == 412


def test_a_fault_of_the_program_gets_a_sentence_and_names_nobody(
    clinic_web: ClinicOnTheWeb, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("DEMO, Patient 1970-01-01")

    browser = clinic_web.of(NURSE)
    monkeypatch.setattr(clinic_web.web, "saw", broken)
    answer = browser.posts("/screen", {"room": "1"})
    assert answer.status_code == 500
    assert "Something unexpected went wrong" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    told = capsys.readouterr().err
    assert "RuntimeError in" in told
    assert "DEMO, Patient" not in told


def test_a_server_for_one_machine_answers_to_its_own_names_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clinic_on_the_web(tmp_path, monkeypatch, hosts=("localhost", "127.0.0.1", "[::1]")) as made:
        assert made.browser().gets("/about", headers={"host": "127.0.0.1:8420"}).status_code == 200
        assert made.browser().gets("/about", headers={"host": "[::1]:8420"}).status_code == 200
        assert made.browser().gets("/about", headers={"host": "rebound.example"}).status_code == 421


def test_behind_tls_the_cookie_travels_by_tls_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with clinic_on_the_web(tmp_path, monkeypatch, secure=True) as made:
        cookie = made.browser().gets("/about").headers["set-cookie"]
        assert cookie.startswith("__Host-visit=")
        assert cookie.endswith("; Path=/; HttpOnly; SameSite=Strict; Secure")
