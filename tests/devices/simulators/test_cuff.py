"""The cuff: one value a cycle, failures without numbers, and the value of the patient before."""

from itertools import pairwise

from devices.simulators.cuff import Cuff
from devices.simulators.faults import parse_faults
from devices.simulators.patient import Patient


class Still(Patient):
    """A patient who never moves, so that no cycle fails by itself."""

    def chance_of_failing(self) -> float:
        return 0.0


def cuff(*faults, **more):
    return Cuff(Still(), faults=parse_faults(faults), **more)


def test_it_measures_every_ten_minutes_from_the_first_on():
    assert [cycle.start for cycle in cuff().cycles(1900)] == [60.0, 660.0, 1260.0, 1860.0]


def test_a_cycle_takes_20_to_45_seconds():
    assert all(20 <= cycle.end - cycle.start <= 45 for cycle in cuff().cycles(60 * 600))


def test_it_is_inflated_during_a_cycle_only():
    one = cuff()
    end = one.cycles(60)[0].end
    assert [one.measuring(t) for t in (59, 60, end - 1, end)] == [False, True, True, False]


def test_the_last_value_stays_until_the_next():
    one = cuff()
    first = one.cycles(60)[0]
    assert one.last(first.end - 1) is None
    assert one.last(first.end) == one.last(680) == first


def test_the_value_of_the_patient_before_is_on_the_line_first():
    held = cuff(held=(188, 112)).last(0)
    assert (held.sys, held.dia, held.end) == (188, 112, -1500.0)


def test_a_failed_cycle_has_no_numbers_and_is_tried_again():
    failed, again = cuff("cuff_failed@650").cycles(900)[1:3]
    assert (failed.start, failed.sys, failed.dia, failed.pulse) == (660.0, None, None, None)
    assert 60 <= again.start - failed.end <= 120
    assert again.sys is not None


def test_it_gives_up_after_three_attempts():
    assert [cycle.sys for cycle in cuff("cuff_failed@0+590").cycles(600)] == [None, None, None]


def test_two_to_ten_percent_of_cycles_fail_by_themselves():
    attempts = [cycle for seed in range(60) for cycle in Cuff(Patient(seed)).cycles(7200)]
    assert 0.02 < sum(cycle.sys is None for cycle in attempts) / len(attempts) < 0.10


def test_looking_ahead_changes_nothing():
    asked_late, asked_often = Cuff(Patient(5)), Cuff(Patient(5))
    for t in range(0, 7200, 50):
        asked_often.last(t)
    assert asked_late.cycles(7200) == asked_often.cycles(7200)


def test_attempts_never_overlap_even_in_quick_succession():
    cycles = Cuff(Patient(5), every=60, faults=parse_faults(["cuff_failed@0+3600"])).cycles(3600)
    assert all(one.end <= next_one.start for one, next_one in pairwise(cycles))


def test_an_aborted_cycle_is_short_has_no_numbers_and_is_not_tried_again():
    aborted, following = cuff("cuff_aborted@650").cycles(1300)[1:3]
    assert (aborted.aborted, aborted.sys) == (True, None)
    assert 4 <= aborted.end - aborted.start <= 12
    assert following.start == 1260.0
