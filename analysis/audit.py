"""An audit: the answers of all rules about many sessions, and how often each rule was kept.

A rate is passes of passes and fails; sessions to which a rule does not apply, and those of which it can't be
told, stand apart and are never in the denominator. Demonstrations are in no denominator at all.
"""

from __future__ import annotations

import csv
import hashlib
import io
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from analysis.rules import RULES, Answer, Context, Verdict, judge
from analysis.session import Session

COLUMNS = (
    "session", "month", "room", "devices", "state", "demo", "rule", "title", "severity", "verdict", "why",
    "evidence", "disposition",
)  # fmt: skip
RATE_COLUMNS = (
    "by", "of", "rule", "title", "severity", "pass", "fail", "denominator", "not_applicable", "cannot_tell",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """One session and what every rule says of it.

    Attributes:
        month: of the opening, as ``2026-11``, in the clinic's zone.
        devices: the sources of its automatic readings.
        demo: it was opened as a demonstration; a real session with demo data counts, and fails R53.
        verified: its last verification found it whole, up to the heads that it has now.
        answers: by the rule's number.
        day: of the opening, as ``2026-11-23``, in the clinic's zone.
        gaps: of each stretch in which a device was not heard, the device and the minutes; one that is still
            open has no length, NaN.
        late: by how many minutes each late entry was late, as its protocol calls late.
    """

    session: str
    room: str
    month: str
    devices: tuple[str, ...]
    state: str
    demo: bool
    verified: bool
    answers: Mapping[str, Answer]
    day: str = ""
    gaps: tuple[tuple[str, float], ...] = ()
    late: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a rule was kept, by the number of sessions of each verdict."""

    rule: str
    passed: int
    failed: int
    not_applicable: int
    cannot_tell: int

    @property
    def denominator(self) -> int:
        """The sessions that the rule could judge."""
        return self.passed + self.failed

    def __str__(self) -> str:
        """Return the rate in words: ``37 of 40 kept (3 not applicable, 1 can't tell)``."""
        apart = f"{self.not_applicable} not applicable, {self.cannot_tell} can't tell"
        return f"{self.passed} of {self.denominator} kept ({apart})"


def audit(session: Session, context: Context) -> Judged:
    """Return what every rule says of one session."""
    opened = session.opened_at.astimezone(ZoneInfo(session.zone))
    answers = judge(session, context)
    sources = session.readings["source"].unique() if len(session.readings) else ()
    return Judged(
        session=session.id,
        room=session.room,
        month=f"{opened:%Y-%m}",
        devices=tuple(sorted(source for source in sources if source != "manual")),
        state=session.state,
        demo=_is_demonstration(session),
        verified=answers["R46"].verdict is Verdict.PASS,
        answers=answers,
        day=f"{opened:%Y-%m-%d}",
        gaps=_gaps(session),
        late=_late(session),
    )


def _gaps(session: Session) -> tuple[tuple[str, float], ...]:
    minutes = (session.gaps["end"] - session.gaps["start"]).dt.total_seconds() / 60
    return tuple(zip(session.gaps["source"].to_list(), minutes.to_list(), strict=True))


def _late(session: Session) -> tuple[float, ...]:
    """Return the minutes by which each record was late, once a record however many values it holds."""
    found: dict[tuple[str, int], float] = {}
    for table in (session.readings, session.events):
        rows = table[table["late_by_s"].notna()]
        found |= {
            (writer, seq): late / 60
            for writer, seq, late in zip(rows["writer"], rows["seq"], rows["late_by_s"], strict=True)
        }
    return tuple(found.values())


def _is_demonstration(session: Session) -> bool:
    kinds = zip(session.events["kind"], session.events["payload"], strict=True)
    return any(payload.get("demo") for kind, payload in kinds if kind == "session.open")


def rates(judged: Iterable[Judged]) -> tuple[Rate, ...]:
    """Return the rate of every rule over the sessions that are no demonstrations."""
    real = [one.answers for one in judged if not one.demo]
    counts = {rule: [answers[rule].verdict for answers in real] for rule in RULES}
    return tuple(Rate(rule, *(found.count(verdict) for verdict in Verdict)) for rule, found in counts.items())


PARTS: Mapping[str, Callable[[Judged], Sequence[str]]] = {
    "month": lambda one: (one.month,),
    "room": lambda one: (one.room,),
    "device": lambda one: one.devices or ("none",),
}
"""By what an audit can be parted; a session with two devices counts under both."""


def rates_by(judged: Iterable[Judged], part: str) -> dict[str, tuple[Rate, ...]]:
    """Return the rates of each month, room or device (`PARTS`)."""
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        for name in PARTS[part](one):
            groups.setdefault(name, []).append(one)
    return {name: rates(groups[name]) for name in sorted(groups)}


def outcome(judged: Iterable[Judged]) -> str:
    """Return the SHA-256 over every verdict: two audits that say the same of the same have the same."""
    lines = sorted(
        f"{one.session} {rule} {answer.verdict}" for one in judged for rule, answer in one.answers.items()
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def drawn(sessions: Iterable[str], size: int, seed: int) -> tuple[str, ...]:
    """Return *size* of *sessions* at random (all, where there are no more); the same seed draws the same."""
    known = sorted(sessions)
    return tuple(sorted(random.Random(seed).sample(known, min(size, len(known)))))  # noqa: S311  repeatable


def as_csv(judged: Iterable[Judged], dispositions: Mapping[tuple[str, str], str]) -> str:
    """Return one line a session and rule; *dispositions* by (session, rule)."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for one in judged:
        about = [one.session, one.month, one.room, " ".join(one.devices), one.state, int(one.demo)]
        for rule, answer in one.answers.items():
            known = RULES[rule]
            said = [answer.verdict, answer.why, " ".join(answer.evidence)]
            lines.writerow(
                [*about, rule, known.title, known.severity, *said, dispositions.get((one.session, rule), "")]
            )
    return text.getvalue()


def rates_as_csv(judged: Sequence[Judged]) -> str:
    """Return one line a rule for all sessions together, and for each month, room and device."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(RATE_COLUMNS)
    parted = {("all", ""): rates(judged)}
    parted |= {(part, name): found for part in PARTS for name, found in rates_by(judged, part).items()}
    for (part, name), found in parted.items():
        for one in found:
            known = RULES[one.rule]
            counts = [one.passed, one.failed, one.denominator, one.not_applicable, one.cannot_tell]
            lines.writerow([part, name, one.rule, known.title, known.severity, *counts])
    return text.getvalue()
