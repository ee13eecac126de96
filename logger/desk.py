"""Where what people say becomes records: one desk for the recorder, the command line and the pages.

A desk takes an entry, checks its form, stamps it with the session clock and appends it. It never refuses
a fact for its order: what happened is always accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from pydantic import ValidationError

from devices.vocabulary import Vital, facts
from logger import audit, kinds
from logger.clock import SECOND, SessionClock, microseconds
from logger.errors import BadEntry, NoSuchRecord
from logger.models import Entry, Written
from logger.store import Store

PEOPLE_SAY = frozenset(
    kind
    for kind in kinds.KINDS
    if kind.startswith(("effect.", "infusion."))
    or kind
    in {
        "note",
        "mark",
        "amend",
        "exclude",
        "adopt",
        "reading",
        "device",
        "session.end",
    }
)
"""The kinds that may come through the desk; all others are the recorder's own."""

AHEAD = 60 * SECOND
"""How far in the future a stated time may lie: two clocks in a clinic differ by seconds, not minutes."""


@dataclass(frozen=True, slots=True)
class SessionFile:
    """A session as the ledger holds it: its row, the patient's row, the protocol's text, its records."""

    row: Mapping[str, Any]
    patient: Mapping[str, Any]
    protocol: str
    records: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """What an owner says of itself: its process, its writer, all sessions' rows, the recorder's devices."""

    pid: int
    writer: str
    sessions: Sequence[Mapping[str, Any]]
    devices: Sequence[Mapping[str, Any]] = ()


class Desk(Protocol):
    """What every door to a ledger offers, here or in another process."""

    def append(self, session: str, kind: str, author: str, payload: Mapping[str, Any]) -> Written:
        """Record what *author* says; return once it is on the disk."""
        ...

    def file(self, session: str) -> SessionFile:
        """Return everything about a session."""
        ...

    def status(self) -> Status:
        """Return who owns the ledger and which sessions it holds."""
        ...

    def close(self) -> None:
        """Leave."""
        ...


class LedgerDesk:
    """The desk of the process that owns the ledger."""

    def __init__(self, store: Store, clock: SessionClock, pid: int) -> None:
        self.store, self.clock, self._pid = store, clock, pid

    def append(self, session: str, kind: str, author: str, payload: Mapping[str, Any]) -> Written:
        """Check, stamp and commit an entry; the end of a session closes this writer's chain too.

        Raises:
            BadEntry: the payload is not of the kind's form, or states a time that has not come.
            NoSuchSession, NoSuchRecord: what it speaks of is not there.
        """
        row = self.store.session(session)
        checked = self._check(row, kind, author, payload)
        entry = Entry(row["id"], self.clock.now(), kind, author, kinds.text_of(checked))
        if kind == "session.end":
            return self._end(entry)
        return self.store.append([entry])[0]

    def _check(
        self, row: Mapping[str, Any], kind: str, author: str, payload: Mapping[str, Any]
    ) -> kinds.Payload:
        if kind not in PEOPLE_SAY:
            raise BadEntry(
                f"{kind} is no kind that a person enters; known are {', '.join(sorted(PEOPLE_SAY))}"
            )
        if not author.strip() or not author.isprintable():
            raise BadEntry("an entry needs its author's name on one line; give --author")
        try:
            checked = kinds.KINDS[kind].model_validate(dict(payload))
        except ValidationError as error:
            first = error.errors()[0]
            raise BadEntry(f"{kind}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        stated: datetime | None = getattr(checked, "happened_at", None) or getattr(checked, "taken_at", None)
        if stated and row["clock_speed"] == 1.0 and microseconds(stated) > self.clock.now() + AHEAD:
            raise BadEntry(f"{stated:%H:%M:%S} has not come yet; enter it when it has happened")
        if isinstance(checked, kinds.ReadingPayload):
            _check_values({value.vital: value.value for value in checked.readings})
        self._check_target(row["id"], checked)
        if kind == "session.end" and row["state"] != "open":
            raise BadEntry(f"session {row['id']} is {row['state']} already")
        return checked

    def _check_target(self, session: str, payload: kinds.Payload) -> None:
        target: str | None = getattr(payload, "target", None)
        if target is None:
            return
        found = next((record for record in self.store.records(session) if record.ref == target), None)
        if found is None:
            raise NoSuchRecord(f"session {session} has no record {target}; `infusionlog show` lists them")
        if not isinstance(payload, kinds.Amend | kinds.Adopt):
            return
        if found.kind not in {"reading", "amend"}:
            raise BadEntry(f"{target} is a record of {found.kind}, and only readings can be amended")
        if isinstance(payload, kinds.Amend):
            _check_amended(found, payload)
        elif found.kind == "reading" and not _holds(found):
            raise BadEntry(f"{target} holds no cuff reading back: there is nothing to claim")

    def _end(self, entry: Entry) -> Written:
        """Commit the end of a session and the closing of its chain as one: no kill comes between them."""
        seq, head, last = self.store.tail(entry.session)
        end = replace(entry, at=max(entry.at, last))
        closing = kinds.Close(count=seq + 1, head=audit.chained(end, self.store.writer, seq, head).digest)
        close = Entry(entry.session, end.at, "close", "recorder", kinds.text_of(closing))
        projection = {"state": "closed", "ended_at": end.at, "closed_at": end.at}
        return self.store.append([end, close], projection=projection)[0]

    def file(
        self, session: str, after: Mapping[str, int] | None = None, limit: int | None = None
    ) -> SessionFile:
        """Return everything about a session, or of its records those after *after*, at most *limit*."""
        row = self.store.session(session)
        patient, protocol = (
            self.store.patient(row["patient"]),
            self.store.protocol_text(row["protocol_digest"]),
        )
        return SessionFile(row, patient, protocol, tuple(self.store.records(session, after, limit)))

    def status(self) -> Status:
        """Return who owns the ledger and which sessions it holds."""
        return Status(self._pid, self.store.writer, self.store.sessions())

    def close(self) -> None:
        """Close the ledger."""
        self.store.close()


def _check_values(typed: Mapping[str, float | None]) -> None:
    known = {str(vital): facts()[vital] for vital in Vital}
    for vital, value in typed.items():
        if vital not in known:
            raise BadEntry(f"{vital} is no vital sign; known are {', '.join(known)}")
        low, high = known[vital].plausible_min, known[vital].plausible_max
        if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
            raise BadEntry(
                f"{vital}={value:g} is outside {low:g}-{high:g} {known[vital].unit}; "
                "check the typing (enter what the monitor really shows as a note)"
            )


def _holds(record: Written) -> bool:
    reading = kinds.ReadingPayload.model_validate_json(record.payload)
    return any(value.reason == "held" and not value.repeat for value in reading.readings)


def _check_amended(record: Written, amend: kinds.Amend) -> None:
    if record.kind == "amend":
        had = set(kinds.Amend.model_validate_json(record.payload).changes)
    else:
        reading = kinds.ReadingPayload.model_validate_json(record.payload)
        had = {value.vital for value in reading.readings if not value.repeat}
    if missing := amend.changes.keys() - had:
        raise BadEntry(
            f"{record.ref} has no {', '.join(sorted(missing))} of its own to amend, "
            f"only {', '.join(sorted(had)) or 'repeats of an earlier cuff reading'}"
        )
    _check_values({vital: value for vital, value in amend.changes.items() if vital in set(Vital)})
