"""Courses that never were, for tests: invented sessions on other days, and what can be odd about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import invented_care
import invented_sessions as invented
import pandas as pd
from invented_sessions import event, score

from analysis.session import Session

COURSE_ID = "INVENTED-1"


def moved(made: Session, days: float, number: str, phase: str = "Induction", **more: Any) -> Session:
    """Return *made* as it would be so many days later, under its own id."""
    shift = timedelta(days=days)

    def restated(payload: dict[str, Any]) -> dict[str, Any]:
        ready = payload.get("ready_at")
        return payload if ready is None else payload | {"ready_at": (pd.Timestamp(ready) + shift).isoformat()}

    def later(rows: pd.DataFrame) -> pd.DataFrame:
        times = [name for name, dtype in rows.dtypes.items() if str(dtype).startswith("datetime64[us, UTC")]
        return rows.assign(**{str(name): rows[name] + shift for name in times})

    ended, closed = (None if at is None else at + shift for at in (made.ended_at, made.closed_at))
    return replace(
        made,
        id=f"{made.id[:-4]}{round(days):04d}",
        opened_at=made.opened_at + shift,
        ended_at=ended,
        closed_at=closed,
        readings=later(made.readings),
        events=later(made.events.assign(payload=made.events["payload"].map(restated))),
        gaps=later(made.gaps),
        course=phase,
        number=number,
        **more,
    )


def phq9(total: int | None, *, minute: float = -12, **more: Any) -> dict[str, Any]:
    """A PHQ-9 with that total; None: an item was left out."""
    answers: dict[str, float | None] = {
        str(i): min(3, max(0, (total if total is not None else 9) - 3 * (9 - i))) for i in range(1, 10)
    }
    if total is None:
        answers["4"] = None
    return score(minute, "phq9", 73, answers | {"difficulty": 1}, **more)


def visit(
    total: int | None,
    *,
    every: float = 10,
    effect: tuple[float, float] = (18, 12),
    mg: float = 40.0,
    extra: list[dict[str, Any]] | None = None,
    course: str = COURSE_ID,
    **more: Any,
) -> Session:
    """A treated session without seconds, its cuff read every so many minutes."""
    rows: list[dict[str, Any]] = []
    for i in range(int(116 / every)):
        minute = i * every + 1
        share = invented.pressor(minute)
        rows += invented.cuff(
            minute, round(122 + effect[0] * share + i % 3), round(76 + effect[1] * share), 100 + i
        )
    rows += invented.cuff(-8, 122, 76, 90) + invented.cuff(-3, 122, 78, 91)
    events = [
        event(-17, "session.open", 50, course={"id": course, "phase": "induction", "number": 1}),
        event(-14, "check.weight", 61, kg=80.0, how="measured"),
        event(0, "infusion.start", 1, drug="ketamine", mg=mg),
        event(40, "infusion.end", 2),
        event(41, "dose.given", 65, drug="ketamine", route="IV", mg=mg),
        event(30, "effect.none", 66),
        *([] if total is None else [phq9(total)]),
        *(extra or []),
    ]
    return invented.session(rows, events, ended_at=invented.at(118), **more)


def nasal(total: int) -> Session:
    """Two nasal devices, no pressure later than 30 minutes."""
    devices = [event(5 * i, "dose.device", 3 + i, number=i + 1, drug="esketamine", mg=28.0) for i in range(2)]
    rows = [*invented.cycles(last=30)]
    events = [*devices, phq9(total), event(60, "effect.report", 9, term="sedation", severity="moderate")]
    return invented.session(rows, events, protocol_id="esketamine_nasal")


def one() -> list[Session]:
    """A course that has only begun."""
    return [invented_care.cared_for()]


def odd() -> list[Session]:
    """Nine sessions, of which most are odd in one way."""
    aborted = invented_care.not_treated()
    many = [
        event(
            10 + i, "effect.report", 200 + i, term=f"term {i}", severity=("mild", "moderate", "severe")[i % 3]
        )
        for i in range(14)
    ]
    rebound = event(20, "session.patient", 80, course={"id": COURSE_ID, "phase": "induction", "number": 6})
    return [
        moved(visit(19, every=5), 0, "1 of 6"),
        moved(aborted, 3, "2 of 6"),
        moved(visit(None, effect=(140, 60)), 4, "2 of 6"),
        moved(visit(None, extra=[phq9(None)]), 7, "3 of 6"),
        moved(visit(9, extra=many), 10, "4 of 6"),
        moved(invented.no_pressure(), 14, "5 of 6"),
        moved(visit(7, extra=[rebound]), 17, "6 of 6"),
        moved(nasal(8), 31, "1", "Maintenance"),
        moved(invented.nearly_empty(), 45, "", ""),
    ]


def long() -> list[Session]:
    """Twenty-four sessions over two years, the first six as induction."""
    induction = [
        moved(visit(20 - 2 * i, every=5 if i < 2 else 10), 3.5 * i, f"{i + 1} of 6") for i in range(6)
    ]
    rest = [
        moved(visit(9 - i % 5, effect=(10 + 3 * (i % 7), 8 + i % 5)), 30 + 35 * i, f"{i + 1}", "Maintenance")
        for i in range(18)
    ]
    return [*induction, *rest]


def named_at_length() -> list[Session]:
    """A name of sixty letters in three scripts, and more banners than a line holds."""
    loud = tuple(f"Not checked at this site: invented-monitor-{i}" for i in range(6))
    made = invented.long_name()
    return [moved(made, 0, "1 of 6", banners=loud), moved(made, 4, "2 of 6")]


EVERY = (one, odd, long, named_at_length)
"""All invented courses, to be tested and to be looked at."""
