"""A ledger with people who sign in: one of each role, a second nurse, and an open session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from ledgers import Hands, desk_at, opening

from logger.entering.opening import open_or_resume
from logger.entering.signing import policy_digest
from logger.ledger.models import Written
from logger.people import accounts
from logger.people.accounts import NEW

ADMIN, NURSE, COLLEAGUE, PHYSICIAN, QA = (
    "a.admin",
    "n.nurse",
    "m.nurse",
    "p.physician",
    "q.auditor",
)
ROLES = {ADMIN: "admin", NURSE: "nurse", COLLEAGUE: "nurse", PHYSICIAN: "physician", QA: "qa"}
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashes that cost nothing: what is tested is who may do what, not how long a guess takes."""


def password(name: str) -> str:
    return f"the password of {name}"


class Clinic:
    """The desk of a ledger with users; `says` enters under the author's own password."""

    def __init__(self, path: Path, monkeypatch: Any) -> None:
        monkeypatch.setattr(accounts, "_hash", QUICK.hash)
        self.hands = Hands()
        self.desk = desk_at(path, self.hands)
        for name, role in ROLES.items():
            self.adds(name, role)
        self.session = self.opens()

    def adds(self, name: str, role: str) -> None:
        said = {"user": name, "full_name": f"DEMO {name}", "role": role}
        self.desk.append("system", "user.added", ADMIN, said, self.secrets(ADMIN) | {NEW: "first password"})
        own = {name: "first password", NEW: password(name)}
        self.desk.append("system", "user.secret", name, {"user": name, "what": "password"}, own)

    def opens(self, room: str = "1", patient: str = "INVENTED-1") -> str:
        wanted = replace(opening(room, patient), author=NURSE, secrets=self.secrets(NURSE))
        return open_or_resume(self.desk, wanted)[0]

    def secrets(self, *names: str) -> dict[str, str]:
        return {name: password(name) for name in names}

    def says(
        self, author: str, kind: str, *, session: str | None = None, with_: tuple[str, ...] = (), **said: Any
    ) -> Written:
        return self.desk.append(session or self.session, kind, author, said, self.secrets(author, *with_))

    def accepts_policy(self, name: str) -> None:
        fact = {"user": name, "fact": "policy_accepted", "on": "2026-09-21", "digest": policy_digest()}
        self.desk.append("system", "user.fact", name, fact, self.secrets(name))

    def records(self, session: str | None = None) -> tuple[Written, ...]:
        return self.desk.file(session or self.session).records
