"""Law 5: a cuff reading is an episode; what may be the last patient's is held."""

from __future__ import annotations

from datetime import datetime, timedelta

from devices.contract import Reading
from logger.clock import SECOND
from logger.recording.cuff import SAME_CYCLE, CuffWatch, Cycle

OPENED = 1_790_000_000 * SECOND
DEVICE_CLOCK = datetime(2026, 9, 21, 13, 0, 0)  # noqa: DTZ001  a device claims no zone
MINUTE = 60 * SECOND


# At the opening.


def test_the_first_value_at_the_opening_is_held():
    cycle = CuffWatch(OPENED).judge(cuff(120, 80), OPENED + SECOND, None)
    assert (cycle.values, cycle.held, cycle.repeat, cycle.measured) == ((120, 80), True, False, None)


def test_repeats_of_a_held_value_stay_held_and_are_repeats():
    watch = held_at_opening()
    again = [watch.judge(cuff(120, 80, repeat=True), OPENED + n * SECOND, None) for n in (2, 3)]
    assert [(cycle.held, cycle.repeat) for cycle in again] == [(True, True)] * 2


def test_a_changed_value_on_a_live_line_is_a_reading_of_its_arrival():
    cycle = held_at_opening().judge(cuff(131, 84), OPENED + MINUTE, None)
    assert (cycle.held, cycle.repeat, cycle.measured, cycle.since) == (False, False, OPENED + MINUTE, None)


def test_an_equal_value_that_the_decoder_calls_new_is_a_reading():
    cycle = held_at_opening().judge(cuff(120, 80), OPENED + MINUTE, None)
    assert (cycle.held, cycle.repeat, cycle.measured) == (False, False, OPENED + MINUTE)


def test_a_value_measured_before_the_opening_is_held_with_its_time():
    cycle = CuffWatch(OPENED).judge(cuff(120, 80), OPENED + SECOND, OPENED - MINUTE)
    assert (cycle.held, cycle.measured) == (True, OPENED - MINUTE)


def test_a_value_measured_at_the_very_opening_is_held():
    assert CuffWatch(OPENED).judge(cuff(120, 80), OPENED + SECOND, OPENED).held


def test_a_value_measured_after_the_opening_is_a_reading_even_as_the_first():
    cycle = CuffWatch(OPENED).judge(cuff(120, 80), OPENED + MINUTE, OPENED + 40 * SECOND)
    assert (cycle.held, cycle.repeat, cycle.measured) == (False, False, OPENED + 40 * SECOND)


def test_a_line_without_a_number_at_the_opening_makes_the_next_number_a_reading():
    watch = CuffWatch(OPENED)
    watch.blank(cuff(None, None, reason="absent"))
    cycle = watch.judge(cuff(120, 80), OPENED + MINUTE, None)
    assert (cycle.held, cycle.measured) == (False, OPENED + MINUTE)


def test_a_number_measured_before_the_opening_is_held_though_the_line_was_blank():
    watch = CuffWatch(OPENED)
    watch.blank(cuff(None, None, reason="absent"))
    assert watch.judge(cuff(120, 80), OPENED + MINUTE, OPENED - MINUTE).held


# The time comes a frame after the numbers.


def test_a_held_value_becomes_a_reading_when_its_own_time_is_later_than_the_opening():
    cycle = held_at_opening().judge(cuff(120, 80, repeat=True), OPENED + 50 * SECOND, OPENED + 30 * SECOND)
    assert (cycle.held, cycle.repeat, cycle.measured) == (False, False, OPENED + 30 * SECOND)


def test_a_held_value_stays_held_when_its_own_time_is_earlier_than_the_opening():
    cycle = held_at_opening().judge(cuff(120, 80, repeat=True), OPENED + 50 * SECOND, OPENED - 30 * SECOND)
    assert (cycle.held, cycle.repeat) == (True, True)


def test_a_reading_whose_own_time_comes_later_is_one_reading():
    watch = held_at_opening()
    watch.judge(cuff(131, 84), OPENED + MINUTE, None)
    cycle = watch.judge(cuff(131, 84, repeat=True), OPENED + MINUTE + SECOND, OPENED + MINUTE - 2 * SECOND)
    assert (cycle.held, cycle.repeat) == (False, True)


def test_once_it_has_its_time_the_same_cycle_is_a_repeat_with_or_without_time():
    watch = held_at_opening()
    first = watch.judge(cuff(120, 80, repeat=True), OPENED + 50 * SECOND, OPENED + 30 * SECOND)
    bare = watch.judge(cuff(120, 80, repeat=True), OPENED + 51 * SECOND, None)
    timed = watch.judge(cuff(120, 80, repeat=True), OPENED + 52 * SECOND, OPENED + 30 * SECOND)
    assert [(one.repeat, one.measured) for one in (bare, timed)] == [(True, first.measured)] * 2


# Cycles with times of their own.


def test_two_equal_cycles_with_different_claims_are_two_readings():
    watch = CuffWatch(OPENED)
    cycles = [
        watch.judge(cuff(120, 80, claim=minutes), OPENED + minutes * MINUTE, OPENED + minutes * MINUTE)
        for minutes in (1, 6)
    ]
    assert [(cycle.repeat, cycle.measured) for cycle in cycles] == [
        (False, OPENED + MINUTE),
        (False, OPENED + 6 * MINUTE),
    ]


def test_one_claim_is_one_cycle_however_late_it_is_repeated():
    watch = CuffWatch(OPENED)
    first = watch.judge(cuff(120, 80, claim=1), OPENED + MINUTE, OPENED + MINUTE)
    # The device's clock was set: reckoned from arrival, the same claim lies elsewhere.
    again = watch.judge(cuff(120, 80, claim=1), OPENED + 9 * MINUTE, OPENED + 7 * MINUTE)
    assert (again.repeat, again.measured) == (True, first.measured)


def test_ages_that_jitter_are_one_cycle():
    watch = CuffWatch(OPENED)
    first = watch.judge(cuff(120, 80), OPENED + MINUTE, OPENED + MINUTE)
    again = watch.judge(cuff(120, 80), OPENED + 2 * MINUTE, OPENED + MINUTE + SAME_CYCLE - 1)
    assert (again.repeat, again.measured) == (True, first.measured)


def test_ages_that_differ_by_more_are_two_cycles():
    watch = CuffWatch(OPENED)
    watch.judge(cuff(120, 80), OPENED + MINUTE, OPENED + MINUTE)
    again = watch.judge(cuff(120, 80), OPENED + 2 * MINUTE, OPENED + MINUTE + SAME_CYCLE)
    assert not again.repeat


# After a gap.


def test_an_unchanged_value_after_a_gap_is_a_repeat():
    watch = CuffWatch(OPENED)
    watch.judge(cuff(120, 80), OPENED + MINUTE, OPENED + MINUTE)
    watch.line_back(OPENED + 2 * MINUTE)
    cycle = watch.judge(cuff(120, 80), OPENED + 9 * MINUTE, None)
    assert (cycle.repeat, cycle.held, cycle.measured) == (True, False, OPENED + MINUTE)


def test_a_held_value_that_is_unchanged_after_a_gap_stays_held():
    watch = held_at_opening()
    watch.line_back(OPENED + 2 * MINUTE)
    cycle = watch.judge(cuff(120, 80), OPENED + 9 * MINUTE, None)
    assert (cycle.repeat, cycle.held) == (True, True)


def test_a_changed_value_without_time_after_a_gap_was_taken_between():
    watch = held_at_opening()
    watch.line_back(OPENED + 2 * MINUTE)
    cycle = watch.judge(cuff(131, 84), OPENED + 9 * MINUTE, None)
    assert (cycle.since, cycle.measured) == (OPENED + 2 * MINUTE, OPENED + 9 * MINUTE)
    assert (cycle.held, cycle.repeat) == (False, False)


def test_what_was_taken_between_is_repeated_with_its_bounds():
    watch = held_at_opening()
    watch.line_back(OPENED + 2 * MINUTE)
    watch.judge(cuff(131, 84), OPENED + 9 * MINUTE, None)
    again = watch.judge(cuff(131, 84, repeat=True), OPENED + 9 * MINUTE + SECOND, None)
    assert (again.repeat, again.since, again.measured) == (True, OPENED + 2 * MINUTE, OPENED + 9 * MINUTE)


def test_a_changed_value_with_its_own_time_after_a_gap_has_that_time():
    watch = held_at_opening()
    watch.line_back(OPENED + 2 * MINUTE)
    cycle = watch.judge(cuff(131, 84), OPENED + 9 * MINUTE, OPENED + 5 * MINUTE)
    assert (cycle.since, cycle.measured, cycle.held) == (None, OPENED + 5 * MINUTE, False)


def test_the_gap_bounds_one_reading_only():
    watch = held_at_opening()
    watch.line_back(OPENED + 2 * MINUTE)
    watch.judge(cuff(131, 84), OPENED + 9 * MINUTE, None)
    assert watch.judge(cuff(128, 82), OPENED + 14 * MINUTE, None).since is None


def test_a_line_that_comes_back_without_a_number_says_that_the_next_is_new():
    watch = held_at_opening()
    watch.line_back(OPENED + 2 * MINUTE)
    watch.blank(cuff(None, None, reason="absent"))
    assert watch.judge(cuff(131, 84), OPENED + 9 * MINUTE, None).since is None


# Failed cycles.


def test_a_failed_cycle_is_said_once():
    watch = CuffWatch(OPENED)
    said = [watch.blank(cuff(None, reason="failed", repeat=repeat)) for repeat in (False, True, True)]
    assert said == [False, True, True]


def test_a_second_failed_cycle_is_said_again():
    watch = CuffWatch(OPENED)
    said = [watch.blank(cuff(None, reason="failed", repeat=repeat)) for repeat in (False, True, False)]
    assert said == [False, True, False]


def test_having_no_number_is_said_once_until_there_was_one():
    watch = CuffWatch(OPENED)
    said = [watch.blank(cuff(None, reason="absent")) for _ in range(2)]
    watch.judge(cuff(120), OPENED + MINUTE, None)
    assert [*said, watch.blank(cuff(None, reason="absent"))] == [False, True, False]


def test_another_reason_is_said():
    watch = CuffWatch(OPENED)
    watch.blank(cuff(None, reason="absent"))
    assert not watch.blank(cuff(None, reason="over_range"))


# After the recorder was away.


def test_a_remembered_reading_is_not_recorded_again():
    watch = resumed(Cycle((120, 80), None, OPENED + MINUTE))
    cycle = watch.judge(cuff(120, 80), OPENED + 9 * MINUTE, None)
    assert (cycle.repeat, cycle.held, cycle.measured) == (True, False, OPENED + MINUTE)


def test_a_remembered_claim_is_not_recorded_again():
    claim = cuff(120, claim=1)[0].measured_at
    watch = resumed(Cycle((120, 80), claim, OPENED + MINUTE))
    assert watch.judge(cuff(120, 80, claim=1), OPENED + 9 * MINUTE, OPENED + 2 * MINUTE).repeat


def test_a_remembered_held_value_stays_held():
    watch = resumed(Cycle((120, 80), None, None, held=True))
    cycle = watch.judge(cuff(120, 80), OPENED + 9 * MINUTE, None)
    assert (cycle.repeat, cycle.held) == (True, True)


def test_another_value_than_the_remembered_one_was_taken_while_nobody_recorded():
    watch = resumed(Cycle((120, 80), None, OPENED + MINUTE))
    cycle = watch.judge(cuff(131, 84), OPENED + 9 * MINUTE, None)
    assert (cycle.since, cycle.measured) == (OPENED + 2 * MINUTE, OPENED + 9 * MINUTE)


def test_a_recorder_that_has_nothing_to_remember_holds_what_it_finds():
    watch = CuffWatch(OPENED)
    watch.line_back(OPENED + 2 * MINUTE)
    assert watch.judge(cuff(120, 80), OPENED + 9 * MINUTE, None).held


def held_at_opening() -> CuffWatch:
    """Return a watch that found 120/80 on the line a second after the opening."""
    watch = CuffWatch(OPENED)
    watch.judge(cuff(120, 80), OPENED + SECOND, None)
    return watch


def resumed(cycle: Cycle) -> CuffWatch:
    """Return a watch whose recorder was away from the second minute on."""
    watch = CuffWatch(OPENED)
    watch.remember(cycle)
    watch.line_back(OPENED + 2 * MINUTE)
    return watch


def cuff(
    *values: float | None, repeat: bool = False, reason: str | None = None, claim: int | None = None
) -> tuple[Reading, ...]:
    """Return a frame's cuff readings; *claim* in minutes on the device's own clock."""
    measured_at = None if claim is None else DEVICE_CLOCK + timedelta(minutes=claim)
    return tuple(
        Reading(vital, value, reason, repeat=repeat, measured_at=measured_at)
        for vital, value in zip(("nibp_sys", "nibp_dia"), values, strict=False)
    )
