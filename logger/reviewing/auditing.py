"""Runs the QA rules over sessions of a ledger: gathers what stands beside each, judges, keeps the run.

A run says what it ran over: every session's heads, the digest of the rules, the time it judged at. With them
it can be run again: each session is judged by its records up to those heads, and by what the streams beside
it held at that time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar

from analysis.audit import Judged, audit, outcome, rates
from analysis.rules import RULES, rule_set
from analysis.rules.context import (
    Approval,
    Context,
    Neighbour,
    PatientScore,
    Registered,
    RoomCheck,
    User,
    Verification,
)
from devices.errors import InfusionlogError
from logger import kinds
from logger.clock import microseconds, moment
from logger.entering.desk import Desk, SessionFile
from logger.entering.ending import ending
from logger.entering.standing import standing
from logger.errors import BadEntry, NoSuchRecord
from logger.ledger.models import Written
from logger.reviewing.frames import build

T = TypeVar("T")
Row = Mapping[str, Any]
Heads = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Run:
    """What an audit came to.

    Attributes:
        at: the time it judged at.
        heads: of every session, those it was judged up to.
        left_out: sessions that could not be judged, and why.
    """

    at: datetime
    judged: tuple[Judged, ...]
    heads: Mapping[str, tuple[str, ...]]
    left_out: Mapping[str, str]

    def record(self, sample: Sequence[str], seed: int | None, signed_as: str | None) -> dict[str, Any]:
        """Return the payload of the run's own record."""
        counted = rates(self.judged)
        return {
            "sessions": {session: list(heads) for session, heads in self.heads.items()},
            "rule_set": rule_set(),
            "rates": {
                one.rule: {
                    "pass": one.passed,
                    "fail": one.failed,
                    "not_applicable": one.not_applicable,
                    "cannot_tell": one.cannot_tell,
                }
                for one in counted
            },
            "left_out": dict(self.left_out),
            "sample": list(sample),
            "seed": seed,
            "signed_as": signed_as,
            "judged_at": self.at.isoformat(),
            "outcome": outcome(self.judged),
            "verdicts": {one.session: letters(one) for one in self.judged},
        }


UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What a record brings about whose payload is not as its kind says."""


def letters(one: Judged) -> str:
    """Return a session's verdicts as one letter each, p, f, n or c, in the order of the rules."""
    return "".join(one.answers[rule].verdict.value[0] for rule in RULES)


@dataclass(frozen=True, slots=True)
class Facts:
    """What other sessions have to know of one."""

    devices: frozenset[str]
    scores: tuple[tuple[datetime, kinds.Score, str], ...]


class Beside:
    """What a ledger holds beside each session, up to a moment."""

    def __init__(self, desk: Desk, at: datetime) -> None:
        self._desk, self._at = desk, at
        self._rooms: dict[str, list[Written]] = {}
        self._facts: dict[str, Facts] = {}

    def _stream(self, name: str) -> list[Written]:
        return [one for one in self._desk.file(name).records if one.at <= microseconds(self._at)]

    @cached_property
    def system(self) -> list[tuple[Written, dict[str, Any]]]:
        """The records of the stream ``system``, with their payloads."""
        return [(one, json.loads(one.payload)) for one in self._stream(kinds.SYSTEM)]

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of all sessions that had been opened."""
        return [row for row in self._desk.status().sessions if row["opened_at"] <= microseconds(self._at)]

    @cached_property
    def users(self) -> dict[str, User] | None:
        """Everybody who might ever sign in, None where there is nobody."""
        found: dict[str, User] = {}
        for record, body in self.system:
            name, when = str(body.get("user")), moment(record.at)
            if record.kind == "user.added":
                found[name] = User(name, body["role"], ((when, None),))
            elif record.kind == "user.changed" and name in found:
                found[name] = _changed(found[name], body, when)
        return found or None

    @cached_property
    def approvals(self) -> dict[str, Approval]:
        """The approvals of protocols, by their digest; the first one of each counts."""
        found: dict[str, Approval] = {}
        for record, body in self.system:
            if record.kind == "protocol.approved":
                when = datetime.fromisoformat(body["approved_at"])
                found.setdefault(body["digest"], Approval(body["approved_by"], when, record.ref))
        return found

    def verification(self, session: str, *, outside: bool = False) -> Verification | None:
        """Return the last verification of a session; *outside*: against a checkpoint kept elsewhere."""
        for record, body in reversed(self.system):
            if record.kind != "verified" or (outside and not body.get("checkpoint")):
                continue
            if session in body["sessions"]:
                heads = frozenset(body["sessions"][session])
                broken = body.get("broken", {}).get(session, "")
                return Verification(moment(record.at), heads, broken, record.ref)
        return None

    def context(self, row: Row) -> Context:
        """Return what a rule may know beside the session of *row*."""
        room = self._room(row["room"])
        register = [
            Registered(
                body["adapter"],
                body["model"],
                body["serial"],
                body.get("identity"),
                date.fromisoformat(body["calibrated_until"]) if body.get("calibrated_until") else None,
                record.ref,
            )
            for record, body in room
            if record.kind == "device.registered"
        ]
        checks = [
            RoomCheck(_happened(record, body), body, record.ref)
            for record, body in room
            if record.kind == "check.room"
        ]
        return Context(
            now=self._at,
            users=self.users,
            devices=tuple(register) or None,
            room_checks=tuple(checks),
            others=_readable(self._others(row)),
            verification=self.verification(row["id"]),
            checkpoint=self.verification(row["id"], outside=True),
            approvals=self.approvals,
            scores=_readable(self._scores(row)),
        )

    def _room(self, room: str) -> list[tuple[Written, dict[str, Any]]]:
        if room not in self._rooms:
            self._rooms[room] = self._stream(kinds.ROOM + room)
        return [(one, json.loads(one.payload)) for one in self._rooms[room]]

    def _others(self, row: Row) -> Iterator[Neighbour]:
        """Yield the sessions that were open at the same time."""
        now = microseconds(self._at)
        end = min(_over(row) or now, now)
        for other in self.rows:
            over = _over(other)
            closed = over if over and over <= now else None
            if other["id"] != row["id"] and other["opened_at"] < end and (closed or now) > row["opened_at"]:
                until = None if closed is None else moment(closed)
                devices = self.facts(other["id"]).devices
                yield Neighbour(other["id"], other["patient"], moment(other["opened_at"]), until, devices)

    def _scores(self, row: Row) -> Iterator[PatientScore]:
        alike = (row["patient"], bool(row["demo"]))
        for other in self.rows:
            if (other["patient"], bool(other["demo"])) == alike and other["id"] != row["id"]:
                for at, said, ref in self.facts(other["id"]).scores:
                    yield PatientScore(at, said.instrument, said.version, said.answers, ref)

    def facts(self, session: str) -> Facts:
        """Return what others have to know of a session; it is read once.

        Raises:
            BadEntry: a record of it can't be read.
        """
        if session not in self._facts:
            try:
                self.learn(self._desk.file(session))
            except UNREADABLE as error:
                raise BadEntry(_unreadable(session, error)) from error
        return self._facts[session]

    def learn(self, file: SessionFile) -> None:
        """Keep what others have to know of a session whose records are at hand."""
        known = [record for record in file.records if record.at <= microseconds(self._at)]
        devices: set[str] = set()
        for record in known:
            if record.kind in ("device", "link"):
                body = json.loads(record.payload)
                devices |= {str(body[name]) for name in ("url", "identity") if body.get(name)}
        scores = []
        for one in standing(known):
            if one.kind == "assessment.score":
                said = kinds.Score.model_validate_json(json.dumps(one.body))
                scores.append((said.happened_at or moment(one.record.at), said, one.record.ref))
        self._facts[str(file.row["id"])] = Facts(frozenset(devices), tuple(scores))


def run(desk: Desk, sessions: Iterable[str], at: datetime, heads: Heads | None = None) -> Run:
    """Judge *sessions* as they stand, or up to *heads*, by what the ledger held at *at*."""
    beside = Beside(desk, at)
    judged, ran_over, left_out = [], {}, {}
    for session in sessions:
        try:
            file = desk.file(session)
            file = _up_to(file, frozenset(heads[session]) if heads else None)
            beside.learn(file)
            made = build(file)
            judged.append(audit(made, beside.context(file.row)))
            ran_over[session] = tuple(head.digest for head in made.heads)
        except InfusionlogError as error:
            left_out[session] = str(error)
        except UNREADABLE as error:
            left_out[session] = _unreadable(session, error)
    return Run(at, tuple(judged), ran_over, left_out)


def recorded_run(desk: Desk, ref: str) -> kinds.AuditRun:
    """Return an earlier run by its reference in the stream ``system``.

    Raises:
        NoSuchRecord: no run has it.
        BadEntry: it was made by a version that did not note what repeating needs.
    """
    for record in desk.file(kinds.SYSTEM).records:
        if record.kind == "audit.run" and record.ref == ref:
            said = kinds.AuditRun.model_validate_json(record.payload)
            if said.judged_at is None or said.outcome is None:
                raise BadEntry(f"the run {ref} does not say when it judged; it can't be repeated")
            return said
    raise NoSuchRecord(f"no audit has the reference {ref}; `infusionlog audit --runs` lists them")


def runs(desk: Desk) -> list[tuple[Written, kinds.AuditRun]]:
    """Return every run on record, oldest first."""
    return [
        (record, kinds.AuditRun.model_validate_json(record.payload))
        for record in desk.file(kinds.SYSTEM).records
        if record.kind == "audit.run"
    ]


def findings(desk: Desk) -> dict[tuple[str, str], tuple[Written, kinds.Finding]]:
    """Return the last finding about each session and rule."""
    found = {}
    for record in desk.file(kinds.SYSTEM).records:
        if record.kind == "audit.finding":
            said = kinds.Finding.model_validate_json(record.payload)
            found[said.session, said.rule] = (record, said)
    return found


def _up_to(file: SessionFile, heads: frozenset[str] | None) -> SessionFile:
    """Return a session as it stood when its chains ended in *heads*."""
    if heads is None:
        return file
    last = {record.writer: record.seq for record in file.records if record.digest in heads}
    kept = tuple(record for record in file.records if record.seq <= last.get(record.writer, -1))
    then = ending(kept)
    row = {"state": then.state, "ended_at": then.ended_at, "closed_at": then.closed_at}
    return replace(file, row={**file.row, **row}, records=kept)


def _readable(found: Iterator[T]) -> tuple[T, ...] | None:
    """Return what stands in other sessions, None where one of them can't be read."""
    try:
        return tuple(found)
    except BadEntry:
        return None


def _unreadable(session: str, error: Exception) -> str:
    what = f"{type(error).__name__}: {error}"
    return f"a record of {session} can't be read ({what}); look with `infusionlog verify {session}`"


def _over(row: Row) -> int | None:
    """Return when a session was closed, else when it ended, None: it is open."""
    over: int | None = row["closed_at"] or row["ended_at"]
    return over


def _changed(user: User, body: Mapping[str, Any], when: datetime) -> User:
    spans = user.active
    if body.get("active") is False and spans and spans[-1][1] is None:
        spans = (*spans[:-1], (spans[-1][0], when))
    elif body.get("active") is True and (not spans or spans[-1][1] is not None):
        spans = (*spans, (when, None))
    role, changes = body.get("role") or user.role, user.changes
    if role != user.role:
        changes = (*changes, (when, role))
    return User(user.name, role, spans, user.first or user.role, changes)


def _happened(record: Written, body: Mapping[str, Any]) -> datetime:
    said = body.get("happened_at")
    return datetime.fromisoformat(said) if said else moment(record.at)
