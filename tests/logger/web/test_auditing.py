"""QA's pages: an audit from the form to the evidence, and what is decided about it."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest
from web_clinic import NURSE, ClinicOnTheWeb, clinic_on_the_web

from logger.ledger.finding import of_kind
from logger.web.audits import Audits


class Here(Executor):
    """Does everything at once, in this process."""

    def submit(self, work: Any, /, *said: Any, **more: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*said, **more))
        except Exception as error:
            done.set_exception(error)
        return done


@pytest.fixture
def judging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("logger.reviewing.audit_files._draw", lambda *_: None)
    with clinic_on_the_web(tmp_path, monkeypatch, workers=Here) as made:
        yield made


def waited(_: ClinicOnTheWeb) -> None:
    for thread in threading.enumerate():
        if thread.name == "audit":
            thread.join(timeout=60)


def judged(clinic: ClinicOnTheWeb, **fields: str) -> str:
    """Judge what a form asks for; return the reference of the run's record."""
    assert clinic.of("qa").posts("/audit", {"sessions": clinic.session, **fields}).status_code == 303
    waited(clinic)
    audits: Audits = clinic.app.state.audits
    assert audits.wrong == ""
    return run_of(clinic)


def run_of(clinic: ClinicOnTheWeb) -> str:
    return of_kind(clinic.desk.store, "system", "audit.run")[-1].ref


def a_rule(clinic: ClinicOnTheWeb, run: str) -> dict[str, Any]:
    shown = clinic.app.state.audits.shown(run)
    return dict(next(one for one in shown["sessions"][0]["rules"] if one["evidence"]))


def test_an_audit_is_on_record_and_shows_only_what_failed_or_cant_be_told(judging: ClinicOnTheWeb) -> None:
    run = judged(judging)
    page = judging.of("qa").sees(f"/audit/{run}")
    assert "Severity 1 first" in page
    verdicts = {one["verdict"] for one in judging.app.state.audits.shown(run)["sessions"][0]["rules"]}
    assert verdicts <= {"fail", "cannot_tell"}
    assert run in judging.of("qa").sees("/audit")


def test_a_verdict_leads_to_its_record_in_one_click(judging: ClinicOnTheWeb) -> None:
    run = judged(judging)
    said = a_rule(judging, run)
    link = f"/sessions/{judging.session}/records/{said['evidence'][0]}"
    assert link in judging.of("qa").sees(f"/audit/{run}/{said['rule']}")
    assert "Its digest follows" in judging.of("qa").sees(link)


def test_a_decision_stands_beside_the_verdict(judging: ClinicOnTheWeb) -> None:
    run = judged(judging)
    rule = a_rule(judging, run)["rule"]
    fields = {
        "session": judging.session,
        "disposition": "accepted",
        "reason": "seen on paper",
        "key": "a-form-of-its-own",
    }
    answer = judging.of("qa").posts(f"/audit/{run}/{rule}", fields)
    assert answer.status_code == 303, answer.text[answer.text.find("wrong") :][:300]
    page = judging.of("qa").sees(f"/audit/{run}/{rule}")
    assert "seen on paper" in page
    assert "accepted" in page


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [("sample", "many", "The sample is a whole number"), ("sample", "0", "1 session or more")],
)
def test_nonsense_in_the_form_is_said_so(judging: ClinicOnTheWeb, field: str, typed: str, said: str) -> None:
    answer = judging.of("qa").posts("/audit", {field: typed})
    assert answer.status_code == 422
    assert said in answer.text


def test_an_audit_of_nothing_says_why(judging: ClinicOnTheWeb) -> None:
    judging.of("qa").posts("/audit", {"room": "no such room"})
    waited(judging)
    assert "There is no session to audit" in judging.of("qa").sees("/audit")


def test_tables_are_there_to_take_away(judging: ClinicOnTheWeb) -> None:
    run = judged(judging)
    assert "R01" in judging.of("qa").sees(f"/audit/{run}/files/audit.csv")
    assert judging.of("qa").gets(f"/audit/{run}/files/record.json").status_code == 404


def test_the_access_log_is_filtered_and_taken_away(judging: ClinicOnTheWeb) -> None:
    judging.of("nurse")
    page = judging.of("qa").sees(f"/access?user={NURSE}")
    assert "signed in" in page
    assert "signed_in" in judging.of("qa").sees(f"/access.csv?user={NURSE}")
    assert judging.of("qa").gets("/access?from=soon").status_code == 422
