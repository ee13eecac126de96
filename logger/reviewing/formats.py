"""`export --format`: a session in one of the formats of `analysis.exports`, or as our own tables."""

from __future__ import annotations

import textwrap
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import exports
from analysis.wording import CHART_STATEMENT
from logger.errors import LibraryMissing
from logger.reviewing.export_folders import WIDTH, closed_to_others, fill, heads_of, listed, take
from logger.reviewing.exporting import NOT_HELD, export_csv
from logger.reviewing.frames import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logger.entering.desk import SessionFile

TABLES = "csv"
"""The one format that holds the records themselves; it is made of the ledger and not of a `Session`."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One session's copy: its folder's files, README.txt the last, and what the format can't hold."""

    session: str
    paths: tuple[Path, ...]
    not_held: tuple[str, ...] = ()


def known_formats() -> list[str]:
    """Return the names of all formats; imports none of them."""
    return sorted([TABLES, *exports.names()])


def export_as(
    form: str, file: SessionFile, folder: Path, made_at: datetime, *, with_identity: bool = False
) -> Exported:
    """Write a session into *folder*, which is made, in one format.

    Raises:
        UnknownFormat: nothing writes it.
        LibraryMissing: it needs a library that is not installed.
        NotForThisFormat: it can't hold such a session at all.
        CantWrite: something stands there already.
        OSError: nothing can be written there.
    """
    if form == TABLES:
        return Exported(file.row["id"], tuple(export_csv(file, folder, made_at)), NOT_HELD)
    module = exports.format_named(form)
    session = build(file)
    take(folder)
    with _nothing_left_in(folder), _library_of(form):
        copy = module.write(session, folder, with_identity=with_identity)
        about = fill(
            "README_format.txt",
            folder,
            copy.paths,
            made_at,
            session=session.id,
            format=form,
            statement=textwrap.fill(CHART_STATEMENT, WIDTH),
            about=module.ABOUT.strip(),
            opening=module.OPENING.strip(),
            not_held=listed(copy.not_held),
            heads=heads_of(session),
        )
    return Exported(session.id, tuple(closed_to_others([*copy.paths, about])), copy.not_held)


@contextmanager
def _library_of(form: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as missing:
        raise LibraryMissing(
            f"--format {form}: needs the library {missing.name}, which is not installed; "
            "install it with: pip install 'infusionlog[formats]'"
        ) from missing


@contextmanager
def _nothing_left_in(folder: Path) -> Iterator[None]:
    """Take away what was begun where a format could not be written to its end: half a copy is none."""
    try:
        yield
    except BaseException:
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()
        raise
