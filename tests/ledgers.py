"""A ledger to test with: a clock that stands where it is put, sessions with invented patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from logger.clock import SECOND, SessionClock, Sources, Synchronisation, moment
from logger.entering.desk import LedgerDesk
from logger.entering.opening import Opening, open_or_resume
from logger.kinds import canonical
from logger.ledger.models import Entry, Written
from logger.ledger.store import Store
from logger.settings import find_protocol

NURSE = "nurse.example"

NOON = 1_790_000_000 * SECOND
"""A moment, microseconds UTC: 2026-09-21 14:13:20."""


@dataclass
class Hands:
    """The hands of a machine's clocks, all in microseconds; `move` lets time pass on all of them."""

    wall: int = NOON
    boottime: int = 1000 * SECOND
    monotonic: int = 1000 * SECOND
    boot: str = "boot-1"
    vouched: bool = True

    def move(self, seconds: float) -> None:
        for name in ("wall", "boottime", "monotonic"):
            setattr(self, name, getattr(self, name) + round(seconds * SECOND))

    def sources(self) -> Sources:
        return Sources(
            lambda: self.wall,
            lambda: self.boottime,
            lambda: self.monotonic,
            lambda: self.boot,
            lambda: Synchronisation(self.vouched, "a test", None),
        )


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def desk_at(path: Path, hands: Hands) -> LedgerDesk:
    """Open the ledger at *path*, made if need be, on the clock of *hands*."""
    store = Store(url_of(path), create=True, patience=0)
    clock = SessionClock.resumed(store.anchor(), store.newest(), sources=hands.sources())
    store.set_anchor(clock.anchor)
    return LedgerDesk(store, clock, pid=1)


def opening(room: str = "1", patient: str = "INVENTED-1", **more: Any) -> Opening:
    return Opening(room, patient, find_protocol("iv_ketamine_40min"), ZoneInfo("UTC"), NURSE, **more)


def open_session(desk: LedgerDesk, room: str = "1", **more: Any) -> str:
    session, _ = open_or_resume(desk, opening(room, **more))
    return session


def reading(session: str, at: int, source: str = "monitor", **values: float | None) -> Entry:
    """An entry as the recorder makes it for one frame."""
    said = [{"vital": vital, "value": value} for vital, value in values.items()]
    return frame(session, at, *said, source=source)


def frame(session: str, at: int, *values: Mapping[str, Any], source: str = "monitor", **more: Any) -> Entry:
    """An entry as the recorder makes it for one frame, with all that can be said of its values and of it."""
    said = {"v": 1, "source": source, "capture": 0, "offset": 0, "length": 1, "readings": values}
    return Entry(session, at, "reading", "test_adapter", canonical(said | more))


def at(seconds: float) -> str:
    """Return the time so many seconds after noon, as it is stated."""
    return moment(NOON + round(seconds * SECOND)).isoformat()


def kinds_of(records: list[Written] | tuple[Written, ...]) -> list[str]:
    return [record.kind for record in records]


class Nurse:
    """Somebody at the desk of an open session."""

    def __init__(self, desk: LedgerDesk, hands: Hands) -> None:
        self.desk, self.hands, self.session = desk, hands, open_session(desk)

    def says(self, kind: str, author: str = NURSE, **payload: Any) -> Written:
        return self.desk.append(self.session, kind, author, payload)

    def types(self, **values: float | None) -> Written:
        readings = [{"vital": vital, "value": value} for vital, value in values.items()]
        return self.says("reading", source="manual", readings=readings)

    def heard(self, *values: dict[str, Any]) -> Written:
        return self.desk.store.append([frame(self.session, self.desk.clock.now(), *values)])[0]

    def records(self) -> tuple[Written, ...]:
        return self.desk.file(self.session).records
