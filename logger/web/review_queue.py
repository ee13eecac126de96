"""The queue of a physician as its address says it: filters, which page of it, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from logger.clock import microseconds
from logger.errors import BadEntry
from logger.web.waiting import Waits, Wanted

ON_A_PAGE = 25
STATES = {"unsigned": "not signed", "amended": "amended after signature"}
FILTERS = ("room", "protocol", "from", "until", "state")


@dataclass(frozen=True, slots=True)
class Queue:
    """What was asked for, by the fields of the address that are not empty."""

    fields: Mapping[str, str]
    wanted: Wanted
    page: int = 1

    @property
    def query(self) -> str:
        """Return the filters as an address carries them, ``queue=1`` before them."""
        return urlencode({"queue": "1", **self.fields})

    def at_page(self, page: int) -> str:
        """Return the address of a page of this queue."""
        return "/review?" + urlencode({**self.fields, "page": page})

    def of_session(self, session: str) -> str:
        """Return the address of a session's page within this queue."""
        return f"/sessions/{session}?{self.query}"


def queue_of(asked: Mapping[str, Any], zone: ZoneInfo) -> Queue:
    """Return the queue of an address or a form; days are those of *zone*, both of them included.

    Raises:
        BadEntry: a day is none, or it is no state or number.
    """
    fields = {name: str(asked.get(name, "")).strip() for name in FILTERS}
    fields = {name: text for name, text in fields.items() if text}
    start, end = _day(fields.get("from"), zone), _day(fields.get("until"), zone, later=1)
    state, page = fields.get("state", ""), str(asked.get("page", "") or 1)
    if state and state not in STATES:
        raise BadEntry(f"state {state}: choose one of {', '.join(STATES)}")
    if not (page.isascii() and page.isdecimal() and 0 < int(page) < 100_000):
        raise BadEntry(f"page {page}: give a number")
    wanted = Wanted(fields.get("room", ""), fields.get("protocol", ""), start, end, state)
    return Queue(fields, wanted, int(page))


def following(waits: Sequence[Waits], session: str) -> tuple[int, Waits | None]:
    """Return the place of *session* among those that wait, from 1, and the one after it; 0: not among them.

    After the last one comes the first again; None: no other one waits.
    """
    places = {one.session: place for place, one in enumerate(waits)}
    place = places.get(session, -1)
    others = [*waits[place + 1 :], *waits[: max(place, 0)]]
    return place + 1, next(iter(others), None)


def _day(text: str | None, zone: ZoneInfo, later: int = 0) -> int | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=later)
        return microseconds(datetime(day.year, day.month, day.day, tzinfo=zone))
    except (ValueError, OverflowError) as error:
        raise BadEntry(f"{text}: give a day as 2026-11-24") from error
