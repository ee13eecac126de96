"""What was written on the paper sheet during a power cut, as entries with the source ``paper``."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from devices.errors import UsageError
from logger.clock import microseconds
from logger.entering.checks import STATED, checked_alone
from logger.errors import BadEntry, CantWrite
from logger.kinds import KINDS
from logger.times import stated_time, with_times

COLUMNS = ("at", "kind", "fields")


def read_sheet(
    file: Path,
    row: Mapping[str, Any],
    author: str,
    now: datetime,
    late_hours: int,
    payload_of: Callable[[str, Iterable[str]], dict[str, Any]],
) -> list[tuple[str, dict[str, Any]]]:
    """Return the entries of a sheet, each a kind and its payload, in the sheet's order.

    Every line has passed what is looked at before an entry becomes a record: the first is entered only if
    the last can be. Vitals are lines of the kind ``vital`` with fields such as ``nibp_sys=142;nibp_dia=88``.
    *row* is the session's, *payload_of* reads FIELD=VALUE texts.

    Raises:
        BadEntry: a line is wrong, by its number; then none is returned.
        CantWrite: the file can't be read.
    """
    entries = []
    for number, cells in _lines(file):
        try:
            kind, said = _entry(cells, ZoneInfo(row["zone"]), now, late_hours, payload_of)
            checked_alone(row, microseconds(now), kind, author, said)
        except UsageError as error:
            raise BadEntry(f"{file}, line {number}: {error}; nothing was entered") from error
        entries.append((kind, said))
    return entries


def _lines(file: Path) -> list[tuple[int, dict[str | None, str]]]:
    """Return the lines that say something, each with its number in the file and its cells."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened, restval="")
            lines = [(reader.line_num, cells) for cells in reader]
    except (OSError, UnicodeError, csv.Error) as error:
        raise CantWrite(f"{file}: can't be read ({error}); give a CSV file in UTF-8") from error
    if not lines or not set(COLUMNS) <= lines[0][1].keys():
        raise BadEntry(f"{file}: the first line names the columns {', '.join(COLUMNS)}, and lines follow")
    return [(number, cells) for number, cells in lines if any(cells.values())]


def _entry(
    cells: Mapping[str | None, str],
    zone: ZoneInfo,
    now: datetime,
    late_hours: int,
    payload_of: Callable[[str, Iterable[str]], dict[str, Any]],
) -> tuple[str, dict[str, Any]]:
    if None in cells:  # what stands past the last column belongs to no field
        raise BadEntry("there are more cells than columns; part the fields by semicolons")
    at, kind, fields = (cells[column].strip() for column in COLUMNS)
    texts = [text.strip() for text in fields.split(";") if text.strip()]
    if kind == "vital":
        kind, said = "reading", {"source": "manual", "readings": [_value(text) for text in texts]}
    elif kind in STATED:
        said = payload_of(kind, texts)
    else:
        known = ", ".join(["vital", *sorted(STATED)])
        raise BadEntry(f"{kind or 'an empty kind'} stands on no paper sheet; known are {known}")
    said = with_times(said, now, zone, late_hours)
    if "happened_at" in KINDS[kind].model_fields:
        if not at:
            raise BadEntry("its time is missing; write hh:mm under at")
        said["happened_at"] = stated_time(at, now, zone, late_hours).isoformat()
    return kind, said | {"entered_from": "paper"}


def _value(text: str) -> dict[str, Any]:
    vital, _, number = text.partition("=")
    try:
        return {"vital": vital.strip(), "value": float(number)}
    except ValueError as error:
        raise BadEntry(f"{text}: write VITAL=VALUE, as nibp_sys=142") from error
