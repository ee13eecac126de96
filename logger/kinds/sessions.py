"""The session itself and its recorder: opened, resumed, ended, closed, and how the clock was kept."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from logger.kinds.base import Digest, Moment, Name, Part, Payload, Ref, Stated, Text


class Course(Part):
    """Where the session stands in a course of treatment: session *number* of *planned*."""

    id: Name
    phase: Literal["induction", "maintenance"]
    number: int = Field(ge=1)
    planned: int | None = Field(default=None, ge=1)


class Clock(Payload):
    """What is known of the logger's own clock: at opening, hourly, and where it was disturbed.

    *compared*: the clock of *writer* is ahead of this record's by *ahead_s*, give or take *within_s*.
    """

    event: Literal[
        "opened",
        "checked",
        "stepped",
        "suspended",
        "stalled",
        "behind",
        "reboot",
        "synchronised",
        "compared",
    ]
    wall: AwareDatetime | None = None
    step_s: float | None = None
    synchronised: bool | None = None
    by: str | None = None
    max_error_s: float | None = None
    uncertain: bool = False
    writer: str | None = None
    ahead_s: float | None = None
    within_s: float | None = None


class SessionOpen(Payload):
    """The session's first record. *patient* is the pseudonym; names stand only in the patient table."""

    room: Name
    patient: Name
    protocol: Name
    protocol_digest: str
    zone: str
    program: str
    primary: dict[str, str] = Field(default_factory=dict)
    clock_speed: float = 1.0
    demo: bool = False
    course: Course | None = None


class SessionImport(Payload):
    """The session was not recorded here: its readings are those of a *file* of another program.

    *file* is its name without a folder. *first* and *last* are the times of its readings: of the session, for
    all that computes and draws. *not_imported*: what else the file holds.
    """

    file: Name
    sha256: Digest
    form: Literal["csv", "vital"]
    first: Moment
    last: Moment
    values: int
    not_imported: tuple[str, ...] = ()


class SessionResume(Payload):
    """A recorder took the session up again; nothing was recorded since *since*."""

    cause: str
    since: AwareDatetime


class SessionPause(Payload):
    """The recorder stopped and left the session open."""

    cause: str


class SessionEnd(Stated):
    """The session's reading window ends here; *not_recorded* is what the protocol asks for beside it."""

    reason: str | None = None
    not_recorded: tuple[str, ...] = ()


class EndedElsewhere(Payload):
    """Another writer of the session ended it, at *ended_at* on its clock, by its record *ref*.

    The writer of this record hears its devices no more, and closes its chain.
    """

    ended_at: AwareDatetime
    ref: Ref


class NotTreated(Stated):
    """The session ended before any dose."""

    reason: Text


class Head(Part):
    """The end of a writer's chain."""

    writer: str
    count: int
    digest: Digest


class Sign(Payload):
    """A signature over everything that *heads* name.

    *meaning*: ``entry_complete`` by who entered, ``review`` by a physician, ``qa`` by QA. *name* and *role*
    are printed as they stood on that day; *policy* is the digest of the signature policy accepted.
    *not_recorded*: what the protocol asks for and the session has not, with the *reason*.
    """

    meaning: Literal["entry_complete", "review", "qa"]
    name: Name
    role: Name
    heads: tuple[Head, ...]
    policy: Digest | None = None
    not_recorded: tuple[str, ...] = ()
    reason: Text | None = None


class Close(Payload):
    """A writer closes its chain: how many records stand before this one and the digest of the last."""

    count: int
    head: str


class CloseWithout(Payload):
    """A chain of *writer* that will not be gone on with is closed for it: its count and the last digest."""

    writer: str
    count: int
    head: str
    reason: Text


class Storage(Payload):
    """What the recorder did to be able to go on writing."""

    event: Literal["reserve_given_up"]
    free_bytes: int | None = None


SESSIONS: dict[str, type[Payload]] = {
    "clock": Clock,
    "session.open": SessionOpen,
    "session.import": SessionImport,
    "session.resume": SessionResume,
    "session.pause": SessionPause,
    "session.not_treated": NotTreated,
    "session.end": SessionEnd,
    "session.ended_elsewhere": EndedElsewhere,
    "sign": Sign,
    "close": Close,
    "session.close_without": CloseWithout,
    "storage": Storage,
}
