"""A table in the layout of our own ``vitals.csv``: one row a value, in UTF-8, parted by commas.

Needed columns: ``measured_at`` or ``at`` (where both have a time, the first), ``vital``, ``value``, ``unit``.
Used where they are there: ``source``, ``variant``, ``quality``, ``reason``, ``excluded``, ``superseded_by``.
Every other column is named as not imported.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from analysis.imports.measured import (
    LONGEST_REASON,
    OUT_OF_FORCE,
    BadFile,
    Found,
    Measured,
    found,
    source_of,
)
from devices.vocabulary import Vital, config_folder, unit_of

TIMES = ("measured_at", "at")
NEEDED = ("vital", "value", "unit")
USED = (*TIMES, *NEEDED, "source", "variant", "quality", "reason", "excluded", "superseded_by")
QUALITIES = ("good", "questionable", "invalid")

OURS = ("session", "writer", "seq")
"""Columns of our own tables, which say of what session a row is."""

FIRST_YEAR, LAST_YEAR = 1970, 9000
"""Between them a time has the same year's neighbours in every zone, and a record can hold it."""

NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
"""What counts as a number: ``float`` takes 9_7, digits of other scripts and words too."""

REFERENCE = re.compile(r"[0-9a-z]+:[0-9]+")
"""A record: writer:seq."""

BESIDE = ("ledger.csv", "events.csv")
"""The tables of our own export that say of what kind a session was; vitals.csv beside them does not."""

SIMULATED = ("simulat", "demo")
"""How sources begin that say themselves that they are no monitor."""

UNREAL = re.compile(r'""demo"":true|""url"":""simulate:|""states"":\[[^\]]*""(demo|test)""')
"""What says that numbers are no patient's: the record that opens a session, its devices, their states."""

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
    own = set(OURS) <= set(columns)
    values = []
    for number, row in rows:
        where = f"line {number}"
        try:
            values.append(_measured(row, zone, where))
        except ValueError as wrong:
            raise BadFile(f"{path.name}, {where}: {wrong}; nothing was imported") from wrong
    others = [name for name in columns if name not in USED]
    left_out = [f"the columns {', '.join(others)}"] if others else []
    made = found(values, left_out, path.name, now)
    sessions = sorted({row["session"].strip() for _, row in rows} - {""}) if own else ()
    unreal = any(row.get("source", "").strip().lower().startswith(SIMULATED) for _, row in rows)
    return replace(made, demo=unreal or any(map(_says_demo, _beside(path))), sessions=tuple(sessions))


def _beside(path: Path) -> list[Path]:
    return [other for name in BESIDE if (other := path.with_name(name)).is_file() and other != path]


def _says_demo(path: Path) -> bool:
    """Return whether a table of our own export says that its session was of no patient."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return any(UNREAL.search(line) for line in file)


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
    if len(reason) > LONGEST_REASON:
        raise ValueError(f"the reason has {len(reason)} characters, and {LONGEST_REASON} are the most")
    if quality not in QUALITIES:
        raise ValueError(f"{quality} is no quality; there are {', '.join(QUALITIES)}")
    replaced = _is_replaced(cell["superseded_by"])
    for mark, holds in zip(OUT_OF_FORCE, (_is_true(cell["excluded"]), replaced), strict=True):
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
    if name in set(Vital) or name.removeprefix("local:") not in {name, ""}:
        return name
    close = get_close_matches(name, list(Vital), n=3)
    raise ValueError(f"{name!r} is no vital{f'; did you mean {chr(32).join(close)}?' if close else ''}")


def _value(text: str) -> float | None:
    if not text:
        return None
    if text.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
        raise ValueError(f"the value {text!r} is no number; leave it empty and give a reason")
    if not NUMBER.fullmatch(text):
        raise ValueError(f"the value {text!r} is no number; write 36.8, without a unit")
    return float(text)


def _is_replaced(text: str) -> bool:
    """Return whether a record took a value's place: of a withdrawn or moved one it is no row of the table."""
    if text and not REFERENCE.fullmatch(text):
        raise ValueError(f"superseded_by is empty or names a record, as a1:7, and is not {text!r}")
    return bool(text)


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
    if not FIRST_YEAR <= stated.year < LAST_YEAR:
        raise ValueError(f"{text} is no time of a session; look at the file's clock")
    if stated.tzinfo is not None:
        return stated
    if zone is None:
        raise ValueError(f"{text} has no offset; give --zone, as --zone Europe/Vienna")
    either = {stated.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    if len(either) > 1:
        raise ValueError(f"{text} stands on no clock or twice in {zone.key} that night; write its offset")
    return stated.replace(tzinfo=zone)
