"""What can go wrong with a simulated device: each fault by its name, its second, and how long it lasts.

``NAME@SECONDS[+DURATION]``: ``probe_off@300+60`` takes the probe off at second 300 for a minute. A fault of a
record, without a duration, strikes the first record from that second on; with one, every record in it. The
same seed strikes at the same bytes. What each one does: docs/simulators.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from devices.errors import BadAddress

CABLE: dict[str, float] = {"unplug": 20.0, "silence": 30.0, "replug": 20.0}
"""Faults of the cable and how long they last unless said: ended, silent, back under another name."""

PULLS = frozenset({"unplug", "replug"})
"""Those that end the line."""

WIRE: dict[str, float] = {
    "paced": math.inf,
    "jitter": math.inf,
    "chunks": math.inf,
    "usb_latency": math.inf,
    "mark_parity": math.inf,
    "rts_off": 5.0,
    "wrong_baud": 30.0,
    "swapped": 60.0,
}
"""How and when bytes come along the line, and whose they are."""

RECORD: dict[str, float] = dict.fromkeys(
    (
        *("truncated", "joined", "dropped_byte", "nul", "bit_flip", "digit_flip", "doubled_crlf"),
        *("duplicate", "garbage"),
    ),
    0.0,
)
"""Faults of single records on the line; 0 is one record."""

FINGER = frozenset({"probe_off", "low_perfusion", "motion", "same_arm"})
"""What every oximeter can show."""

CYCLE = frozenset({"cuff_failed", "cuff_aborted"})
"""What every cuff can show."""

CLOCK = frozenset({"clock_wrong", "clock_year", "clock_dst", "clock_drift", "clock_back", "clock_unset"})
"""What every device can show that has a clock."""

DEVICE: dict[str, float] = {
    "probe_off": 60.0,
    "low_perfusion": 120.0,
    "motion": 12.0,
    "same_arm": math.inf,
    "cuff_failed": 0.0,  # one attempt
    "cuff_aborted": 0.0,  # one attempt
    "module_off": 60.0,
    "occlusion": 60.0,  # of a pump's line
    "power_cycle": 20.0,
    "header": 0.0,
    "demo": 60.0,
    "test": 60.0,
    "silent_mode": 60.0,
    "foreign_texts": math.inf,
    "overload": 10.0,
    **dict.fromkeys(sorted(CLOCK), math.inf),
}
"""Faults that the device itself shows; not every device can."""

KNOWN = CABLE | WIRE | RECORD | DEVICE
"""Every fault, and how long it lasts unless said."""

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
    if match[1] not in KNOWN:
        raise BadAddress(f"fault {match[1]!r} is unknown; known are {', '.join(KNOWN)}")
    lasts = float(match[3]) if match[3] else KNOWN[match[1]]
    return Fault(match[1], float(match[2]), lasts)
