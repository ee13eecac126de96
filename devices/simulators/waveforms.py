"""What the waves of a simulated patient look like: beat by beat and breath by breath, from the one truth.

The shapes are invented: a P wave, a QRS complex and a T wave; a pulse with its second, dicrotic one; a breath
that fills the CO2 sensor. What they follow, pulse, breathing, pressures and CO2, is the patient's.
"""

from __future__ import annotations

import math
from functools import cache

from devices.simulators.patient import Patient

_BUMPS_OF_A_BEAT = ((0.12, 0.20, 0.025), (-0.10, 0.385, 0.010), (1.0, 0.40, 0.011), (-0.2, 0.42, 0.011))
_T_WAVE = ((0.3, 0.65, 0.05),)
_PULSE = ((1.0, 0.20, 0.10), (0.35, 0.50, 0.11))
"""Height, place in the beat, and width of each bump."""
_INSPIRED = 0.4
"""Part of a breath in which the sensor sees no CO2."""


class Waveforms:
    """The waves of one patient; a pure function of the second, like the patient."""

    def __init__(self, patient: Patient) -> None:
        self._patient = patient
        self._beats, self._breaths = [0.0], [0.0]

    def ecg(self, t: float) -> float:
        """Return the electrocardiogram at second *t*, in mV."""
        return _bumps(_BUMPS_OF_A_BEAT + _T_WAVE, self._phases(t)[0])

    def pulse(self, t: float) -> float:
        """Return how full the artery is at second *t*: 0 before a beat, about 1 at its height."""
        beat, breath = self._phases(t)
        return _bumps(_PULSE, beat) * (1 + 0.05 * math.sin(2 * math.pi * breath))

    def pressure(self, t: float) -> float:
        """Return the pressure in an artery at second *t*, in mmHg."""
        body = self._patient.at(math.floor(t))
        return body.dia + (body.sys - body.dia) * min(1.0, self.pulse(t))

    def breath(self, t: float) -> float:
        """Return how wide the chest is at second *t*, from -1 to 1."""
        return math.sin(2 * math.pi * self._phases(t)[1])

    def co2(self, t: float) -> float:
        """Return the CO2 in the airway at second *t*, in mmHg."""
        breath = self._phases(t)[1]
        if breath < _INSPIRED:
            return 0.0
        return self._patient.at(math.floor(t)).etco2 * (1 - math.exp((_INSPIRED - breath) / 0.06))

    def _phases(self, t: float) -> tuple[float, float]:
        """Return how far the beat and the breath of second *t* have gone, from 0 to 1."""
        second = max(0, math.floor(t))
        while len(self._beats) <= second + 1:
            body = self._patient.at(len(self._beats) - 1)
            self._beats.append(self._beats[-1] + body.hr / 60)
            self._breaths.append(self._breaths[-1] + body.rr / 60)
        part = t - second
        return tuple(  # type: ignore[return-value]
            (row[second] + part * (row[second + 1] - row[second])) % 1 for row in (self._beats, self._breaths)
        )


@cache
def waveforms(patient: Patient) -> Waveforms:
    """Return the waves of a patient."""
    return Waveforms(patient)


def _bumps(bumps: tuple[tuple[float, float, float], ...], phase: float) -> float:
    return sum(height * math.exp(-(((phase - place) / width) ** 2)) for height, place, width in bumps)
