"""What the documents say holds: the README's commands, options and devices are the program's own."""

from __future__ import annotations

import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer

import dev
from analysis.wording import CHART_STATEMENT
from devices import registry
from devices.addresses import LINE
from logger.entering.opening import Opening, open_or_resume
from logger.entering.sessions import open_ledger
from logger.settings import find_protocol

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
STATEMENTS = (
    "RECORDING AID, NOT AN ALARM. Watch the patient and the bedside monitor. Values may be late, missing or "
    "wrong. No advice on dose, treatment or discharge.",
    CHART_STATEMENT,
    "Use an isolated serial adapter, keep the PC more than 1.5 m from the patient or on a medical-grade "
    "supply, and have biomedical engineering sign (IEC 60601-1 clause 16). The program can't check this.",
)


def test_the_first_two_blocks_set_everything_up_and_run() -> None:
    assert blocks(README)[:2] == ["python3 dev.py demo", "python3 dev.py test"]


def test_the_two_commands_stand_on_the_first_screen() -> None:
    assert README[: README.index("python3 dev.py test")].count("\n") < 20


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_statement_has_one_wording(statement: str) -> None:
    assert statement in README


def test_every_setting_of_a_line_is_told_with_its_values() -> None:
    lines = (ROOT / "docs" / "lines.md").read_text("utf-8")
    assert [f"| `{key}` | {', '.join(LINE[key])} |" in lines for key in LINE] == [True] * len(LINE)


def test_every_command_has_its_place_in_the_readme() -> None:
    absent = set(commands()) - {words[1] for words in examples()}
    assert absent == set(), f"README.md shows no example of: {', '.join(sorted(absent))}"


def test_the_readme_names_no_command_that_is_not_there() -> None:
    unknown = {words[1] for words in examples()} - set(commands())
    assert unknown == set(), f"README.md names commands that infusionlog lacks: {', '.join(sorted(unknown))}"


def test_the_readme_names_no_option_that_is_not_there() -> None:
    used = [(words[1], word) for words in examples() for word in words[2:] if word.startswith("--")]
    wrong = [f"{name} {option}" for name, option in used if option not in options(commands()[name])]
    assert wrong == [], f"README.md uses options that infusionlog lacks: {', '.join(wrong)}"


def test_the_readme_lists_the_devices_that_there_are() -> None:
    section = README.split("## Devices")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)) == registry.names()


def test_the_readme_says_which_devices_are_experimental() -> None:
    lines = {name: line for line in README.splitlines() for name in re.findall(r"^\| `(\w+)`", line)}
    said = {name for name, line in lines.items() if "experimental" in line}
    assert said == {name for name, adapter in registry.adapters().items() if adapter.experimental}


def test_the_contributor_is_told_of_no_task_that_is_not_there() -> None:
    told = set(re.findall(r"dev\.py (\w+)", (ROOT / "CONTRIBUTING.md").read_text("utf-8")))
    assert told - set(dev.TASKS) == set()


def test_the_changelog_keeps_a_place_for_what_comes_next() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == "[Unreleased]"


def test_decisions_are_numbered_without_a_gap_and_whole() -> None:
    _, *sections = re.split(r"^## ", (ROOT / "DECISIONS.md").read_text("utf-8"), flags=re.MULTILINE)
    assert [int(section.split(".")[0]) for section in sections] == list(range(1, len(sections) + 1))
    parts = ("*Context.*", "*Decision.*", "*Consequence.*", "*Not taken.*")
    assert [
        section.splitlines()[0] for section in sections if any(part not in section for part in parts)
    ] == []


def test_the_documented_check_of_a_ledger_prints_its_heads(ledger: Path) -> None:
    (head,) = run_the_documented_check(ledger).stdout.splitlines()
    assert head.split()[2:] == ["2", last_digest(ledger)]


def test_the_documented_check_finds_an_altered_record(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as database:
        database.execute("UPDATE record SET author = 'DEMO, Another' WHERE seq = 1")
        database.commit()
    assert "1 is not as it was written" in run_the_documented_check(ledger).stderr


def run_the_documented_check(ledger: Path) -> subprocess.CompletedProcess[str]:
    """Run the program that docs/ledger.md shows."""
    (program,) = blocks((ROOT / "docs" / "ledger.md").read_text("utf-8"))
    return subprocess.run(
        [sys.executable, "-c", program, ledger], capture_output=True, text=True, check=False
    )


def last_digest(ledger: Path) -> str:
    """Return the digest of the newest record."""
    with closing(sqlite3.connect(ledger)) as database:
        return str(database.execute("SELECT digest FROM record ORDER BY seq DESC").fetchone()[0])


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger of one session that was opened, and closed again by its owner."""
    path = tmp_path / "ledger.db"
    desk = open_ledger(f"sqlite:///{path}", create=True)
    protocol = find_protocol("iv_ketamine_40min")
    open_or_resume(desk, Opening("1", "DEMO-1", protocol, ZoneInfo("UTC"), "DEMO, Example"))
    desk.close()
    return path


def blocks(text: str) -> list[str]:
    """Return the fenced blocks of a document, without their fences."""
    return [block.strip() for block in re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]


def examples() -> list[list[str]]:
    """Return the words of every infusionlog command in the README's fenced blocks."""
    lines = [line for block in blocks(README) for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("infusionlog ")]


def commands() -> dict[str, Any]:
    """Return the command line's commands by their name."""
    from logger.cli import program

    group: Any = typer.main.get_command(program())
    return {name: command for name, command in group.commands.items() if not command.hidden}


def options(command: Any) -> set[str]:
    """Return the options that a command and its own commands take."""
    taken = {form for option in command.params for form in (*option.opts, *option.secondary_opts)}
    return taken.union({"--help"}, *(options(one) for one in getattr(command, "commands", {}).values()))
