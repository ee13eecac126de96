"""The folder of an export: its user's alone, never written over, with a README.txt of what is in it."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from analysis.session import Session
from devices.program import program
from devices.vocabulary import config_folder
from logger.errors import CantWrite

WIDTH = 100
"""Columns of a README.txt."""


def take(folder: Path, *names: str) -> None:
    """Make a folder that only its user can read: patients' numbers stand in it, and a name may.

    Raises:
        CantWrite: one of *names* stands there already; without names, anything at all.
    """
    there = (
        [(folder / name).exists() for name in names] if names else [folder.is_dir() and any(folder.iterdir())]
    )
    if any(there):
        raise CantWrite(f"{folder}: holds an export already; name another folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not any(folder.iterdir()):  # one that was there already has the mode of whoever made it
        folder.chmod(0o700)


def closed_to_others(made: list[Path]) -> list[Path]:
    """Close the files of an export to other users of the machine, and return them."""
    for path in made:
        path.chmod(0o600)
    return made


def heads_of(session: Session) -> str:
    """Return the heads of a session's chains, a line each, as `verify.py` reads them."""
    return "\n".join(f"    {head.writer}  {head.count}  {head.digest}" for head in session.heads)


def listed(sentences: Iterable[str]) -> str:
    """Return sentences as a list for people."""
    lines = [textwrap.fill(one, WIDTH, initial_indent="* ", subsequent_indent="  ") for one in sentences]
    return "\n".join(lines) or "Nothing is left out."


def fill(form: str, folder: Path, listed: Sequence[Path], made_at: datetime, **more: object) -> Path:
    """Write a folder's README.txt by a form, with the SHA-256 of *listed*: what `verify.py` compares with."""
    text = (config_folder() / "export" / form).read_text(encoding="utf-8")
    digests = [f"    {sha256_of(path)}  {path.relative_to(folder).as_posix()}" for path in listed]
    path = folder / "README.txt"
    path.write_text(
        text.format(
            made_at=made_at.isoformat(timespec="seconds"),
            program=program(),
            tables="\n".join(digests),
            **more,
        ),
        encoding="utf-8",
    )
    return path


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
