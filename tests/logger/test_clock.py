"""The session clock: set wall clocks, suspend, restarts and reboots do not disturb it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import NOON, Hands

from logger.clock import (
    SECOND,
    Anchor,
    SessionClock,
    Sources,
    boot_id,
    machine_id,
    microseconds,
    moment,
    synchronisation,
)

HOURS = 3600


def test_time_goes_on_with_the_boot_clock():
    hands, clock = running()
    hands.move(90.5)
    assert clock.now() == NOON + 90.5 * SECOND


@pytest.mark.parametrize("seconds", [3 * HOURS, -3 * HOURS])
def test_a_wall_clock_that_is_set_moves_nothing(seconds):
    hands, clock = running()
    hands.move(10)
    hands.wall += seconds * SECOND
    assert clock.now() == NOON + 10 * SECOND


@pytest.mark.parametrize("seconds", [1, 3 * HOURS, -1, -3 * HOURS])
def test_a_step_of_the_wall_clock_is_said_once(seconds):
    hands, clock = running()
    hands.wall += seconds * SECOND
    assert [clock.step(), clock.step()] == [seconds * SECOND, 0]


def test_a_step_back_is_a_step_too():
    hands, clock = running()
    hands.wall += 60 * SECOND
    clock.step()
    hands.wall -= 60 * SECOND
    assert clock.step() == -60 * SECOND


def test_a_wall_clock_that_is_slewed_by_less_than_a_second_is_no_step():
    hands, clock = running()
    hands.wall += SECOND - 1
    assert clock.step() == 0


def test_small_slews_that_add_up_to_a_second_are_a_step():
    hands, clock = running()
    steps = []
    for _ in range(3):
        hands.wall += SECOND // 2
        steps.append(clock.step())
    assert steps == [0, SECOND, 0]


def test_a_step_while_nobody_recorded_is_said_at_the_restart():
    hands, clock = running()
    hands.wall += 60 * SECOND
    assert restarted(hands, clock, NOON).step() == 60 * SECOND


def test_suspend_counts_and_is_said_once():
    hands, clock = running()
    hands.wall += 300 * SECOND
    hands.boottime += 300 * SECOND
    assert clock.now() == NOON + 300 * SECOND
    assert [clock.slept(), clock.slept()] == [300 * SECOND, 0]
    assert clock.step() == 0


def test_naps_are_said_once_they_add_up_to_a_second():
    hands, clock = running()
    said = []
    for _ in range(3):
        hands.boottime += SECOND // 2
        said.append(clock.slept())
    assert said == [0, SECOND, 0]


def test_a_machine_that_stays_awake_has_not_slept():
    hands, clock = running()
    hands.move(HOURS)
    assert clock.slept() == 0


def test_within_one_boot_the_anchor_goes_on():
    hands, clock = running()
    hands.move(60)
    hands.wall -= 20 * SECOND
    again = restarted(hands, clock, NOON + 30 * SECOND)
    assert (again.anchor, again.now(), again.behind) == (clock.anchor, NOON + 60 * SECOND, False)


def test_a_clock_that_is_slewed_by_milliseconds_is_not_behind():
    hands, clock = running()
    hands.move(60)
    last = clock.now() - 1
    hands.wall -= SECOND // 50
    assert not restarted(hands, clock, last).behind


def test_a_record_ahead_of_the_anchor_is_never_overtaken_backwards():
    hands, clock = running()
    again = restarted(hands, clock, NOON + HOURS * SECOND)
    assert again.now() == NOON + HOURS * SECOND + 1


def test_after_a_reboot_with_a_good_clock_time_is_the_wall_clock():
    hands, clock = running()
    hands.move(600)
    again = rebooted(hands, clock, NOON + 60 * SECOND)
    assert (again.now(), again.behind) == (hands.wall, False)
    assert again.anchor.boot == "boot-2"


def test_after_a_reboot_three_hours_behind_time_goes_on_after_the_last_record():
    hands, clock = running()
    last = NOON + 600 * SECOND
    hands.wall = last - 3 * HOURS * SECOND
    again = rebooted(hands, clock, last)
    assert (again.now(), again.behind) == (last + 1, True)
    hands.move(5)
    assert again.now() == last + 1 + 5 * SECOND


def test_a_clock_that_is_behind_says_so_at_each_restart_until_it_has_caught_up():
    hands, clock = running()
    last = NOON + 600 * SECOND
    hands.wall = last - HOURS * SECOND
    late = rebooted(hands, clock, last)
    hands.move(60)
    later = restarted(hands, late, late.now() - 1)
    hands.wall = later.now()
    assert (later.behind, restarted(hands, later, later.now() - 1).behind) == (True, False)


def test_a_clock_that_was_behind_goes_on_from_the_wall_clock_once_that_has_overtaken_it():
    hands, clock = running()
    last = NOON + 600 * SECOND
    hands.wall = last - HOURS * SECOND
    late = rebooted(hands, clock, last)
    hands.move(60)
    assert late.catch_up() == 0
    hands.wall = late.now() + 30 * SECOND
    assert (late.catch_up(), late.now(), late.behind) == (30 * SECOND, hands.wall, False)
    assert (late.catch_up(), late.step()) == (0, 0)


def test_a_clock_that_was_never_behind_follows_no_wall_clock():
    hands, clock = running()
    hands.wall += HOURS * SECOND
    assert (clock.catch_up(), clock.now()) == (0, NOON)


def test_a_first_start_has_no_anchor_and_takes_the_wall_clock():
    clock = SessionClock.resumed(None, 0, sources=Hands().sources())
    assert (clock.now(), clock.behind) == (NOON, False)


def test_a_boot_without_a_name_is_never_taken_for_the_same_one():
    hands = Hands(boot="")
    clock = SessionClock.resumed(Anchor(NOON - SECOND, 0, ""), 0, sources=hands.sources())
    assert clock.anchor == Anchor(NOON, hands.boottime, "")


def test_simulated_time_runs_at_its_speed_and_has_no_wall_clock_to_compare_with():
    hands, clock = running(speed=100.0)
    hands.move(2)
    assert (clock.now(), clock.step()) == (NOON + 200 * SECOND, 0)


def test_a_fast_clock_begins_anew_where_a_true_one_would_go_on():
    hands, clock = running()
    fast = SessionClock.resumed(clock.anchor, NOON + 60 * SECOND, speed=10.0, sources=hands.sources())
    assert (fast.now(), fast.anchor.utc) == (NOON + 60 * SECOND + 1, NOON + 60 * SECOND + 1)


def test_the_wall_clock_can_be_asked():
    hands, clock = running()
    hands.wall += 7
    assert clock.wall() == NOON + 7


def test_this_machine_has_clocks_that_only_go_forward():
    sources = Sources()
    for read in (sources.boottime, sources.monotonic):
        assert read() <= read()
    assert sources.boottime() >= sources.monotonic() - SECOND


def test_boot_and_machine_have_names_that_stay():
    assert (boot_id(), machine_id()) == (boot_id(), machine_id())
    assert machine_id()


def test_the_kernel_is_asked_how_well_the_clock_is_kept():
    said = synchronisation()
    assert said.by
    assert said.max_error_s is None or said.max_error_s >= 0


@given(st.integers(-60_000_000_000 * SECOND, 250_000_000_000 * SECOND))
def test_moments_and_microseconds_are_exact_inverses(at):
    assert microseconds(moment(at)) == at


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_and_moments_are_exact_inverses(when):
    assert moment(microseconds(when)) == when


def test_an_offset_is_counted_in():
    berlin = timezone(timedelta(hours=2))
    assert microseconds(datetime(1970, 1, 1, 2, 0, 0, 5, berlin)) == 5


def test_a_time_without_offset_is_no_moment():
    with pytest.raises(ValueError, match="without an offset"):
        microseconds(datetime(2026, 11, 20, 10, 42))  # noqa: DTZ001  that is what is refused


# A clock that nothing vouched for.


@pytest.mark.parametrize("step", [-3 * HOURS, 3 * HOURS])
def test_a_step_of_a_clock_that_nothing_vouched_for_makes_its_times_doubtful(step):
    hands, clock = running(vouched=False)
    hands.wall += step * SECOND
    assert (clock.step(), clock.doubted) == (step * SECOND, True)


def test_a_step_of_a_clock_that_was_kept_is_only_a_step():
    hands, clock = running(vouched=True)
    hands.wall -= HOURS * SECOND
    assert (clock.step(), clock.doubted) == (-HOURS * SECOND, False)


def test_a_clock_that_begins_anew_after_a_reboot_says_so():
    hands, clock = running()
    assert (clock.rebooted, restarted(hands, clock, NOON).rebooted) == (False, False)
    assert rebooted(hands, clock, NOON).rebooted


def running(speed: float = 1.0, *, vouched: bool = True) -> tuple[Hands, SessionClock]:
    hands = Hands(vouched=vouched)
    return hands, SessionClock.resumed(None, 0, speed=speed, sources=hands.sources())


def restarted(hands: Hands, clock: SessionClock, last_record: int) -> SessionClock:
    return SessionClock.resumed(clock.anchor, last_record, sources=hands.sources())


def rebooted(hands: Hands, clock: SessionClock, last_record: int) -> SessionClock:
    hands.boot, hands.boottime, hands.monotonic = "boot-2", 5 * SECOND, 5 * SECOND
    return restarted(hands, clock, last_record)
