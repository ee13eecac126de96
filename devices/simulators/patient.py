"""One patient for all simulated devices of a session: what is true of the body at any second.

A pure function of the seed and the time, so that two devices of one session never disagree about the
truth and a session can be repeated to the byte.

Source: `PK` is a two-compartment fit to published ketamine courses (0.5 mg/kg over 40 min: 82, 125, 153,
176 ng/mL at 10, 20, 30, 40 min; 113, 79, 61 at 50, 70, 120). The pressure follows the effect site's
concentration to the power 2.2, which gives the published shape: 0.11, 0.41, 0.71, 1.0 at 10, 20, 30,
40 min, 0.52 at 50, 0.28 at 60, 0.13 at 100. Means and standard deviations of adults as in `_drawn`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from random import Random

DEFAULT_SEED = 1410  # an adult of 122/76 who rises by 24 mmHg: close to the published means
_DOSE = 500.0  # ug/kg
_STANDARD_S = 2400.0  # the infusion time that the effect is stated for
_CLEARANCE, _V1, _BETWEEN, _V2 = 0.019, 1.05, 0.070, 3.0  # l/min/kg, l/kg, l/min/kg, l/kg
_KE0 = math.log(2) / 2.0  # per minute: the effect site's half-time is 2 min
_POWER = 2.2


def chance_of(*what: object) -> Random:
    """Return the dice of one thing (a seed, a name, a number): the same thing throws the same numbers."""
    return Random(" ".join(map(str, what)))  # noqa: S311  # a simulation has to be repeatable


@dataclass(frozen=True, slots=True)
class Truth:
    """The body at one moment, before any device rounds, averages or misses it.

    Pressures and etco2 in mmHg, hr and rr per minute, spo2 and perfusion in percent, dissociation on the
    0 to 10 scale.
    """

    sys: float
    dia: float
    map: float
    hr: float
    spo2: float
    rr: float
    etco2: float
    dissociation: float
    perfusion: float


def concentration(minutes: float, infusion: float = 40.0) -> float:
    """Return the plasma ketamine in ng/mL, *minutes* after the start of 0.5 mg/kg over *infusion* minutes."""
    return sum(share * _infused(rate, minutes, infusion) for share, rate in _terms()) * _DOSE / infusion


def effect(minutes: float, infusion: float = 40.0) -> float:
    """Return the pressor effect: 1.0 is the one at the end of the standard infusion of 40 minutes."""
    return math.pow(_at_effect_site(minutes, infusion) / _at_effect_site(40.0, 40.0), _POWER)


def _at_effect_site(minutes: float, infusion: float) -> float:
    """Return the concentration there: each term of the plasma's, delayed by the first-order ke0."""
    total = 0.0
    for share, rate in _terms():
        slowed = _infused(rate, minutes, infusion) - _infused(_KE0, minutes, infusion)
        total += share * _KE0 / (_KE0 - rate) * slowed
    return max(0.0, total * _DOSE / infusion)


def _terms() -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the two terms of the plasma's answer to a unit dose: share per litre, rate per minute."""
    k10, k12, k21 = _CLEARANCE / _V1, _BETWEEN / _V1, _BETWEEN / _V2
    mean = (k10 + k12 + k21) / 2
    spread = math.sqrt(mean**2 - k10 * k21)
    fast, slow = mean + spread, mean - spread
    return ((fast - k21) / (fast - slow) / _V1, fast), ((k21 - slow) / (fast - slow) / _V1, slow)


def _infused(rate: float, minutes: float, infusion: float) -> float:
    """Return the integral of exp(-rate x time since) over the infusion so far."""
    if minutes <= 0:
        return 0.0
    given = (1 - math.exp(-rate * minutes)) / rate
    return given if minutes <= infusion else given - (1 - math.exp(-rate * (minutes - infusion))) / rate


@dataclass(frozen=True)
class Patient:
    """An adult who is given 0.5 mg/kg ketamine.

    Args:
        seed: the person; the same seed is the same person and the same session.
        infusion_at: second at which the infusion starts.
        infusion_s: its length in seconds.
        severity: multiplies the effect on pressure, pulse and dissociation; 2.5 gives QA rules work.
        cuff_sd: standard deviation of what a cuff cycle adds to the systolic by chance, in mmHg.
    """

    seed: int = DEFAULT_SEED
    infusion_at: float = 900.0
    infusion_s: float = _STANDARD_S
    severity: float = 1.0
    cuff_sd: float = 5.0

    def at(self, t: float) -> Truth:
        """Return the truth at second *t*."""
        person, felt = self._drawn, self.effect_at(t)
        sys = person["sys"] + person["sys_effect"] * felt + 2.0 * self._wander("bp", t)
        dia = person["dia"] + person["dia_effect"] * felt + 1.5 * self._wander("bp", t)
        dia = min(dia, sys - 20)
        away = min(1.0, felt) * self.severity
        return Truth(
            sys=sys,
            dia=dia,
            map=dia + 0.38 * (sys - dia),
            hr=person["hr"] + person["hr_effect"] * felt + 2.0 * self._wander("hr", t),
            spo2=min(100.0, person["spo2"] - 0.6 * away + 0.5 * self._wander("spo2", t)),
            rr=max(6.0, person["rr"] - 1.0 * away + 1.0 * self._wander("rr", t)),
            etco2=person["etco2"] + 0.8 * away + 0.7 * self._wander("etco2", t),
            dissociation=min(10.0, person["dissociation"] * felt),
            perfusion=max(0.3, person["perfusion"] * (1 - 0.3 * away) + 0.4 * self._wander("perfusion", t)),
        )

    def effect_at(self, t: float) -> float:
        """Return the pressor effect at second *t*, severity included."""
        return effect((t - self.infusion_at) / 60, self.infusion_s / 60) * self.severity

    def cuff_noise(self, cycle: int) -> tuple[float, float]:
        """Return what the *cycle*-th cuff cycle adds to systolic and diastolic by chance, in mmHg."""
        chance = chance_of(self.seed, "cuff", cycle)
        shared = chance.gauss(0, 1)
        return self.cuff_sd * shared, 0.8 * self.cuff_sd * (0.6 * shared + 0.8 * chance.gauss(0, 1))

    def chance_of_failing(self) -> float:
        """Return the share of cuff cycles that fail in this person by movement, 0.02 to 0.10."""
        return chance_of(self.seed, "moves").uniform(0.02, 0.10)

    @cached_property
    def _drawn(self) -> dict[str, float]:
        """Mean and standard deviation between adults; systolic and diastolic go together."""
        chance = chance_of(self.seed, "person")
        level, strength = chance.gauss(0, 1), chance.gauss(0, 1)
        return {
            "sys": 122 + 14 * level,
            "dia": 76 + 9 * (0.7 * level + 0.71 * chance.gauss(0, 1)),
            "sys_effect": min(45.0, max(-10.0, 16 + 8.5 * strength)),
            "dia_effect": 11 + 6.5 * (0.7 * strength + 0.71 * chance.gauss(0, 1)),
            "hr": 74 + 11 * chance.gauss(0, 1),
            "hr_effect": 3 + 8 * chance.gauss(0, 1),
            "spo2": min(99.5, 97.5 + chance.gauss(0, 1)),
            "rr": max(9.0, 15 + 3 * chance.gauss(0, 1)),
            "etco2": 36 + 4 * chance.gauss(0, 1),
            "dissociation": chance.uniform(3, 6),
            "perfusion": chance.uniform(1.5, 6.0),
        }

    @cached_property
    def _phases(self) -> dict[str, tuple[float, float, float]]:
        turn = 2 * math.pi
        return {
            name: tuple(chance_of(self.seed, name, wave).uniform(0, turn) for wave in range(3))  # type: ignore[misc]
            for name in ("bp", "hr", "spo2", "rr", "etco2", "perfusion")
        }

    def _wander(self, name: str, t: float) -> float:
        """Return a slow, smooth deviation with mean 0 and standard deviation 1."""
        slow, middle, quick = self._phases[name]
        waves = math.sin(t / 61 + slow) + math.sin(t / 23 + middle) + math.sin(t / 7 + quick)
        return waves * math.sqrt(2 / 3)
