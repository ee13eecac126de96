"""The simulated DINAMAP and Accutorr: slaves with an age that falls back."""

from datetime import datetime
from itertools import pairwise

import pytest

from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse

EPOCH = datetime(2026, 3, 2, 9)  # noqa: DTZ001


def replies(name, kind, *faults, **more):
    said = rehearse(Plan(name, faults=parse_faults(faults), **more), 240.0)
    return [one.raw for one in said if one.raw.startswith(kind)]


@pytest.mark.parametrize("name", ["dinamap", "accutorr3"])
def test_it_is_silent_until_asked(name):
    assert Plan(name).actor(EPOCH).send(600.0) == []


def test_a_command_to_start_is_not_answered():
    device = Plan("dinamap").actor(EPOCH)
    device.hear(b" NC0!E\r ND!5\r", 5.0)
    assert device.send(600.0) == []


@pytest.mark.parametrize(("seed", "grows"), [(2, 60), (3, 1)])
def test_the_age_counts_seconds_in_one_monitor_and_minutes_in_another(seed, grows):
    ages = [int(raw[6:10]) for raw in replies("dinamap", b" NA1", seed=seed, held=(118, 71), cuff_every=600)]
    assert ages[12] - ages[0] == grows


def test_the_age_falls_back_when_a_reading_is_new():
    ages = [int(raw[6:10]) for raw in replies("dinamap", b" NA1", held=(118, 71), seed=4)]
    assert any(after < before for before, after in pairwise(ages))


def test_a_failed_cycle_has_a_status_above_2():
    assert any(raw[3:4] > b"2" for raw in replies("dinamap", b" NA", "cuff_failed@61"))


def test_accutorr_has_dashes_without_a_probe():
    assert any(raw.startswith(b"P:--,") for raw in replies("accutorr3", b"P", "probe_off@10+30"))
