"""The age of a cuff reading: when it is given, and how its unit is learnt."""

from __future__ import annotations

import pytest

from devices.ages import AgedCycles
from devices.contract import Quality, Reading

NONE = (Reading("nibp_sys", None, "absent", Quality.INVALID),)


def marked(cycles: AgedCycles, *counts: int, value: float = 118.0):
    return [cycles.mark((Reading("nibp_sys", value),), count)[0] for count in counts]


def ages(cycles: AgedCycles, *counts: int):
    return [reading.age for reading in marked(cycles, *counts)]


def test_a_count_that_falls_back_is_a_new_cycle_even_with_equal_values():
    repeats = [reading.repeat for reading in marked(AgedCycles(1.0), 40, 45, 2, 7)]
    assert repeats == [False, True, False, True]


def test_an_age_in_seconds_is_given_in_every_frame():
    assert ages(AgedCycles(1.0), 0, 5, 10) == [0.0, 5.0, 10.0]


def test_an_age_in_minutes_is_given_once_a_cycle():
    assert ages(AgedCycles(60.0), 5, 5, 6, 0, 0, 1) == [300.0, None, None, 0.0, None, None]


def test_a_first_cycle_of_less_than_a_minute_may_be_older_than_the_connection():
    assert ages(AgedCycles(60.0), 0, 0, 1, 1) == [None, None, 60.0, None]


def test_a_first_cycle_that_was_seen_to_come_is_of_now():
    cycles = AgedCycles(60.0)
    cycles.mark(NONE, 0)
    assert ages(cycles, 0, 0) == [0.0, None]


def test_an_age_says_that_it_is_one():
    assert [reading.measured_at_from for reading in marked(AgedCycles(60.0), 5, 5)] == ["age", None]


def test_an_unknown_unit_is_seconds_where_the_count_runs():
    assert ages(AgedCycles(None), 100, 105, 110, 115) == [None, None, 110.0, 115.0]


def test_an_unknown_unit_is_minutes_where_the_count_stands():
    assert ages(AgedCycles(None), 4, 4, 4, 4, 5) == [None, None, None, 240.0, None]


@pytest.mark.parametrize("counts", [(4, 5, 6, 7, 8), (4, 4, 5, 5, 6), (4, 9, 9, 14)])
def test_a_unit_that_is_not_clear_gives_no_age(counts):
    assert set(ages(AgedCycles(None), *counts)) == {None}


def test_no_reading_has_no_age():
    assert AgedCycles(1.0).mark(NONE, 5)[0].age is None
