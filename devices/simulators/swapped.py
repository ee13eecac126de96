"""Two devices whose cables were swapped: for a while the line brings another device's bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from devices.simulators.actor import Actor, Said
from devices.simulators.faults import Fault


class Swapped:
    """The device of this line and the one of the other line; what is said to this line reaches either.

    Args:
        own: the device that belongs to this line.
        other: the device whose bytes come instead while a fault ``swapped`` is on.
        understood: the logger's adapter is that of the other device, too; else it can read no number of it.
    """

    faults: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, own: Actor, other: Actor, faults: Iterable[Fault], *, understood: bool) -> None:
        self._own, self._other, self._understood = own, other, understood
        self._swaps = [fault for fault in faults if fault.name == "swapped"]

    def due(self) -> float:
        """Return the second of the next thing that either has to say."""
        return min(self._own.due(), self._other.due())

    def send(self, until: float) -> list[Said]:
        """Return what comes along this line up to second *until*."""
        own = [said for said in self._own.send(until) if not self._swapped(said.at)]
        other = [self._foreign(said) for said in self._other.send(until) if self._swapped(said.at)]
        return sorted([*own, *other], key=lambda said: said.at)

    def hear(self, raw: bytes, now: float) -> None:
        """Take what the logger sent: it reaches the device at the end of this line."""
        (self._other if self._swapped(now) else self._own).hear(raw, now)

    def _swapped(self, t: float) -> bool:
        return any(swap.covers(t) for swap in self._swaps)

    def _foreign(self, said: Said) -> Said:
        if self._understood:
            return replace(said, fault="swapped")
        return Said(said.at, said.raw, fault="swapped")
