"""Knows which columnar copies of sessions are stale, and makes them anew before they are used.

A copy names the heads it was made of. Whoever first needs it makes it anew where the ledger has others by
then; the recorder never does. Only a closed session has one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import archive
from analysis.archive.comparing import differing
from analysis.archive.reading import NoArchive
from devices.program import program
from logger.clock import moment
from logger.entering.desk import Desk
from logger.reviewing.frames import build

OPEN = "not closed yet: it has no copy until it is"
MISSING = "there is no copy; make it with: infusionlog archive"


@dataclass(frozen=True, slots=True)
class Archived:
    """A session's copy: its *path*, None where it has none, and whether it was made now, and why."""

    session: str
    path: Path | None
    made: bool
    why: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A session's copy beside the ledger: *differs* names what is not the same, or says why nobody knows."""

    session: str
    path: Path
    differs: tuple[str, ...]


def refresh(desk: Desk, folder: Path, only: Collection[str] | None = None) -> Iterator[Archived]:
    """Make the copies of all closed sessions, or *only* of some, that are not there or stale.

    Raises:
        OSError: nothing can be written there.
    """
    status = desk.status(heads=True)
    for row in status.sessions:
        if only is not None and row["id"] not in only:
            continue
        if row["state"] != "closed":
            yield Archived(row["id"], None, made=False, why=OPEN)
            continue
        path = _path(folder, row)
        why = _stale(path, status.heads.get(row["id"], {}))
        if why:
            archive.write(build(desk.file(row["id"])), path)
        yield Archived(row["id"], path, made=bool(why), why=why)


def compare(desk: Desk, folder: Path, only: Collection[str] | None = None) -> Iterator[Compared]:
    """Compare each copy with what the ledger gives, value by value; nothing is written.

    A closed session without a copy differs; an open one has none and is left out.
    """
    for row in desk.status().sessions:
        path = _path(folder, row)
        if only is not None and row["id"] not in only:
            continue
        if not path.exists():
            if row["state"] == "closed":
                yield Compared(row["id"], path, (MISSING,))
            continue
        recorded = build(desk.file(row["id"]))
        try:
            found = differing(archive.read(path, recorded.patient, recorded.identifiers), recorded)
        except NoArchive as error:
            found = (str(error),)
        yield Compared(row["id"], path, found)


def _path(folder: Path, row: Mapping[str, Any]) -> Path:
    return archive.path_of(folder, row["id"], moment(row["opened_at"]))


def _stale(path: Path, heads: Mapping[str, tuple[int, str]]) -> str:
    """Return why a copy can't be used, nothing where it can."""
    try:
        facts = archive.read_facts(path)
    except FileNotFoundError:
        return "there was none"
    except NoArchive as error:
        return str(error)
    if {head.writer: (head.count, head.digest) for head in facts.heads} != {
        writer: tuple(head) for writer, head in heads.items()
    }:
        return "the ledger has other heads by now"
    this = program()
    return "" if facts.made_by == this else f"made by {facts.made_by}, and this is {this}"
