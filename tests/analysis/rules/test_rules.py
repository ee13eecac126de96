"""Each rule at its boundaries: a session that passes, one that fails by one unit, and the two others."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from judged_sessions import Case, kept, nasal

from analysis.rules import RULES, Verdict, judge

FOLDER = Path(__file__).resolve().parents[2] / "rule_cases"
CASES: list[Case] = [
    case
    for path in sorted(FOLDER.glob("*.py"))
    for case in importlib.import_module(f"rule_cases.{path.stem}").CASES
]
NEVER = {
    ("R14", "not_applicable"): "every session has a patient",
    ("R38", "not_applicable"): "every session is somebody's",
    ("R43", "not_applicable"): "every session is signed, one without a dose too",
    ("R44", "not_applicable"): "every session is reviewed, one without a dose too",
    ("R46", "not_applicable"): "every session has a chain",
    ("R47", "not_applicable"): "every session runs under a protocol",
    ("R58", "not_applicable"): "every session has heads",
}
"""Verdicts that a rule can't give, and why."""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_at_its_boundary(case: Case):
    answer = case.made().answer(case.rule)
    assert answer.verdict == case.verdict, answer.why
    assert answer.why


def test_every_rule_has_its_four_cases():
    given = {(case.rule, str(case.verdict)) for case in CASES}
    asked = {(rule, str(verdict)) for rule in RULES for verdict in Verdict} - set(NEVER)
    assert sorted(asked - given) == []
    assert sorted(given & set(NEVER)) == []


def test_a_session_that_keeps_every_rule_fails_none():
    for made in (kept(), nasal()):
        answers = judge(made.session(), made.context)
        assert {id: a.why for id, a in answers.items() if a.verdict in ("fail", "cannot_tell")} == {}


def test_there_are_sixty_rules():
    assert list(RULES) == [f"R{number:02}" for number in range(1, 61)]


def test_a_demo_state_is_shown_by_its_records():
    answer = kept().has(demo=True, demo_records=("b2:7", "b2:8")).answer("R53")
    assert answer.evidence == ("b2:7", "b2:8")
    assert "in 2 records" in answer.why
