"""The patient: published concentrations, published shape, and the same person for the same seed."""

from statistics import mean, stdev

import pytest

from devices.simulators.patient import Patient, concentration, effect


@pytest.mark.parametrize(
    ("minute", "ng_ml"), [(10, 82), (20, 125), (30, 153), (40, 176), (50, 113), (70, 79), (120, 61)]
)
def test_the_concentration_is_the_published_one(minute, ng_ml):
    assert concentration(minute) == pytest.approx(ng_ml, abs=1)


@pytest.mark.parametrize(
    ("minute", "share"), [(10, 0.11), (20, 0.41), (30, 0.71), (40, 1.0), (50, 0.52), (60, 0.28), (100, 0.13)]
)
def test_the_pressor_shape_is_the_published_one(minute, share):
    assert effect(minute) == pytest.approx(share, abs=0.015)


def test_there_is_no_effect_before_the_infusion():
    assert (concentration(-5), effect(-5)) == (0.0, 0.0)
    assert Patient(3, infusion_at=900).effect_at(900) == 0.0


def test_the_same_seed_is_the_same_person():
    assert Patient(7).at(1234.5) == Patient(7).at(1234.5)
    assert Patient(7).at(1234.5) != Patient(8).at(1234.5)
    assert Patient(7).cuff_noise(3) == Patient(7).cuff_noise(3) != Patient(7).cuff_noise(4)


def test_adults_differ_as_adults_do():
    baselines = [Patient(seed).at(0).sys for seed in range(400)]
    rises = [
        Patient(seed, infusion_at=0).at(2400).sys - Patient(seed, infusion_at=1e9).at(2400).sys
        for seed in range(400)
    ]
    assert (mean(baselines), stdev(baselines)) == (pytest.approx(122, abs=2), pytest.approx(14, abs=2))
    assert (mean(rises), stdev(rises)) == (pytest.approx(16, abs=2), pytest.approx(8.5, abs=1.5))


def test_pressures_keep_their_order_in_everybody():
    bodies = [Patient(seed, severity=2.5).at(t) for seed in range(200) for t in range(0, 7200, 300)]
    assert all(body.dia < body.map < body.sys for body in bodies)
    assert all(85 < body.spo2 <= 100 and body.rr > 0 for body in bodies)


def test_a_cuff_errs_as_cuffs_do():
    noise = [Patient(seed).cuff_noise(cycle) for seed in range(40) for cycle in range(12)]
    assert 4 < stdev(sys for sys, _ in noise) < 8
    assert 3 < stdev(dia for _, dia in noise) < 6


def test_the_default_patient_shows_the_published_course():
    patient = Patient()
    before, peak = patient.at(0), patient.at(900 + 2340)
    assert (before.sys, before.dia) == (pytest.approx(122, abs=4), pytest.approx(76, abs=4))
    assert peak.sys - before.sys == pytest.approx(24, abs=5)


def test_dissociation_comes_and_goes():
    patient = Patient()
    assert patient.at(900).dissociation == 0.0
    assert patient.at(900 + 2400).dissociation > 3
    assert patient.at(900 + 4800).dissociation < 1
