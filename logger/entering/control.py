"""How other programs speak to a ledger's owner: JSON lines on loopback TCP, three verbs.

Each request is one line ``{"token", "verb", ...}``, each answer one line ``{"ok": ...}`` or
``{"error", "kind"}``:

* ``append``  session, kind, author, payload, secrets {user: password} -> the record
* ``records`` session, after {writer: seq}, limit -> row, patient, protocol, records; or for who copies
  streams {stream: {writer: seq}}, limit -> rows, the records of all of them
* ``status``  heads (whether they are wanted) -> pid, writer, sessions, devices, heads; with since (a
  position, "" at first) -> sessions and heads of what changed since, at most 500 streams, and the position

The token stands in the owner's file, which only its user can read.
"""

from __future__ import annotations

import contextlib
import json
import queue
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel, Field, ValidationError

import devices.errors
from devices.errors import InfusionlogError
from logger import errors
from logger.entering.desk import Entering, SessionFile, Status
from logger.errors import LedgerError, OwnerSilent
from logger.ledger.audit import Row
from logger.ledger.models import Written
from logger.ledger.owner import Notice
from logger.people.accounts import RECORDER

PAGE = 2000
"""Records in one answer: some 1 MB, a tenth of a second of the owner's time."""

LONGEST = 1 << 20
"""Bytes of the longest request: a note has 4,000 characters."""

ANSWER_WITHIN = 30.0
"""Seconds that a client waits for an answer: a commit on a slow card takes 50 ms, a queue of them seconds."""


@dataclass(slots=True)
class Request:
    """A question to the owner's loop, and the place for its answer."""

    verb: str
    said: Mapping[str, Any]
    answer: queue.SimpleQueue[dict[str, Any]] = field(default_factory=queue.SimpleQueue)


class Answering(Entering, Protocol):
    """What the owner's loop offers: a desk whose files can be had in pages."""

    def file(self, session: str, after: Mapping[str, int] | None, limit: int | None) -> SessionFile:
        """Return a session's file with the records after *after*, at most *limit*."""
        ...

    def rows_after(self, wanted: Mapping[str, Mapping[str, int]], limit: int) -> list[Row]:
        """Return records of several streams, chain after chain; see `logger.ledger.chains.rows_after`."""
        ...

    def changes(self, since: str) -> Status:
        """Return what changed since a position; see `logger.entering.desk.LedgerDesk.changes`."""
        ...


class ControlServer:
    """Listens on loopback and hands each request to the owner's loop through *ask*.

    Attributes:
        notice: what the owner's file is to say.
    """

    def __init__(self, pid: int, ask: Callable[[Request], None]) -> None:
        self._ask = ask
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.notice = Notice(pid, self._listening.getsockname()[1], secrets.token_hex(16))
        threading.Thread(target=self._accept, name="control", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(
                target=self._serve, args=(connection,), name="control client", daemon=True
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rwb") as stream:
            while line := stream.readline(LONGEST):
                stream.write(json.dumps(self._answer(line), ensure_ascii=False).encode() + b"\n")
                stream.flush()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            said = json.loads(line)
            token, verb = said["token"], said["verb"]
        except (ValueError, KeyError, TypeError):
            return {"error": "this is no request", "kind": "OwnerSilent"}
        if not secrets.compare_digest(str(token).encode(), self.notice.token.encode()):
            return {"error": "the token is not the owner's", "kind": "OwnerSilent"}
        request = Request(str(verb), said)
        self._ask(request)
        return request.answer.get()


def answer(request: Request, desk: Answering) -> None:
    """Answer *request* from the owner's *desk*; runs in the owner's loop."""
    try:
        request.answer.put({"ok": _verb(request, desk)})
    except InfusionlogError as error:
        refuse(request, str(error), name_of(error))
    except Exception as error:  # the door: what one request breaks must not end everybody's recording
        said = f"{request.verb}: unexpected {type(error).__name__}: {error}; look with `infusionlog show`"
        refuse(request, f"{said} whether it was recorded, and report it", "LedgerError")


_TOLD = {
    name: kind
    for tree in (devices.errors, errors)
    for name, kind in vars(tree).items()
    if isinstance(kind, type) and issubclass(kind, InfusionlogError) and "__init__" not in vars(kind)
}
"""The errors that come back as what they were, from a sentence alone; others as the nearest above them."""


def error_of(kind: str, why: str) -> InfusionlogError:
    """Return the error that was told in another process, from its name and its sentence."""
    return _TOLD.get(kind, LedgerError)(why)


def name_of(error: InfusionlogError) -> str:
    """Return the name by which another process is told of an error: the nearest that it can make."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _TOLD)


def refuse(request: Request, why: str, kind: str = "OwnerSilent") -> None:
    """Answer that *request* can't be done; *kind* names the error."""
    request.answer.put({"error": why, "kind": kind})


class _Append(BaseModel):
    session: str
    kind: str
    author: str
    payload: dict[str, Any]
    secrets: dict[str, str] = {}


class _Records(BaseModel):
    session: str
    after: dict[str, int] = {}
    limit: int = Field(default=PAGE, ge=1)


class _Rows(BaseModel):
    streams: dict[str, dict[str, int]]
    limit: int = Field(default=PAGE, ge=1)


class _Status(BaseModel):
    heads: bool = False
    since: str | None = None


def _verb(request: Request, desk: Answering) -> dict[str, Any]:
    try:
        if request.verb == "append":
            entry = _Append.model_validate(request.said)
            if entry.author == RECORDER:
                raise errors.BadEntry(f"{RECORDER} is the program itself; give --author")
            secrets = entry.secrets
            return asdict(desk.append(entry.session, entry.kind, entry.author, entry.payload, secrets))
        if request.verb == "records":
            if "streams" in request.said:
                several = _Rows.model_validate(request.said)
                return {"rows": desk.rows_after(several.streams, min(several.limit, PAGE))}
            wanted = _Records.model_validate(request.said)
            return asdict(desk.file(wanted.session, wanted.after, min(wanted.limit, PAGE)))
        if request.verb == "status":
            asked = _Status.model_validate(request.said)
            return asdict(
                desk.status(heads=asked.heads) if asked.since is None else desk.changes(asked.since)
            )
    except ValidationError as error:
        first = error.errors()[0]
        field_name = ".".join(map(str, first["loc"]))
        raise errors.BadEntry(f"{request.verb}: {field_name}: {first['msg']}") from error
    raise errors.BadEntry(f"{request.verb} is no verb of the control socket")


class RemoteDesk:
    """The desk of a ledger that another process owns."""

    def __init__(self, notice: Notice) -> None:
        """Connect.

        Raises:
            OwnerSilent: the owner does not take the connection.
        """
        self._notice = notice
        try:
            self._socket = socket.create_connection(("127.0.0.1", notice.port), timeout=ANSWER_WITHIN)
        except OSError as error:
            raise OwnerSilent(
                f"process {notice.pid} holds the ledger and does not answer ({error}); "
                "look whether it still runs"
            ) from error
        self._stream = self._socket.makefile("rwb")
        try:
            self._call("status")  # an owner that is about to leave says so now
        except InfusionlogError:
            self.close()
            raise

    def append(
        self,
        session: str,
        kind: str,
        author: str,
        payload: Mapping[str, Any],
        secrets: Mapping[str, str] | None = None,
    ) -> Written:
        """Record what *author* says; returns once it is on the owner's disk."""
        said = {"session": session, "kind": kind, "author": author, "payload": dict(payload)}
        return Written(**self._call("append", **said, secrets=dict(secrets or {})))

    def file(self, session: str, after: Mapping[str, int] | None = None) -> SessionFile:
        """Return everything about a session, or of its records those after *after*, fetched in pages."""
        records: list[Written] = []
        after = dict(after or {})
        while True:
            page = self._call("records", session=session, after=after, limit=PAGE)
            records += [Written(**record) for record in page["records"]]
            after |= {record["writer"]: record["seq"] for record in page["records"]}
            if len(page["records"]) < PAGE:
                return SessionFile(**page | {"records": tuple(records)})

    def status(self, *, heads: bool = False) -> Status:
        """Return who owns the ledger and which sessions it holds, with the heads of all chains if asked."""
        return Status(**self._call("status", heads=heads))

    def changes(self, since: str) -> Status:
        """Return what changed in the ledger since a position ("" at first), and the next position."""
        return Status(**self._call("status", since=since))

    def rows_after(self, wanted: Mapping[str, Mapping[str, int]], limit: int) -> list[Row]:
        """Return records of several streams, chain after chain, at most *limit* or `PAGE`."""
        return [tuple(row) for row in self._call("records", streams=wanted, limit=limit)["rows"]]

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self._socket.close()

    def _call(self, verb: str, **said: Any) -> dict[str, Any]:
        request = {"token": self._notice.token, "verb": verb, **said}
        try:
            self._stream.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
            self._stream.flush()
            line = self._stream.readline()
            answered: dict[str, Any] = json.loads(line)
        except (OSError, ValueError) as error:
            raise OwnerSilent(
                f"process {self._notice.pid} holds the ledger and does not answer; "
                "look whether it still runs. What was not acknowledged may have been recorded all the same: "
                "look with `infusionlog show` before you enter it again"
            ) from error
        if "ok" in answered:
            return dict(answered["ok"])
        raise error_of(answered["kind"], answered["error"])
