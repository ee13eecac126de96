"""The waves of a simulated patient say what the numbers say."""

from __future__ import annotations

from itertools import pairwise

import pytest

from devices.simulators.patient import Patient
from devices.simulators.waveforms import Waveforms

MINUTE = [1200 + n / 100 for n in range(60 * 100)]


@pytest.fixture
def patient() -> Patient:
    return Patient(seed=7)


def crossings(values: list[float], level: float) -> int:
    return sum(before < level <= after for before, after in pairwise(values))


def test_as_many_beats_as_the_pulse_rate_says(patient):
    body = Waveforms(patient)
    rate = sum(patient.at(1200 + second).hr for second in range(60)) / 60
    for wave, level in ((body.ecg, 0.6), (body.pulse, 0.6)):
        assert crossings([wave(t) for t in MINUTE], level) == pytest.approx(rate, abs=1)


def test_as_many_breaths_as_the_respiration_says(patient):
    body = Waveforms(patient)
    rate = sum(patient.at(1200 + second).rr for second in range(60)) / 60
    assert crossings([body.co2(t) for t in MINUTE], 10) == pytest.approx(rate, abs=1)
    assert crossings([body.breath(t) for t in MINUTE], 0) == pytest.approx(rate, abs=1)


def test_the_pressure_goes_from_the_diastolic_to_the_systolic_value(patient):
    body, truth = Waveforms(patient), patient.at(1230)
    pressures = [body.pressure(t) for t in MINUTE]
    assert min(pressures) == pytest.approx(truth.dia, abs=5)
    assert max(pressures) == pytest.approx(truth.sys, abs=5)


def test_co2_at_the_end_of_a_breath_is_what_the_monitor_shows(patient):
    body = Waveforms(patient)
    assert max(body.co2(t) for t in MINUTE) == pytest.approx(patient.at(1230).etco2, abs=3)


def test_the_waves_are_the_same_whenever_they_are_asked_for(patient):
    late, early = Waveforms(patient), Waveforms(patient)
    last = late.ecg(3600.3)
    assert [early.ecg(float(second)) for second in (*range(0, 3600, 60), 3600.3)][-1] == last
