"""The recorder as a service: one process that holds a ledger and records every session that is open in it.

Sessions are opened, watched and ended through its desk (the three verbs of `logger.entering.control`):
``session.open`` without a session opens one, ``device`` attaches and detaches, ``session.end`` ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, ValidationError

from logger.entering.desk import LedgerDesk
from logger.entering.opening import Opening
from logger.entering.protocols import chosen, sent
from logger.errors import BadEntry
from logger.kinds import Course
from logger.recording.recorder import Recorder
from logger.recording.running import Tell
from logger.settings import PinnedProtocol, Settings


class Asked(BaseModel):
    """How a session is asked for; *name* and *born* go into the patient's table and into no record.

    *demo*: simulated devices can join it. Zone and, if none is named, protocol are those of the service; a
    server sends its own: the clinic's copy of the protocol stands there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    room: str
    patient: str
    protocol: str | None = None
    protocol_text: str | None = None
    zone: str | None = None
    name: str | None = None
    born: str | None = None
    demo: bool = False
    course: Course | None = None


def start_service(desk: LedgerDesk, settings: Settings, tell: Tell) -> Recorder:
    """Return a recorder that has taken up every open session of the ledger, and takes more.

    A simulated session whose clock is quicker than the clinic's is left to `record`, which began it.
    """
    recorder = Recorder(desk, tell, partial(read_opening, settings))
    for row in desk.store.sessions():
        if row["state"] != "open":
            continue
        if row["clock_speed"] == 1.0:
            recorder.watch(row["id"], resumed=True)
        else:
            tell(f"session {row['id']} is a simulated one on a clock of its own: it is not taken up")
    return recorder


def read_opening(settings: Settings, author: str, said: Mapping[str, Any]) -> Opening:
    """Return how *author* wants a session to be opened.

    Raises:
        BadEntry: naming the first field that is wrong.
        BadSettings: there is no such protocol.
    """
    try:
        asked = Asked.model_validate(dict(said))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise BadEntry(f"session.open: {field}: {first['msg']}") from error
    return Opening(
        asked.room,
        asked.patient,
        _protocol(settings, asked),
        _zone(asked.zone) if asked.zone else settings.clinic_zone(),
        author,
        asked.name,
        asked.born,
        demo=asked.demo,
        course=asked.course,
    )


def _protocol(settings: Settings, asked: Asked) -> PinnedProtocol:
    if asked.protocol_text is None or asked.protocol is None:
        return chosen(settings, asked.protocol)
    return sent(asked.protocol, asked.protocol_text)


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise BadEntry(f"session.open: zone: {name} is no IANA time zone, as Europe/Berlin is one")
    return ZoneInfo(name)
