"""Raw captures follow the records: once a session has ended, file by file, in pieces, to the server's folder.

Nothing is kept of how far it went: the recorder says which files it has, the server which bytes it lacks.
A file is in its place only when all of it has come, and its SHA-256 is the one in the session's records.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from logger import kinds
from logger.errors import CantWrite, ServerRefuses
from logger.forwarding.door import Door
from logger.ledger.capture import capture_folder
from logger.ledger.models import Written

PIECE = 1 << 20
"""Bytes of one piece."""

LARGEST_PIECE = 4 << 20
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.(bytes|times)")


class Offered(BaseModel):
    """What a recorder has of each session's captures: the size of each file."""

    model_config = ConfigDict(frozen=True)
    files: dict[str, dict[str, int]]


def offered(database: Path, sessions: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return the sizes of the capture files that stand beside a recorder's ledger, of ended *sessions*."""
    found: dict[str, dict[str, int]] = {}
    for session in sessions:
        files = {path.name: path.stat().st_size for path in capture_folder(database, session).glob("*")}
        if files := {name: size for name, size in files.items() if NAME.fullmatch(name)}:
            found[session] = files
    return found


class Captures:
    """The server's captures, as recorders bring them."""

    def __init__(self, door: Door) -> None:
        self._door = door
        with door.desk() as desk:
            self._database = desk.store.path

    def wanted(self, said: Offered) -> dict[str, dict[str, int]]:
        """Return from which byte on each file is wanted; those that are here are not named."""
        with self._door.desk() as desk:
            known = {str(row["id"]) for row in desk.store.rows(sorted(said.files))}
        return {
            session: lacking
            for session, files in said.files.items()
            if session in known and (lacking := dict(self._lacking(session, files)))
        }

    def _lacking(self, session: str, files: Mapping[str, int]) -> Iterator[tuple[str, int]]:
        folder = capture_folder(self._database, session)
        for name, size in files.items():
            there, part = folder / name, folder / f"{name}.part"
            if not NAME.fullmatch(name) or (there.exists() and there.stat().st_size == size):
                continue
            come = part.stat().st_size if part.exists() else 0
            yield name, come if come < size else 0

    def keep(self, session: str, name: str, place: str, piece: bytes) -> None:
        """Keep a piece of a file; *place* is ``FIRST/SIZE/SHA256``: where it begins, and what the file is.

        Raises:
            ServerRefuses: it belongs to no session here, does not follow the last piece, or is not what the
                session's records say.
            CantWrite: the disk does not take it.
        """
        first, size, digest = _place(place)
        with self._door.desk() as desk:
            known = bool(desk.store.rows([session]))
            records = desk.store.records(session, streamed=False) if first + len(piece) == size else []
        if not known or not NAME.fullmatch(name):
            raise ServerRefuses(f"captures {session}/{name}: of no session that is here")
        folder = capture_folder(self._database, session)
        part = folder / f"{name}.part"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with part.open("r+b" if first and part.exists() else "wb") as file:
                if file.seek(0, os.SEEK_END) != first:
                    raise ServerRefuses(
                        f"captures {session}/{name}: it goes on at {file.tell()}, not at {first}"
                    )
                file.write(piece)
                if first + len(piece) < size:
                    return
                file.flush()
                os.fsync(file.fileno())
            self._put(part, folder / name, digest, records)
        except OSError as error:
            raise CantWrite(
                f"{part}: can't be written ({error.strerror}); free space on the server"
            ) from error

    def _put(self, part: Path, place: Path, digest: str, records: list[Written]) -> None:
        with part.open("rb") as file:
            came = hashlib.file_digest(file, "sha256").hexdigest()
        said = sealed_as(records).get(place.name, digest)
        if came != digest or came != said:
            with suppress(OSError):
                part.unlink()
            why = (
                "came with other bytes than it was sent with"
                if came != digest
                else "is not what its records say"
            )
            raise ServerRefuses(f"captures {place.parent.name}/{place.name}: {why}; it stays at the recorder")
        part.replace(place)


def sealed_as(records: list[Written]) -> dict[str, str]:
    """Return the SHA-256 of each capture file that a session's records name, by the file's name."""
    found = {}
    for record in records:
        if record.kind == "link":
            link = kinds.Link.model_validate_json(record.payload)
            if link.event == "capture_closed" and link.file and link.sha256:
                found[Path(link.file).name] = link.sha256
    return found


def _place(said: str) -> tuple[int, int, str]:
    first, _, rest = said.partition("/")
    size, _, digest = rest.partition("/")
    if not first.isdecimal() or not size.isdecimal() or not re.fullmatch("[0-9a-f]{64}", digest):
        raise ServerRefuses("a piece of a capture says where it belongs: x-from: FIRST/SIZE/SHA256")
    return int(first), int(size), digest
