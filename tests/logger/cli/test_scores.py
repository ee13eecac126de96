"""The command that records answers: what it takes, what it shows, and what it refuses with which sentence."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from ledgers import Hands, desk_at, open_session

from analysis.wording import ANSWERS_STATEMENT
from logger.clock import wall
from logger.entering.sessions import open_ledger

FORM = [f"{item}=1" for item in range(1, 10)]


@pytest.fixture
def session(database) -> str:
    desk = desk_at(database, Hands(wall=wall()))
    try:
        return open_session(desk)
    finally:
        desk.close()


def last(database: Path, session: str) -> tuple[str, dict[str, object]]:
    desk = open_ledger(f"sqlite:///{database}")
    try:
        record = desk.file(session).records[-1]
    finally:
        desk.close()
    return record.kind, json.loads(record.payload)


@pytest.mark.parametrize(
    ("words", "instrument", "version", "answers", "by"),
    [
        (("moaas", "4"), "moaas", "moaas-5", {"1": 4}, "clinician"),
        (("MOAA/S", "1=4"), "moaas", "moaas-5", {"1": 4}, "clinician"),
        (("dissociation", "yes", "--by", "clinician"), "dissociation", "yes-no", {"1": 1}, "clinician"),
        (("mpadss", "pain=2", "bleeding=-"), "padss", "mpadss", {"pain": 2, "bleeding": None}, "clinician"),
        (("rass", "1=-2"), "rass", "rass-10", {"1": -2}, "clinician"),
        (("vas", "dissociation=33.5"), "vas", "vas-100", {"dissociation": 33.5}, "patient"),
        (
            ("aldrete", "oxygen=1", "--version", "aldrete-percent"),
            "aldrete",
            "aldrete-percent",
            {"oxygen": 1},
            "clinician",
        ),
    ],
)
def test_answers_are_recorded_under_their_version(
    command, session, database, words, instrument, version, answers, by
):
    assert command("score", *words).status == 0
    kind, said = last(database, session)
    assert kind == "assessment.score"
    assert said == {
        "v": 1,
        "instrument": instrument,
        "version": version,
        "answers": answers,
        "answered_by": by,
    }


def test_a_score_has_a_time_and_a_period_of_its_own(command, session, database):
    assert command("score", "phq9", *FORM, "--at", "-1", "--state", "week 2").status == 0
    _, said = last(database, session)
    assert said["state"] == "week 2"
    assert "happened_at" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name an instrument; `infusionlog score --list` shows them"),
        (("hamd", "1=1"), "no instrument is called 'hamd'; there are aldrete, cadss"),
        (("aldrete", "oxygen=1"), "aldrete: say which version was used; there are: aldrete-mmhg"),
        (("phq9",), "phq9: give ITEM=ANSWER for what was answered, or --ask"),
        (("phq9", "3"), "phq9: 3: write ITEM=ANSWER with one of the items 1, 2"),
        (("phq9", "1=1", "1=2"), "phq9: item 1 is given twice; enter one answer"),
        (("phq9", "1=often"), "phq9 item 1: 'often' is no answer; it takes a whole number from 0 to 3"),
        (("phq9", "1=4"), "phq9 item 1: 4 is no answer; it takes a whole number from 0 to 3 (0 not at all"),
        (("phq9", "10=1"), "phq9 (phq9-en) has no item '10'; its items are 1, 2"),
        (("nrs", "pain=1"), "nrs: say who answered: --by patient or --by clinician"),
        (("madrs", "1=1", "--by", "patient"), "madrs is answered by the clinician, not by the patient"),
        (("gad7", "1=-"), "gad7: no item is answered"),
    ],
)
def test_what_can_not_be_recorded_is_refused_with_what_can(command, session, words, said):
    refused = command("score", *words)
    assert (refused.status, refused.out) == (2, "")
    assert said in refused.complaint


def test_a_corrected_score_is_looked_at_like_a_new_one(command, session, database):
    ref = command("score", "moaas", "4").out.strip()
    entry = {"instrument": "moaas", "version": "moaas-5", "answers": {"1": 9}, "answered_by": "clinician"}
    desk = open_ledger(f"sqlite:///{database}")
    try:
        with pytest.raises(Exception, match="moaas item 1: 9 is no answer"):
            desk.append(
                session, "amend", "n.example", {"target": ref, "entry": entry, "reason": "typed wrong"}
            )
    finally:
        desk.close()


def test_the_list_names_every_version_and_records_nothing(command):
    said = command("score", "--list")
    assert said.status == 0
    assert "phq9          PHQ-9: Patient Health Questionnaire, nine items; answered by patient" in said.out
    assert "--version aldrete-percent" in said.out


def test_a_form_can_be_printed_with_its_statement_and_its_text(command):
    said = command("score", "phq9", "--list").out
    assert ANSWERS_STATEMENT in said
    assert "   9  Thoughts that you would be better off dead, or of hurting yourself in some way [" in said
    assert ANSWERS_STATEMENT in command("score", "cssrs", "--list").out
    assert ANSWERS_STATEMENT not in command("score", "gad7", "--list").out


def test_lists_and_forms_are_there_as_json(command):
    listed = command("score", "--list", "--json").json
    assert {"phq9", "moaas", "padss"} <= {each["instrument"] for each in listed}
    assert command("score", "gad7", "--list", "--json").json["items"][0]["text"].startswith("Feeling nervous")


def test_a_form_is_asked_item_by_item_and_a_wrong_answer_again(command, session, database, monkeypatch):
    lines = ["1", "7", "3", "", *["not at all"] * 5, "2", "somewhat difficult"]
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    said = command("score", "phq9", "--ask")
    assert said.status == 0, said.complaint
    assert ANSWERS_STATEMENT in said.out
    assert "phq9 item 2: 7 is no answer; it takes" in said.out
    _, payload = last(database, session)
    assert payload["answers"] == {
        "1": 1, "2": 3, "3": None, "4": 0, "5": 0, "6": 0, "7": 0, "8": 0, "9": 2, "difficulty": 1,
    }  # fmt: skip


def test_items_that_depend_on_another_are_asked_where_that_is_yes(command, session, database, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\nno\nno\n"))
    assert command("score", "cssrs", "--ask").status == 0
    _, payload = last(database, session)
    assert payload["answers"] == {"1": 1, "2": 0, "6": 0}


def test_a_form_that_is_broken_off_records_nothing(command, session, database, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    refused = command("score", "phq9", "--ask")
    assert (refused.status, refused.complaint.endswith("nothing was recorded")) == (2, True)
    assert last(database, session)[0] != "assessment.score"
