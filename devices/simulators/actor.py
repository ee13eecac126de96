"""What every simulated device is: an actor on one scene, without a port and without a clock of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Protocol

from devices.contract import Reading, Wave
from devices.simulators import clocks
from devices.simulators.patient import Truth, chance_of

if TYPE_CHECKING:
    from devices.simulators.cuff import Cuff, Cycle
    from devices.simulators.faults import Fault
    from devices.simulators.patient import Patient

OVERLOAD = 600
"""Samples a second of a device that says too much."""
_COLD = 0.2  # percent: the perfusion index of a cold hand is under 0.4


@dataclass(frozen=True, slots=True)
class Said:
    """One record that a device puts on the line, and what it says in it.

    Attributes:
        at: simulated second.
        readings: what a decoder has to find in *raw*; nothing is promised where a *fault* struck it.
        states: as in `devices.contract.Frame`.
        device_time: what the device claims, if the record has a time.
        fault: the name of the line's fault that struck this record, else "".
        waves: as *readings*.
    """

    at: float
    raw: bytes
    readings: tuple[Reading, ...] = ()
    states: tuple[str, ...] = ()
    device_time: datetime | None = None
    fault: str = ""
    waves: tuple[Wave, ...] = ()


class Actor(Protocol):
    """A simulated device. Seconds are simulated ones, and only ever grow.

    A device whose records are text has ``resealed``, too: it makes a record's check right again.
    """

    faults: ClassVar[frozenset[str]]
    """The names of `faults.DEVICE` that this device can show, besides those of the classes it is made of."""

    def __init__(self, scene: Scene) -> None: ...

    def due(self) -> float:
        """Return the second of the next thing it has to say; infinite for one that waits to be asked."""
        ...

    def send(self, until: float) -> list[Said]:
        """Return what it puts on the line up to second *until*, in order."""
        ...

    def hear(self, raw: bytes, now: float) -> None:
        """Take what the logger sent."""
        ...


@dataclass(frozen=True)
class Scene:
    """What an actor can look at: the patient, the cuff on the arm, what goes wrong, and its own clock.

    Args:
        epoch: what the device's clock shows at second 0, if nobody has set it wrong.
    """

    patient: Patient
    cuff: Cuff
    faults: tuple[Fault, ...]
    epoch: datetime

    def shows(self, fault: str, t: float) -> bool:
        """Return whether *fault* is on at second *t*."""
        return any(one.name == fault and one.covers(t) for one in self.faults)

    def since(self, fault: str, t: float) -> float:
        """Return for how many seconds *fault* has been on at second *t*; 0 where it is off."""
        return max((t - one.at for one in self.faults if one.name == fault and one.covers(t)), default=0.0)

    def moments(self, fault: str) -> list[float]:
        """Return the seconds at which *fault* begins."""
        return [one.at for one in self.faults if one.name == fault]

    def switched_on(self, t: float) -> float:
        """Return the second at which the device was last switched on, 0 where it never was off."""
        ends = [one.at + one.lasts for one in self.faults if one.name == "power_cycle"]
        return max((end for end in ends if end <= t), default=0.0)

    def cuff_shown(self, t: float) -> Cycle | None:
        """Return the cuff cycle whose values the device shows at second *t*: switching off forgets it."""
        last = self.cuff.last(t)
        on = self.switched_on(t)
        return last if last is not None and (on == 0.0 or last.end >= on) else None

    def clock(self, t: float) -> datetime:
        """Return what the device's clock claims at second *t*."""
        true = self.epoch + timedelta(seconds=math.floor(t))
        return clocks.shown(true, t, self.faults, self.patient.seed)

    def no_pulse(self, t: float) -> bool:
        """Return whether the cuff on the oximeter's arm presses the pulse away at second *t*."""
        return self.shows("same_arm", t) and self.cuff.measuring(t)

    def no_finger(self, t: float) -> bool:
        """Return whether an oximeter has nothing to measure at second *t*."""
        return self.shows("probe_off", t) or self.no_pulse(t)

    def finger(self, t: float, averaged: float = 0.0) -> Truth:
        """Return the body as an oximeter sees it at second *t* that averages over *averaged* seconds.

        A cold hand lets it lag by 20 to 60 s more; motion takes 5 to 15 % of the saturation, and counts the
        pulse twice, or every other beat.
        """
        seed, lag, cold = self.patient.seed, 0.0, self.shows("low_perfusion", t)
        if cold:
            lag = min(chance_of(seed, "cold hand").uniform(20, 60), 0.5 * self.since("low_perfusion", t))
        seen = t - averaged - lag
        body = self.patient.at(seen)
        if cold:
            body = replace(body, perfusion=min(_COLD, body.perfusion))
        for moved in self.faults:
            if moved.name == "motion" and moved.covers(seen):
                chance = chance_of(seed, "motion", moved.at)
                spo2 = body.spo2 - chance.uniform(5, 15)
                body = replace(body, spo2=spo2, hr=body.hr * chance.choice((0.5, 2.0)))
        return body


def can_show(kind: type[Actor]) -> frozenset[str]:
    """Return the names of `faults.DEVICE` that a kind of device can show."""
    said: list[frozenset[str]] = [vars(part).get("faults", frozenset()) for part in kind.__mro__]
    return frozenset().union(*said)


def as_it_is(raw: bytes) -> bytes:
    """Return a record of text that has no check."""
    return raw


class Streaming:
    """A device that says one thing every *period* seconds by itself, and hears nothing."""

    faults: ClassVar[frozenset[str]] = frozenset({"power_cycle", "overload"})
    period: ClassVar[float] = 1.0
    samples: ClassVar[int] = 1
    """Samples of its fastest wave in a record, or 1."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._at = 0.0

    def due(self) -> float:
        """Return the second of its next record."""
        return self._at

    def send(self, until: float) -> list[Said]:
        """Return its records up to second *until*; none while it is switched off."""
        said: list[Said] = []
        while (t := self.due()) <= until:
            if not self.scene.shows("power_cycle", t):
                said += self.record(t)
            self._at = self.following(t)
        return said

    def following(self, t: float) -> float:
        """Return the second of the record after that of second *t*."""
        if self.scene.shows("overload", t):
            return t + self.samples / OVERLOAD
        return (math.floor(t / self.period + 0.001) + 1) * self.period

    def hear(self, raw: bytes, now: float) -> None:
        """Ignore it: the device has no receive line, or does not look at it."""

    def record(self, t: float) -> list[Said]:
        """Return what it says at second *t*."""
        raise NotImplementedError


class Headed(Streaming):
    """A device that prints a header when it is switched on, and when the fault ``header`` says so."""

    faults: ClassVar = frozenset({"header"})

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._headers = [0.0, *scene.moments("header")]
        self._on_since = 0.0

    def header_due(self, t: float) -> bool:
        """Return whether a header stands before the record of second *t*; asked once a record."""
        if self._on_since != (on := self.scene.switched_on(t)):
            self._on_since = on
            self._headers.append(t)
        late = [due for due in self._headers if due > t]
        header, self._headers = len(late) < len(self._headers), late
        return header
