"""`export --format csv`: a session as tables for other programs, with what it takes to check them offline.

Everything that was recorded is in them: excluded, replaced, late and unread too. Identity is not.
"""

from __future__ import annotations

import csv
import math
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.session import Session
from devices.vocabulary import config_folder
from logger.clock import moment
from logger.entering.desk import SessionFile
from logger.keeping.own_exports import LEDGER
from logger.kinds import canonical
from logger.ledger.models import Written
from logger.reviewing.export_folders import closed_to_others, fill, heads_of, listed, take
from logger.reviewing.frames import build
from logger.reviewing.wave_tables import write_waves

VITALS = (
    "session",
    "writer",
    "seq",
    "at",
    "measured_at",
    "device_time",
    "vital",
    "variant",
    "value",
    "unit",
    "quality",
    "reason",
    "source",
    "entered_by",
    "excluded",
    "superseded_by",
)
EVENTS = (
    "session",
    "writer",
    "seq",
    "superseded_by",
    "at",
    "happened_at",
    "kind",
    "author",
    "late_by_s",
    "summary",
    "payload",
)
INDEX = ("folder", "session", "opened_at", "ended_at", "state", "room", "protocol", "records", "demo")

NOT_HELD = (
    "Names and births of patients: `export --patient` writes them into a file of their own.",
    "The bytes as they came from the devices (raw captures): `infusionlog backup` copies them.",
    "The site checks of the room, and how the session was judged by its protocol: `infusionlog site-check`, "
    "`audit` and `report` say it.",
)

Rows = Iterable[Sequence[object]]


def export_csv(file: SessionFile, folder: Path, made_at: datetime) -> list[Path]:
    """Write a session's tables into *folder*, which is made; return the paths.

    Raises:
        CantWrite: an export stands there already.
        OSError: nothing can be written there.
    """
    take(
        folder,
        "ledger.csv",
        "README.txt",
        "vitals.csv",
        "events.csv",
        "waves.csv",
        "protocol.toml",
        "verify.py",
    )
    session = build(file)
    tables: Mapping[str, tuple[tuple[str, ...], Rows]] = {
        "vitals.csv": (VITALS, _vitals(session)),
        "events.csv": (EVENTS, _events(session, file.records)),
        "ledger.csv": (LEDGER, ([getattr(one, name) for name in LEDGER] for one in file.records)),
    }
    made = [_table(folder / name, columns, rows) for name, (columns, rows) in tables.items()]
    if write_waves(file, folder):
        made.append(folder / "waves.csv")
    made.append(folder / "protocol.toml")
    made[-1].write_text(file.protocol, encoding="utf-8", newline="")
    listed = [path for path in made if path.name != "ledger.csv"]  # its heads say more
    about = _readme(folder, listed, session, file.records, made_at)
    return closed_to_others([*made, write_check(folder), about])


def export_course(
    patient: Mapping[str, Any], files: Iterable[SessionFile], folder: Path, made_at: datetime
) -> list[Path]:
    """Write all sessions of one patient, each into its own folder, with an index of them; return the paths.

    The patient's name and birth stand in ``patient.txt`` and nowhere else. Raises as `export_csv` does.
    """
    take(folder, "index.csv", "patient.txt", "README.txt", "verify.py")
    listed: list[list[object]] = []
    made: list[Path] = []
    for file in files:
        opened, ended = (moment(at) if at else None for at in (file.row["opened_at"], file.row["ended_at"]))
        name = f"{opened:%Y-%m-%d}_{file.row['id']}"
        made += export_csv(file, folder / name, made_at)
        more = {"folder": name, "session": file.row["id"], "records": len(file.records)}
        row = {**file.row, **more, "opened_at": opened, "ended_at": ended, "demo": bool(file.row["demo"])}
        listed.append([row[column] for column in INDEX])
    index = _table(folder / "index.csv", INDEX, listed)
    said_by_folder = [path for path in made if path.name == "README.txt"]
    whose = folder / "patient.txt"
    said = [("id", patient["id"]), ("name", patient["name"]), ("born", patient["born"])]
    whose.touch(mode=0o600)
    whose.write_text("".join(f"{name}: {value or 'not known'}\n" for name, value in said), encoding="utf-8")
    about = fill(
        "README_course.txt",
        folder,
        [index, *said_by_folder],
        made_at,
        sessions=len(listed),
        index=", ".join(INDEX),
    )
    return closed_to_others([*made, index, whose, write_check(folder), about])


def write_check(folder: Path) -> Path:
    """Write the script that checks the ledgers in and below *folder* with nothing but Python."""
    script = (config_folder() / "export" / "verify.py.txt").read_text(encoding="utf-8")
    path = folder / "verify.py"
    path.write_text(script, encoding="utf-8")
    return path


def _vitals(session: Session) -> Iterator[list[object]]:
    columns = [session.readings[name] for name in VITALS[1:]]
    for row in zip(*columns, strict=True):
        yield [session.id, *row]


def _events(session: Session, records: Sequence[Written]) -> Iterator[list[object]]:
    """Yield the events; a payload is the text that was hashed, where the row is that record's own."""
    texts = {(one.writer, one.seq): (one.kind, one.payload) for one in records}
    columns = [session.events[name] for name in EVENTS[1:]]
    for row in zip(*columns, strict=True):
        said = dict(zip(EVENTS[1:], row, strict=True))
        kind, text = texts.get((said["writer"], said["seq"]), ("", ""))
        own = text if kind == said["kind"] else canonical(said["payload"])
        yield [session.id, *row[:-1], own]


def _table(path: Path, columns: Sequence[str], rows: Rows) -> Path:
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        table.writerows([_cell(value) for value in row] for row in rows)
    return path


def _cell(value: object) -> object:
    """Return a value as a table holds it: times with their offset, numbers as they are said, gaps empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.12g}"
    if value is pd.NaT or value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else value


def _readme(
    folder: Path, tables: Sequence[Path], session: Session, records: Sequence[Written], made_at: datetime
) -> Path:
    first = next(record for record in records if record.seq == 0)
    text = "\n".join(str(part) for part in ("", *(getattr(first, name) for name in LEDGER[:-1])))
    return fill(
        "README.txt",
        folder,
        tables,
        made_at,
        session=session.id,
        vitals=", ".join(VITALS),
        events=", ".join(EVENTS),
        ledger=", ".join(LEDGER),
        example=f"printf %s {shlex.quote(text)} | sha256sum",
        digest=first.digest,
        heads=heads_of(session),
        not_held=listed(NOT_HELD),
    )
