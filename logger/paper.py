"""What was written on the paper sheet during a power cut, as entries with the source ``paper``."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from logger.checks import parsed
from logger.errors import BadEntry, CantWrite
from logger.kinds import KINDS
from logger.times import stated_time, with_times

COLUMNS = ("at", "kind", "fields")


def read_sheet(
    file: Path,
    zone: str,
    now: datetime,
    late_hours: int,
    payload_of: Callable[[str, Iterable[str]], dict[str, Any]],
) -> list[tuple[str, dict[str, Any]]]:
    """Return the entries of a sheet, each a kind and its payload, in the sheet's order.

    Vitals are lines of the kind ``vital`` with fields such as ``nibp_sys=142;nibp_dia=88``.

    Raises:
        BadEntry: a line is wrong, by its number; then none is returned.
        CantWrite: the file can't be read.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, UnicodeError, csv.Error) as error:
        raise CantWrite(f"{file}: can't be read ({error}); give a CSV file in UTF-8") from error
    if not rows or not set(COLUMNS) <= rows[0].keys():
        raise BadEntry(f"{file}: the first line names the columns {', '.join(COLUMNS)}, and lines follow")
    entries = []
    for number, row in enumerate(rows, 2):
        try:
            entries.append(_entry(row, ZoneInfo(zone), now, late_hours, payload_of))
        except BadEntry as error:
            raise BadEntry(f"{file}, line {number}: {error}; nothing was entered") from error
    return entries


def _entry(
    row: dict[str, str],
    zone: ZoneInfo,
    now: datetime,
    late_hours: int,
    payload_of: Callable[[str, Iterable[str]], dict[str, Any]],
) -> tuple[str, dict[str, Any]]:
    texts = [text.strip() for text in (row["fields"] or "").split(";") if text.strip()]
    kind = row["kind"].strip()
    if kind == "vital":
        kind, said = "reading", {"source": "manual", "readings": [_value(text) for text in texts]}
    else:
        said = payload_of(kind, texts)
    said = with_times(said, now, zone, late_hours)
    if "happened_at" in KINDS[kind].model_fields:
        said["happened_at"] = stated_time(row["at"].strip(), now, zone, late_hours).isoformat()
    said["entered_from"] = "paper"
    parsed(kind, said)
    return kind, said


def _value(text: str) -> dict[str, Any]:
    vital, _, number = text.partition("=")
    try:
        return {"vital": vital.strip(), "value": float(number)}
    except ValueError as error:
        raise BadEntry(f"{text}: write VITAL=VALUE, as nibp_sys=142") from error
