"""The tables of the ledger file.

`Record` is the truth about every session; `Session` is a projection of it (what lists need) and can be
rebuilt. `Patient` alone holds identity, `User` alone what people sign in with. `Protocol` keeps the
text a session was run under. `Ledger` is the file's own identity.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel


class Record(SQLModel, table=True):
    """One fact, written once.

    Law: (session_id, writer, seq) is unique and seq counts 0, 1, 2 ... without gap per session and writer.
    *payload* is canonical JSON, hashed as stored and never parsed again for hashing. *digest* is chained
    by `logger.ledger.audit.digest_of`. No row is ever changed or deleted; no migration touches one.
    """

    __table_args__ = (
        CheckConstraint("seq >= 0", name="seq_counts_from_zero"),
        CheckConstraint("at > 0", name="at_is_microseconds"),
        CheckConstraint("length(digest) = 64", name="digest_is_sha256"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )
    session_id: str = Field(primary_key=True)
    writer: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    at: int
    kind: str
    author: str
    payload: str
    digest: str


class Quarantine(SQLModel, table=True):
    """A record that came from elsewhere and was not taken: kept as it came, for whoever has to explain it.

    *why*: ``fork`` (another record of this number is here), ``altered`` (its digest is not its content's),
    ``refused`` (its writer was caught at either before). No row is ever changed or deleted.
    """

    __table_args__ = (
        CheckConstraint("why IN ('fork', 'altered', 'refused')", name="why_is_known"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )
    session_id: str = Field(primary_key=True)
    writer: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    at: int
    kind: str
    author: str
    payload: str
    why: str


class Session(SQLModel, table=True):
    """What lists need of a session; every column follows from its records.

    *id* is a UUIDv7, so sessions sort by the time they were opened. Times are integer microseconds UTC.
    """

    __table_args__ = (
        CheckConstraint("state IN ('open', 'ended', 'closed')", name="state_is_known"),
        {"sqlite_strict": True},
    )
    id: str = Field(primary_key=True)
    room: str
    patient: str = Field(foreign_key="patient.id")
    protocol: str
    protocol_digest: str = Field(foreign_key="protocol.digest")
    zone: str
    opened_at: int
    ended_at: int | None = None
    closed_at: int | None = None
    state: str = "open"
    demo: int = 0
    clock_speed: float = 1.0


class Patient(SQLModel, table=True):
    """Who a pseudonym is. Name and birth stand here and in no payload."""

    __table_args__ = {"sqlite_strict": True}
    id: str = Field(primary_key=True)
    name: str | None = None
    born: str | None = None


class Protocol(SQLModel, table=True):
    """The text of a monitoring protocol, by the SHA-256 of its bytes; never changed."""

    __table_args__ = {"sqlite_strict": True}
    digest: str = Field(primary_key=True)
    text: str


class User(SQLModel, table=True):
    """Who may use the program: a projection of the stream ``system``, but for the secrets, which stand here.

    Law: a *name* is never given to anybody else and no row is deleted; who leaves is not *active*.
    *password* and *pin* are argon2id hashes. *must_change*: an administrator set the password. *failures*
    counts wrong attempts since the last right one; *locked_until* is microseconds UTC.
    """

    __table_args__ = (
        CheckConstraint("role IN ('nurse', 'physician', 'qa', 'admin')", name="role_is_known"),
        {"sqlite_strict": True},
    )
    name: str = Field(primary_key=True)
    full_name: str
    role: str
    active: int = 1
    password: str | None = None
    pin: str | None = None
    must_change: int = 0
    failures: int = 0
    locked_until: int = 0


class Ledger(SQLModel, table=True):
    """The file's own identity, one row.

    *writer* belongs to this file in this place: *machine* names the machine and the path. A copy that is
    found elsewhere begins a new writer, so that two files never continue one chain. *boot*, *anchor_utc*
    and *anchor_boot* (both microseconds) are the session clock's last anchor.
    """

    __table_args__ = (CheckConstraint("id = 1", name="one_row"), {"sqlite_strict": True})
    id: int = Field(default=1, primary_key=True)
    writer: str
    machine: str
    boot: str = ""
    anchor_utc: int = 0
    anchor_boot: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact that wants to become a record: everything but its number, writer and digest.

    *at* is microseconds UTC on the session clock.
    """

    session: str
    at: int
    kind: str
    author: str
    payload: str


@dataclass(frozen=True, slots=True)
class Written:
    """A record as it stands in the ledger, in the order of its columns."""

    session: str
    writer: str
    seq: int
    at: int
    kind: str
    author: str
    payload: str
    digest: str

    @property
    def ref(self) -> str:
        """Return the reference that people and amendments use: ``writer:seq``."""
        return f"{self.writer}:{self.seq}"
