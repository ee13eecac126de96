"""Writes docs/trace.md from docs/trace.toml: which tests hold which requirement."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TABLE, PAGE = ROOT / "docs" / "trace.toml", ROOT / "docs" / "trace.md"


def parts() -> list[dict[str, Any]]:
    return list(tomllib.loads(TABLE.read_text(encoding="utf-8"))["part"])


def requirements() -> Iterator[dict[str, Any]]:
    for part in parts():
        yield from part["requirement"]


def test_names(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def page() -> str:
    lines = [
        "# What holds what",
        "",
        "Each requirement with the tests that fail if it is broken, or who holds it where no test can. Made",
        "from `docs/trace.toml` by `python tests/trace_of_requirements.py`.",
    ]
    for part in parts():
        lines += ["", f"## {part['title']}", "", "| | it says | held by |", "|---|---|---|"]
        lines += [f"| {one['id']} | {one['says']} | {_holders(one)} |" for one in part["requirement"]]
    return "\n".join(lines) + "\n"


def _holders(one: dict[str, Any]) -> str:
    if "held_by" in one:
        return str(one["held_by"])
    return "<br>".join(f"`{test}`" for test in one["tests"])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
