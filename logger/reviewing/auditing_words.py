"""What an audit is asked for, and how it is told: as JSON, as lines for people, as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from analysis.audit import PARTS, Judged, Rate, as_csv, drawn, outcome, rates, rates_as_csv, rates_by
from analysis.rules import RULES, Answer, Verdict, rule_set
from logger.clock import moment
from logger.entering.desk import Desk
from logger.entering.sessions import choose
from logger.errors import BadEntry, NoSuchSession
from logger.kinds import AuditRun
from logger.reviewing.auditing import Run, findings, letters, recorded_run, run

Row = Mapping[str, Any]
SAID = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "FAIL",
    Verdict.NOT_APPLICABLE: "n/a",
    Verdict.CANNOT_TELL: "CAN'T TELL",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which sessions an audit is to judge: those named, else all of a span of days."""

    named: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None
    demo: bool = False
    sample: int | None = None
    seed: int | None = None
    room: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sessions to judge, and how they were drawn: *seed* is None where all were taken."""

    sessions: list[str]
    sample: tuple[str, ...]
    seed: int | None
    of: int


def choose_sessions(desk: Desk, asked: Asked, any_seed: int) -> Chosen:
    """Return the sessions that are meant.

    A demonstration is judged where it is named, or all are with ``--demo``; it counts in no rate.

    Raises:
        NoSuchSession: none is meant; it says what there is.
        BadEntry: a date is none.
    """
    status = desk.status()
    if asked.named:
        found = [choose(status.sessions, one, writing=False) for one in asked.named]
    else:
        found = [row for row in status.sessions if asked.demo or not row["demo"]]
    start, end = (_day(text) for text in (asked.start, asked.end))
    found = [
        row
        for row in found
        if (start is None or _opened(row) >= start)
        and (end is None or _opened(row) <= end)
        and asked.room in (None, row["room"])
    ]
    names = list(dict.fromkeys(str(row["id"]) for row in found))
    if not names:
        demos = sum(bool(row["demo"]) for row in status.sessions)
        more = f"; {counted(demos, 'demonstration')} here: name it, or give --demo" if demos else ""
        raise NoSuchSession(f"there is no session to audit; nothing was judged{more}")
    if asked.sample is None:
        return Chosen(names, (), None, len(names))
    seed = any_seed if asked.seed is None else asked.seed
    sample = drawn(names, asked.sample, seed)
    return Chosen(list(sample), sample, seed, len(names))


@dataclass
class Report:
    """An audit as it is told; *ref* is the run's own record, None while it has none."""

    run: Run
    chosen: Chosen
    desk: Desk
    appointments: Path | None = None
    ref: str | None = None

    def __post_init__(self) -> None:
        self.findings = findings(self.desk)
        self.never_logged = [] if self.appointments is None else _never_logged(self.appointments, self.desk)

    @cached_property
    def rates(self) -> tuple[Rate, ...]:
        """The rate of every rule."""
        return rates(self.run.judged)

    @property
    def failed(self) -> bool:
        """Whether any rule failed in any session."""
        return any(a.verdict is Verdict.FAIL for one in self.run.judged for a in one.answers.values())

    @property
    def csv(self) -> str:
        """The matrix, one line a session and rule."""
        said = {key: f"{one.disposition}: {one.reason}" for key, (_, one) in self.findings.items()}
        return as_csv(self.run.judged, said)

    @property
    def rates_csv(self) -> str:
        """The rates, of all sessions and of each month, room and device."""
        return rates_as_csv(self.run.judged)

    @property
    def made_by(self) -> str:
        """By which rules it judged, when, and whether that is on record."""
        record = f"on record as {self.ref}" if self.ref else "not on record"
        return f"rule set {rule_set()[:16]}, judged at {self.run.at:%Y-%m-%d %H:%M:%S} UTC, {record}"

    def _listed(self) -> dict[str, Any]:
        """Return the sessions that a reader of rates has to know of."""
        return {
            "open": [one.session for one in self.run.judged if one.state == "open"],
            "not_closed": [one.session for one in self.run.judged if one.state == "ended"],
            "unverified": [one.session for one in self.run.judged if not one.verified],
            "demo": [one.session for one in self.run.judged if one.demo],
            "left_out": dict(self.run.left_out),
            "never_logged": self.never_logged,
        }

    def as_json(self, by: str | None = None) -> dict[str, Any]:
        """Return the audit in the form of the contract, and more."""
        answer: dict[str, Any] = {
            "rule_set": rule_set(),
            "judged_at": self.run.at.isoformat(),
            "run": self.ref,
            "outcome": outcome(self.run.judged),
            "sessions": [self._session(one) for one in self.run.judged],
            "rates": [_rate(one) for one in self.rates],
            "denominator": sum(not one.demo for one in self.run.judged),
            "sample": {"size": len(self.chosen.sample), "of": self.chosen.of, "seed": self.chosen.seed}
            if self.chosen.seed is not None
            else None,
            **self._listed(),
        }
        if by:
            answer["by"] = {name: [_rate(one) for one in found] for name, found in self._parted(by).items()}
        return answer

    def _session(self, one: Judged) -> dict[str, Any]:
        return {
            "session": one.session,
            "room": one.room,
            "state": one.state,
            "demo": one.demo,
            "rules": [
                {
                    "rule": rule,
                    "title": RULES[rule].title,
                    "severity": RULES[rule].severity,
                    "verdict": str(answer.verdict),
                    "evidence": list(answer.evidence),
                    "why": answer.why,
                    "disposition": self._disposition(one.session, rule),
                }
                for rule, answer in one.answers.items()
            ],
        }

    def _disposition(self, session: str, rule: str) -> dict[str, Any] | None:
        if (session, rule) not in self.findings:
            return None
        record, said = self.findings[session, rule]
        return {
            "disposition": said.disposition,
            "reason": said.reason,
            "author": record.author,
            "at": moment(record.at).isoformat(),
            "ref": record.ref,
        }

    def _parted(self, by: str) -> dict[str, tuple[Rate, ...]]:
        if by not in PARTS:
            raise BadEntry(f"--by {by}: say one of {', '.join(PARTS)}")
        return rates_by(self.run.judged, by)

    def lines(self, *, every: bool = False, by: str | None = None) -> Iterator[str]:
        """Yield the audit as a person reads it: the gravest first, then the rates with their denominators."""
        for one in self.run.judged:
            yield from self._told(one, every)
        yield from self._told_rates(by)
        for what, found in self._listed().items():
            if found:
                told = (
                    ", ".join(f"{k}: {v}" for k, v in found.items())
                    if isinstance(found, dict)
                    else ", ".join(found)
                )
                yield f"{what.replace('_', ' ')}: {told}"
        if self.chosen.seed is not None:
            yield f"sample: {len(self.chosen.sample)} of {self.chosen.of} sessions, seed {self.chosen.seed}"
        yield self.made_by

    def _told(self, one: Judged, every: bool) -> Iterator[str]:
        demo = "  DEMO: counts nowhere" if one.demo else ""
        yield f"{one.session}  room {one.room}  {one.month}  {one.state}{demo}"
        shown = [
            (RULES[rule].severity, answer.verdict is not Verdict.FAIL, rule, answer)
            for rule, answer in one.answers.items()
            if every or answer.verdict in (Verdict.FAIL, Verdict.CANNOT_TELL)
        ]
        for severity, _, rule, answer in sorted(shown, key=lambda each: each[:3]):
            yield from self._told_answer(one.session, rule, severity, answer)
        counts = {verdict: sum(a.verdict is verdict for a in one.answers.values()) for verdict in Verdict}
        yield "  " + ", ".join(f"{n} {SAID[verdict]}" for verdict, n in counts.items())
        yield ""

    def _told_answer(self, session: str, rule: str, severity: int, answer: Answer) -> Iterator[str]:
        shown = " ".join(answer.evidence[:3]) + (
            f" +{len(answer.evidence) - 3}" if len(answer.evidence) > 3 else ""
        )
        records = f"  [{shown}]" if answer.evidence else ""
        yield f"  {rule}  {severity}  {SAID[answer.verdict]:<10}  {RULES[rule].title}: {answer.why}{records}"
        if (session, rule) in self.findings:
            record, said = self.findings[session, rule]
            yield f"{'':21}{said.disposition} by {record.author}: {said.reason}"

    def _told_rates(self, by: str | None) -> Iterator[str]:
        real = sum(not one.demo for one in self.run.judged)
        demos = counted(len(self.run.judged) - real, "demonstration")
        yield f"rates over {counted(real, 'session')}; {demos} in no denominator"
        for one in self.rates if real else ():
            yield f"  {one.rule}  {RULES[one.rule].severity}  {RULES[one.rule].title:<42}  {one}"
        for name, found in self._parted(by).items() if by else ():
            yield f"{by} {name}"
            for one in found:
                if one.failed:
                    yield f"  {one.rule}  {RULES[one.rule].severity}  {RULES[one.rule].title:<42}  {one}"
        yield ""


def repeated(desk: Desk, ref: str) -> tuple[dict[str, Any], list[str]]:
    """Run an earlier audit again as everything stood then; return whether it comes to the same, and words."""
    said = recorded_run(desk, ref)
    assert said.judged_at is not None  # noqa: S101  recorded_run has looked
    again = run(desk, said.sessions, said.judged_at, said.sessions)
    now, same_rules = outcome(again.judged), said.rule_set == rule_set()
    answer = {
        "run": ref,
        "same": now == said.outcome,
        "same_rules": same_rules,
        "outcome": now,
        "was": said.outcome,
        "left_out": dict(again.left_out),
    }
    changed = dict(_changed(again, said))
    answer["changed"] = changed
    rules = "the same rules" if same_rules else f"other rules ({rule_set()[:16]}, then {said.rule_set[:16]})"
    lines = [f"{ref}: {'the same outcome' if answer['same'] else 'ANOTHER OUTCOME'}, by {rules}"]
    for one in rates(again.judged):
        counts = {k: v for k, v in _rate(one).items() if k != "rule"}
        if said.rates.get(one.rule) != counts:
            lines.append(f"  {one.rule}: {counts}, then {said.rates.get(one.rule)}")
    lines += [f"  {session}: {', '.join(what)}" for session, what in changed.items()]
    lines += [f"  {session} is left out: {why}" for session, why in again.left_out.items()]
    return answer, lines


def _changed(again: Run, said: AuditRun) -> Iterator[tuple[str, list[str]]]:
    """Yield each session whose verdicts are others than then, with its rules."""
    words = {verdict.value[0]: SAID[verdict] for verdict in Verdict}
    for one in again.judged:
        then = said.verdicts.get(one.session, "")
        found = [
            f"{rule} {words[now]}, then {words[was]}"
            for rule, now, was in zip(RULES, letters(one), then, strict=False)
            if now != was
        ]
        if found:
            yield one.session, found


def counted(n: int, what: str) -> str:
    """Return a number of things in words: ``1 session``, ``8 sessions``."""
    return f"{n} {what}{'' if n == 1 else 's'}"


def _rate(one: Rate) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "pass": one.passed,
        "fail": one.failed,
        "not_applicable": one.not_applicable,
        "cannot_tell": one.cannot_tell,
    }


def _never_logged(path: Path, desk: Desk) -> list[str]:
    """Return the appointments of a CSV file that no session was opened for."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise NoSuchSession(f"{path}: can't be read ({error.strerror or error})") from error
    if rows and not {"room", "date", "patient"} <= rows[0].keys():
        raise BadEntry(f"{path}: an appointment list has the columns room,date,patient")
    logged = {(row["room"], str(_opened(row)), row["patient"]) for row in desk.status().sessions}
    wanted = [(row["room"].strip(), str(_day(row["date"].strip())), row["patient"].strip()) for row in rows]
    return [
        f"room {room} {day} {patient}" for room, day, patient in wanted if (room, day, patient) not in logged
    ]


def _opened(row: Row) -> date:
    return moment(row["opened_at"]).astimezone(ZoneInfo(row["zone"])).date()


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise BadEntry(f"{text} is no date; write it as 2026-11-30") from error
