"""`import FOLDER`: sessions come back from what `export --format csv` wrote, record by record.

The chains are walked first, and compared with the heads in README.txt: what was cut off or altered is refused
with the record named. Nothing is made anew, so that pages, signatures and checkpoints stay what they were.

Digests hold no secret: whoever can write a table can write a chain that is whole. So where there are users an
administrator brings a folder in, and a session that is here takes no record from one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from analysis.imports.measured import BadFile
from logger import kinds
from logger.entering.checks import check_author
from logger.entering.closing import settle
from logger.entering.desk import LedgerDesk, is_aside
from logger.errors import BadSettings, LedgerBroken, NotAllowed
from logger.keeping.access import log_access
from logger.keeping.purging import purged
from logger.ledger import audit
from logger.ledger.copying import Received, know_session, receive
from logger.ledger.models import Written
from logger.settings import find_protocol

LEDGER = ("session", "writer", "seq", "at", "kind", "author", "payload", "digest")

HEAD = re.compile(r"^ {4}(\w+)  (\d+)  ([0-9a-f]{64})$", re.MULTILINE)
"""A line of README.txt that names a writer, its records and the digest of the last."""

LONGEST_CELL = 1 << 26
"""Characters: a payload holds a second of waves, or a whole form."""


NOT_HELD = (
    "the patient's name and birth: what this ledger knows of them stays",
    "the bytes as the devices sent them",
    "the site checks of the room: where this ledger has none, pages say that a device was not checked",
)
"""What no export of tables holds, and no import of one brings."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a folder brought: its session, what became of its records, and what could not be checked.

    *not_held*: what such a folder does not bring.
    """

    session: str
    received: Received
    not_checked: tuple[str, ...]
    not_held: tuple[str, ...] = NOT_HELD


def folders_of(folder: Path) -> list[Path]:
    """Return the folders of sessions that an export of one session, or of several, consists of.

    Raises:
        BadFile: no ledger.csv is in it, nor in a folder of it.
    """
    found = [folder] if (folder / "ledger.csv").exists() else []
    found = found or sorted(path.parent for path in folder.glob("*/ledger.csv"))
    if not found:
        raise BadFile(
            f"{folder}: holds no ledger.csv; name a folder that `export --format csv` made, or a file"
        )
    return found


def take_back(desk: LedgerDesk, folder: Path, author: str, secrets: Mapping[str, str]) -> Returned:
    """Copy the records of one exported session into this ledger, where it is not here already.

    Who brought which table is on record before its first record comes in.

    Args:
        desk: of the ledger.
        folder: holds ledger.csv.
        author: who brings it: where there are users, an administrator.
        secrets: passwords by user name.

    Raises:
        NotSignedIn, NotAllowed: the author is not who they say, or no administrator.
        LedgerBroken: a record is missing, altered, or none of those that README.txt names.
        BadFile: it is no such export, the protocol it was run under is nowhere, or its session is here and
            lacks one of its records, or has another in its place.
    """
    _check_may(desk, author, secrets)
    records, digest = _records(folder / "ledger.csv")
    session = records[0].session
    chains = audit.verify(sorted(records, key=lambda one: (one.writer, one.seq)))
    not_checked = tuple(_unlike_readme(folder, session, {c.writer: (c.records, c.head) for c in chains}))
    if session in purged(desk.store):
        raise BadFile(f"{folder}: session {session} was purged here, and does not come back")
    opened = _opening(records, folder)
    _check_nothing_added(desk, folder, records)
    known = bool(desk.store.rows([session]))
    protocol = "" if known else _protocol(folder, opened[1])
    log_access(desk, "imported", author, session, f"an exported folder, ledger.csv with SHA-256 {digest}")
    if not known:
        _make_known(desk, protocol, opened)
    received = receive(desk.store, records)
    settle(desk.store, session)
    return Returned(session, received, not_checked)


def _check_may(desk: LedgerDesk, author: str, secrets: Mapping[str, str]) -> None:
    check_author(author)
    user = desk.people.admit(author, "access", secrets)
    if (user is None and desk.status().users) or (user is not None and user.role != "admin"):
        log_access(desk, "refused", author, what="import of an exported folder")
        raise NotAllowed(
            f"{author} may not bring a folder in: it holds records in the names of others; "
            "ask an administrator, who gives --author"
        )


def _check_nothing_added(desk: LedgerDesk, folder: Path, records: list[Written]) -> None:
    """Let a session that is here stay as it is: a chain that is whole may still be forged."""
    session = records[0].session
    here = {record.ref: record for record in desk.store.records(session)}
    for record in records if here else ():
        if here.get(record.ref) != record:
            what = "says something else here" if record.ref in here else "is not here"
            raise BadFile(
                f"{folder}: session {session} is in this ledger, and record {record.ref} ({record.kind} by "
                f"{record.author}) {what}; nothing was taken. Find out where the folder was altered, or "
                "import it into a ledger of its own"
            )


def _records(path: Path) -> tuple[list[Written], str]:
    """Return the records of a table, and the SHA-256 of the very bytes that they were read from."""
    csv.field_size_limit(LONGEST_CELL)
    try:
        text = path.read_bytes()
        reader = csv.DictReader(io.StringIO(text.decode("utf-8"), newline=""), strict=True)
        if tuple(reader.fieldnames or ()) != LEDGER:
            raise BadFile(f"{path}: its columns are not {', '.join(LEDGER)}; take the export as it was made")
        records = [_record(row, f"{path}, line {reader.line_num}") for row in reader]
    except (UnicodeError, csv.Error) as error:
        raise BadFile(f"{path}: is no table of text ({error}); take the export as it was made") from error
    sessions = {record.session for record in records}
    if len(sessions) != 1:
        raise BadFile(f"{path}: holds the records of {len(sessions)} sessions, not of one")
    if is_aside(session := records[0].session):
        raise BadFile(f"{path}: {session} is no session, and records of it come from no folder")
    return records, hashlib.sha256(text).hexdigest()


def _record(row: dict[str, Any], where: str) -> Written:
    try:
        return Written(**{**row, "seq": int(row["seq"]), "at": int(row["at"])})
    except (TypeError, ValueError) as error:
        raise BadFile(f"{where}: is no record; take the export as it was made") from error


def _unlike_readme(folder: Path, session: str, heads: dict[str, tuple[int, str]]) -> Iterator[str]:
    """Yield what README.txt can't prove, raise where it names other heads: the tail of a chain is cut off."""
    try:
        text = (folder / "README.txt").read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        yield "README.txt is not there: records that were cut off at the end would not be seen"
        return
    named = {writer: (int(count), digest) for writer, count, digest in HEAD.findall(text)}
    for writer in sorted(named.keys() | heads.keys()):
        if named.get(writer) != heads.get(writer):
            count, said = heads.get(writer, (0, ""))[0], named.get(writer, (0, ""))[0]
            what = f"missing: README.txt names {said} records of {writer}, ledger.csv holds {count}"
            raise LedgerBroken(session, writer, min(count, said), what)


def _opening(records: list[Written], folder: Path) -> tuple[Written, kinds.SessionOpen]:
    for record in records:
        if record.kind == "session.open":
            try:
                return record, kinds.SessionOpen.model_validate_json(record.payload)
            except ValidationError as error:
                raise BadFile(f"{folder}: record {record.ref} opens no session of this program") from error
    raise BadFile(f"{folder}: no record opens the session")


def _make_known(desk: LedgerDesk, protocol: str, opened: tuple[Written, kinds.SessionOpen]) -> None:
    record, said = opened
    row = {
        **said.model_dump(include={"room", "patient", "protocol", "protocol_digest", "zone", "clock_speed"}),
        "id": record.session,
        "opened_at": record.at,
        "ended_at": None,
        "closed_at": None,
        "state": "open",
        "demo": int(said.demo),
    }
    patient = {"id": said.patient, "name": None, "born": None}
    know_session(desk.store, row, patient, protocol)


def _protocol(folder: Path, said: kinds.SessionOpen) -> str:
    """Return the text that the session was run under, by its digest: the export's own, or this machine's."""
    texts = []
    if (path := folder / "protocol.toml").exists():
        texts.append(path.read_bytes().decode("utf-8", "replace"))
    with suppress(BadSettings):  # this machine has no protocol of that name
        texts.append(find_protocol(said.protocol).text)
    for text in texts:
        if hashlib.sha256(text.encode()).hexdigest() == said.protocol_digest:
            return text
    raise BadFile(
        f"{folder}: the protocol {said.protocol_digest[:12]} ({said.protocol}) it was run under is not in it "
        "as protocol.toml, and not on this machine; export the session again"
    )
