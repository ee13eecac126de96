"""Who may use a ledger: users, their secrets, and what each role may enter.

What happens to a user is a record of the stream ``system``; the table `logger.ledger.models.User` follows
from it, except for passwords and PINs, which stand there as argon2id hashes and nowhere else. A ledger
without users takes every author at their word; with the first user, an author has to give a password.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any

from logger import kinds
from logger.clock import SECOND, SessionClock
from logger.errors import BadEntry, LockedOut, NotAllowed, NotSignedIn
from logger.ledger.models import Entry, Written
from logger.ledger.store import Store
from logger.people.roles import BY_NOBODY, ENTERS

RECORDER = "recorder"
"""The author of what the program itself records; nobody else may be called so."""

FORWARD = "forward"
"""Who tells a recorder what its server says: the program too, and no user's name."""

UNATTRIBUTED = "unattributed"
"""The author of an entry that was made when nobody could sign in; its owner says so later."""

NEW = ""
"""Where a password that is to be set stands among the passwords by user name."""

USER_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
SHORTEST_PASSWORD = 8
"""Characters. Source: NIST SP 800-63B, 5.1.1.2."""
PIN = re.compile(r"\d{4,8}")
ATTEMPTS = 5
"""Wrong secrets in a row after which a user is locked out."""
LOCKED_FOR = 15 * 60 * SECOND
"""Microseconds of a lock-out."""


@dataclass(frozen=True, slots=True)
class User:
    """A user as lists and signatures show them."""

    name: str
    full_name: str
    role: kinds.Role
    active: bool
    must_change: bool


class People:
    """The users of an open ledger."""

    def __init__(self, store: Store, clock: SessionClock) -> None:
        self._store, self._clock = store, clock

    def users(self) -> list[User]:
        """Return every user, those who left too, by name."""
        return [_user(row) for row in self._store.users()]

    def user(self, name: str) -> User | None:
        """Return the user of this name, or None."""
        return next((user for user in self.users() if user.name == name), None)

    # What a door asks before an entry.

    def admit(
        self, author: str, kind: str, secrets: Mapping[str, str], *, proved: bool = False
    ) -> User | None:
        """Return the user who is *author* of an entry of *kind*; None where nobody had to sign in.

        *secrets* are passwords by user name, as they were typed for this very entry. *proved*: the author
        signed in before at a door of this process, which vouches for it; no password is asked for.

        Raises:
            NotSignedIn, LockedOut: the author did not prove who they are.
            NotAllowed: the author's role does not enter such records.
        """
        if author == RECORDER:
            raise BadEntry(f"{RECORDER} is the program itself; give --author")
        if not any(user.active for user in self.users()):
            return None
        if author == UNATTRIBUTED:
            if kind not in BY_NOBODY:
                raise NotAllowed(f"{kind} needs its author: sign in with --author")
            return None
        user = self.still(author) if proved else self.signed_in(author, secrets.get(author))
        if kind not in ENTERS[user.role]:
            self._log("refused", user.name, f"{kind} by {user.role}")
            raise NotAllowed(f"{user.name} is {user.role}, and {kind} is not for that role; ask a colleague")
        return user

    def vouched(
        self, payload: Mapping[str, Any], author: User | None, secrets: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return *payload* with every person in it marked as authenticated or not, whatever it claimed.

        The author is authenticated; another person by a password or PIN of their own among *secrets*.

        Raises:
            NotSignedIn, LockedOut: a secret was given for a person, and it is not theirs.
        """
        vouched = {
            field: self._vouched(value, author, secrets) if _is_person(value) else value
            for field, value in payload.items()
        }
        entry = payload.get("entry")  # what an amendment enters anew names people too
        return vouched | ({"entry": self.vouched(entry, author, secrets)} if isinstance(entry, dict) else {})

    def _vouched(
        self, person: Mapping[str, Any], author: User | None, secrets: Mapping[str, str]
    ) -> dict[str, Any]:
        name = str(person["name"])
        known = author is not None and name == author.name
        if not known and name in secrets and self.user(name) is not None:
            self.signed_in(name, secrets[name], pin=True)
            known = True
        return {"name": name, "authenticated": True} if known else {"name": name}

    def still(self, name: str) -> User:
        """Return the user *name*, who signed in before.

        Raises:
            NotSignedIn: who has left meanwhile, or has to choose a password of their own first.
        """
        user = self.user(name)
        if user is None or not user.active:
            raise NotSignedIn(f"{name} is no user of this ledger any more; ask an administrator")
        if user.must_change:
            raise NotSignedIn(f"{name} has to choose an own password first")
        return user

    def signed_in(self, name: str, secret: str | None, *, pin: bool = False, changing: bool = False) -> User:
        """Return the user *name* who gave *secret*: the password, or the PIN where *pin* allows it.

        *changing*: it is given to choose another one, so that one set by an administrator will do.

        Raises:
            NotSignedIn: no such user, a user who left, a wrong secret, or one that has to be changed first.
            LockedOut: too many wrong secrets.
        """
        row = next((row for row in self._store.users() if row["name"] == name), None)
        if row is None or not row["active"]:
            self._log("sign_in_failed", name, "no such user" if row is None else "not active")
            raise NotSignedIn(f"{name} is no user of this ledger; `infusionlog user list` names them")
        if row["locked_until"] > self._clock.wall():
            raise LockedOut(
                f"{name} is locked out for some minutes after {ATTEMPTS} wrong passwords; "
                f"enter as --author {UNATTRIBUTED} meanwhile, and claim it later"
            )
        if secret is None:
            raise NotSignedIn(f"{name} has to give a password: in the terminal, or in INFUSIONLOG_PASSWORD")
        hashes = [row["password"], row["pin"]] if pin else [row["password"]]
        if not any(_fits(one, secret) for one in hashes if one):
            self._failed(row)
            raise NotSignedIn(f"this is not the password of {name}; try again")
        if row["failures"]:
            self._store.set_user({"name": name, "failures": 0, "locked_until": 0})
        if row["must_change"] and not changing:
            raise NotSignedIn(f"{name} has to choose an own password first: infusionlog user password {name}")
        return _user(row)

    def _failed(self, row: Mapping[str, Any]) -> None:
        failures = row["failures"] + 1
        locked = failures >= ATTEMPTS
        until = self._clock.wall() + LOCKED_FOR if locked else 0
        kept = {"name": row["name"], "failures": 0 if locked else failures, "locked_until": until}
        self._log("locked_out" if locked else "sign_in_failed", row["name"], user=kept)

    # What an administrator does, and each user for themselves.

    def enter(
        self,
        author: str,
        said: kinds.UserAdded | kinds.UserChanged | kinds.UserSecret,
        secrets: Mapping[str, str],
        *,
        proved: bool = False,
    ) -> Written:
        """Record what *author* says about a user; a new password or PIN stands among *secrets* as `NEW`.

        *proved* is as in `admit`; an own secret is set by who gives the password, proved or not.

        Raises:
            NotSignedIn, NotAllowed: only administrators say such things, and everybody of their own secrets.
            BadEntry: as `add`, `change` and `set_secret` do.
        """
        if isinstance(said, kinds.UserSecret):
            if said.user == author:
                self.signed_in(author, secrets.get(author), changing=True)
            elif said.what == "pin":
                raise NotAllowed(f"a PIN is chosen by {said.user} alone: infusionlog user password --pin")
            else:
                self.admit(author, "user.secret", secrets, proved=proved)
            return self.set_secret(author, said.user, secrets.get(NEW, ""), pin=said.what == "pin")
        if isinstance(said, kinds.UserChanged):
            self.admit(author, "user.changed", secrets, proved=proved)
            new: dict[str, Any] = {"full_name": said.full_name, "role": said.role, "active": said.active}
            return self.change(author, said.user, said.reason, **new)
        self.admit(author, "user.added", secrets, proved=proved)
        return self.add(author, said.user, said.full_name, said.role, secrets.get(NEW, ""))

    def add(self, by: str, name: str, full_name: str, role: kinds.Role, password: str) -> Written:
        """Add a user, who chooses another password at the first sign-in; the very first keeps this one.

        Raises:
            BadEntry: the name is taken, was taken, or is of no form that a name may have.
        """
        if not USER_NAME.fullmatch(name) or name in (RECORDER, FORWARD, UNATTRIBUTED, "manual", kinds.SYSTEM):
            raise BadEntry(f"user {name}: a name is 2 to 40 small letters, digits, dots and hyphens")
        if self.user(name) is not None:
            raise BadEntry(f"user {name}: the name is or was somebody's; names are never given again")
        first = not self._store.users()
        if first and role != "admin":
            raise BadEntry("the first user is an administrator: give --role admin")
        row = {"name": name, "full_name": full_name, "role": role, "active": 1}
        row |= {"password": _hashed(name, password), "must_change": int(not first)}
        return self._say(by, "user.added", kinds.UserAdded(user=name, full_name=full_name, role=role), row)

    def change(
        self,
        by: str,
        name: str,
        reason: str,
        *,
        full_name: str | None = None,
        role: kinds.Role | None = None,
        active: bool | None = None,
    ) -> Written:
        """Change a user's role or name, or let them go; the row stays.

        Raises:
            BadEntry: there is no such user, nothing changes, or no administrator would be left.
        """
        had = self._known(name)
        new: dict[str, Any] = {"full_name": full_name, "role": role, "active": active}
        new = {field: value for field, value in new.items() if value is not None}
        if not new:
            raise BadEntry(f"user {name}: say what changes: a role, a name, or that they left")
        if had.role == "admin" and (active is False or role not in (None, "admin")):
            others = [user for user in self.users() if user.role == "admin" and user.active]
            if [user.name for user in others] == [name]:
                raise BadEntry(f"user {name} is the only administrator; add another one first")
        said = kinds.UserChanged(user=name, reason=reason, **new)
        row = {"name": name, "full_name": had.full_name, "role": had.role} | new
        return self._say(by, "user.changed", said, row | {"active": int(new.get("active", had.active))})

    def set_secret(self, by: str, name: str, secret: str, *, pin: bool = False) -> Written:
        """Set a user's password or PIN; a password that another sets has to be changed before it is used."""
        self._known(name)
        what = "pin" if pin else "password"
        if pin and not PIN.fullmatch(secret):
            raise BadEntry("a PIN is 4 to 8 digits")
        row: dict[str, Any] = {"name": name, what: _hash(secret) if pin else _hashed(name, secret)}
        if not pin:
            row |= {"must_change": int(by != name), "failures": 0, "locked_until": 0}
        return self._say(
            by,
            "user.secret",
            kinds.UserSecret(user=name, what="pin" if pin else "password", by_administrator=by != name),
            row,
        )

    def _known(self, name: str) -> User:
        user = self.user(name)
        if user is None:
            raise BadEntry(f"{name} is no user of this ledger; `infusionlog user list` names them")
        return user

    def _log(
        self, event: Any, name: str, what: str | None = None, user: Mapping[str, Any] | None = None
    ) -> None:
        self._say(RECORDER, "access", kinds.Access(event=event, user=name[:120], what=what), user)

    def _say(self, by: str, kind: str, said: kinds.Payload, user: Mapping[str, Any] | None = None) -> Written:
        entry = Entry(kinds.SYSTEM, self._clock.now(), kind, by, kinds.text_of(said))
        return self._store.append([entry], user=user)[0]


def claimed(records: Iterable[Written]) -> dict[str, str]:
    """Return who owns each entry that was made when nobody could sign in, by its reference."""
    owners: dict[str, str] = {}
    for record in records:
        if record.kind == "attribute":
            owners.setdefault(str(json.loads(record.payload)["target"]), record.author)
    return owners


def _user(row: Mapping[str, Any]) -> User:
    return User(row["name"], row["full_name"], row["role"], bool(row["active"]), bool(row["must_change"]))


def _is_person(value: object) -> bool:
    return isinstance(value, Mapping) and "name" in value and value.keys() <= {"name", "authenticated"}


def _hashed(name: str, password: str) -> str:
    if len(password) < SHORTEST_PASSWORD or password.casefold() == name.casefold():
        raise BadEntry(f"a password has at least {SHORTEST_PASSWORD} characters and is not the user's name")
    return _hash(password)


def _hash(secret: str) -> str:
    from argon2 import PasswordHasher  # 20 ms: only where somebody signs in

    return PasswordHasher().hash(secret)


_KEY = token_bytes(32)
_PROVED: dict[str, bytes] = {}
"""What fitted each stored hash in this process, keyed by `_KEY`: a nurse who enters again need not wait."""


def _fits(stored: str, secret: str) -> bool:
    digest = hmac.digest(_KEY, secret.encode(), "sha256")
    if hmac.compare_digest(_PROVED.get(stored, b""), digest):
        return True
    from argon2 import PasswordHasher
    from argon2.exceptions import VerificationError

    try:
        PasswordHasher().verify(stored, secret)
    except VerificationError:
        return False
    _PROVED[stored] = digest
    return True
