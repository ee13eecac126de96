"""A session whose devices and nurse say what a test lets them say, and the rows that its records become."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ledgers import NOON, NURSE, Hands, frame, open_session

from analysis.session import Session
from logger.clock import moment
from logger.entering.desk import LedgerDesk
from logger.kinds import Exclude, Link, Payload, text_of
from logger.ledger.models import Entry, Written
from logger.reviewing.frames import build

START = moment(NOON)


class Room:
    """A session in a ledger, its devices and its nurse; each says something a second after the one before."""

    def __init__(self, desk: LedgerDesk, hands: Hands, **more: Any) -> None:
        self.desk, self.hands, self.session = desk, hands, open_session(desk, **more)

    def heard(self, *values: Mapping[str, Any], source: str = "monitor", **more: Any) -> Written:
        self.hands.move(1)
        entry = frame(self.session, self.desk.clock.now(), *values, source=source, **more)
        return self.desk.store.append([entry])[0]

    def said(self, kind: str, payload: Payload) -> Written:
        """Record what the recorder says of itself or of a line."""
        self.hands.move(1)
        entry = Entry(self.session, self.desk.clock.now(), kind, "recorder", text_of(payload))
        return self.desk.store.append([entry])[0]

    def says(self, kind: str, **payload: Any) -> Written:
        self.hands.move(1)
        return self.desk.append(self.session, kind, NURSE, payload)

    def types(self, happened_at: str | None = None, **values: float | None) -> Written:
        readings = [{"vital": vital, "value": value} for vital, value in values.items()]
        return self.says("reading", source="manual", readings=readings, happened_at=happened_at)

    def lost(self, source: str = "monitor", cause: str = "unplugged") -> Written:
        return self.said("link", Link(source=source, event="lost", cause=cause, since=self.now()))

    def heard_again(self, source: str = "monitor") -> Written:
        return self.said("link", Link(source=source, event="heard"))

    def now(self) -> datetime:
        return moment(self.desk.clock.now())

    def table(self) -> Session:
        return build(self.desk.file(self.session))


def spo2(value: float | None = 97.0, **more: Any) -> dict[str, Any]:
    return {"vital": "spo2", "value": value} | more


def cuff(value: float | None = 120.0, **more: Any) -> dict[str, Any]:
    return {"vital": "nibp_sys", "value": value} | more


def excludes(room: Room, vital: str, start: float | None = None, end: float | None = None) -> None:
    """Leave a vital out from *start* to *end*, seconds after the opening."""
    edges = {name: at(edge) for name, edge in (("start", start), ("end", end)) if edge is not None}
    room.said("exclude", Exclude(vital=vital, reason="x", **edges))


def rows(room: Room, vital: str | None = None) -> list[dict[str, Any]]:
    return [row for row in room.table().readings.to_dict("records") if vital in (None, row["vital"])]


def events(room: Room) -> list[dict[str, Any]]:
    return list(room.table().events.to_dict("records"))


def ref(row: Mapping[str, Any]) -> str:
    return f"{row['writer']}:{row['seq']}"


def at(seconds: float) -> datetime:
    """Return the moment so many seconds after the opening."""
    return START + timedelta(seconds=seconds)


def iso(seconds: float) -> str:
    return at(seconds).astimezone(UTC).isoformat()
