"""The devices' checklists in docs/devices/ say what the adapters do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devices import registry

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "devices"
SAFETY = (
    "Use an isolated serial adapter, keep the PC more than 1.5 m from the patient or on a medical-grade "
    "supply, and have biomedical engineering sign (IEC 60601-1 clause 16). The program can't check this."
)
WRITTEN = sorted(file.stem for file in FOLDER.glob("*.md"))


def checklist(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text("utf-8")


def test_every_adapter_has_a_checklist_and_no_other_thing_has_one():
    assert registry.names() == WRITTEN


@pytest.mark.parametrize("name", WRITTEN)
def test_a_checklist_names_every_vital_that_is_read(name):
    read = "".join(re.findall(r"^- \[x\] .*(?:\n  .*)*", checklist(name), re.MULTILINE))
    absent = [vital for vital in registry.adapter(name).vitals if f"`{vital}`" not in read]
    assert absent == [], f"docs/devices/{name}.md: no [x] line names {', '.join(absent)}"


@pytest.mark.parametrize("name", WRITTEN)
def test_a_checklist_says_the_link_settings(name):
    assert f"`{registry.adapter(name).link}`" in checklist(name)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_checklist_says_experimental_where_the_adapter_is(name):
    assert ("experimental" in checklist(name).lower()) == registry.adapter(name).experimental


@pytest.mark.parametrize("name", WRITTEN)
def test_a_checklist_says_the_electrical_safety_sentence(name):
    assert SAFETY in checklist(name)
