"""The rules in words: the table of docs/rules.md, which a test holds to the rules themselves."""

from __future__ import annotations

from analysis.rules import RULES

SEVERITIES = {1: "critical record", 2: "major", 3: "minor"}


def as_table() -> str:
    """Return every rule as a Markdown table, its logic from its own docstring."""
    lines = ["| rule | title | logic | limits | severity | basis |", "|---|---|---|---|---|---|"]
    for each in RULES.values():
        limits = ", ".join(f"`{limit}`" for limit in each.limits) or "none"
        logic = each.logic.replace("``", "`").replace("|", "\\|")
        severity = f"{each.severity} {SEVERITIES[each.severity]}"
        lines.append(f"| {each.id} | {each.title} | {logic} | {limits} | {severity} | {each.basis} |")
    return "\n".join(lines) + "\n"
