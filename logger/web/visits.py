"""Who is at a browser: signed in, locked, signed out. Kept in memory; a restart signs everybody out.

A visit is named by a cookie of 256 random bits, of which only the digest is kept here. A tablet in a room
is one visit with several persons: each signs in with a password once and comes back with a PIN.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from logger import kinds
from logger.people.accounts import UNATTRIBUTED, User

LONGEST = 12 * 3600.0
"""Seconds after which a password is asked for again, however busy a visit is. Source: OWASP ASVS 4, 3.3.2."""

Person = User
"""A user who signed in."""


@dataclass(slots=True)
class Visit:
    """What is known of one browser. All times are seconds of the monotonic clock.

    Attributes:
        person: who is signed in now; None where nobody could, and the room's screen goes on without.
        persons: everybody who gave a password in this visit, and when.
        touched: the last request that a person made.
        locked: asks for a PIN; recording goes on, and MARK works.
        signing: a signature was given with a password in this continuous period.
    """

    person: User | None
    began: float
    touched: float
    persons: dict[str, float] = field(default_factory=dict)
    locked: bool = False
    signing: bool = False


class Visits:
    """Every browser that is signed in.

    Args:
        lock_after: seconds without a request by a person until the visit locks.
        end_after: seconds until it ends.
        clock: seconds that never run back.
    """

    def __init__(
        self, lock_after: float, end_after: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lock_after, self._end_after, self._clock = lock_after, end_after, clock
        self._visits: dict[str, Visit] = {}
        self._key = secrets.token_bytes(32)
        self._gate = threading.Lock()

    def begin(self, person: User | None) -> str:
        """Begin a visit of *person*, None for nobody on a room's screen; return its cookie."""
        cookie, now = secrets.token_urlsafe(32), self._clock()
        persons = {person.name: now} if person else {}
        with self._gate:
            self._forget_ended(now)
            self._visits[_digest(cookie)] = Visit(person, now, now, persons)
        return cookie

    def find(self, cookie: str | None, *, touch: bool = True) -> Visit | None:
        """Return the visit of a cookie, locked if it stood still; None where there is none, or it has ended.

        *touch*: a person asks, and not their page alone.
        """
        if not cookie:
            return None
        with self._gate:
            visit, now = self._visits.get(_digest(cookie)), self._clock()
            if visit is None or self._has_ended(visit, now):
                self._visits.pop(_digest(cookie), None)
                return None
            if now - visit.touched >= self._lock_after:
                visit.locked, visit.signing = True, False
            if touch and not visit.locked:
                visit.touched = now
            return visit

    def take_over(self, cookie: str, person: User, *, by_password: bool) -> str:
        """Have *person* go on with the visit of *cookie*, under a new cookie, which is returned."""
        with self._gate:
            visit, now = self._visits.pop(_digest(cookie)), self._clock()
            visit.signing = False
            visit.person, visit.locked, visit.touched = person, False, now
            if by_password:
                visit.persons[person.name], visit.began = now, now
            new = secrets.token_urlsafe(32)
            self._visits[_digest(new)] = visit
            return new

    def has_signed(self, cookie: str) -> None:
        """Take note that a signature was given with a password: until the visit locks a PIN is enough."""
        if visit := self.find(cookie):
            visit.signing = True

    def lock(self, cookie: str) -> None:
        """Lock a visit at once."""
        if visit := self.find(cookie, touch=False):
            visit.locked, visit.signing = True, False

    def end(self, cookie: str) -> None:
        """Sign everybody of a visit out."""
        with self._gate:
            self._visits.pop(_digest(cookie), None)

    def end_all_of(self, name: str) -> None:
        """Sign a user out everywhere: they left, or their password was changed."""
        with self._gate:
            for digest, visit in list(self._visits.items()):
                visit.persons.pop(name, None)
                if visit.person is not None and visit.person.name == name:
                    del self._visits[digest]

    def csrf(self, cookie: str) -> str:
        """Return the token that every form of this cookie's pages carries."""
        return hmac.new(self._key, cookie.encode(), "sha256").hexdigest()

    def _has_ended(self, visit: Visit, now: float) -> bool:
        return now - visit.touched >= self._end_after or now - visit.began >= LONGEST

    def _forget_ended(self, now: float) -> None:
        self._visits = {key: one for key, one in self._visits.items() if not self._has_ended(one, now)}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks for a page, as pages see them.

    Attributes:
        name: the user's name, or `UNATTRIBUTED`.
        full_name: as buttons and signatures print it.
        role: None where nobody is signed in.
        csrf: what each form carries.
        room: the room that this screen is registered to, or None.
        signing: a signature was given with a password in this continuous period: a PIN is enough.
    """

    name: str
    full_name: str
    role: kinds.Role | None
    csrf: str
    room: str | None = None
    signing: bool = False

    @property
    def save(self) -> str:
        """What a button that saves says: ``Save as A. Example``."""
        return f"Save as {self.full_name}" if self.role else "Save, nobody signed in"

    @property
    def sees_names(self) -> bool:
        """Whether pages may name patients to them."""
        return self.role in ("nurse", "physician")


def seen(user: User) -> Visitor:
    """Return *user* as an author of what is recorded about a visit; no page is shown to this value."""
    return Visitor(user.name, user.full_name, user.role, "")


def stranger(csrf: str, room: str | None) -> Visitor:
    """Return a visitor who has not signed in."""
    return Visitor(UNATTRIBUTED, "", None, csrf, room)


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
