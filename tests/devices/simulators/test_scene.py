"""What a device sees of its patient, and what its own clock shows, under each fault of them."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from devices.simulators.actor import OVERLOAD, Scene
from devices.simulators.cuff import Cuff
from devices.simulators.faults import CLOCK, parse_faults
from devices.simulators.patient import Patient
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import EPOCH, rehearse


def scene(*faults, seed=5):
    patient, struck = Patient(seed), parse_faults(faults)
    return Scene(patient, Cuff(patient, faults=struck), struck, EPOCH)


def off(t, *faults, seed=5):
    """Return by how much the device's clock is wrong at second *t*."""
    return scene(*faults, seed=seed).clock(t) - EPOCH - timedelta(seconds=t)


@pytest.mark.parametrize("seed", range(8))
def test_motion_takes_five_to_fifteen_percent_and_doubles_or_halves_the_pulse(seed):
    moving, still = scene("motion@100+12", seed=seed), scene(seed=seed)
    seen, true = moving.finger(105.0), still.finger(105.0)
    assert 5 <= true.spo2 - seen.spo2 <= 15
    assert seen.hr / true.hr in (0.5, 2.0)
    assert moving.finger(113.0) == still.finger(113.0)


def test_motion_is_seen_as_late_as_the_device_averages():
    moving, still = scene("motion@100+12"), scene()
    assert moving.finger(104.0, averaged=8.0) == still.finger(104.0, averaged=8.0)
    assert moving.finger(109.0, averaged=8.0) != still.finger(109.0, averaged=8.0)


@pytest.mark.parametrize("seed", range(4))
def test_a_cold_hand_is_twenty_to_sixty_seconds_behind_with_an_index_under_a_half_percent(seed):
    cold, warm = scene("low_perfusion@100+600", seed=seed), scene(seed=seed)
    assert cold.finger(600.0).perfusion < 0.4
    lags = [lag for lag in range(20, 61) if abs(warm.finger(600.0 - lag).hr - cold.finger(600.0).hr) < 0.6]
    assert lags
    seen = [cold.finger(t).hr for t in range(100, 300)]
    assert max(abs(b - a) for a, b in pairwise(seen)) < 1.0


def test_a_cuff_on_the_oximeter_s_arm_takes_the_pulse_at_each_inflation():
    both = scene("same_arm@0")
    lost = [t for t in range(0, 1300) if both.no_finger(t)]
    assert lost == [t for t in range(0, 1300) if both.cuff.measuring(t)]
    assert min(lost) == 60
    assert 20 <= sum(t < 600 for t in lost) <= 45


def test_without_a_fault_a_clock_is_right():
    assert off(1000.0) == timedelta(0)


@pytest.mark.parametrize("name", sorted(CLOCK))
def test_a_clock_goes_wrong_when_its_fault_begins(name):
    assert off(99.0, f"{name}@100") == timedelta(0)
    assert off(100.0 + 2 * 86400, f"{name}@100") != timedelta(0)


def test_summer_time_is_an_hour():
    assert {abs(off(200.0, "clock_dst@100", seed=seed)) for seed in range(9)} == {timedelta(hours=1)}


def test_a_wrong_year_leaves_the_time_of_day():
    assert {off(200.0, "clock_year@100", seed=seed) % timedelta(days=1) for seed in range(9)} == {
        timedelta(0)
    }


@pytest.mark.parametrize("seed", range(6))
def test_a_clock_drifts_by_one_to_two_seconds_a_day(seed):
    drifts = [abs(off(100.0 + day * 86400, "clock_drift@100", seed=seed).total_seconds()) for day in (10, 20)]
    assert 9 <= drifts[0] <= 21
    assert 9 <= drifts[1] - drifts[0] <= 21


def test_a_clock_that_is_put_back_runs_on_from_there():
    assert off(200.0, "clock_back@100") == off(5000.0, "clock_back@100") < timedelta(seconds=-29)


def test_a_clock_that_lost_its_time_begins_with_the_year_2000():
    assert scene("clock_unset@100").clock(100.0) == datetime(2000, 1, 1)  # noqa: DTZ001
    assert scene("clock_unset@100").clock(160.0) == datetime(2000, 1, 1, 0, 1)  # noqa: DTZ001


def test_a_cuff_reading_keeps_the_time_that_the_clock_showed_when_it_was_taken():
    said = rehearse(Plan("hl7_oru", faults=parse_faults(["clock_unset@200"]), cuff_every=600), 300.0)
    taken = {r.measured_at.year for one in said for r in one.readings if r.measured_at}
    assert (taken, said[-1].device_time.year) == ({EPOCH.year}, 2000)


@pytest.mark.parametrize(
    ("name", "a_record"), [("nonin", 25), ("masimo_ascii1", 1), ("contec_cms50", 60), ("ivy_ansarb", 200)]
)
def test_an_overload_is_six_hundred_samples_a_second(name, a_record):
    said = rehearse(Plan(name, faults=parse_faults(["overload@20+10"])), 40.0)
    before = [one for one in said if 5 <= one.at < 15]
    flood = [one for one in said if 20 <= one.at < 30]
    assert len(flood) * a_record / 10 == pytest.approx(OVERLOAD, rel=0.1)
    assert len(flood) > len(before)
