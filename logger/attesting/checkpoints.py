"""Checkpoints: signed statements of which heads a ledger had, kept where the ledger is not.

A chain can't show that its tail was cut off, or that somebody who holds the database wrote all of it anew.
A checkpoint kept elsewhere can. Each ledger file has one log, ``<writer>.jsonl``: a JSON line for each key
before its first use (see `logger.attesting.keys`) and one for each checkpoint:

``number``    1, 2, 3 ... without a gap
``at``        when it was signed
``writer``    the ledger file that signed it
``heads``     {stream: {writer: [records, digest of the last]}} of all that changed since the one before
``previous``  SHA-256 of the line of the checkpoint before it; empty in the first
``key``       which key signed it
``signature`` Ed25519, hex, over the canonical JSON of all the rest
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from logger.attesting.keys import Key, Keys, Signer, check, key_of, signed_text
from logger.clock import moment
from logger.errors import CheckpointBroken, LedgerUnusable
from logger.kinds import canonical
from logger.ledger import owner
from logger.ledger.chains import Heads
from logger.settings import Settings, settings_file

BLOCK = 1 << 16
"""Bytes read at once from the end of a log."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One checkpoint; the module says what its fields are."""

    number: int
    at: str
    writer: str
    heads: Mapping[str, Mapping[str, Sequence[Any]]]
    previous: str
    key: str
    signature: str = ""

    def text(self) -> str:
        """Return its line."""
        return canonical(asdict(self))

    @property
    def digest(self) -> str:
        """Return the SHA-256 of its line."""
        return hashlib.sha256(self.text().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Mark:
    """What a checkpoint says of one chain: the digest of its last record, and which checkpoint says so."""

    digest: str
    number: int
    at: str


Marks = dict[str, dict[str, dict[int, Mark]]]
"""By stream, by writer, by number of records."""


@dataclass(frozen=True, slots=True)
class Log:
    """A file of checkpoints that was read and is as it was signed.

    Attributes:
        keys: the ids of the keys that signed, in order.
        unseen: what the file itself can't show, in sentences.
        elsewhere: it was kept where this program does not write its own.
    """

    path: Path
    checkpoints: tuple[Checkpoint, ...]
    keys: tuple[str, ...]
    unseen: tuple[str, ...]
    elsewhere: bool = False

    def marks(self) -> Marks:
        """Return what all the checkpoints say of each chain; of two that say the same, the older one."""
        found: Marks = {}
        for one in self.checkpoints:
            for stream, heads in one.heads.items():
                for writer, (records, digest) in heads.items():
                    of_writer = found.setdefault(stream, {}).setdefault(writer, {})
                    of_writer.setdefault(records, Mark(digest, one.number, one.at))
        return found


@dataclass(frozen=True, slots=True)
class Places:
    """Where checkpoints are kept, where else too, and where the key is."""

    folder: Path
    elsewhere: Path | None
    keys: Path

    @classmethod
    def of(cls, settings: Settings) -> Places:
        """Return the places that the settings name; the key stands beside the settings file."""
        also = settings.checkpoints_elsewhere
        folder = Path(settings.checkpoints).expanduser()
        return cls(folder, Path(also).expanduser() if also else None, settings_file().parent)

    def log(self, writer: str) -> Path:
        """Return the log of a ledger file."""
        return self.folder / f"{writer}.jsonl"


def sign(places: Places, writer: str, heads: Heads, at: int) -> Checkpoint:
    """Add a checkpoint over *heads* to the writer's log and return it; it is on the disk by then.

    Any process of this user may do so: the log is locked meanwhile.

    Raises:
        LedgerUnusable: the folder or the key can't be used.
    """
    path = places.log(writer)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            signer = Signer(places.keys)
            last, key = _end(path)
            made = Checkpoint(
                number=last.number + 1 if last else 1,
                at=moment(at).isoformat(),
                writer=writer,
                heads=heads,
                previous=last.digest if last else "",
                key=signer.key,
            )
            made = replace(made, signature=signer.sign(signed_text(asdict(made))))
            _append(path, _lines(_since(signer.keys, key), made).encode())
    except OSError as error:
        raise LedgerUnusable(
            f"{path}: checkpoints can't be kept there ({error.strerror}); set `checkpoints` to another folder"
        ) from error
    return made


def write_alone(places: Places, made: Checkpoint, out: Path) -> None:
    """Write one checkpoint with the keys before it to a file of its own; raises OSError."""
    with out.open("x", encoding="utf-8") as file:
        file.write(_lines(Signer(places.keys).keys, made))


def _lines(keys: Sequence[Key], made: Checkpoint) -> str:
    return "".join(f"{line}\n" for line in [*(key.text() for key in keys), made.text()])


def copy_elsewhere(places: Places, writer: str) -> None:
    """Bring the second place's log up to date. Its folder is not made: a medium that is not there is told.

    Raises:
        LedgerUnusable: it can't be written now, or what stands there is not what stands here.
    """
    if places.elsewhere is None:
        return
    here, there = places.log(writer), places.elsewhere / f"{writer}.jsonl"
    try:
        size = there.stat().st_size if there.exists() else 0
        if size and _block(here, size) != _block(there, size):
            raise LedgerUnusable(
                f"{there}: other checkpoints stand there than in {here}: one of them was altered; "
                "keep both and run `infusionlog verify --checkpoint` with each"
            )
        with here.open("rb") as file:
            file.seek(size)
            new = file.read()
        if new:
            _append(there, new)
    except OSError as error:
        raise LedgerUnusable(f"{there}: checkpoints can't be kept there now ({error.strerror})") from error


def last_of(places: Places, writer: str) -> Checkpoint | None:
    """Return the newest checkpoint of a writer's log, its signature not looked at; None before the first."""
    try:
        return _end(places.log(writer))[0]
    except OSError:
        return None


def read(path: Path) -> Log:
    """Read a file of checkpoints and check that it is as it was signed.

    Raises:
        LedgerUnusable: no such file, or none of this form.
        CheckpointBroken: a line was altered, or stands twice, or is signed by a key that may not.
    """
    keys, found, unseen = Keys(), list[Checkpoint](), list[str]()
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                if not line.endswith("\n"):
                    unseen.append("the last line of the checkpoints is cut off")
                    break
                said = _parsed(path, line)
                if "public" in said:
                    keys.take(key_of(said))
                    continue
                one, before = _checkpoint(path, said), found[-1] if found else None
                _check(one, before, keys)
                if before and one.number > before.number + 1:
                    unseen.append(
                        f"checkpoints {before.number + 1} to {one.number - 1} are not in {path.name}"
                    )
                found.append(one)
    except (OSError, UnicodeDecodeError) as error:
        raise LedgerUnusable(f"{path}: can't be read as checkpoints ({error})") from error
    if not found:
        raise LedgerUnusable(f"{path}: holds no checkpoint; give a file that `infusionlog checkpoint` wrote")
    return Log(path, tuple(found), tuple(keys.known), tuple(unseen))


@dataclass(frozen=True, slots=True)
class Found:
    """The logs to compare a ledger with, and in sentences those that are *broken* and *not_compared*."""

    logs: tuple[Log, ...] = ()
    broken: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()

    def vouching(self, own_keys: Collection[str]) -> tuple[Log, ...]:
        """Return the logs that prove something: kept elsewhere, and signed by this user's keys alone."""
        return tuple(log for log in self.logs if log.elsewhere and {*log.keys} <= {*own_keys})


def find(places: Places, writers: Collection[str], given: Path | None = None) -> Found:
    """Return the checkpoints to compare a ledger with.

    The file that was *given* and no other; else of each of the ledger's *writers* the log in the second
    place, or the one on this machine: a ledger that was moved is held to what its earlier writers signed.

    Raises:
        LedgerUnusable, CheckpointBroken: of the file that was given.
    """
    if given:
        return Found((replace(read(given), elsewhere=not _is_kept_here(places, given)),))
    logs, broken, others = list[Log](), list[str](), list[str]()
    folders = [folder for folder in (places.elsewhere, places.folder) if folder]
    for name in sorted({path.name for folder in folders for path in folder.glob("*.jsonl")}):
        for path in (folder / name for folder in folders if (folder / name).exists()):
            if path.stem not in writers:
                others.append(f"{path}: no chain of its writer is in this ledger, so it was not compared")
                break
            try:
                logs.append(replace(read(path), elsewhere=path.parent == places.elsewhere))
            except CheckpointBroken as error:
                broken.append(f"{path}: {error}; keep it, and compare with a copy that was kept elsewhere")
            except LedgerUnusable as error:
                others.append(str(error))
            else:
                break
    return Found(tuple(logs), tuple(broken), tuple(others))


def _is_kept_here(places: Places, given: Path) -> bool:
    return given.resolve().parent == places.folder.resolve()


def _check(one: Checkpoint, before: Checkpoint | None, keys: Keys) -> None:
    if one.key != keys.newest:
        raise CheckpointBroken(f"checkpoint {one.number} is signed by a key that no line before it allows")
    check(keys.known[one.key], asdict(one), f"checkpoint {one.number}")
    if before is None:
        return
    if one.number <= before.number or one.writer != before.writer:
        raise CheckpointBroken(f"checkpoint {one.number} stands behind checkpoint {before.number}")
    if one.number == before.number + 1 and one.previous != before.digest:
        raise CheckpointBroken(f"checkpoint {one.number} does not follow the checkpoint {before.number} here")


def _parsed(path: Path, line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError as error:
        raise CheckpointBroken(f"{path}: a line is no JSON: {line[:40]}") from error
    if not isinstance(said, dict):
        raise CheckpointBroken(f"{path}: a line is no checkpoint: {line[:40]}")
    return said


def _checkpoint(path: Path, said: dict[str, Any]) -> Checkpoint:
    try:
        return Checkpoint(**said)
    except TypeError as error:
        raise CheckpointBroken(f"{path}: a line is no checkpoint ({error})") from error


def _end(path: Path) -> tuple[Checkpoint | None, str]:
    """Return the last checkpoint of a log and the newest key in it; a line that was torn does not count."""
    newest = ""
    for line in _backwards(path) if path.exists() else ():
        said = _parsed(path, line.decode())
        newest = newest or str(said["key"])
        if "public" not in said:
            return _checkpoint(path, said), newest
    return None, newest


def _backwards(path: Path) -> Iterator[bytes]:
    """Yield a log's whole lines from its end: it may have grown for years."""
    rest = b""
    with path.open("rb") as file:
        place, torn = file.seek(0, os.SEEK_END), True
        while place:
            start = max(0, place - BLOCK)
            file.seek(start)
            first, *lines = (file.read(place - start) + rest).split(b"\n")
            for line in reversed(lines):
                if not torn:
                    yield line
                torn = False
            place, rest = start, first
    if rest and not torn:
        yield rest


def _block(path: Path, end: int) -> bytes:
    """Return the bytes of a file just before *end*."""
    with path.open("rb") as file:
        file.seek(max(0, end - BLOCK))
        return file.read(min(BLOCK, end))


def _since(keys: tuple[Key, ...], last: str) -> tuple[Key, ...]:
    """Return the keys that a log does not name yet."""
    ids = [key.key for key in keys]
    return keys[ids.index(last) + 1 :] if last in ids else keys


def _append(path: Path, lines: bytes) -> None:
    """Add whole lines, behind the last whole one: what a power cut left half is written over."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        end = file.seek(0, os.SEEK_END)
        while (block := _block(path, end)) and b"\n" not in block:
            end -= len(block)
        end -= len(block) - block.rfind(b"\n") - 1
        file.truncate(end)
        file.seek(end)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let nobody else of this user write the log meanwhile."""
    held = owner.take(path, patience=10)
    try:
        yield
    finally:
        held.release()
