""".vital files: those of Vital Recorder, by a table of its tracks, and our own exports.

Of other devices only the tracks of ``config/import/vital.toml`` are imported. A file of ours has devices of
the kind ``infusionlog``, and names its tracks as `analysis.exports.vital` does.
"""

from __future__ import annotations

import gzip
import math
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np

from analysis.exports.marked_readings import MARKS, NO_VALUE, STANDS
from analysis.exports.quiet_library import quiet
from analysis.exports.timed_remarks import SECOND, moment_of
from analysis.exports.vital import DOUBLE, ENTRIES, NUMBERS, OURS
from analysis.imports.measured import BadFile, Found, Measured, found, source_of
from devices.vocabulary import NIBP, Vital, config_folder, unit_of

FLOAT = 1
"""How the format writes a number with 32 bits."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a track's numbers are here, and in which units they may be written."""

    vital: str
    variant: str
    units: tuple[str, ...]
    mark: str = STANDS


def read_vital(path: Path, now: datetime) -> Found:
    """Return what a .vital file holds of vital signs; its other tracks are named as not imported.

    Raises:
        BadFile: it is no such file, or has no track that can be imported.
        ModuleNotFoundError: `vitaldb` is not installed.
    """
    _check_form(path)
    file, wrong = None, ""
    with quiet("vitaldb.utils") as vitaldb:
        try:
            file = vitaldb.VitalFile(str(path))
        except Exception as error:  # the library checks no length: a cut file is an error of any kind
            wrong = str(error)  # its frames hold an open file, and go here
    if file is None:
        raise BadFile(f"{path.name}: can't be read to its end ({wrong}); copy it again")
    values: list[Measured] = []
    unknown: list[str] = []
    for name, track in sorted(file.trks.items()):
        device = file.devs.get(track.dname)
        meaning = _our_own(track.name) if device and device.type == OURS else _tracks().get(name)
        if meaning is None or track.unit not in meaning.units or track.fmt not in (FLOAT, DOUBLE):
            unknown.append(f"{name} ({track.unit})" if track.unit else name)
        else:
            values += _values(track, meaning)
    if not values:
        raise BadFile(f"{path.name}: has no track that is known here; it has {', '.join(unknown) or 'none'}")
    kept = [one for series in _by_series(values) for one in _cycles_once(series)]
    numbers = [one for one in kept if one.value is None or math.isfinite(one.value)]
    left_out = _left_out(unknown, len(values) - len(kept), len(kept) - len(numbers))
    return replace(found(numbers, left_out, path.name, now), demo=_says_demo(file))


def _says_demo(file: Any) -> bool:
    """Return whether an export of ours says that its session was a demo: among its entries, as a banner."""
    entries = file.trks.get(ENTRIES)
    return entries is not None and any(record["val"].startswith("DEMO") for record in entries.recs)


def _left_out(unknown: list[str], repeats: int, numberless: int) -> Iterator[str]:
    if unknown:
        yield f"the tracks {', '.join(unknown)}"
    if repeats:
        yield f"{repeats} cuff values that repeat one less than {_table()['cuff_cycle_s']} s before"
    if numberless:
        yield f"{numberless} values that are no number"


def _check_form(path: Path) -> None:
    try:
        with gzip.open(path) as file:
            whole = file.read(4) == b"VITA"
            while whole and file.read(1 << 20):
                pass
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        why = "is cut off" if isinstance(error, EOFError) else "is no .vital file"
        raise BadFile(f"{path.name}: {why} ({error}); copy it again from the recorder") from error
    if not whole:
        raise BadFile(f"{path.name}: is no .vital file: it does not begin with VITA")


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((config_folder() / "import" / "vital.toml").read_text(encoding="utf-8"))


@cache
def _tracks() -> Mapping[str, Meaning]:
    return {
        name: Meaning(said["vital"], said.get("variant", ""), tuple(said["units"]))
        for name, said in _table()["track"].items()
    }


def _our_own(name: str) -> Meaning | None:
    """Return what a track of ours is: ``spo2``, ``spo2:left excluded``, ``nibp_sys no value``."""
    series, _, said = name.partition(" ")
    vital, _, variant = series.partition(":")
    mark = said.removeprefix(NO_VALUE).strip() or said
    if vital not in set(Vital) or mark not in (STANDS, *MARKS):
        return None
    return Meaning(vital, variant, (unit_of(vital) or "", ""), mark)


def _values(track: Any, meaning: Meaning) -> Iterator[Measured]:
    said = Measured(
        at=moment_of(0),
        source=source_of(track.dname),
        vital=meaning.vital,
        variant=meaning.variant,
        value=None,
        unit=unit_of(meaning.vital) or "",
        quality="good" if meaning.mark in (STANDS, NO_VALUE) else meaning.mark,
        reason="",
        where=f"track {track.dtname}",
    )
    if meaning.mark in ("excluded", "replaced", "held"):
        said = replace(said, quality="invalid", reason=meaning.mark)
    for record in track.recs:
        at = moment_of(round(record["dt"] * SECOND))
        if track.type == NUMBERS:
            yield replace(said, at=at, value=_number(record["val"], track.fmt))
        else:
            yield replace(
                said, at=at, quality="invalid" if said.reason else "good", reason=said.reason or record["val"]
            )


def _number(value: float, form: int) -> float:
    """Return a number as it was written: of 32 bits the shortest decimal that gives the same bits."""
    return float(str(np.float32(value))) if form == FLOAT else float(value)


def _by_series(values: list[Measured]) -> Iterator[list[Measured]]:
    """Yield each series in the order of time, in which a file of Vital Recorder need not be."""
    ordered = sorted(values, key=lambda one: (one.series, one.at))
    for _, series in groupby(ordered, key=attrgetter("series")):
        yield list(series)


def _cycles_once(series: list[Measured]) -> Iterator[Measured]:
    """Yield each value but the repeats of a cuff's: one cycle is one reading, however often it is sent."""
    before: Measured | None = None
    for one in series:
        again = before is not None and (one.value, one.quality, one.reason) == (
            before.value,
            before.quality,
            before.reason,
        )
        near = before is not None and (one.at - before.at).total_seconds() < _table()["cuff_cycle_s"]
        if not (one.vital in NIBP and again and near):
            yield one
        before = one
