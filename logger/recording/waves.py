"""The waves of one device, as they are recorded: in blocks of a second, cut where samples are missing.

Pure: frames and their arrival go in, payloads of kind ``wave`` come out. Nothing is interpolated: a block
ends where the next sample is not known to follow, and a sample that the device has not is none in it.
"""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from devices.contract import Event, Frame, Scale, Wave
from logger.clock import SECOND, moment

NO_SAMPLE = {16: -(1 << 15), 32: -(1 << 31)}
"""What stands for no sample, by the bits of a packed one; a sample of this value is packed in 32 bits."""
TYPES = {16: "h", 32: "i"}
APART = 0.5
"""Seconds by which a sample may come earlier or later than the rate says: a driver's buffer, a busy machine.
What is further apart is not known to follow."""

Key = tuple[str, str]
"""Name and variant of a wave."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a frame's bytes stand: number of the raw capture, and from where to where in it."""

    capture: int
    begin: int
    end: int


@dataclass(slots=True)
class Block:
    """Samples of a wave that follow one another; *start* is when the first was taken, in microseconds UTC."""

    start: int
    rate: float
    scale: Scale | None
    follows: bool
    place: Place
    samples: list[int | None] = field(default_factory=list)
    uncertain: str | None = None

    def payload(self, source: str, key: Key) -> dict[str, Any]:
        """Return what its record says."""
        bits, packed = pack(self.samples)
        said: dict[str, Any] = {
            "v": 1,
            "source": source,
            "wave": key[0],
            "start": moment(self.start).isoformat(),
            "rate": self.rate,
            "count": len(self.samples),
            "samples": packed,
            "capture": self.place.capture,
            "offset": self.place.begin,
            "length": self.place.end - self.place.begin,
        }
        if self.scale is not None:
            said["scale"] = {"unit": self.scale.unit, "step": self.scale.step, "offset": self.scale.offset}
        optional = {
            "variant": key[1],
            "bits": 0 if bits == 16 else bits,
            "uncertain": self.uncertain,
        }
        said |= {name: value for name, value in optional.items() if value}
        return said if self.follows else said | {"follows": False}


@dataclass(slots=True)
class Run:
    """Samples of a wave so far without a gap: when the next one is due, and the block that has begun."""

    rate: float
    scale: Scale | None
    end: int
    block: Block | None = None


class WaveBlocks:
    """Collects the samples of one connection's waves.

    Args:
        source: what records call the device.
        speed: of the session clock: arrival is as many times less exact.
    """

    def __init__(self, source: str, speed: float = 1.0) -> None:
        self._source = source
        self._apart = round(APART * max(1.0, speed) * SECOND)
        self._runs: dict[Key, Run] = {}
        self._to_come: dict[Key, int] = {}

    def expect(self, events: Iterable[Event]) -> None:
        """See what one chunk of bytes brought: its last sample is the one that was taken when it came."""
        self._to_come.clear()
        for event in events:
            for wave in event.waves if isinstance(event, Frame) else ():
                key = (wave.name, wave.variant)
                self._to_come[key] = self._to_come.get(key, 0) + len(wave.samples)

    def take(self, frame: Frame, at: int, place: Place, uncertain: str | None = None) -> list[dict[str, Any]]:
        """Return the payloads of the blocks that a frame completes; *at* is when its chunk came."""
        done: list[dict[str, Any]] = []
        for wave in frame.waves:
            key = (wave.name, wave.variant)
            begin = at - _lasting(self._to_come[key], wave.rate)
            self._to_come[key] -= len(wave.samples)
            done += self._add(key, wave, begin, place, uncertain)
        if frame.waves:
            stale = at - SECOND - self._apart
            done += self._end([key for key, run in self._runs.items() if run.end < stale])
        return done

    def close(self) -> list[dict[str, Any]]:
        """Return the payloads of the blocks that have begun: nothing is known to follow them."""
        return self._end(list(self._runs))

    def _end(self, keys: Iterable[Key]) -> list[dict[str, Any]]:
        ended = [(key, self._runs.pop(key).block) for key in keys]
        return [block.payload(self._source, key) for key, block in ended if block is not None]

    def _add(
        self, key: Key, wave: Wave, begin: int, place: Place, uncertain: str | None
    ) -> list[dict[str, Any]]:
        run, done = self._runs.get(key), []
        alike = run is not None and (run.rate, run.scale) == (wave.rate, wave.scale)
        follows = wave.follows and alike and run is not None and abs(run.end - begin) <= self._apart
        if run is None or not follows:
            done += self._end([key] if run is not None else [])
            run = self._runs[key] = Run(wave.rate, wave.scale, begin)
        at, most = 0, max(1, int(wave.rate))
        while at < len(wave.samples):
            if run.block is None:
                run.block = Block(run.end, wave.rate, wave.scale, follows, place)
            block, follows = run.block, True
            part = wave.samples[at : at + most - len(block.samples)]
            block.samples += part
            block.place = Place(block.place.capture, block.place.begin, place.end)
            block.uncertain = block.uncertain or uncertain
            run.end, at = block.start + _lasting(len(block.samples), wave.rate), at + len(part)
            if len(block.samples) == most:
                done.append(block.payload(self._source, key))
                run.block = None
        return done


def _lasting(samples: int, rate: float) -> int:
    return round(samples / rate * SECOND)


def pack(samples: Iterable[int | None]) -> tuple[int, str]:
    """Return bits of a sample, and the samples one behind the other: little-endian, signed, in base64."""
    samples = list(samples)
    for bits in (16, 32):
        none = NO_SAMPLE[bits]
        if none not in samples:
            try:
                packed = array(TYPES[bits], [none if sample is None else sample for sample in samples])
            except OverflowError:
                continue
            if sys.byteorder == "big":
                packed.byteswap()
            return bits, b64encode(packed.tobytes()).decode("ascii")
    raise OverflowError("a sample of more than 32 bits")


def unpack(samples: str, bits: int) -> array[int]:
    """Return the samples of a wave's record; `NO_SAMPLE` of its bits stands for none."""
    unpacked = array(TYPES[bits], b64decode(samples))
    if sys.byteorder == "big":
        unpacked.byteswap()
    return unpacked
