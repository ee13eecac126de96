from __future__ import annotations

from dataclasses import replace

from devices.contract import Reading
from devices.cuffs import CuffCycles, TimedCuffs
from devices.vocabulary import Vital


def cuff(systolic: float | None, diastolic: float | None = 75.0) -> tuple[Reading, ...]:
    return Reading(Vital.NIBP_SYS, systolic), Reading(Vital.NIBP_DIA, diastolic)


NOTHING = cuff(None, None)


def repeats(cycles: CuffCycles, *frames: tuple[tuple[Reading, ...], object]) -> list[bool]:
    return [cycles.mark(readings, token)[0].repeat for readings, token in frames]


def test_the_first_frame_that_carries_a_cycle_is_no_repeat():
    assert repeats(CuffCycles(), (cuff(121), None), (cuff(121), None)) == [False, True]


def test_without_a_time_a_changed_value_is_new_and_says_so():
    cycles = CuffCycles(by_value=True)
    assert repeats(cycles, (cuff(121), None), (cuff(131), None), (cuff(131), None)) == [False, False, True]
    assert cycles.mark(cuff(131))[0].repeat_by == "value"


def test_without_a_time_a_value_that_came_back_is_new():
    assert repeats(CuffCycles(), (cuff(121), None), (NOTHING, None), (cuff(121), None)) == [
        False,
        False,
        False,
    ]


def test_one_value_of_the_cycle_is_enough_to_carry_it():
    assert repeats(CuffCycles(), (cuff(121, None), 1), (cuff(121, None), 1)) == [False, True]


def test_equal_values_under_a_new_counter_are_a_new_reading():
    assert repeats(CuffCycles(), (cuff(121), 1), (cuff(121), 1), (cuff(121), 2)) == [False, True, False]


def test_a_counter_that_did_not_move_outweighs_a_value_that_came_back():
    assert repeats(CuffCycles(), (cuff(121), 1), (NOTHING, 1), (cuff(121), 1)) == [False, False, True]


def test_a_counter_that_arrives_late_belongs_to_the_cycle_that_waits_for_it():
    cycles = CuffCycles()
    frames = ((cuff(121), 1), (cuff(131), 1), (cuff(131), 1), (cuff(131), 2), (cuff(131), 2))
    assert repeats(cycles, *frames) == [False, False, True, True, True]
    assert cycles.token == 2


def test_an_old_counter_is_never_given_to_a_new_value():
    cycles = CuffCycles()
    repeats(cycles, (cuff(121), 1), (cuff(131), 1))
    assert cycles.token is None


def test_a_cuff_seen_to_run_makes_equal_values_new():
    cycles = CuffCycles()
    cycles.mark(cuff(121))
    cycles.restart()
    assert repeats(cycles, (cuff(121), None), (cuff(121), None)) == [False, True]


def test_a_cuff_seen_to_run_that_leaves_no_value_has_failed_once():
    cycles = CuffCycles()
    cycles.mark(cuff(121))
    cycles.restart()
    failed = [cycles.mark(NOTHING)[0] for _ in range(3)]
    assert [(reading.reason, reading.repeat) for reading in failed] == [
        ("failed", False),
        ("failed", True),
        ("failed", True),
    ]


def test_two_failed_cycles_in_a_row_are_two():
    cycles = CuffCycles()
    cycles.restart()
    cycles.mark(NOTHING)
    cycles.restart()
    assert not cycles.mark(NOTHING)[0].repeat


def test_no_value_before_the_first_cycle_is_no_failure():
    assert cuff(None)[0].reason is None
    assert CuffCycles().mark(NOTHING) == NOTHING


def test_of_cuffs_without_end_those_heard_last_are_remembered():
    cuffs = TimedCuffs()

    def again(number: int) -> bool:
        return cuffs.mark([replace(one, variant=f"cuff {number}") for one in cuff(121)])[0].repeat

    assert not any(again(number) for number in range(1000))
    assert (again(999), again(0)) == (True, False)


def test_a_frame_without_the_cuff_says_nothing_of_it():
    cycles = CuffCycles(by_value=True)
    assert repeats(cycles, (cuff(121), None)) == [False]
    assert cycles.mark(()) == ()
    assert repeats(cycles, (cuff(121), None)) == [True]
