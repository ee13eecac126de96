"""What a record can say: one pydantic model a kind, with the schema version of its payload.

A payload is stored as canonical JSON and hashed as stored. Fields that stand at their default are left
out. A model never changes: a new form of a kind gets ``v: 2`` and the old one is upgraded on reading.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    NaiveDatetime,
    StringConstraints,
    model_validator,
)

from devices.contract import Quality

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
SourceName = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]*$", max_length=60)]
"""What records call a device; its raw captures are files of this name."""
Ref = Annotated[str, StringConstraints(pattern=r"^[0-9a-z]+:\d+$")]
Severity = Literal["mild", "moderate", "severe"]


class Payload(BaseModel):
    """The common form: known fields only, numbers that are numbers, a version."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    v: Literal[1] = 1


Moment = Annotated[
    AwareDatetime, Field(ge=datetime(1970, 1, 2, tzinfo=UTC), le=datetime(9000, 1, 1, tzinfo=UTC))
]
"""A time that a clock of microseconds can hold, in any zone."""


class Stated(Payload):
    """Something a person says happened at a time of its own; without it, it happened at the entry."""

    happened_at: Moment | None = None


class Value(BaseModel):
    """One value within a reading record; see `devices.contract.Reading` for each field's meaning.

    *measured_at* here is UTC on the logger's clock. *device_measured_at* is what the device claims.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    vital: str
    value: float | None
    reason: str | None = None
    quality: Quality = Quality.GOOD
    variant: str = ""
    unit: str | None = None
    measured_at: AwareDatetime | None = None
    measured_from: AwareDatetime | None = None
    device_measured_at: NaiveDatetime | None = None
    measured_at_from: str | None = None
    repeat: bool = False
    repeat_by: str | None = None


class ReadingPayload(Stated):
    """One frame of a device, or what a person read and typed (*source* ``manual``).

    *offset* and *length* count bytes of the connection's raw capture, *capture* is its number.
    """

    source: str
    readings: tuple[Value, ...]
    capture: int | None = None
    offset: int | None = None
    length: int | None = None
    device_time: NaiveDatetime | None = None
    states: tuple[str, ...] = ()
    flags: dict[str, str] = {}
    uncertain: str | None = None


class Unread(Payload):
    """Bytes of a device that made no frame; the bytes themselves are in the raw capture."""

    source: str
    why: str
    capture: int
    offset: int
    length: int


class Link(Payload):
    """What became of a device's line.

    *lost* and *silent* open a gap at *since*; *heard* closes it. *capture_closed* gives the size and
    digest of the connection's raw bytes.
    """

    source: str
    event: Literal["connected", "heard", "silent", "lost", "refused", "capture_closed", "device_clock"]
    cause: str | None = None
    port: str | None = None
    identity: str | None = None
    since: AwareDatetime | None = None
    capture: int | None = None
    file: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    offset_s: float | None = None


class Clock(Payload):
    """What is known of the logger's own clock: at opening, hourly, and where it was disturbed."""

    event: Literal["opened", "checked", "stepped", "suspended", "stalled", "behind", "reboot", "synchronised"]
    wall: AwareDatetime | None = None
    step_s: float | None = None
    synchronised: bool | None = None
    by: str | None = None
    max_error_s: float | None = None
    uncertain: bool = False


class Device(Stated):
    """A device that belongs to the session from now on (*attached*), or no longer does.

    *receive_only*: nothing is sent on its line, not even a request; another computer polls it.
    """

    source: SourceName
    event: Literal["attached", "detached"]
    adapter: str | None = None
    url: str | None = None
    experimental: bool = False
    receive_only: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.event == "attached" and not (self.adapter and self.url):
            raise ValueError("a device that is attached needs an adapter and a url")
        return self


class SessionOpen(Payload):
    """The session's first record. *patient* is the pseudonym; names stand only in the patient table."""

    room: Name
    patient: Name
    protocol: Name
    protocol_digest: str
    zone: str
    program: str
    primary: dict[str, str] = {}
    clock_speed: float = 1.0
    demo: bool = False


class SessionResume(Payload):
    """A recorder took the session up again; nothing was recorded since *since*."""

    cause: str
    since: AwareDatetime


class SessionPause(Payload):
    """The recorder stopped and left the session open."""

    cause: str


class SessionEnd(Stated):
    """The session's reading window ends here."""

    reason: str | None = None


class Close(Payload):
    """A writer closes its chain: how many records stand before this one and the digest of the last."""

    count: int
    head: str


class CloseWithout(Payload):
    """A chain of *writer* that will not be gone on with is closed for it: its count and the last digest."""

    writer: str
    count: int
    head: str
    reason: Text


class EffectReport(Stated):
    """A side effect that the patient reports, or a new severity of one that is open."""

    term: Name
    severity: Severity
    text: str | None = None


class EffectResolved(Stated):
    """A side effect has ended."""

    term: Name


class EffectNone(Stated):
    """The patient was asked and reports no side effect."""


class Infusion(Stated):
    """The infusion starts, pauses, changes its rate, or ends."""

    drug: str | None = None
    mg: float | None = Field(default=None, gt=0)
    ml_h: float | None = Field(default=None, ge=0)
    mg_per_kg: float | None = Field(default=None, gt=0)
    reason: str | None = None


class Note(Stated):
    """Free text."""

    text: Text


class Mark(Stated):
    """Something now: the time at once, the details later."""

    text: str | None = None


class Amend(Stated):
    """New values for a reading record; the old ones stay readable, struck through."""

    target: Ref
    changes: dict[str, float | None] = Field(min_length=1)
    reason: Text


class Exclude(Stated):
    """Readings that metrics and rules leave out from now on; charts go on showing them, crossed.

    Either one record (*target*), or a *vital* from *start* to *end*. *undo* takes it back.
    """

    target: Ref | None = None
    vital: str | None = None
    start: Moment | None = None
    end: Moment | None = None
    reason: Text
    undo: bool = False

    @model_validator(mode="after")
    def _one_or_a_span(self) -> Self:
        if (self.target is None) == (self.vital is None):
            raise ValueError("either one record is meant, or a vital")
        return self


class Adopt(Stated):
    """A person says of a held cuff value: this patient's, taken at *taken_at*."""

    target: Ref
    taken_at: Moment
    reason: Text


class Storage(Payload):
    """What the recorder did to be able to go on writing."""

    event: Literal["reserve_given_up"]
    free_bytes: int | None = None


KINDS: dict[str, type[Payload]] = {
    "reading": ReadingPayload,
    "unread": Unread,
    "link": Link,
    "clock": Clock,
    "device": Device,
    "session.open": SessionOpen,
    "session.resume": SessionResume,
    "session.pause": SessionPause,
    "session.end": SessionEnd,
    "close": Close,
    "session.close_without": CloseWithout,
    "effect.report": EffectReport,
    "effect.resolved": EffectResolved,
    "effect.none": EffectNone,
    "infusion.start": Infusion,
    "infusion.pause": Infusion,
    "infusion.rate": Infusion,
    "infusion.end": Infusion,
    "note": Note,
    "mark": Mark,
    "amend": Amend,
    "exclude": Exclude,
    "adopt": Adopt,
    "storage": Storage,
}
"""Every kind of record and the model of its payload."""


def canonical(payload: dict[str, Any]) -> str:
    """Return the one JSON text of *payload*: keys sorted, no spaces, UTF-8, no NaN."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def text_of(payload: Payload) -> str:
    """Return the canonical JSON of a payload; fields at their default are left out, the version is not."""
    body = payload.model_dump(mode="json", exclude_defaults=True)
    return canonical({"v": payload.v, **body})
