"""The QA rules R01 to R60: `judge` gives each one's answer about one session.

A rule is one function of a session that was cut once (`analysis/rules/cut.py`) and of what is known beside
it (`analysis/rules/context.py`). Its docstring is its logic; its limits are the session's own protocol's.
"""

from __future__ import annotations

import gc
import hashlib
from functools import cache
from pathlib import Path

from analysis.rules import (
    coverage,
    devices,
    dose,
    effects,
    entries,
    leaving,
    monitoring,
    people,
    reactions,
    readings,
    records,
)
from analysis.rules.context import Context
from analysis.rules.cut import Cut
from analysis.rules.verdict import Answer, Rule, Settled, Verdict
from analysis.session import Session

__all__ = ["RULES", "Answer", "Context", "Cut", "Rule", "Settled", "Verdict", "judge", "rule_set"]

_MODULES = (
    monitoring,
    coverage,
    reactions,
    leaving,
    dose,
    effects,
    entries,
    devices,
    readings,
    people,
    records,
)

RULES: dict[str, Rule] = {
    each.id: each
    for each in sorted(
        (value for module in _MODULES for value in vars(module).values() if isinstance(value, Rule)),
        key=lambda each: each.id,
    )
}
"""Every rule by its number."""


def judge(session: Session, context: Context) -> dict[str, Answer]:
    """Return the answer of every rule about a session, by the rule's number.

    Of a session that is still open, rules that need its whole record can't tell.
    """
    cut, was = Cut(session, context), gc.isenabled()
    gc.disable()  # thousands of small values without a cycle: walking them costs a seventh of the time
    try:
        return {each.id: _answer(each, cut) for each in RULES.values()}
    finally:
        if was:
            gc.enable()


def _answer(each: Rule, cut: Cut) -> Answer:
    if cut.session.state == "open" and not each.open_too:
        return Answer(Verdict.CANNOT_TELL, "the session is still open: its record is not whole yet")
    try:
        return each.function(cut)
    except Settled as settled:
        return settled.answer


@cache
def rule_set() -> str:
    """Return the SHA-256 over the sources of all rules: the same digest, the same rules."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for source in sorted(folder.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()
