"""The raw bytes of one connection, kept as they came, with the arrival of each chunk beside them.

``<source>-<n>.bytes`` is plain bytes, so that ``infusionlog decode`` reads it with the offsets that the
records name; ``<source>-<n>.times`` has a line a chunk: offset, tab, microseconds UTC. Written before the
records that name the bytes are committed; made durable (fsync) when the connection ends.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from logger.errors import DiskFull, LedgerUnusable

T = TypeVar("T")

Span = tuple[int, int]
"""Offsets of the first byte and of the one after the last."""


def capture_folder(database: Path, session: str) -> Path:
    """Return the folder that holds a session's captures, beside the database."""
    return database.with_name(database.stem + ".captures") / session


@dataclass(frozen=True, slots=True)
class Sealed:
    """A capture that ended: its number, its file relative to the database's folder, size and SHA-256.

    *fault*: why the file is not there or may not be whole, though so many bytes were kept in it.
    """

    number: int
    file: str
    bytes: int
    sha256: str
    fault: str | None = None


class Capture:
    """A capture being written.

    Attributes:
        number: counts the source's connections in the session from 0; none is given twice. It is *least* or
            more: files that are gone count too.
        size: bytes written.
    """

    def __init__(self, folder: Path, source: str, make_room: Callable[[], bool], least: int = 0) -> None:
        self._folder, self._make_room = folder, make_room
        self._kept(lambda: folder.mkdir(parents=True, exist_ok=True))
        self.number, self.size = max(least, *(number + 1 for number in _captures(folder, source)), 0), 0
        self._digest = hashlib.sha256()
        self._path = folder / f"{source}-{self.number}.bytes"
        self._bytes = self._kept(lambda: _open(self._path))
        self._times = self._kept(lambda: _open(self._path.with_suffix(".times")))

    def keep(self, chunk: bytes, at: int) -> None:
        """Append a chunk that arrived at *at*.

        Raises:
            DiskFull: and there was no reserve to give up.
            OSError: the disk fails.
        """
        self._write(self._bytes, chunk)
        self._write(self._times, f"{self.size}\t{at}\n".encode())
        self.size += len(chunk)
        self._digest.update(chunk)

    def drop(self) -> None:
        """Let go of the files as they stand: who takes the session up closes them."""
        for file in (self._bytes, self._times):
            os.close(file)

    def seal(self) -> Sealed:
        """End the capture: make it durable and return its digest, also where its file is gone."""
        fault = ""
        for file in (self._bytes, self._times):
            try:
                os.fsync(file)
            except OSError as error:
                fault = f"{self._path}: the disk may not have kept it ({error.strerror}); look at the disk"
            os.close(file)
        try:
            there = sealed(self._path)
        except OSError as error:
            fault = f"{self._path}: {error.strerror}; bring it back, or write down who took it away"
            there = Sealed(self.number, _named(self._path), self.size, self._digest.hexdigest())
        return replace(there, fault=fault or None)

    def _write(self, file: int, chunk: bytes) -> None:
        left = memoryview(chunk)
        while left:
            left = left[self._kept(functools.partial(os.write, file, left)) :]

    def _kept(self, act: Callable[[], T]) -> T:
        """Do *act*; where the disk is full give up the reserve and try again."""
        while True:
            try:
                return act()
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise LedgerUnusable(
                        f"{self._folder}: raw bytes can't be kept there ({error.strerror}); mend it"
                    ) from error
                if not self._make_room():
                    raise DiskFull(
                        f"{self._folder}: the disk is full; free space there and start again: "
                        "the session goes on where it stopped"
                    ) from error


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)


def sealed(path: Path) -> Sealed:
    """Return size and digest of a capture file, also of one that a killed recorder left."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return Sealed(
        int(path.stem.rpartition("-")[2]),
        _named(path),
        path.stat().st_size,
        digest.hexdigest(),
    )


def _named(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.parent.name}/{path.name}"


def left_behind(folder: Path, source: str, already: set[int]) -> list[Sealed]:
    """Return the captures of *source* that no record has closed yet, oldest first."""
    found = _captures(folder, source)
    return [sealed(found[number]) for number in sorted(found.keys() - already)]


def uncovered(size: int, spans: Iterable[Span]) -> list[Span]:
    """Return the stretches of *size* bytes that no span covers, in order; spans may overlap."""
    found, at = [], 0
    for begin, end in (*sorted(spans), (size, size)):
        if begin > at:
            found.append((at, min(begin, size)))
        at = max(at, end)
    return found


def _captures(folder: Path, source: str) -> dict[int, Path]:
    """Return a source's files by their number; ``monitor-2-0`` is the first of *monitor-2*."""
    named = {path: path.stem.rpartition("-") for path in folder.glob("*.bytes")}
    return {int(number): path for path, (name, _, number) in named.items() if name == source}
