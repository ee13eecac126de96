"""Simulated patients, each with a cuff: the readings that a study would have of them.

They are the project's own seeded patients (devices/simulators/patient.py). A study with longer intervals has
some of the same readings: physiology and noise are the same, only the looking differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.literature.published import Cohort
from analysis.series import Series
from analysis.timeline import Floats
from devices.simulators.patient import Patient
from devices.vocabulary import unit_of

Places = npt.NDArray[np.intp]

VITALS = ("nibp_sys", "nibp_dia")
SOURCE = "simulated"
_FAR = 1_000_000
"""More patients than a cohort has: no two cohorts of different seeds share one."""


@dataclass(frozen=True)
class Readings:
    """What the cuff said: *values* of each vital are mmHg, one row a patient, one column a minute."""

    minutes: Floats
    values: Mapping[str, Floats]

    def series(self, vital: str, interval: float, until: float) -> list[Series]:
        """Return each patient's series: before the infusion all, then a reading every *interval* minutes."""
        chosen = self._chosen(interval, until)
        return [self._series(vital, row, chosen) for row in self.values[vital]]

    def mean(self, vital: str, interval: float, until: float) -> Series:
        """Return the mean over all patients of each minute, as if it were one patient's."""
        return self._series(vital, self.values[vital].mean(axis=0), self._chosen(interval, until))

    def _chosen(self, interval: float, until: float) -> Places:
        after = (self.minutes > 0) & (self.minutes <= until) & (self.minutes % interval == 0)
        return np.flatnonzero((self.minutes < 0) | after)

    def _series(self, vital: str, row: Floats, chosen: Places) -> Series:
        n = len(chosen)
        same = np.full(n, "", dtype=object), np.full(n, SOURCE, dtype=object)
        unit = unit_of(vital) or ""
        return Series(
            SOURCE, vital, "", unit, self.minutes[chosen], row[chosen], np.ones(n, bool), *same, chosen
        )


def measured(asked: Cohort, seed: int, patients: int, *, drug: bool) -> Readings:
    """Return what the cuffs of a cohort said; without the drug these are the same patients and noise."""
    after = np.arange(asked.step_min, asked.until_min + 1, asked.step_min)
    minutes = np.concatenate((asked.before_min, after))
    rows = [
        _of(Patient(seed * _FAR + i, severity=float(drug), cuff_sd=asked.cuff_sd), minutes)
        for i in range(patients)
    ]
    both = np.rint(np.array(rows, dtype=np.float64))
    return Readings(minutes, {vital: both[:, :, i] for i, vital in enumerate(VITALS)})


def _of(patient: Patient, minutes: Floats) -> list[tuple[float, float]]:
    found = []
    for cycle, minute in enumerate(minutes):
        truth, noise = patient.at(patient.infusion_at + minute * 60), patient.cuff_noise(cycle)
        found.append((truth.sys + noise[0], truth.dia + noise[1]))
    return found
