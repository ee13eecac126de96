"""What a decoder takes and gives: the contract between a serial protocol and everything above it.

A decoder turns bytes, in any chunking, into events whose ``raw`` bytes tile its input in order; what it
still holds back is `Decoder.pending`. It never raises on any input, reads no clock, opens nothing, gives
the same events for any chunking, finds its feet within one good record after garbage, and never emits a
number from a bad frame.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol, cast


class Quality(StrEnum):
    """How far a reading can be trusted, by the device's own word."""

    GOOD = "good"
    QUESTIONABLE = "questionable"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one vital as the device gave it.

    Attributes:
        vital: a name of the vocabulary, or ``local:<protocol>:<code>`` with *unit* given here.
        value: in the vital's unit; None means that the device said it has no value, and *reason* says why.
        reason: one word (``absent``, ``sensor_off``, ``searching``, ``under_range``, ``failed`` ...);
            may stand beside a number that the device itself marked as invalid or questionable.
        quality: an `INVALID` reading keeps its number only if the device marked it so.
        variant: tells apart two values of one vital from one device (``display``, ``beat_to_beat``, a site).
        measured_at: for NIBP the device's own measurement time, without offset: the device claims none.
        measured_at_from: ``age`` where *measured_at* is not in the bytes but arrival minus an age; then
            *age* holds the seconds and *measured_at* stays None in the decoder.
        age: seconds between measurement and this frame, where the protocol counts them.
        repeat: the device repeats its last cuff cycle.
        repeat_by: ``value`` where the protocol has no time, age or counter and only a change tells.
        unit: for local codes only; the vocabulary has all others.
    """

    vital: str
    value: float | None
    reason: str | None = None
    quality: Quality = Quality.GOOD
    variant: str = ""
    measured_at: datetime | None = None
    measured_at_from: str | None = None
    age: float | None = None
    repeat: bool = False
    repeat_by: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """How a wave's sample becomes a value: ``offset + step * sample``, in *unit* (UCUM)."""

    unit: str
    step: float
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Wave:
    """Samples of one wave, one behind the other, as the device gave them.

    Attributes:
        name: a `devices.vocabulary.WaveName`, or ``local:<protocol>:<code>``.
        samples: steps of the device; None where it says that it has no sample.
        rate: samples a second.
        scale: None where the device gives its steps no unit, as for most pleths.
        variant: tells apart two waves of one name from one device: a lead, a site.
        follows: the first sample is the next one after the last of this wave's before; False where some are
            missing between, by the device's own count or for bytes that were no good, or nothing says so.
    """

    name: str
    samples: tuple[int | None, ...]
    rate: float
    scale: Scale | None = None
    variant: str = ""
    follows: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """One good record of the protocol, whole.

    Attributes:
        raw: the bytes as they came.
        readings: those the record carries; a vital the record does not have is absent here.
        states: ``demo``, ``test``, ``standby``, ``nibp_measuring`` and the like.
        device_time: what the device claims, without offset.
        raw_flags: the device's own status words, as text.
        waves: those the record carries, where waves are wanted; see `Adapter.wanting_waves`.
        device_id: by what the device tells itself from others of its kind (a serial number, a bed); "" where
            the record does not say.
    """

    raw: bytes
    readings: tuple[Reading, ...] = ()
    states: tuple[str, ...] = ()
    device_time: datetime | None = None
    raw_flags: Mapping[str, str] = field(default_factory=dict)
    waves: tuple[Wave, ...] = ()
    device_id: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """Bytes that are no good record, and why."""

    raw: bytes
    why: str


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes the device has to be sent: a request, an answer. Only the recorder writes them."""

    raw: bytes


Event = Frame | Unread | Send


class Decoder(Protocol):
    """Bytes to events; see the module's docstring for the law."""

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes; return what they complete."""
        ...

    @property
    def pending(self) -> bytes:
        """The bytes taken and not yet given back in an event."""
        ...


class AskingDecoder(Decoder, Protocol):
    """A decoder of a device that is silent until asked."""

    def opening(self) -> list[Send]:
        """Return what to send as soon as the line is open."""
        ...

    def due(self, elapsed: float) -> list[Send]:
        """Return what to send now, *elapsed* seconds after opening; called at least once a second."""
        ...


class LeavingDecoder(AskingDecoder, Protocol):
    """A decoder of a device that has to be told when nobody listens any more."""

    def stop(self) -> list[Send]:
        """Return what to send before the line is given up."""
        ...


class EndingDecoder(Decoder, Protocol):
    """A decoder of records that have no end of their own: the next one's start, or this, completes one."""

    def end(self) -> list[Event]:
        """The input is over: return what that completes; what stays pending is no record."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """The settings of a serial line, and how often the device speaks on it.

    Attributes:
        period: seconds between two records of a device that speaks by itself or was asked once.
        silence: seconds without a frame after which the device counts as silent.
    """

    baud: int
    bits: Literal[5, 6, 7, 8] = 8
    parity: Literal["N", "E", "O", "M", "S"] = "N"
    stop: Literal[1, 2] = 1
    handshake: Literal["none", "rtscts", "xonxoff"] = "none"
    period: float = 1.0
    silence: float = 5.0

    def __str__(self) -> str:
        """Return the short form: ``19200 8E1 rtscts``."""
        short = f"{self.baud} {self.bits}{self.parity}{self.stop}"
        return short if self.handshake == "none" else f"{short} {self.handshake}"


@dataclass(frozen=True, slots=True)
class ReadsWaves:
    """What an adapter does where waves are wanted.

    Attributes:
        decoder: makes a decoder that reads them, and asks for them where it has to; its other events are
            those of the decoder without waves.
        may_send: what may be written to the line besides.
    """

    decoder: Callable[[], Decoder]
    may_send: tuple[re.Pattern[bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Adapter:
    """Everything the rest of the program knows of one protocol; `name` is the module's or profile's name.

    Attributes:
        evidence: ``recorded``, ``vectors`` or ``document``: what its decoder was proved against.
        experimental: said wherever the adapter is shown.
        decoder: makes a fresh decoder for one connection.
        may_send: patterns of whole byte strings that may be written to the line; empty: none at all.
        waves: None where the device sends none, or they are not read.
    """

    name: str
    protocol: str
    models: tuple[str, ...]
    link: Link
    vitals: tuple[str, ...]
    evidence: Literal["recorded", "vectors", "document"]
    decoder: Callable[[], Decoder]
    experimental: bool = False
    may_send: tuple[re.Pattern[bytes], ...] = ()
    waves: ReadsWaves | None = None

    def wanting_waves(self) -> Adapter:
        """Return this adapter as it is where waves are wanted: itself where it reads none."""
        if self.waves is None:
            return self
        return replace(self, decoder=self.waves.decoder, may_send=self.may_send + self.waves.may_send)

    def permits(self, raw: bytes) -> bool:
        """Return whether the allow-list names exactly these bytes."""
        return any(pattern.fullmatch(raw) for pattern in self.may_send)


def decode(decoder: Decoder, chunks: Iterable[bytes]) -> list[Event]:
    """Return all events of *chunks*; what stays pending is left in the decoder."""
    return [event for chunk in chunks for event in decoder.feed(chunk)]


def completed(decoder: Decoder) -> list[Event]:
    """Return what the end of the input completes: nothing, but for an `EndingDecoder`."""
    return cast(EndingDecoder, decoder).end() if hasattr(decoder, "end") else []
