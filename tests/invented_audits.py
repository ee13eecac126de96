"""Audits that never were, for tests: verdicts drawn at random with a fixed seed."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta

from analysis.audit import Judged
from analysis.rules import RULES, Answer, Verdict

ROOMS = ("1", "2", "3", "Garden room")
DEVICES = ("monitor", "oximeter", "pump-1")
SAID = "Rule set 0123456789abcdef, judged at 2026-11-20 10:00 UTC"


def sessions(n: int, *, per_day: float = 1.0, seed: int = 5, demo: bool = False) -> list[Judged]:
    """So many sessions from March on; some rules are kept less often than others, and later more often."""
    chance = random.Random(seed)
    begun, span = date(2025, 3, 3), max(1.0, n / per_day)
    weak = {rule: chance.choice((0.0, 0.0, 0.02, 0.1, 0.4)) for rule in RULES}
    return [
        _one(chance, i, begun + timedelta(days=int(i / per_day)), i / per_day / span, weak, demo)
        for i in range(n)
    ]


def _one(
    chance: random.Random, i: int, day: date, share: float, weak: dict[str, float], demo: bool
) -> Judged:
    answers = {}
    for rule, often in weak.items():
        drawn = chance.random()
        failed = drawn < often * (1.2 - share)
        verdict = Verdict.FAIL if failed else Verdict.PASS
        if drawn > 0.9:
            verdict = Verdict.NOT_APPLICABLE if drawn > 0.93 else Verdict.CANNOT_TELL
        answers[rule] = Answer(verdict, "invented")
    device = chance.choice(DEVICES)
    gaps = tuple((device, round(chance.lognormvariate(0.5, 1.2), 2)) for _ in range(chance.randrange(3)))
    if i % 50 == 7:
        gaps += ((device, math.nan),)
    late = tuple(round(chance.lognormvariate(3.4, 0.7), 1) for _ in range(chance.randrange(3)))
    return Judged(
        session=f"invented-{i:05d}",
        room=chance.choice(ROOMS),
        month=f"{day:%Y-%m}",
        devices=(device,),
        state="closed",
        demo=demo,
        verified=True,
        answers=answers,
        day=f"{day:%Y-%m-%d}",
        gaps=gaps,
        late=late,
    )
