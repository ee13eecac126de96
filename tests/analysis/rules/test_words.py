"""The rules as the documentation tells them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from analysis.rules import RULES
from analysis.rules.words import as_table

ROOT = Path(__file__).resolve().parents[3]
REMAKE = "remake it: python -c 'from analysis.rules.words import as_table; print(as_table())'"


def test_the_document_tells_the_rules_as_they_are():
    text = (ROOT / "docs" / "rules.md").read_text("utf-8")
    assert text.endswith(as_table()), REMAKE


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_limit_stands_in_the_draft_protocol(rule):
    draft = tomllib.loads((ROOT / "config" / "protocols" / "draft.toml").read_text("utf-8"))
    for limit in rule.limits:
        if limit.startswith(("qa.", "quality.", "metrics.")):
            here = draft
            for name in limit.split("."):
                assert name in here, limit
                here = here[name]


def test_a_rule_has_a_title_a_severity_a_basis_and_its_logic():
    assert all(
        rule.title and rule.severity in (1, 2, 3) and rule.basis and rule.logic for rule in RULES.values()
    )
