"""VitalDB's and Vital Recorder's .vital: every number with its own time, and lines of text with theirs.

Source: the library `vitaldb` by the format's makers, which writes and reads it (`VitalFile.to_vital`). A time
is a double of seconds since 1970 UTC: exact to the microsecond until 2100.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from analysis.exports.copy import Copy
from analysis.exports.marked_readings import NO_VALUE, STANDS, WHOLE, marks_of, not_held_of
from analysis.exports.quiet_library import quiet
from analysis.exports.timed_remarks import SECOND, of_events, of_session
from analysis.session import Session

NAME = "session.vital"
OURS = "infusionlog"
"""The type of our devices: who reads the file again knows by it what the tracks' names mean."""

ENTRIES = f"{OURS}/entries"
"""The track of text: what people entered, what lines and clocks did."""

ABOUT = f"""\
{NAME}: a track of numbers for each vital of each source, named SOURCE/vital or
SOURCE/vital:variant, each number with the exact time of its measurement.

A track of this name holds what is good and in force. What is not stands in tracks of its own, named
for why: "SOURCE/vital excluded", "... replaced", "... held", "... invalid", "... questionable";
where the device said that it had no value, the reason stands in a track of text, "... no value".
The track of text "{ENTRIES}" has effects, doses, notes and all other entries."""

OPENING = f"""\
Vital Recorder opens it. In Python: vitaldb.VitalFile("{NAME}"); the numbers with their times are
file.trks["SOURCE/vital"].recs, a list of {{"dt": seconds since 1970 UTC, "val": number}}. What the
library's to_numpy and to_pandas give is set on an even grid, and is no longer what was measured
when."""

DOUBLE, NUMBERS, TEXTS = 2, 2, 5
"""How the format writes a number with 64 bits, a track of numbers, a track of text."""

SERIES = ["source", "vital", "variant", "mark", "numberless"]


def write(session: Session, folder: Path, *, with_identity: bool = False) -> Copy:
    """Write `NAME`; see `analysis.exports.copy.Format`."""
    path = folder / NAME
    with quiet("vitaldb.utils") as vitaldb:
        file = vitaldb.VitalFile()
        file.dgmt = -_offset(session)
        for device, track, unit, records in _tracks(session):
            file.devs.setdefault(device, vitaldb.Device(device, OURS))
            kind = TEXTS if isinstance(records[0]["val"], str) else NUMBERS
            name = f"{device}/{track}"
            file.trks[name] = vitaldb.Track(track, kind, fmt=DOUBLE, unit=unit, dname=device, recs=records)
        times = [record["dt"] for track in file.trks.values() for record in track.recs]
        file.dtstart, file.dtend = min(times), max(times)
        file.to_vital(str(path))
    _undated(path)
    return Copy((path,), tuple(_not_held(session, with_identity=with_identity)))


def _tracks(session: Session) -> Iterator[tuple[str, str, str, list[dict[str, Any]]]]:
    """Yield device, track, unit and records of each track; no track is empty."""
    rows = session.readings.sort_values(["measured_at", "writer", "seq"], kind="stable", ignore_index=True)
    times = rows["measured_at"].to_numpy(dtype="datetime64[us]").astype(np.int64) / SECOND
    rows = rows.assign(time=times, mark=marks_of(rows), numberless=rows["value"].isna())
    grouped: Any = rows.groupby(SERIES, sort=False)
    for (source, vital, variant, mark, numberless), group in grouped:
        said = [mark] * (mark not in (STANDS, NO_VALUE))
        name = " ".join([_series(vital, variant), *[NO_VALUE] * numberless, *said])
        values = [reason or "not said why" for reason in group["reason"]] if numberless else group["value"]
        records = [{"dt": t, "val": v} for t, v in zip(group["time"].tolist(), list(values), strict=True)]
        yield _plain(source), name, "" if numberless else group["unit"].iat[0] or "", records
    device, track = ENTRIES.split("/")
    remarks = sorted(
        [*of_session(session, round(session.opened_at.timestamp() * SECOND)), *of_events(session)]
    )
    yield device, track, "", [{"dt": one.at / SECOND, "val": one.text} for one in remarks]


def _offset(session: Session) -> int:
    """Return by how many minutes the clinic's clock is ahead of UTC at the opening."""
    offset = session.opened_at.astimezone(ZoneInfo(session.zone)).utcoffset() or timedelta()
    return offset // timedelta(minutes=1)


def _series(vital: str, variant: str) -> str:
    return _plain(vital) + (f":{_plain(variant)}" if variant else "")


def _plain(name: str) -> str:
    """Return a name without the slash that parts a device from its track."""
    return name.replace("/", "_")


def _undated(path: Path) -> None:
    """Take the time of writing out of the gzip header (RFC 1952, MTIME), so that the same gives the same."""
    with path.open("r+b") as file:
        file.seek(4)
        file.write(bytes(4))


def _not_held(session: Session, *, with_identity: bool) -> Iterator[str]:
    typed = int((session.readings["entered_by"] != "").sum())
    if typed:
        yield f"Who typed {typed} values."
    if len(session.events):
        yield f"What {len(session.events)} entries say in their fields: one line for people is here of each."
    yield from not_held_of(session.readings)
    yield WHOLE
    if with_identity and (session.patient.name or session.patient.born):
        yield "The patient's name and birth, which were asked for: the format has no place for them."
