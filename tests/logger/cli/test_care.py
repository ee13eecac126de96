"""The commands of a whole session, as a nurse types them into a ledger without users."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ledgers import Hands, desk_at, open_session

from logger.clock import wall
from logger.entering.sessions import open_ledger

DOSE = ("dose", "given", "route=IV", "given_by=n.n", "--drug", "x", "--mg", "44", "--mg-per-kg", "0.5")


@pytest.fixture
def session(database: Path) -> str:
    desk = desk_at(database, Hands(wall=wall()))
    try:
        return open_session(desk)
    finally:
        desk.close()


def said(database: Path, session: str) -> tuple[str, dict[str, object]]:
    desk = open_ledger(f"sqlite:///{database}")
    try:
        record = desk.file(session).records[-1]
    finally:
        desk.close()
    return record.kind, json.loads(record.payload)


@pytest.mark.parametrize(
    ("words", "kind", "field", "value"),
    [
        (("check", "weight", "kg=80", "how=measured"), "check.weight", "kg", 80.0),
        (("check", "consent", "given=yes", "reference=folder 3"), "check.consent", "given", True),
        (
            ("check", "identity", "identifiers=name, birth", "performed_by=n.example"),
            "check.identity",
            "identifiers",
            ["name", "birth"],
        ),
        (
            ("check", "assessment", "item=laboratory", "on=2026-09-01"),
            "course.assessment",
            "on",
            "2026-09-01",
        ),
        (("check", "factors", "liver_kidney=normal"), "course.factors", "liver_kidney", "normal"),
        (
            ("dose", "given", "route=IV", "given_by=n.example", "--drug", "ketamine", "--mg", "40"),
            "dose.given",
            "given_by",
            {"name": "n.example"},
        ),
        (("dose", "device", "number=1", "--drug", "esketamine", "--mg", "28"), "dose.device", "number", 1),
        (("enter", "notified", "whom=p.example", "about=pressure"), "notified", "about", "pressure"),
        (("effect", "nausea", "--ongoing", "call tomorrow"), "effect.ongoing", "follow_up", "call tomorrow"),
        (
            ("effect", "nausea", "--serious", "hospitalisation", "--text", "kept overnight"),
            "effect.serious",
            "criterion",
            "hospitalisation",
        ),
        (
            ("effect", "nausea", "--resolved", "--sequelae"),
            "effect.resolved",
            "outcome",
            "resolved_with_sequelae",
        ),
        (("not-treated", "--reason", "ate an hour ago"), "session.not_treated", "reason", "ate an hour ago"),
    ],
)
def test_an_entry_is_recorded_by_its_fields(command, database, session, words, kind, field, value):
    assert command(*words).complaint == ""
    found, payload = said(database, session)
    assert (found, payload[field]) == (kind, value)


def test_the_discharge_keeps_each_answer_with_its_reason(command, database, session):
    words = ("gait=yes", "nausea_minimal=no:a little", "--decided-by", "p.example", "--role", "physician")
    assert command("discharge", *words, "--no-escort", "--escort-reason", "walks").status == 0
    _, payload = said(database, session)
    assert payload["items"] == {
        "gait": {"answer": "yes"},
        "nausea_minimal": {"answer": "no", "reason": "a little"},
    }
    assert (payload["escort_present"], payload["escort_reason"]) == (False, "walks")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("check", "mood"), "say one of identity"),
        (("check", "weight", "kg=heavy", "how=stated"), "kg: Input should be a valid number"),
        (("check", "weight", "kgs=80"), "write FIELD=VALUE with one of kg, how"),
        (("check", "weight", "kg=80", "kg=81"), "given twice"),
        (("check", "consent", "given=perhaps"), "say yes or no"),
        ((*DOSE, "weight_kg=0"), "weight_kg: Input should be greater than 0"),
        ((*DOSE, "weight_kg=abc"), "weight_kg: Input should be a valid number"),
        (("enter", "mood", "text=x"), "is no kind of record"),
        (("enter", "link", "source=x", "event=lost"), "no kind that a person enters"),
        (("discharge", "gait=perhaps", "--decided-by", "x", "--role", "y"), "write ITEM=yes"),
        (("effect", "nausea", "--serious", "bad", "--text", "x"), "criterion"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(command, session, words, why):
    answer = command(*words)
    assert (answer.status, why in answer.complaint) == (2, True), answer.complaint


def test_milligrams_that_do_not_agree_are_asked_about_and_recorded(command, database, session):
    words = ("dose", "given", "route=IV", "given_by=n.example", "weight_kg=80", "--drug", "ketamine")
    answer = command(*words, "--mg", "44", "--mg-per-kg", "0.5")
    assert answer.status == 0
    assert "44.0 mg at 80 kg are 0.55 mg/kg, and 0.5 mg/kg was typed" in answer.complaint
    assert said(database, session)[1]["mg"] == 44.0


def test_a_handover_lists_the_open_effects(command, database, session):
    command("effect", "nausea", "--severity", "mild")
    answer = command("handover", "--to", "m.example")
    assert answer.out.strip().endswith("open: nausea")
    assert said(database, session)[1]["open_effects"] == ["nausea"]


def test_closing_says_what_is_not_recorded_and_closes(command, session):
    answer = command("close")
    assert answer.status == 0
    assert "not recorded in this session: identity_check, consent_on_file" in answer.complaint


def test_an_entry_made_anew_takes_the_old_ones_place(command, session):
    wrong = command("effect", "nausea", "--severity", "mild").out.strip()
    answer = command("correct", wrong, "term=nausea", "severity=severe", "--reason", "was worse")
    assert answer.status == 0, answer.complaint
    assert command("correct", "w:99", "term=x", "--reason", "y").status == 3


def test_a_mis_tap_is_withdrawn(command, database, session):
    wrong = command("mark").out.strip()
    assert command("withdraw", wrong, "--reason", "mis-tap").status == 0
    assert said(database, session)[1]["withdrawn"] is True


def test_a_sheet_of_paper_is_entered_line_by_line(command, tmp_path, session):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("at,kind,fields\n-5,note,text=on paper\n-4,vital,spo2=97\n", encoding="utf-8")
    assert len(command("copy-paper", str(sheet)).out.split()) == 2


def test_of_a_sheet_with_one_wrong_line_no_line_is_entered(command, database, tmp_path, session):
    before = said(database, session)
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("at,kind,fields\n-5,note,text=on paper\n-4,vital,nibp_sys=999\n", encoding="utf-8")
    answer = command("copy-paper", str(sheet))
    assert (answer.status, "line 3: nibp_sys=999 is outside" in answer.complaint) == (2, True)
    assert said(database, session) == before


def test_a_signature_needs_users(command, session):
    command("close")
    answer = command("sign", "--meaning", "review", "--session", "last")
    assert (answer.status, "infusionlog user add" in answer.complaint) == (3, True)
