"""A recorder at work in a thread of its own, with real parts, and what it recorded."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ledgers import NURSE, opening, url_of

from logger.entering.control import RemoteDesk
from logger.entering.desk import LedgerDesk, SessionFile
from logger.entering.sessions import open_ledger
from logger.keeping.verifying import verify_session
from logger.ledger.models import Written
from logger.ledger.owner import read_notice
from logger.recording.one_session import start_recorder, wanted_devices
from logger.recording.recorder import Recorder
from logger.recording.service import start_service
from logger.settings import Settings


@dataclass
class Room:
    """A recorder at work in a thread of its own, and the nurse's way to it."""

    session: str
    nurse: RemoteDesk
    recorder: Recorder
    database: Path

    def file(self) -> SessionFile:
        return self.nurse.file(self.session)

    def wait_for(self, there: Callable[[list[tuple[Written, dict[str, Any]]]], bool]) -> None:
        """Let the recorder go on until the records show what the test is about."""
        pause = threading.Event()
        for _ in range(600):
            if there([(record, json.loads(record.payload)) for record in self.file().records]):
                return
            pause.wait(0.05)
        pytest.fail("the recorder never came to what the test waits for")


@contextmanager
def recording(database: Path, *devices: str, **more: Any) -> Iterator[Room]:
    """Record until the block ends; the session stays open unless it was closed in it."""
    desk = open_ledger(url_of(database), create=True)
    with on(desk, *devices, **more) as room:
        yield room


@contextmanager
def on(desk: LedgerDesk, *devices: str, waves: bool = False, **more: Any) -> Iterator[Room]:
    try:
        wanted = wanted_devices(devices, waves=waves)
        recorder, session = start_recorder(desk, opening(**more), wanted, lambda _: None)
    except BaseException:
        desk.close()
        raise
    thread = threading.Thread(target=recorder.run)
    thread.start()
    notice = read_notice(desk.store.path)
    assert notice is not None
    nurse = RemoteDesk(notice)
    try:
        yield Room(session, nurse, recorder, desk.store.path)
    finally:
        recorder.stop()
        thread.join()
        nurse.close()
        desk.close()


@contextmanager
def ledger(database: Path) -> Iterator[LedgerDesk]:
    desk = open_ledger(url_of(database))
    try:
        yield desk
    finally:
        desk.close()


def file_of(room: Room) -> SessionFile:
    """Read a session when its recorder has ended."""
    with ledger(room.database) as desk:
        return desk.file(room.session)


def readings(records: list[tuple[Written, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [body for record, body in records if record.kind == "reading"]


def links(records: list[tuple[Written, dict[str, Any]]], event: str) -> list[dict[str, Any]]:
    return [body for record, body in records if record.kind == "link" and body["event"] == event]


def whole(file: SessionFile, database: Path) -> bool:
    return bool(verify_session(file, database.parent)["ok"])


class Service:
    """A recorder service at work in a thread, and the way to it."""

    def __init__(self, nurse: RemoteDesk, recorder: Recorder, database: Path) -> None:
        self.nurse, self.recorder, self.database = nurse, recorder, database

    def opens(self, room: str, patient: str = "", **more: Any) -> Room:
        asked = {"room": room, "patient": patient or f"INVENTED-{room}", **more}
        session = self.nurse.append("", "session.open", NURSE, asked).session
        return Room(session, self.nurse, self.recorder, self.database)

    def attaches(self, room: Room, text: str) -> None:
        [device] = wanted_devices([text])
        self.nurse.append(room.session, "device", NURSE, device.payload())

    def ends(self, room: Room) -> None:
        self.nurse.append(room.session, "session.end", NURSE, {})


@contextmanager
def service(database: Path, desk: LedgerDesk | None = None) -> Iterator[Service]:
    desk = desk or open_ledger(url_of(database), create=True)
    recorder = start_service(desk, Settings(zone="UTC"), lambda _: None)
    thread = threading.Thread(target=recorder.run)
    thread.start()
    notice = read_notice(database)
    assert notice is not None
    nurse = RemoteDesk(notice)
    try:
        yield Service(nurse, recorder, database)
    finally:
        recorder.stop()
        thread.join()
        nurse.close()
        desk.close()
