"""The one door of the pages to the clinic's ledger.

Pages run in several threads and the ledger's desk in one at a time: every way to it leads through a lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from logger.clock import SECOND, moment
from logger.entering.desk import LedgerDesk, SessionFile
from logger.ledger.finding import find_sessions
from logger.ledger.models import Written
from logger.people.accounts import User
from logger.settings import Settings
from logger.times import with_times

Listener = Callable[[Sequence[Written]], None]
"""Takes records right after their commit; it must not wait and must not ask the clinic anything."""

LOOK_EVERY = 1.0
"""Seconds between two looks at what time alone brings: checkpoints."""


class Author(Protocol):
    """Who enters, as far as the ledger needs it: a user who signed in, or nobody."""

    @property
    def name(self) -> str:
        """The user's name, or `logger.people.accounts.UNATTRIBUTED`."""
        ...

    @property
    def signing(self) -> bool:
        """Whether a signature was given with a password in this continuous period."""
        ...


class Clinic:
    """The ledger as pages use it.

    Args:
        desk: of the ledger, opened by this process; nobody else uses it from now on.
        settings: the clinic's.

    Attributes:
        settings: the clinic's.
        recorders: what is known of the recorders in the rooms; None where there are none.
    """

    def __init__(self, desk: LedgerDesk, settings: Settings) -> None:
        self._desk, self._lock = desk, threading.RLock()
        self._listeners: list[Listener] = []
        self._ended = threading.Event()
        self.settings, self._zone = settings, settings.clinic_zone()
        self.recorders: Any = None

    @contextmanager
    def desk(self) -> Iterator[LedgerDesk]:
        """Give the desk for something that has no way of its own here; keep it short, all others wait."""
        with self._lock:
            yield self._desk

    # What is entered.

    def enter(
        self,
        author: Author,
        session: str,
        kind: str,
        payload: Mapping[str, Any],
        *,
        key: str | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> Written:
        """Record what *author* says, who has signed in; return once it is on the disk.

        Args:
            author: who says it.
            session: an id, or the stream ``system`` or ``room:NAME``.
            kind: of `logger.kinds.KINDS`.
            payload: its fields. Times as they were typed are `logger.times.TimeText`, read on the session's
                clock and in its zone; fields that are None or an empty text are left out.
            key: the form's; what was saved with it before is returned as it was.
            secrets: PINs of second persons by user name, and a new password as `logger.people.accounts.NEW`;
                of a signature the author's own password, or PIN where *author* is `signing`.

        Raises:
            BadEntry, NotAllowed, NotSignedIn, NoSuchSession, NoSuchRecord: as
                `logger.entering.desk.LedgerDesk.append` does.
        """
        said = {name: value for name, value in payload.items() if value is not None and value != ""}
        with self._lock:
            if kind == "sign":  # being signed in is no signature. Source: 21 CFR 11.200(a)(1)
                own = (secrets or {}).get(author.name, "")
                self._desk.people.signed_in(author.name, own, pin=author.signing)
            said = with_times(said, self.now(), self.zone(session), self.settings.late_hours)
            said |= {"key": key} if key else {}
            before = self._desk.store.tail(session)[0]
            written = self._desk.append(session, kind, author.name, said, secrets, proved=True)
            new = written.writer == self._desk.store.writer and written.seq >= before
        if new:
            self.publish([written])
        return written

    def saw(self, author: Author, event: str, session: str | None = None, what: str | None = None) -> None:
        """Record in the access log that *author* did *event* (`logger.kinds.Access`) to a session.

        *what* names a page, a format or a file, never a patient.
        """
        said = {"event": event, "user": author.name, "session": session, "what": what}
        self.enter(author, "system", "access", said)

    # What is read.

    def now(self) -> Any:
        """Return the time on the ledger's clock, aware, UTC."""
        return moment(self._desk.clock.now())

    def zone(self, session: str | None = None) -> ZoneInfo:
        """Return the zone of a session, or the clinic's."""
        if session is None or session == "system" or ":" in session:
            return self._zone
        return ZoneInfo(self.row(session)["zone"])

    def row(self, session: str) -> Mapping[str, Any]:
        """Return a session's row (`logger.ledger.models.Session`); raises `NoSuchSession`."""
        with self._lock:
            return self._desk.store.session(session)

    def open_row(self, room: str) -> Mapping[str, Any] | None:
        """Return the row of the open session of a room, or None."""
        return next(iter(self.session_rows(states=("open",), room=room, limit=1)[0]), None)

    def session_rows(self, **wanted: Any) -> tuple[list[dict[str, Any]], int]:
        """Return a page of sessions' rows, newest first, and how many there are in all.

        The arguments are those of `logger.ledger.finding.find_sessions`.
        """
        with self._lock:
            return find_sessions(self._desk.store, **wanted)

    def patient(self, patient: str) -> Mapping[str, Any]:
        """Return a patient's row with name and birth: for pages of nurses and physicians alone."""
        with self._lock:
            return self._desk.store.patient(patient)

    def file(self, session: str, after: Mapping[str, int] | None = None) -> SessionFile:
        """Return everything about a session, or of its records those after *after* (writer: seq)."""
        with self._lock:
            return self._desk.file(session, after)

    def users(self) -> list[User]:
        """Return every user, those who left too, by name."""
        with self._lock:
            return self._desk.people.users()

    # Who wants to know at once.

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have *listener* called with records right after their commit; return what ends that."""
        self._listeners.append(listener)

        def leave() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return leave

    def publish(self, records: Sequence[Written]) -> None:
        """Tell the listeners of records that were committed, by a page or from a recorder."""
        for listener in tuple(self._listeners):
            listener(records)

    # Its life.

    def look(self) -> None:
        """Look until `close` at what time alone brings; runs in a thread of its own."""
        while not self._ended.wait(LOOK_EVERY):
            with self._lock:
                if not self._ended.is_set():
                    self.look_once(time.monotonic())

    def look_once(self, now: float) -> None:
        """Sign a checkpoint where one is due, and take over a wall clock that was set; *now* is monotonic.

        While a session is open its clock goes on as it is: no session runs backwards.
        """
        with self._lock:
            desk = self._desk
            desk.look(now)
            moved = desk.clock.catch_up()
            off = abs(desk.clock.wall() - desk.clock.now()) >= SECOND and not desk.clock.behind
            if off and not self.session_rows(states=("open",), limit=1)[1]:
                desk.clock, moved = desk.clock.anew(desk.store.newest()), 1
            if moved:
                desk.store.set_anchor(desk.clock.anchor)

    def close(self) -> None:
        """Close the ledger."""
        self._ended.set()
        with self._lock:
            self._desk.close()
