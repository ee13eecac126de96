"""What can go wrong with a simulated device: each fault by its name, its second, and how long it lasts.

``NAME@SECONDS[+DURATION]``: ``probe_off@300+60`` takes the probe off at second 300 for a minute. A fault of a
record, without a duration, strikes the first record from that second on; with one, every record in it. The
same seed strikes at the same bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from devices.errors import BadAddress
from devices.simulators.actor import Said
from devices.simulators.patient import chance_of

CABLE: dict[str, float] = {"unplug": 20.0, "silence": 30.0}
"""Faults of the cable and how long they last unless said: ended at its end, or silent."""

RECORD: dict[str, float] = dict.fromkeys(
    ("truncated", "dropped_byte", "nul", "bit_flip", "duplicate", "garbage"), 0.0
)
"""Faults of single records on the line; 0 is one record."""

DEVICE: dict[str, float] = {
    "probe_off": 60.0,
    "low_perfusion": 120.0,
    "cuff_failed": 0.0,  # one attempt
    "power_cycle": 20.0,
    "header": 0.0,
    "demo": 60.0,
    "clock_wrong": math.inf,
}
"""Faults that the device itself shows; not every device can."""

_FORM = re.compile(r"([a-z_]+)@(\d+(?:\.\d+)?)(?:\+(\d+(?:\.\d+)?))?")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: from second *at* on, for *lasts* seconds; 0 is one record, attempt or header."""

    name: str
    at: float
    lasts: float

    def covers(self, t: float) -> bool:
        """Return whether second *t* lies in it."""
        return self.at <= t < self.at + self.lasts


def parse_faults(texts: Iterable[str]) -> tuple[Fault, ...]:
    """Return the faults of *texts*, by time; raises `BadAddress` for a wrong form or an unknown name."""
    return tuple(sorted((_parse(text) for text in texts), key=lambda fault: fault.at))


def _parse(text: str) -> Fault:
    match = _FORM.fullmatch(text)
    if match is None:
        raise BadAddress(f"fault {text!r} must have the form NAME@SECONDS or NAME@SECONDS+DURATION")
    known = CABLE | RECORD | DEVICE
    if match[1] not in known:
        raise BadAddress(f"fault {match[1]!r} is unknown; known are {', '.join(known)}")
    lasts = float(match[3]) if match[3] else known[match[1]]
    return Fault(match[1], float(match[2]), lasts)


class FaultyLine:
    """The wire between the device and the logger: it passes on what the device says, or nearly."""

    def __init__(self, faults: Iterable[Fault], seed: int) -> None:
        self._faults = [fault for fault in faults if fault.name in RECORD]
        self._struck: set[Fault] = set()
        self._silences = [fault for fault in faults if fault.name == "silence"]
        self._seed = seed

    def carry(self, said: Said) -> list[Said]:
        """Return what arrives of one record: nothing, itself, itself twice, or something broken."""
        if any(silence.covers(said.at) for silence in self._silences):
            return []
        for fault in self._faults:
            if self._strikes(fault, said.at):
                return self._broken(fault, said)
        return [said]

    def _strikes(self, fault: Fault, t: float) -> bool:
        if fault.lasts:
            return fault.covers(t)
        if fault in self._struck or t < fault.at:
            return False
        self._struck.add(fault)
        return True

    def _broken(self, fault: Fault, said: Said) -> list[Said]:
        chance = chance_of(self._seed, fault.name, said.at)
        raw, at = said.raw, chance.randrange(1, max(2, len(said.raw)))
        if fault.name == "duplicate":
            return [said, replace(said, fault="duplicate")]
        if fault.name == "truncated":
            raw = raw[:at]
        elif fault.name == "dropped_byte":
            raw = raw[: at - 1] + raw[at:]
        elif fault.name == "nul":
            raw = raw[:at] + b"\0" + raw[at:]
        elif fault.name == "bit_flip":
            raw = raw[: at - 1] + bytes([raw[at - 1] ^ 1 << chance.randrange(8)]) + raw[at:]
        else:
            return [Said(said.at, chance.randbytes(chance.randrange(1, 64)), fault="garbage"), said]
        return [replace(said, raw=raw, fault=fault.name)]
