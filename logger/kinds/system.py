"""What stands beside the sessions: people, access, devices of a room, checks of the ledger itself.

These records stand in the streams ``system`` and ``room:NAME``; no secret and no patient text is in them.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from logger.kinds.base import Digest, Moment, Name, Part, Payload, Person, Ref, Stated, Text
from logger.kinds.sessions import Head

SYSTEM = "system"
"""The stream of users, approvals, access and checks."""

ROOM = "room:"
"""What the streams of rooms begin with."""

Role = Literal["nurse", "physician", "qa", "admin"]


class UserAdded(Payload):
    """Somebody may use the program from now on. A name is never given to anybody else."""

    user: Name
    full_name: Name
    role: Role


class UserChanged(Payload):
    """Something about a user is different from now on; None: as it was."""

    user: Name
    full_name: Name | None = None
    role: Role | None = None
    active: bool | None = None
    reason: Text


class UserSecret(Payload):
    """A user's password or PIN was set; what it is stands nowhere but in the user table, hashed."""

    user: Name
    what: Literal["password", "pin"]
    by_administrator: bool = False


class UserFact(Payload):
    """A dated fact about a user for the auditor's file.

    *trained*: in *what*. *identity_verified*: by *what* document. *policy_accepted*: the signature policy
    of this *digest*.
    """

    user: Name
    fact: Literal["trained", "identity_verified", "policy_accepted"]
    what: Text | None = None
    on: date
    digest: Digest | None = None


class Access(Payload):
    """Who looked at what, took it out, or tried to.

    *session* is an id; *what* names a page, a format, a file or a setting, never a patient.
    """

    event: Literal[
        "signed_in",
        "sign_in_failed",
        "signed_out",
        "locked_out",
        "refused",
        "viewed",
        "charted",
        "exported",
        "imported",
        "verified",
        "audited",
        "setting",
        "backup",
        "restore",
        "checkpoint",
    ]
    user: Name | None = None
    session: str | None = None
    what: Text | None = None


class ProtocolApproved(Payload):
    """A clinic's approval of one copy of a protocol, by the digest of its text."""

    digest: Digest
    title: Name
    approved_by: Name
    approved_at: Moment


class Verified(Payload):
    """A verification of sessions: their heads as they were found; *broken* names what was not whole."""

    sessions: dict[str, tuple[Digest, ...]]
    broken: dict[str, Text] = Field(default_factory=dict)
    checkpoint: Digest | None = None


class Checkpointed(Payload):
    """A signed checkpoint was written: its digest, the key it is signed with, how many heads it names."""

    digest: Digest
    key: Digest
    heads: int


class AuditRun(Payload):
    """A run of the QA rules that can be repeated: what it ran over, and what came out.

    *judged_at*: the time for which open limits were judged. *outcome*: the digest of every verdict.
    *verdicts*: of each session, a letter a rule in their order: p, f, n (not applicable), c (can't tell).
    """

    sessions: dict[str, tuple[Digest, ...]]
    rule_set: Digest
    rates: dict[str, dict[str, int]]
    left_out: dict[str, Text] = Field(default_factory=dict)
    sample: tuple[str, ...] = ()
    seed: int | None = None
    signed_as: Name | None = None
    judged_at: Moment | None = None
    outcome: Digest | None = None
    verdicts: dict[str, str] = Field(default_factory=dict)


class Finding(Stated):
    """What QA decided about a verdict; it stands beside the verdict, never instead of it."""

    session: str
    rule: Name
    disposition: Literal["open", "accepted", "action"]
    reason: Text
    evidence: tuple[Ref, ...] = ()


class Purged(Payload):
    """The tombstone of a session whose time of keeping has passed: the heads it had."""

    session: str
    heads: tuple[dict[str, Any], ...]
    opened_at: Moment
    reason: Text


class DeviceRegistered(Payload):
    """A monitor or pump that belongs to a room: what is printed on it, and until when it is calibrated."""

    adapter: Name
    model: Name
    serial: Name
    identity: Name | None = None
    calibrated_until: date | None = None


class CheckedValue(Part):
    """One value or event of a site check: what a person typed from the device's screen, and what was logged.

    *step*: ``cuff``, ``spo2``, ``held``, ``failed`` or ``cable``. *refs*: the records it was compared with.
    *again*: typed a second time, after it did not agree.
    """

    step: Literal["cuff", "spo2", "held", "failed", "cable"]
    at: Moment
    typed: Text | None = None
    logged: Text | None = None
    refs: tuple[Ref, ...] = ()
    agrees: bool
    why: Text | None = None
    again: bool = False


class DeviceChecked(Payload):
    """A device was compared with its own screen at this site, by *performed_by*, over a session's records.

    It holds for this *adapter* of this *program* and this *identity* (the USB adapter's, else the address).
    *heads*: the ends of the session's chains as they were compared. *within*: seconds within which a logged
    value had to stand.
    """

    source: str
    adapter: Name
    program: Name
    identity: Name
    model: Name
    serial: Name
    firmware: Name
    session: str
    heads: tuple[Head, ...]
    values: tuple[CheckedValue, ...]
    within: dict[str, float]
    passed: bool
    lacks: tuple[Text, ...] = ()
    performed_by: Person


SYSTEMS: dict[str, type[Payload]] = {
    "user.added": UserAdded,
    "user.changed": UserChanged,
    "user.secret": UserSecret,
    "user.fact": UserFact,
    "access": Access,
    "protocol.approved": ProtocolApproved,
    "verified": Verified,
    "checkpoint": Checkpointed,
    "audit.run": AuditRun,
    "audit.finding": Finding,
    "purged": Purged,
    "device.registered": DeviceRegistered,
    "device.checked": DeviceChecked,
}
