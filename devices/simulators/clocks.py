"""What a device's own clock shows: wrong, drifting, or moved in the middle of a session."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from devices.simulators.faults import CLOCK, Fault
from devices.simulators.patient import chance_of

UNSET = datetime(2000, 1, 1)  # noqa: DTZ001  # a device's clock has no zone
"""Where a clock begins whose battery is empty."""

_DAY = 86400.0


def shown(true: datetime, t: float, faults: Iterable[Fault], seed: int) -> datetime:
    """Return what the clock shows at second *t*, when *true* is what it ought to show.

    Of two faults at one time the later one counts on top of the earlier; an unset clock begins anew.
    """
    claim = true
    for fault in sorted(faults, key=lambda one: one.at):
        if fault.name in CLOCK and fault.covers(t):
            claim = _moved(fault, claim, t, seed)
    return claim


def _moved(fault: Fault, claim: datetime, t: float, seed: int) -> datetime:
    chance = chance_of(seed, fault.name.removeprefix("clock_wrong") or "clock", fault.at)
    since = math.floor(t) - math.floor(fault.at)
    if fault.name == "clock_unset":
        return UNSET + timedelta(seconds=since)
    if fault.name == "clock_year":
        return claim + timedelta(days=365 * chance.choice((-12, -3, -1, 1)))
    if fault.name == "clock_dst":
        return claim + timedelta(hours=chance.choice((-1, 1)))
    if fault.name == "clock_back":
        return claim - timedelta(seconds=chance.randrange(30, 1200))
    if fault.name == "clock_drift":
        return claim + timedelta(
            seconds=math.floor(chance.choice((-1, 1)) * chance.uniform(1, 2) * since / _DAY)
        )
    began = claim - timedelta(seconds=since)
    claims = (
        timedelta(minutes=-7),
        timedelta(minutes=13),
        timedelta(hours=1),
        timedelta(days=-365),
        UNSET - began,
    )
    return claim + chance.choice(claims)
