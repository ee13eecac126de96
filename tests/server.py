"""A clinic's server to forward to: its ledger, what receives, and a way in for tests that need no network."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ledgers import url_of
from rooms import Room, Service

from logger.entering.desk import LedgerDesk, SessionFile
from logger.entering.sessions import open_ledger
from logger.errors import ServerSilent
from logger.forwarding.enrolling import digest_of
from logger.forwarding.messages import Answer, Post
from logger.forwarding.receiving import Receiving
from logger.forwarding.sending import Forwarder
from logger.keeping.verifying import verify_session
from logger.ledger.models import Written
from logger.ledger.owner import read_notice

ADMIN, TOKEN = "admin.example", "a token for tests"


class Door:
    """What the pages' clinic is for the receiving side."""

    def __init__(self, desk: LedgerDesk) -> None:
        self._desk, self._lock = desk, threading.RLock()
        self.published: list[Written] = []

    @contextmanager
    def desk(self) -> Iterator[LedgerDesk]:
        with self._lock:
            yield self._desk

    def publish(self, records: Sequence[Written]) -> None:
        self.published += records


@dataclass
class Server:
    """A server and its ledger; `post` is what a forwarder calls, with JSON in between as on the wire."""

    door: Door
    receiving: Receiving
    url: str = "https://clinic.example"
    gone: bool = False
    loses: int = 0
    posts: list[Mapping[str, Any]] = field(default_factory=list)

    def post(self, said: Mapping[str, Any]) -> Answer:
        if self.gone:
            raise ServerSilent(f"{self.url} can't be heard (a test)")
        self.posts.append(said)
        recorder = self.receiving.admit(TOKEN)
        answer = self.receiving.post(recorder, Post.model_validate_json(json.dumps(said)))
        if self.loses and answer.asks:
            self.loses -= 1
            raise ServerSilent(f"{self.url} can't be heard (its answer was lost)")
        return Answer.model_validate_json(answer.model_dump_json())

    def again(self) -> Server:
        return self

    def ask(self, path: str, said: Mapping[str, Any]) -> dict[str, Any]:
        return {"wanted": {}}

    def close(self) -> None: ...

    def file(self, session: str) -> SessionFile:
        with self.door.desk() as desk:
            return desk.file(session)

    def says(self, stream: str, kind: str, author: str = "nurse.example", **said: Any) -> Written:
        with self.door.desk() as desk:
            return desk.append(stream, kind, author, said)

    def is_whole(self, session: str) -> bool:
        with self.door.desk() as desk:
            verdict = verify_session(desk.file(session), desk.store.path.parent)
        assert verdict["ok"], verdict
        return True


@contextmanager
def server_at(path: Path) -> Iterator[Server]:
    desk = open_ledger(url_of(path), create=True)
    try:
        if not any(one.kind == "recorder.enrolled" for one in desk.store.records("system")):
            said = {"recorder": "ward-2", "token": digest_of(TOKEN)}
            desk.append("system", "recorder.enrolled", ADMIN, said)
        door = Door(desk)
        yield Server(door, Receiving(door))
    finally:
        desk.close()


def forwarder_of(clinic: Service, server: Any, told: list[str] | None = None) -> Forwarder:
    tell = (told if told is not None else []).append
    return Forwarder(clinic.database, lambda: read_notice(clinic.database), server, tell)


def until(step: Callable[[], object], there: Callable[[], bool]) -> None:
    """Let a forwarder take steps until the server shows what the test is about."""
    pause = threading.Event()
    for _ in range(400):
        step()
        if there():
            return
        pause.wait(0.02)
    pytest.fail("what was forwarded never came to what the test waits for")


def same(server: Server, room: Room) -> bool:
    """Return whether the server has all that the room's recorder has of a session, record by record."""
    writer = room.nurse.status().writer
    mine = [one for one in room.file().records if one.writer == writer]
    with server.door.desk() as desk:
        theirs = [one for one in desk.store.records(room.session) if one.writer == writer]
    return theirs == mine
