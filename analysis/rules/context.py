"""What a rule may know beside the session itself: plain values, gathered by whoever runs the rules.

None stands for what nobody could say (the ledger has no users, the room no register); an empty tuple says
that there is nothing. An analyst without a ledger runs the rules with `Context(now)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may use the program, and when they might: (from, until) pairs, None: still.

    Attributes:
        role: the last one. *changes*: (from, role) of those that took the place of the *first* one.
    """

    name: str
    role: str
    active: tuple[tuple[datetime, datetime | None], ...]
    first: str = ""
    changes: tuple[tuple[datetime, str], ...] = ()

    def role_at(self, at: datetime) -> str:
        """Return the role that the user had at a time."""
        return next((role for since, role in reversed(self.changes) if since <= at), self.first or self.role)

    def was_active(self, at: datetime) -> bool:
        """Return whether the user might use the program at a time."""
        return any(start <= at and (end is None or at < end) for start, end in self.active)


@dataclass(frozen=True, slots=True)
class Registered:
    """A device of the room's register, and the record that says so."""

    adapter: str
    model: str
    serial: str
    identity: str | None
    calibrated_until: date | None
    reference: str


@dataclass(frozen=True, slots=True)
class RoomCheck:
    """A check of the room's equipment that stands in the room's own stream."""

    at: datetime
    payload: Mapping[str, Any]
    reference: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another session: whose it is, when it ran, and on which devices (by port, or by identity)."""

    session: str
    patient: str
    start: datetime
    end: datetime | None
    devices: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verification:
    """A walk of the session's chains.

    Attributes:
        heads: the digests that the chains ended in.
        broken: what was not whole; empty: nothing.
        reference: its record in the stream ``system``.
    """

    at: datetime
    heads: frozenset[str]
    broken: str
    reference: str


@dataclass(frozen=True, slots=True)
class Approval:
    """A clinic's approval of a protocol text."""

    by: str
    at: datetime
    reference: str


@dataclass(frozen=True, slots=True)
class PatientScore:
    """A score of the same patient that stands in another session."""

    at: datetime
    instrument: str
    version: str
    answers: Mapping[str, float | None]
    reference: str


@dataclass(frozen=True, slots=True)
class Context:
    """Everything beside the session.

    Attributes:
        now: when the rules are run.
        users: by name; None: the ledger has none.
        devices: the register of the session's room; None: there is none.
        others: sessions of the same patient or room; None: nobody looked.
        verification: the last one of this session. *checkpoint*: the last against a checkpoint from outside.
        approvals: by the digest of the protocol's text.
        scores: of the same patient in other sessions; None: they can't be read.
    """

    now: datetime
    users: Mapping[str, User] | None = None
    devices: tuple[Registered, ...] | None = None
    room_checks: tuple[RoomCheck, ...] = ()
    others: tuple[Neighbour, ...] | None = None
    verification: Verification | None = None
    checkpoint: Verification | None = None
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    scores: tuple[PatientScore, ...] | None = ()
