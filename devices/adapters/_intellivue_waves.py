"""The waves of IntelliVue data export: rows of samples every 256 ms, and what the monitor says of them once.

Source: Philips IntelliVue Data Export Interface; a recorded dialogue of a monitor in its demonstration mode.
In it all ECG leads have one handle: some are objects of their own, told apart by their label, which is what
their samples are of; and one object is a group of three, of another rate.
Gaps:   a wave is read from when its period, form and scale are told. A sample that is marked as invalid or
        saturated is none, and so is each of a row that is called invalid, unavailable or calibrating.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from devices.adapters._intellivue_frames import TICKS
from devices.adapters._intellivue_numbers import CALIBRATING, INVALID, UNAVAILABLE, read_float, unit_named
from devices.adapters._intellivue_objects import SAMPLE_GROUP, SAMPLES, Reply, Thing, rows_of
from devices.contract import Scale, Wave
from devices.vocabulary import WaveName

FORM, FIXED, PERIOD, SCALE, UNIT, LABEL = 0x096D, 0x0A16, 0x098D, 0x096F, 0x0996, 0x0924
STRUCTURE, GROUP_BYTE = 0x093F, 8
"""What an object is like, and which byte of that is 1 where it is a group of waves."""
MASKED = 0x1000
"""Flag of a form: the bits above the significant ones are marks of the sample, and no part of it."""
INVALID_SAMPLE, SATURATED_SAMPLE = 1, 4
NO_SAMPLES = INVALID | UNAVAILABLE | CALIBRATING
MOST_WAVES = 64
"""Waves that are remembered, those heard last; a monitor sends eleven."""
MOST_BITS = 15
"""Significant bits of a sample that is read: every known wave has 12 to 14."""
ONCE_ROUND = 1 << 32
"""Ticks after which the monitor's relative time begins again."""
TOLD_TWICE = 10 * TICKS
"""Ticks that a row may lie back to be one that was told before: two polls overlap for a moment."""

NAMES: dict[int, tuple[WaveName, str]] = {
    0x4BB4: (WaveName.PLETH, ""),
    0x4A10: (WaveName.IBP, "ART"),
    0x4A14: (WaveName.IBP, "ABP"),
    0x4A1C: (WaveName.IBP, "PAP"),
    0x4A44: (WaveName.IBP, "CVP"),
    0x5000: (WaveName.RESP, ""),
    0x50AC: (WaveName.CO2, ""),
}
LEADS = {
    **{0x0100: "", 0x0101: "I", 0x0102: "II", 0x013D: "III", 0x013E: "aVR", 0x013F: "aVL", 0x0140: "aVF"},
    **{0x0143: "V", 0x014B: "MCL"},
    **{0x0102 + lead: f"V{lead}" for lead in range(1, 7)},
}

Place = tuple[int, int, int | None]
"""Context and handle of an object, and the label of a simple wave; None is the group of that handle."""
Which = tuple[int, int, int | None, int]
"""Where a wave is told of, and what it is of: of a group's waves each is told apart by that."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the monitor has said of a wave so far, as it came."""

    form: bytes = b""
    fixed: bytes = b""
    period: int = 0
    scale: bytes = b""
    unit: int = 0

    @property
    def whole(self) -> bool:
        """Return whether its samples can be read."""
        return len(self.form) == 6 and self.period > 0 and len(self.scale) == 12

    def to_scale(self) -> Scale | None:
        """Return its scale; None where the monitor gives its steps no value."""
        low, high, first, last = struct.unpack(">2I2H", self.scale)
        (least, _), (most, _) = read_float(low), read_float(high)
        if least is None or most is None or first == last:
            return None
        step = (most - least) / (last - first)
        return Scale(unit_named(self.unit), _rounded(step), _rounded(least - first * step))


class WaveObjects:
    """Remembers what one monitor says of its waves, and reads their samples."""

    def __init__(self) -> None:
        self._told: dict[Place, Told] = {}
        self._next: dict[Which, int] = {}
        self._variants: dict[Which, tuple[str, str]] = {}

    def forget(self) -> None:
        """A new association: all is told anew."""
        self.__init__()  # type: ignore[misc]

    def read(self, reply: Reply, adapter: str) -> tuple[Wave, ...]:
        """Return the waves of a reply in which the monitor tells of waves; its rows were found whole."""
        waves: list[Wave] = []
        for thing in reply.things:
            self._learn(thing)
            for which, state, raw in _rows(thing):
                wave = self._wave(which, state, raw, reply.ticks, adapter)
                if wave is not None:
                    waves.append(wave)
        return tuple(waves)

    def _learn(self, thing: Thing) -> None:
        said = thing.attributes
        if not said.keys() & {FORM, FIXED, PERIOD, SCALE, UNIT}:
            return
        for place in self._places(thing):
            had = self._told.pop(place, Told())
            self._told[place] = Told(
                said.get(FORM, had.form),
                said.get(FIXED, had.fixed),
                _number(said[PERIOD], 4) if PERIOD in said else had.period,
                said.get(SCALE, had.scale),
                _number(said[UNIT], 2) if UNIT in said else had.unit,
            )
        while len(self._told) > MOST_WAVES:
            del self._told[next(iter(self._told))]

    def _places(self, thing: Thing) -> list[Place]:
        """Return of which wave a description speaks; where that is not said, forget those it can mean."""
        here, said = (thing.context, thing.handle), thing.attributes
        if STRUCTURE in said and LABEL in said:
            group = said[STRUCTURE][GROUP_BYTE : GROUP_BYTE + 1] == b"\1"
            return [(*here, None if group else _number(said[LABEL], 4) & 0xFFFF)]
        known = [place for place in self._told if place[:2] == here]
        if len(known) > 1:
            for place in known:
                del self._told[place]
            return []
        return known

    def _wave(self, which: Which, state: int, raw: bytes, ticks: int, adapter: str) -> Wave | None:
        told = self._told.get(which[:3])
        samples = _samples(told, raw) if told is not None and told.whole else ()
        late = (ticks - self._next.get(which, ticks - 1)) % ONCE_ROUND
        if told is None or not samples or late >= ONCE_ROUND - TOLD_TWICE:
            return None
        self._next.pop(which, None)
        self._next[which] = (ticks + len(samples) * told.period) % ONCE_ROUND
        if len(self._next) > MOST_WAVES:
            del self._next[next(iter(self._next))]
        if state & NO_SAMPLES:
            samples = (None,) * len(samples)
        rate = TICKS / told.period
        name, variant = self._named(which, rate, adapter)
        return Wave(name, samples, rate, told.to_scale(), variant, follows=not late)

    def _named(self, which: Which, rate: float, adapter: str) -> tuple[str, str]:
        """Return name and variant of a wave: its own, as long as the association lasts."""
        if which not in self._variants:
            context, handle, _, code = which
            name, first = (WaveName.ECG, LEADS[code]) if code in LEADS else NAMES.get(code, ("", ""))
            name = name or f"local:{adapter}:{code:04x}"
            second = f"{first} {context}.{handle:04x}".strip()
            taken = self._variants.values()
            free = (variant for variant in (first, second) if (name, variant) not in taken)
            self._variants[which] = name, next(free, f"{second} {rate:g}")
            if len(self._variants) > MOST_WAVES:
                del self._variants[next(iter(self._variants))]
        return self._variants[which]


def _rows(thing: Thing) -> Iterator[tuple[Which, int, bytes]]:
    """Yield the rows of samples of an object: which wave's, in which state, their bytes."""
    here = thing.context, thing.handle
    for code, state, raw in rows_of(thing.attributes.get(SAMPLES, b""), 0, SAMPLES in thing.attributes):
        yield (*here, code, code), state, raw
    group = thing.attributes.get(SAMPLE_GROUP, bytes(4))
    for code, state, raw in rows_of(group, 4, _number(group[:2], 2)):
        yield (*here, None, code), state, raw


def _samples(told: Told, raw: bytes) -> tuple[int | None, ...]:
    count, size, bits, flags = struct.unpack(">HBBH", told.form)
    if size not in (8, 16) or not 0 < bits <= min(size, MOST_BITS) or len(raw) * 8 != count * size:
        return ()
    steps = tuple(raw) if size == 8 else struct.unpack(f">{len(raw) // 2}H", raw)
    most = (1 << bits) - 1
    if not steps or max(steps) <= most:
        return steps
    if not flags & MASKED:
        return tuple(step if step <= most else None for step in steps)
    none = _marks_of_none(told.fixed, most)
    return tuple(None if any(step & mark == mark for mark in none) else step & most for step in steps)


def _marks_of_none(fixed: bytes, most: int) -> list[int]:
    """Return the marks of a sample that is none: they are masks in the bits above the sample's own."""
    entries = (struct.unpack_from(">2H", fixed, at) for at in range(4, len(fixed) - 3, 4))
    return [mark for kind, mark in entries if kind in (INVALID_SAMPLE, SATURATED_SAMPLE) and mark > most]


def _rounded(number: float) -> float:
    return float(f"{number:.12g}")


def _number(part: bytes, size: int) -> int:
    return int.from_bytes(part, "big") if len(part) == size else 0
