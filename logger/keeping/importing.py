"""`import`: a session that another program recorded, as a session of this ledger that says so.

Its records are made now, by who imports; each reading carries the time of its measurement. It is opened and
closed in one step, so that no half of it stays where that fails.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from analysis.imports.measured import AHEAD, BadFile, Found, Measured
from logger import kinds
from logger.clock import microseconds, moment
from logger.entering.checks import check_author
from logger.entering.closing import closing
from logger.entering.desk import LedgerDesk
from logger.entering.opening import Opening, begin
from logger.entering.required import missing
from logger.errors import BadEntry, LibraryMissing
from logger.ledger.audit import chained
from logger.ledger.models import Entry, Written

FORMS = {".csv": "csv", ".vital": "vital"}

UNTOLD = (
    "{}: is a table of an export of ours, and says not itself whether its session was a demo: where it was, "
    "import it again with --demo, or import its whole folder"
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made: the session, how many values, and what else the file holds.

    *strange*: sentences about numbers that are kept as questionable. *not_checked*: about what nobody could
    tell.
    """

    session: str
    values: int
    not_imported: tuple[str, ...]
    strange: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()


def import_file(
    desk: LedgerDesk, path: Path, opening: Opening, *, again: bool = False, stated_zone: bool
) -> Imported:
    """Make a session of a file; *stated_zone*: times without an offset are of the opening's zone.

    Raises:
        BadFile: the file is of no known form, or wrong; the sentence says where.
        BadEntry: it was imported before, and not *again*.
        LibraryMissing: its form needs a library that is not installed.
        NotSignedIn, NotAllowed, SessionInTheWay: as `logger.entering.opening.open_or_resume`.
    """
    check_author(opening.author)
    desk.people.admit(opening.author, "session.open", opening.secrets)
    digest = _sha256(path)
    if not again and (before := _imported_before(desk, digest)):
        raise BadEntry(f"{path.name}: was imported before, as session {before}; --again imports it once more")
    found = _read(path, moment(desk.clock.now()), opening, stated_zone=stated_zone)
    known = desk.store.rows(found.sessions) if found.sessions else []
    demo = opening.demo or found.demo or any(row["demo"] for row in known)
    untold = () if demo or len(known) == len(found.sessions) else (UNTOLD.format(path.name),)
    session = _write(desk, replace(opening, demo=demo), _said(path, digest, found), found.values)
    return Imported(session, len(found.values), found.not_imported, found.strange, untold)


def _read(path: Path, now: datetime, opening: Opening, *, stated_zone: bool) -> Found:
    form = FORMS.get(path.suffix.lower())
    if form == "csv":
        from analysis.imports.table import read_table

        return read_table(path, now, opening.zone if stated_zone else None)
    if form is None:
        raise BadFile(f"{path.name}: is of no form that can be imported; known are {', '.join(FORMS)}")
    from analysis.imports.vital import read_vital

    try:
        return read_vital(path, now)
    except ModuleNotFoundError as lacking:
        raise LibraryMissing(
            f"{path.name}: needs the library {lacking.name}, which is not installed; "
            "install it with: pip install 'infusionlog[formats]'"
        ) from lacking


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadFile(f"{path}: can't be read ({error.strerror or error}); look at its name") from error


def _imported_before(desk: LedgerDesk, digest: str) -> str | None:
    """Return the session that was made of the file of this digest. What is imported ended before it came."""
    for row in desk.store.sessions():
        if row["ended_at"] is None or row["ended_at"] > row["opened_at"] + AHEAD // timedelta(microseconds=1):
            continue
        for record in desk.store.records(row["id"], streamed=False):
            if record.kind == "session.import" and json.loads(record.payload)["sha256"] == digest:
                return str(row["id"])
    return None


def _said(path: Path, digest: str, found: Found) -> kinds.SessionImport:
    return kinds.SessionImport(
        file=path.name[-120:],
        sha256=digest,
        form="csv" if FORMS[path.suffix.lower()] == "csv" else "vital",
        first=found.values[0].at,
        last=found.values[-1].at,
        values=len(found.values),
        not_imported=found.not_imported,
    )


def _write(desk: LedgerDesk, opening: Opening, said: kinds.SessionImport, values: Sequence[Measured]) -> str:
    """Commit the whole session at once: opened, imported, ended and closed."""
    begun = begin(desk, opening)
    session, at = str(begun.row["id"]), int(begun.row["opened_at"])
    entries = [
        *begun.entries,
        Entry(session, at, "session.import", opening.author, kinds.text_of(said)),
        *(Entry(session, at, "reading", opening.author, kinds.text_of(one)) for one in _frames(values)),
    ]
    lacking = missing(opening.protocol.text, _chained(entries, desk.store.writer))
    end = kinds.SessionEnd(happened_at=said.last, not_recorded=lacking)
    entries.append(Entry(session, at, "session.end", opening.author, kinds.text_of(end)))
    head = _chained(entries, desk.store.writer)[-1].digest
    entries.append(closing(entries[-1], len(entries), head))
    row = {**begun.row, "state": "closed", "ended_at": microseconds(said.last), "closed_at": at}
    desk.store.open_session(row, begun.patient, begun.protocol, entries)
    return session


def _chained(entries: Sequence[Entry], writer: str) -> list[Written]:
    records: list[Written] = []
    for seq, entry in enumerate(entries):
        records.append(chained(entry, writer, seq, records[-1].digest if records else ""))
    return records


def _frames(values: Sequence[Measured]) -> list[kinds.ReadingPayload]:
    """Return the readings of one time and source together, as one frame of a device is one record."""
    return [
        kinds.ReadingPayload(source=source, readings=tuple(_value(one) for one in together))
        for (_, source), together in groupby(values, key=lambda one: (one.at, one.source))
    ]


def _value(one: Measured) -> kinds.Value:
    return kinds.Value.model_validate(
        {
            "vital": one.vital,
            "value": one.value,
            "reason": one.reason or None,
            "quality": one.quality,
            "variant": one.variant,
            "unit": one.unit if one.vital.startswith("local:") else None,
            "measured_at": one.at,
        }
    )
