"""What every simulated device is: an actor on one scene, without a port and without a clock of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Protocol

from devices.contract import Reading, Wave
from devices.simulators.patient import chance_of

if TYPE_CHECKING:
    from devices.simulators.cuff import Cuff, Cycle
    from devices.simulators.faults import Fault
    from devices.simulators.patient import Patient


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
    """A simulated device. Seconds are simulated ones, and only ever grow."""

    faults: ClassVar[frozenset[str]]
    """The names of `faults.DEVICE` that this device can show."""

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
        """Return what the device's clock claims at second *t*: wrong by minutes, an hour or years."""
        true = self.epoch + timedelta(seconds=math.floor(t))
        wrong = [one for one in self.faults if one.name == "clock_wrong" and one.covers(t)]
        if not wrong:
            return true
        fault = wrong[-1]
        began = self.epoch + timedelta(seconds=math.floor(fault.at))
        unset = datetime(2000, 1, 1) - began  # noqa: DTZ001  # a device's clock has no zone
        claims = (
            timedelta(minutes=-7),
            timedelta(minutes=13),
            timedelta(hours=1),
            timedelta(days=-365),
            unset,
        )
        return true + chance_of(self.patient.seed, "clock", fault.at).choice(claims)


class Streaming:
    """A device that says one thing every *period* seconds by itself, and hears nothing."""

    period: ClassVar[float] = 1.0

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._records = 0

    def due(self) -> float:
        """Return the second of its next record."""
        return self._records * self.period

    def send(self, until: float) -> list[Said]:
        """Return its records up to second *until*; none while it is switched off."""
        said: list[Said] = []
        while (t := self.due()) <= until:
            if not self.scene.shows("power_cycle", t):
                said += self.record(t)
            self._records += 1
        return said

    def hear(self, raw: bytes, now: float) -> None:
        """Ignore it: the device has no receive line, or does not look at it."""

    def record(self, t: float) -> list[Said]:
        """Return what it says at second *t*."""
        raise NotImplementedError


class Headed(Streaming):
    """A device that prints a header when it is switched on, and when the fault ``header`` says so."""

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
