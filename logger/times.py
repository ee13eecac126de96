"""Times as people type them: on the clock of the clinic, or so many minutes ago."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from logger.errors import BadEntry

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_AGO = re.compile(r"-(\d+(?:\.\d+)?)(s|m|min|h)?")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, None: 60}


class TimeText(str):
    """A time as it was typed, within a payload: read on the session's clock when the session is known."""

    __slots__ = ()


def stated_time(text: str, now: datetime, zone: ZoneInfo, late_hours: int = 12) -> datetime:
    """Return the moment that *text* states, with an offset.

    Args:
        text: ``10:42`` or ``10:42:30`` on the clinic's clock, ``-5`` (minutes ago; ``-90s``, ``-1h``), or
            ISO 8601, without an offset on the clinic's clock.
        now: on the session clock.
        zone: the clinic's.
        late_hours: a clock time that would lie ahead is yesterday's, if that is at most so long ago.

    Raises:
        BadEntry: no such form, or a clock time that fits neither today nor last night.
    """
    if ago := _AGO.fullmatch(text):
        try:
            return now - timedelta(seconds=float(ago[1]) * _SECONDS[ago[2]])
        except OverflowError as error:
            raise BadEntry(f"{text} is longer ago than any calendar reaches") from error
    local = now.astimezone(zone)
    if clock := _CLOCK.fullmatch(text):
        try:
            stated = datetime.combine(
                local.date(), time(int(clock[1]), int(clock[2]), int(clock[3] or 0)), zone
            )
        except ValueError as error:
            raise BadEntry(f"{text} is no time of day; write hh:mm") from error
        if stated <= now + timedelta(minutes=1):
            return stated
        if now - (yesterday := stated - timedelta(days=1)) <= timedelta(hours=late_hours):
            return yesterday
        raise BadEntry(f"{text} has not come yet; give the date too, as {yesterday:%Y-%m-%dT%H:%M}")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadEntry(f"{text} is no time; write hh:mm, -5 (minutes ago), or 2026-11-20T10:42") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def with_times(
    payload: Mapping[str, Any], now: datetime, zone: ZoneInfo, late_hours: int = 12
) -> dict[str, Any]:
    """Return *payload* with every time that was typed in it, however deep, as ISO 8601.

    Raises:
        BadEntry: as `stated_time` does.
    """

    def read(value: Any) -> Any:
        if isinstance(value, TimeText):
            return stated_time(value, now, zone, late_hours).isoformat()
        return {name: read(one) for name, one in value.items()} if isinstance(value, dict) else value

    return {name: read(value) for name, value in payload.items()}
