"""`record` where a recorder service holds the ledger: the session is opened through it and followed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from devices.errors import PortBusy, PortDenied, UsageError
from devices.ports import is_simulated
from logger.entering.attached import attached_devices, check_free
from logger.entering.control import RemoteDesk
from logger.entering.desk import Status
from logger.entering.opening import Opening
from logger.entering.summaries import summary
from logger.errors import OwnerSilent
from logger.kinds import Device
from logger.ledger.models import Written
from logger.ledger.owner import Notice, read_notice
from logger.recording.one_session import Wanted, is_there, speed_of, try_ports
from logger.settings import database_path

LOOK_EVERY = 0.5
"""Seconds between two looks at what the service has recorded."""

LEAVES_WITHIN = 5.0
"""Seconds in which a service that no longer answers takes back its notice, where it was ended in order."""

Tell = Callable[[str], None]
TOLD = ("link", "session.", "device")
"""Kinds that are told to who follows."""


def service_of(url: str) -> RemoteDesk | None:
    """Return the desk of the recorder service that holds a ledger, None where its owner is no service."""
    notice = read_notice(database_path(url))
    if notice is None or not notice.port:
        return None
    try:
        desk = RemoteDesk(notice)
    except OwnerSilent:
        return None
    if desk.status().service:
        return desk
    desk.close()
    return None


def open_through(desk: RemoteDesk, opening: Opening, devices: Sequence[Wanted]) -> str:
    """Have the service open a session, or find the room's open one, and attach its devices; return its id.

    Raises:
        SessionInTheWay: the room's open session has another patient or protocol.
        LineTaken: another session hears that line.
        PortError: a device of a new session can't be reached; the session was not opened.
    """
    if speed_of(devices) != 1.0:
        raise UsageError("a recorder service keeps the clinic's time: give simulated devices no speed")
    status = desk.status()
    session = _open_in(status, opening.room.strip())
    for device in devices:
        check_free(status.devices, session or "", Device.model_validate(device.payload()))
    if session is None:
        try_ports(devices, leave=(PortBusy, PortDenied))  # those the service finds out: it is another user
    asked: dict[str, Any] = {
        "room": opening.room,
        "patient": opening.patient,
        "protocol": opening.protocol.id,
        "name": opening.name,
        "born": opening.born,
        "demo": opening.demo or any(is_simulated(one.url) for one in devices),
        "course": opening.course.model_dump(mode="json") if opening.course else None,
    }
    session = desk.append("", "session.open", opening.author, asked, opening.secrets).session
    known = attached_devices(desk.file(session).records)
    for device in devices:
        if not is_there(device, known):
            desk.append(session, "device", opening.author, device.payload(), opening.secrets)
    return session


def follow(
    url: str,
    desk: RemoteDesk,
    session: str,
    tell: Tell,
    stopped: threading.Event,
    seconds: float | None,
) -> str:
    """Tell what becomes of a session until it is closed, *stopped* is set or *seconds* are over.

    Return the state in which it then is.

    Raises:
        OwnerSilent: the service of the ledger *url* was ended, or does not answer.
    """
    notice = read_notice(database_path(url))
    until = None if seconds is None else time.monotonic() + seconds
    seen: dict[str, int] = {}
    while True:
        try:
            file = desk.file(session, seen)
        except OwnerSilent as error:
            if not _has_left(url, notice, stopped):
                raise
            raise OwnerSilent(
                f"the recorder has stopped; session {session} stays open and goes on when it is started "
                "again: infusionlog recorder"
            ) from error
        for record in file.records:
            seen[record.writer] = record.seq
            if record.kind.startswith(TOLD):
                tell(_line(record))
        over = until is not None and time.monotonic() >= until
        if file.row["state"] != "open" or over or stopped.wait(LOOK_EVERY):
            return str(file.row["state"])


def _has_left(url: str, notice: Notice | None, stopped: threading.Event) -> bool:
    """Return whether the owner who wrote *notice* takes it back: one that was killed leaves it there."""
    until = time.monotonic() + LEAVES_WITHIN
    while notice is not None and read_notice(database_path(url)) == notice:
        if time.monotonic() >= until or stopped.wait(LOOK_EVERY):
            return False
    return True


def _line(record: Written) -> str:
    return summary(record.kind, json.loads(record.payload))


def _open_in(status: Status, room: str) -> str | None:
    found = [row["id"] for row in status.sessions if row["room"] == room and row["state"] == "open"]
    return found[0] if found else None
