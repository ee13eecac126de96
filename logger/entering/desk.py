"""Where what people say becomes records: one desk for the recorder, the command line and the pages.

A desk takes an entry, checks its form, stamps it with the session clock and appends it. It never refuses
a fact for its order: what happened is always accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Protocol

from logger import kinds
from logger.attesting.notary import EVERY, Notary
from logger.clock import SessionClock, microseconds
from logger.entering.checks import checked, checked_aside
from logger.entering.closing import begun_closed, check_open, end_and_close, own_closing, settle, without
from logger.entering.keys import saved_before
from logger.entering.moving import moved
from logger.entering.required import missing
from logger.entering.signing import signature
from logger.entering.site_results import passed_checks
from logger.errors import BadEntry, NotAllowed
from logger.ledger import audit
from logger.ledger.chains import Heads, rows_after
from logger.ledger.chains import heads as heads_of
from logger.ledger.copying import quarantined
from logger.ledger.models import Entry, Written
from logger.ledger.store import Store
from logger.people.accounts import RECORDER, People, User


@dataclass(frozen=True, slots=True)
class SessionFile:
    """A session as the ledger holds it: its row, the patient's row, the protocol's text, its records.

    *checks* are the site checks that its room's devices have passed.
    """

    row: Mapping[str, Any]
    patient: Mapping[str, Any]
    protocol: str
    records: tuple[Written, ...]
    checks: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """What an owner says of itself.

    Attributes:
        pid, writer: its process, and what its records carry.
        sessions: every session's row.
        now: microseconds UTC on its session clock.
        devices: how each device is heard, where a recorder is at work.
        service: sessions can be opened through it.
        users: names of those who can sign in.
        heads: of every stream, where they were asked for; of those that changed, where a position was given.
        quarantine: what came from elsewhere and does not fit, where heads were asked for.
        position: up to where *sessions* and *heads* speak, where what changed since another was asked for.
    """

    pid: int
    writer: str
    sessions: Sequence[Mapping[str, Any]]
    now: int
    devices: Sequence[Mapping[str, Any]] = ()
    service: bool = False
    users: Sequence[str] = ()
    heads: Heads = field(default_factory=dict)
    quarantine: Sequence[Mapping[str, Any]] = ()
    position: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """An entry that may be recorded."""

    session: str
    kind: str
    author: str
    payload: kinds.Payload


class Entering(Protocol):
    """What every door to a ledger offers to those who enter and ask, here or in another process."""

    def append(
        self,
        session: str,
        kind: str,
        author: str,
        payload: Mapping[str, Any],
        secrets: Mapping[str, str] | None = None,
    ) -> Written:
        """Record what *author* says, whose password is among *secrets*; return once it is on the disk."""
        ...

    def status(self, *, heads: bool = False) -> Status:
        """Return who owns the ledger and which sessions it holds, with the heads of all chains if asked."""
        ...


class Desk(Entering, Protocol):
    """A desk, wherever the ledger is."""

    def file(self, session: str, after: Mapping[str, int] | None = None) -> SessionFile:
        """Return everything about a session, or of its records those after *after* (writer: seq)."""
        ...

    def close(self) -> None:
        """Leave."""
        ...


class LedgerDesk:
    """The desk of the process that owns the ledger.

    Attributes:
        living: writers of recorders that forward to it: each closes its own chains.
    """

    def __init__(self, store: Store, clock: SessionClock, pid: int, notary: Notary | None = None) -> None:
        self.store, self.clock, self._pid, self._notary = store, clock, pid, notary
        self.living: frozenset[str] = frozenset()
        self._attest_at: float | None = None

    @property
    def people(self) -> People:
        """Who may use this ledger."""
        return People(self.store, self.clock)

    def append(
        self,
        session: str,
        kind: str,
        author: str,
        payload: Mapping[str, Any],
        secrets: Mapping[str, str] | None = None,
        *,
        proved: bool = False,
    ) -> Written:
        """Check, stamp and commit an entry; the end of a session closes its chains too.

        *session* is an id, or the stream ``system`` or ``room:NAME``. *secrets* are passwords by user name,
        of the author and of others that the entry names. *proved*: the author signed in before, at a door
        of this process. What was recorded before with the entry's ``key`` is returned as it was.

        Raises:
            SavedDifferently: it was, and says something else.
            NotSignedIn, NotAllowed: the author is not who they say, or has another role.
            BadEntry: see `logger.entering.checks.checked`.
            NoSuchSession, NoSuchRecord: what it speaks of is not there.
        """
        if saved := saved_before(self.store, session, kind, author, payload):
            return saved
        if kind in ABOUT_USERS:
            said = checked_aside(kind, author, payload)
            assert isinstance(said, ABOUT_USERS_SAID)  # noqa: S101  the kinds of just these payloads
            return self.people.enter(author, said, secrets or {}, proved=proved)
        return self.commit(self.check(session, kind, author, payload, secrets, proved=proved))

    def own(self, session: str, kind: str, payload: Mapping[str, Any]) -> Checked:
        """Return an entry of the program itself, which signs in nowhere."""
        row, now = self.store.session(session), self.clock.now()
        return Checked(row["id"], kind, RECORDER, checked(self.store, row, now, kind, RECORDER, payload))

    def check(
        self,
        session: str,
        kind: str,
        author: str,
        payload: Mapping[str, Any],
        secrets: Mapping[str, str] | None = None,
        *,
        proved: bool = False,
    ) -> Checked:
        """Return an entry that may be committed; raises as `append` does, and changes nothing."""
        user = self.people.admit(author, kind, secrets or {}, proved=proved)
        payload = self.people.vouched(payload, user, secrets or {})
        if is_aside(session):
            aside = checked_aside(kind, author, payload)
            if isinstance(aside, kinds.UserFact):
                _check_fact(aside, user, self.people.users())
            return Checked(session, kind, author, aside)
        row, now = self.store.session(session), self.clock.now()
        if kind == "session.end":
            check_open(self.store, row)
        if kind == "session.close_without":
            payload = without(self.store, row, payload)
        if kind == "sign":
            return Checked(row["id"], kind, author, self._signature(row, user, payload))
        return Checked(row["id"], kind, author, checked(self.store, row, now, kind, author, payload))

    def _signature(
        self, row: Mapping[str, Any], user: User | None, payload: Mapping[str, Any]
    ) -> kinds.Payload:
        facts = [record for record in self.store.records(kinds.SYSTEM) if record.kind == "user.fact"]
        said = [kinds.UserFact.model_validate_json(record.payload) for record in facts]
        accepted = [str(fact.digest) for fact in said if user is not None and fact.user == user.name]
        protocol = self.store.protocol_text(row["protocol_digest"])
        return signature(payload, user, row, protocol, self.store.records(row["id"]), accepted)

    def commit(self, entry: Checked) -> Written:
        """Stamp a checked entry and commit it."""
        said = entry.payload
        simulated = self.clock.speed != 1.0 and is_aside(entry.session)  # what stands beside is real
        at = self.clock.wall() if simulated else self.clock.now()
        record = Entry(entry.session, at, entry.kind, entry.author, kinds.text_of(said))
        if isinstance(said, kinds.SessionEnd):
            return self._end(record, said)
        if isinstance(said, kinds.Move):
            here, there = (self.store.session(one) for one in (entry.session, said.session))
            first = self.store.tail(there["id"])[0] or int(there["state"] != "open")
            free = (f"{self.store.writer}:{seq}" for seq in count(first))
            made = moved(record, said, here, there, self.store.records(here["id"]), free)
            return self._append(made)[0]
        if isinstance(said, kinds.Rebind):
            self.store.know_patient(said.patient)
            return self.store.append([record], projection={"patient": said.patient})[0]
        written = self._append([record])[0]
        if isinstance(said, kinds.CloseWithout):
            settle(self.store, entry.session)
        return written

    def _append(self, entries: Sequence[Entry]) -> list[Written]:
        beside = {entry.session for entry in entries if is_aside(entry.session)}
        begun = begun_closed(self.store, entries, beside)
        return self.store.append([*begun, *entries])[len(begun) :]

    def end_elsewhere(self, session: str, said: kinds.EndedElsewhere) -> Written:
        """Close this ledger's chains in a session that another writer ended.

        Raises:
            BadEntry: it is not open here.
        """
        check_open(self.store, self.store.session(session))
        entry = Entry(session, self.clock.now(), "session.ended_elsewhere", RECORDER, kinds.text_of(said))
        return self._close(entry, microseconds(said.ended_at))

    def go_on_as_another(self, said: kinds.WriterRefused) -> Written:
        """Begin a new writer, because a server refuses what this one wrote; record what it *said*."""
        if said.writer != self.store.writer:
            raise BadEntry(f"{said.writer} is not the writer of this ledger, {self.store.writer} is")
        self.store.begin_writer()
        self.store.set_anchor(self.clock.anchor)
        entry = Entry(kinds.SYSTEM, self.clock.now(), "writer.refused", RECORDER, kinds.text_of(said))
        return self.store.append([entry])[0]

    def close_own(self, session: str) -> list[Written]:
        """Close this ledger's chain in a session that was ended by a record which came from elsewhere.

        Return the record that closes it, none where nothing is to be closed.
        """
        written = self.store.append(own_closing(self.store, session, self.clock.now()))
        settle(self.store, session)
        return written

    def _end(self, entry: Entry, said: kinds.SessionEnd) -> Written:
        protocol = self.store.protocol_text(self.store.session(entry.session)["protocol_digest"])
        lacking = missing(protocol, self.store.records(entry.session, streamed=False))
        said = said.model_copy(update={"not_recorded": lacking})
        end = replace(entry, payload=kinds.text_of(said))
        return self._close(end, None if said.happened_at is None else microseconds(said.happened_at))

    def _close(self, end: Entry, ended_at: int | None) -> Written:
        """Commit the *end* of a session and the closing of its chains as one: no kill comes between them."""
        end = replace(end, at=max(end.at, self.store.tail(end.session)[2]))
        entries, state = end_and_close(self.store, end, self.living)
        closed_at = end.at if state == "closed" else None
        row = {"state": state, "ended_at": end.at if ended_at is None else ended_at, "closed_at": closed_at}
        written = self.store.append(entries, projection=row)[0]
        if self.living:
            settle(self.store, end.session)
        if self._notary:
            self._attest(self._notary)
        return written

    def file(
        self, session: str, after: Mapping[str, int] | None = None, limit: int | None = None
    ) -> SessionFile:
        """Return everything about a session, or of its records those after *after*, at most *limit*."""
        if is_aside(session):
            row = _row_aside(session) | ({"users": self.store.users()} if session == kinds.SYSTEM else {})
            return SessionFile(row, {}, "", tuple(self.store.records(session, after, limit)))
        row = self.store.session(session)
        patient, protocol = (
            self.store.patient(row["patient"]),
            self.store.protocol_text(row["protocol_digest"]),
        )
        checks = passed_checks(self.store.records(kinds.ROOM + row["room"]), row["ended_at"])
        return SessionFile(row, patient, protocol, tuple(self.store.records(session, after, limit)), checks)

    def rows_after(self, wanted: Mapping[str, Mapping[str, int]], limit: int) -> list[audit.Row]:
        """Return records of several streams, chain after chain; see `logger.ledger.chains.rows_after`."""
        return rows_after(self.store, wanted, limit)

    def changes(self, since: str) -> Status:
        """Return the rows and heads of the streams that changed since a position, and the next position.

        Of at most 500 streams at once; "" begins with those that changed longest ago.
        """
        position, streams = self.store.feed.since(since)
        rows, ends = self.store.rows(streams), heads_of(self.store, streams)
        return Status(self._pid, self.store.writer, rows, self.clock.now(), heads=ends, position=position)

    def status(self, *, heads: bool = False) -> Status:
        """Return who owns the ledger and which sessions it holds, with the heads of all chains if asked."""
        users = [user.name for user in self.people.users() if user.active]
        status = Status(self._pid, self.store.writer, self.store.sessions(), self.clock.now(), users=users)
        if not heads:
            return status
        return replace(status, heads=heads_of(self.store), quarantine=quarantined(self.store))

    def look(self, now: float) -> None:
        """Have a checkpoint signed each minute in which something changed; *now* is monotonic seconds.

        Not at the first look: a recorder that starts has lines to listen to.
        """
        if self._notary is None:
            return
        if self._attest_at is None:
            self._attest_at = now + EVERY
        elif self.store.changed and now >= self._attest_at:
            self._attest_at = now + EVERY
            self._attest(self._notary)

    def _attest(self, notary: Notary) -> None:
        changed, self.store.changed = self.store.changed | notary.unsigned, set()
        notary.unsigned = set()
        notary.attest(self.store.writer, heads_of(self.store, sorted(changed)), self.clock.now())

    def close(self) -> None:
        """Close the ledger, once what changed is signed."""
        if self._notary:
            if self.store.changed:
                self._attest(self._notary)
            self._notary.close()
        self.store.close()


ABOUT_USERS_SAID = kinds.UserAdded | kinds.UserChanged | kinds.UserSecret
ABOUT_USERS = frozenset({"user.added", "user.changed", "user.secret"})
"""The kinds that change the table of users beside the record."""


def _check_fact(said: kinds.UserFact, user: User | None, users: Sequence[User]) -> None:
    """Raise unless an administrator says it of a user, or a user that they accept a policy themselves."""
    if said.user not in {known.name for known in users}:
        raise BadEntry(f"{said.user} is no user of this ledger; `infusionlog user list` names them")
    own = user is not None and said.user == user.name
    if user is None or (said.fact == "policy_accepted" and not own):
        raise NotAllowed(f"{said.fact} of {said.user} is for {said.user} to say; sign in with --author")
    if user.role != "admin" and not (own and said.fact == "policy_accepted"):
        raise NotAllowed(f"{user.name} is {user.role}; an administrator enters facts about users")


def is_aside(session: str) -> bool:
    """Return whether this is the name of a stream that stands beside the sessions."""
    return session == kinds.SYSTEM or session.startswith(kinds.ROOM)


def _row_aside(stream: str) -> dict[str, Any]:
    return {"id": stream, "room": stream.removeprefix(kinds.ROOM), "state": "open", "zone": "UTC"}
