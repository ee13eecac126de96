"""Which recorders a server takes records of: enrolled by an administrator, known by a token.

The token is shown once; the ledger keeps its SHA-256. All of it stands in the stream ``system``, which no
recorder can write.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from logger import kinds
from logger.clock import moment
from logger.ledger.audit import Row
from logger.ledger.chains import rows_after
from logger.ledger.models import Written
from logger.ledger.store import Store

PAGE = 2000


def new_token() -> str:
    """Return a token, 256 bits, to be shown once."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """Return what the ledger keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A recorder that may forward; *rooms* empty: all that no other recorder hears."""

    name: str
    token: str
    rooms: tuple[str, ...]


@dataclass(slots=True)
class Enrolment:
    """What the stream ``system`` says of recorders, read as far as it goes at each `read`.

    Attributes:
        recorders: by name.
        writers: which recorder each writer belongs to.
        purged: sessions that were removed, and that no recorder brings back.
    """

    recorders: dict[str, Enrolled] = field(default_factory=dict)
    writers: dict[str, str] = field(default_factory=dict)
    purged: set[str] = field(default_factory=set)
    _read: dict[str, int] = field(default_factory=dict)

    def read(self, store: Store) -> None:
        """Read what came since."""
        rows: list[Row] = []
        while page := rows_after(store, {kinds.SYSTEM: self._read}, PAGE):
            self._read |= {row[1]: row[2] for row in page}
            rows += page
        for row in sorted(rows, key=lambda one: (one[3], one[1], one[2])):
            self.take(Written(*row))

    def take(self, record: Written) -> None:
        """Take down what one record says."""
        if record.kind == "purged":
            self.purged.add(str(json.loads(record.payload)["session"]))
        elif record.kind == "recorder.enrolled":
            said = kinds.RecorderEnrolled.model_validate_json(record.payload)
            self.recorders[said.recorder] = Enrolled(said.recorder, said.token, said.rooms)
        elif record.kind == "recorder.dismissed":
            self.recorders.pop(str(json.loads(record.payload)["recorder"]), None)
        elif record.kind == "recorder.connected":
            connected = kinds.RecorderConnected.model_validate_json(record.payload)
            if self.writers.get(connected.writer) not in self.recorders:
                self.writers[connected.writer] = connected.recorder

    def by_token(self, token: str) -> Enrolled | None:
        """Return whose token it is, None: nobody's."""
        digest = digest_of(token)
        found = [one for one in self.recorders.values() if hmac.compare_digest(one.token, digest)]
        return found[0] if found else None

    def living(self) -> frozenset[str]:
        """Return the writers of recorders that may forward: each closes its own chains."""
        return frozenset(writer for writer, name in self.writers.items() if name in self.recorders)

    def of_room(self, room: str) -> str | None:
        """Return the recorder that hears a room: the one that names it, else one that names none."""
        naming = [one.name for one in self.recorders.values() if room in one.rooms]
        rest = [one.name for one in self.recorders.values() if not one.rooms]
        return next(iter([*naming, *rest]), None)


def listed(records: Iterable[Written]) -> list[dict[str, Any]]:
    """Return the recorders that may forward, by name, as *records* of the stream ``system`` have it."""
    said, connected = Enrolment(), dict[str, int]()
    for record in records:
        said.take(record)
        if record.kind == "recorder.connected":
            connected[str(json.loads(record.payload)["recorder"])] = record.at
    return [
        {
            "recorder": one.name,
            "rooms": list(one.rooms),
            "writers": sorted(writer for writer, name in said.writers.items() if name == one.name),
            "connected_at": moment(connected[one.name]).isoformat() if one.name in connected else None,
        }
        for one in sorted(said.recorders.values(), key=lambda one: one.name)
    ]
