"""A table in the layout of our own ``vitals.csv``: one row a value, in UTF-8, parted by commas.

Needed columns: ``measured_at`` or ``at`` (where both have a time, the first), ``vital``, ``value``, ``unit``.
Used where they are there: ``source``, ``variant``, ``quality``, ``reason``, ``excluded``, ``superseded_by``.
Every other column is named as not imported.
"""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from analysis.imports.measured import OUT_OF_FORCE, BadFile, Found, Measured, found, source_of
from devices.vocabulary import Vital, config_folder, unit_of

TIMES = ("measured_at", "at")
NEEDED = ("vital", "value", "unit")
USED = (*TIMES, *NEEDED, "source", "variant", "quality", "reason", "excluded", "superseded_by")
QUALITIES = ("good", "questionable", "invalid")

Row = Mapping[Any, str]
"""Cells by column; under None those that stand past the last column."""


def read_table(path: Path, now: datetime, zone: ZoneInfo | None = None) -> Found:
    """Return what a table holds. An excluded or replaced value is invalid here, and says why.

    Args:
        path: the file.
        now: no value may be later.
        zone: in which times without an offset are read.

    Raises:
        BadFile: a line is wrong, by its number; then nothing is imported.
    """
    columns, rows = _rows(path)
    values = []
    for number, row in rows:
        where = f"line {number}"
        try:
            values.append(_measured(row, zone, where))
        except ValueError as wrong:
            raise BadFile(f"{path.name}, {where}: {wrong}; nothing was imported") from wrong
    others = [name for name in columns if name not in USED]
    left_out = [f"the columns {', '.join(others)}"] if others else []
    return found(values, left_out, path.name, now)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, Row]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="", strict=True)
            columns = [name.strip() for name in reader.fieldnames or []]
            reader.fieldnames = columns
            rows: list[tuple[int, Row]] = [
                (reader.line_num, row) for row in reader if any(map(_said, row.values()))
            ]
    except (UnicodeError, csv.Error) as error:
        raise BadFile(f"{path.name}: is no table of text ({error}); give a CSV file in UTF-8") from error
    if not columns:
        raise BadFile(f"{path.name}: is empty")
    missing = [name for name in NEEDED if name not in columns]
    if not set(TIMES) & set(columns):
        missing.insert(0, " or ".join(TIMES))
    if missing:
        hint = "; its columns are parted by semicolons, part them by commas" if ";" in columns[0] else ""
        raise BadFile(f"{path.name}: the first line lacks the columns {', '.join(missing)}{hint}")
    for number, row in rows:
        if None in row:
            raise BadFile(f"{path.name}, line {number}: has more cells than there are columns")
    return columns, rows


def _said(cell: object) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else bool(cell)


def _measured(row: Row, zone: ZoneInfo | None, where: str) -> Measured:
    cell = {name: row.get(name, "").strip() for name in USED}
    vital = cell["vital"]
    value, reason, quality = _value(cell["value"]), cell["reason"], cell["quality"] or "good"
    if value is None and not reason:
        raise ValueError(f"{vital} has neither a value nor a reason why not")
    if quality not in QUALITIES:
        raise ValueError(f"{quality} is no quality; there are {', '.join(QUALITIES)}")
    for mark, holds in zip(
        OUT_OF_FORCE, (_is_true(cell["excluded"]), bool(cell["superseded_by"])), strict=True
    ):
        if holds:
            quality, reason = "invalid", mark
    return Measured(
        at=_time(cell["measured_at"] or cell["at"], zone),
        source=source_of(cell["source"]),
        vital=_vital(vital),
        variant=cell["variant"],
        value=value,
        unit=_unit(vital, cell["unit"]),
        quality=quality,
        reason=reason,
        where=where,
    )


def _vital(name: str) -> str:
    if name in set(Vital) or name.startswith("local:"):
        return name
    close = get_close_matches(name, list(Vital), n=3)
    raise ValueError(f"{name!r} is no vital{f'; did you mean {chr(32).join(close)}?' if close else ''}")


def _value(text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"the value {text!r} is no number; write 36.8, without a unit") from None
    if not math.isfinite(value):
        raise ValueError(f"the value {text!r} is no number; leave it empty and give a reason")
    return value


def _is_true(text: str) -> bool:
    if text.lower() not in {"", "true", "false"}:
        raise ValueError(f"excluded is true or false, not {text!r}")
    return text.lower() == "true"


def _unit(vital: str, text: str) -> str:
    known = unit_of(vital)
    if known is None or text == known or text in _written().get(known, ()):
        return known or text
    raise ValueError(f"{vital} is in {known} here, and the file says {text or 'nothing'}; convert it first")


@cache
def _written() -> dict[str, list[str]]:
    text = (config_folder() / "import" / "units.toml").read_text(encoding="utf-8")
    written: dict[str, list[str]] = tomllib.loads(text)["written"]
    return written


def _time(text: str, zone: ZoneInfo | None) -> datetime:
    try:
        stated = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text or 'an empty cell'} is no time; write 2026-03-02T14:05:09+01:00") from None
    if stated.tzinfo is not None:
        return stated
    if zone is None:
        raise ValueError(f"{text} has no offset; give --zone, as --zone Europe/Vienna")
    either = {stated.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    if len(either) > 1:
        raise ValueError(f"{text} stands on no clock or twice in {zone.key} that night; write its offset")
    return stated.replace(tzinfo=zone)
