"""What a rule answers, and what a rule is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.rules.cut import Cut


class Verdict(StrEnum):
    """The four answers.

    A record that the rule asks for and that is not there is a *fail*. *cannot_tell* is for what the rule
    compares with: no dose on record, no limit in the protocol, no verification.
    """

    PASS = "pass"  # noqa: S105  it is no password
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, why in one sentence, and the records (``writer:seq``) that are its evidence."""

    verdict: Verdict
    why: str
    evidence: tuple[str, ...] = ()


class Settled(Exception):
    """A rule's question is settled before its own logic: it does not apply, or what it needs is missing."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.why)
        self.answer = answer


def passed(why: str, *evidence: str) -> Answer:
    """Return that the rule is kept."""
    return Answer(Verdict.PASS, why, evidence)


def failed(why: str, *evidence: str) -> Answer:
    """Return that the rule is broken."""
    return Answer(Verdict.FAIL, why, evidence)


def told(holds: bool, why: str, *evidence: str) -> Answer:
    """Return `passed` where it *holds*, else `failed`, for the same reason."""
    return Answer(Verdict.PASS if holds else Verdict.FAIL, why, evidence)


def weighed(wrong: Sequence[str], unsure: Sequence[str], good: str, *evidence: str) -> Answer:
    """Return what several things come to: one that is *wrong* fails, whatever else can't be told."""
    if wrong:
        return Answer(Verdict.FAIL, "; ".join(wrong), evidence)
    if unsure:
        return Answer(Verdict.CANNOT_TELL, "; ".join(unsure), evidence)
    return Answer(Verdict.PASS, good, evidence)


def not_applicable(why: str, *evidence: str) -> Settled:
    """Return what to raise where the rule has nothing to judge in this session."""
    return Settled(Answer(Verdict.NOT_APPLICABLE, why, evidence))


def cannot_tell(why: str, *evidence: str) -> Settled:
    """Return what to raise where the record does not hold what the rule compares with."""
    return Settled(Answer(Verdict.CANNOT_TELL, why, evidence))


@dataclass(frozen=True, slots=True)
class Rule:
    """One QA rule.

    Attributes:
        id: ``R01`` to ``R60``.
        severity: 1 critical record, 2 major, 3 minor.
        basis: where it comes from; C confirmed, M not confirmed in the source's own text, D design.
        limits: the protocol's numbers that it compares with.
        open_too: it also judges a session that is still open.
        function: the judgement; its docstring is the rule's logic.
    """

    id: str
    title: str
    severity: int
    basis: str
    limits: tuple[str, ...]
    open_too: bool
    function: Callable[[Cut], Answer]

    @property
    def logic(self) -> str:
        """Return the rule's logic as one paragraph."""
        return re.sub(r"\s+", " ", self.function.__doc__ or "").strip()


def rule(
    id: str, title: str, severity: int, basis: str, *limits: str, open_too: bool = False
) -> Callable[[Callable[[Cut], Answer]], Rule]:
    """Make a judgement a `Rule`."""
    return lambda function: Rule(id, title, severity, basis, limits, open_too, function)
