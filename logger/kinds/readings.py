"""What devices and their lines say, and what a person reads and types."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, NaiveDatetime, StringConstraints, model_validator

from devices.contract import Quality
from logger.kinds.base import Part, Payload, Stated

SourceName = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]*$", max_length=60)]
"""What records call a device; its raw captures are files of this name."""


class Value(Part):
    """One value within a reading record; see `devices.contract.Reading` for each field's meaning.

    *measured_at* here is UTC on the logger's clock. *device_measured_at* is what the device claims.
    """

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

    *offset* and *length* count bytes of the connection's raw capture, *capture* is its number. *confirmed*:
    a number looked mistyped, and who typed it looked again and says that it is so.
    """

    source: str
    readings: tuple[Value, ...]
    confirmed: bool = False
    capture: int | None = None
    offset: int | None = None
    length: int | None = None
    device_time: NaiveDatetime | None = None
    states: tuple[str, ...] = ()
    flags: dict[str, str] = Field(default_factory=dict)
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
    digest of the connection's raw bytes. *identified*: the device says by *identity* which one it is, for the
    first time or otherwise than before.
    """

    source: str
    event: Literal[
        "connected", "identified", "heard", "silent", "lost", "refused", "capture_closed", "device_clock"
    ]
    cause: str | None = None
    port: str | None = None
    identity: str | None = None
    since: AwareDatetime | None = None
    capture: int | None = None
    file: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    offset_s: float | None = None


class Device(Stated):
    """A device that belongs to the session from now on (*attached*), or no longer does.

    *receive_only*: nothing is sent on its line, not even a request; another computer polls it. *waves*: its
    waves are recorded too.
    """

    source: SourceName
    event: Literal["attached", "detached"]
    adapter: str | None = None
    url: str | None = None
    experimental: bool = False
    receive_only: bool = False
    waves: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.event == "attached" and not (self.adapter and self.url):
            raise ValueError("a device that is attached needs an adapter and a url")
        return self


DEVICES: dict[str, type[Payload]] = {
    "reading": ReadingPayload,
    "unread": Unread,
    "link": Link,
    "device": Device,
}
