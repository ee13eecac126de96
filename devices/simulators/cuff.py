"""The cuff on the arm: a cycle takes 20 to 45 seconds, and its value stays on the line until the next.

A cycle that fails has no numbers and is tried again after 60 to 120 seconds, at most twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.simulators.faults import Fault
from devices.simulators.patient import Patient, chance_of

_TRIES = 3
_HELD_AGE = 1500.0  # seconds before the beginning at which a value of the patient before was taken


@dataclass(frozen=True, slots=True)
class Cycle:
    """One attempt to measure: from inflation at *start* to the result at *end*, None where it failed.

    Attributes:
        aborted: somebody ended it: it is over soon and has no result.
    """

    start: float
    end: float
    sys: int | None = None
    dia: int | None = None
    map: int | None = None
    pulse: int | None = None
    aborted: bool = False


@dataclass
class Cuff:
    """A cuff that measures by itself.

    Args:
        every: seconds between two cycles.
        first: second of the first.
        held: systolic and diastolic of the patient before, still on the line at the beginning.
        faults: of these, ``cuff_failed`` lets attempts fail, and ``cuff_aborted`` ends them early: all in
            its time, or the next one.
    """

    patient: Patient
    every: float = 600.0
    first: float = 60.0
    held: tuple[int, int] | None = None
    faults: tuple[Fault, ...] = ()
    _cycles: list[Cycle] = field(default_factory=list)
    _planned: int = 0

    def measuring(self, t: float) -> bool:
        """Return whether it is inflated at second *t*."""
        return any(cycle.start <= t < cycle.end for cycle in self.cycles(t))

    def last(self, t: float) -> Cycle | None:
        """Return the last attempt that has ended at second *t*, failed or not."""
        ended = [cycle for cycle in self.cycles(t) if cycle.end <= t]
        return ended[-1] if ended else self._held()

    def cycles(self, until: float) -> list[Cycle]:
        """Return every attempt that has begun by second *until*."""
        while self.first + self._planned * self.every <= until:
            self._attempt(self._planned, self.first + self._planned * self.every)
            self._planned += 1
        return [cycle for cycle in self._cycles if cycle.start <= until]

    def _attempt(self, number: int, start: float) -> None:
        """Plan one scheduled measurement with its retries, none of which reaches the next one's time."""
        chance = chance_of(self.patient.seed, "cycle", number)
        for _ in range(_TRIES):
            end = start + round(min(chance.uniform(20, 45), 0.8 * self.every))
            failed = chance.random() < self.patient.chance_of_failing()
            failed |= self._struck("cuff_failed", start, end)
            if self._struck("cuff_aborted", start, end):
                self._cycles.append(Cycle(start, start + round(chance.uniform(4, 12)), aborted=True))
                return
            self._cycles.append(Cycle(start, end) if failed else self._measured(number, start, end))
            start = end + round(chance.uniform(60, 120))
            if not failed or start + 45 >= self.first + (number + 1) * self.every:
                return

    def _struck(self, name: str, start: float, end: float) -> bool:
        previous = self._cycles[-1].end if self._cycles else 0.0
        for fault in self.faults:
            if fault.name == name:
                one = not fault.lasts and previous <= fault.at < end
                if one or (fault.lasts and fault.at < end and start < fault.at + fault.lasts):
                    return True
        return False

    def _measured(self, number: int, start: float, end: float) -> Cycle:
        body, (sys_by, dia_by) = self.patient.at(end), self.patient.cuff_noise(number)
        sys = round(body.sys + sys_by)
        dia = min(round(body.dia + dia_by), sys - 12)
        return Cycle(start, end, sys, dia, round(dia + 0.38 * (sys - dia)), round(body.hr))

    def _held(self) -> Cycle | None:
        if self.held is None:
            return None
        sys, dia = self.held
        return Cycle(-_HELD_AGE - 30, -_HELD_AGE, sys, dia, round(dia + 0.38 * (sys - dia)), 88)
