"""A site check: what was typed from the screen agrees with the log, or it says why not. Nobody guesses."""

from __future__ import annotations

import pytest
from told_sessions import spo2

from devices.registry import adapter
from logger.entering.site_checks import NEEDED, WITHIN, Typed, compare, lacking, steps_for
from logger.kinds import Link

SYSTOLIC = 120


def cuff(systolic=120.0, diastolic=75.0, **more):
    values = ("nibp_sys", systolic), ("nibp_dia", diastolic)
    return [{"vital": vital, "value": value, **more} for vital, value in values]


class Screen:
    """A device in a session, and a person before its screen."""

    def __init__(self, room) -> None:
        self.room = room

    def heard(self, *values, source="monitor"):
        """The device says something, a second after what was before."""
        return self.room.heard(*values, source=source)

    def typed(self, step, *shown, after=1.0, again=False) -> Typed:
        self.room.hands.move(after)
        return Typed(step, self.room.desk.clock.now(), shown, again)

    def compared(self, *typed):
        return compare(self.room.desk.file(self.room.session).records, "monitor", typed)

    def only(self, typed):
        (value,) = self.compared(typed)
        return value


@pytest.fixture
def screen(room) -> Screen:
    return Screen(room)


# The cuff.


def test_a_cycle_that_stands_on_the_screen_agrees_and_names_its_record(screen):
    record = screen.heard(*cuff(121, 76))
    value = screen.only(screen.typed("cuff", 121, 76))
    assert (value.agrees, value.typed, value.logged, value.refs) == (True, "121/76", "121/76", (record.ref,))


@pytest.mark.parametrize("shown", [(122, 76), (121, 77), (76, 121)])
def test_other_numbers_do_not_agree(screen, shown):
    screen.heard(*cuff(121, 76))
    value = screen.only(screen.typed("cuff", *shown))
    assert (value.agrees, value.why, value.logged) == (False, "other numbers", "121/76")


def test_one_cycle_proves_one_typed_value(screen):
    screen.heard(*cuff(121, 76))
    first, second = screen.compared(screen.typed("cuff", 121, 76), screen.typed("cuff", 121, 76))
    assert (first.agrees, second.agrees, second.why) == (True, False, "the same cycle as before")


def test_two_equal_cycles_are_two(screen):
    typed = []
    for _ in range(2):
        screen.heard(*cuff(121, 76))
        typed.append(screen.typed("cuff", 121, 76))
    assert [value.agrees for value in screen.compared(*typed)] == [True, True]


def test_the_last_cycle_is_the_one_on_the_screen(screen):
    screen.heard(*cuff(121, 76))
    screen.heard(*cuff(133, 81))
    assert not screen.only(screen.typed("cuff", 121, 76)).agrees


def test_a_repeat_is_no_cycle(screen):
    screen.heard(*cuff(121, 76))
    first = screen.typed("cuff", 121, 76)
    screen.heard(*cuff(121, 76, repeat=True))
    assert [v.agrees for v in screen.compared(first, screen.typed("cuff", 121, 76))] == [True, False]


def test_a_cycle_of_long_ago_is_not_what_was_taken(screen):
    screen.heard(*cuff(121, 76))
    value = screen.only(screen.typed("cuff", 121, 76, after=WITHIN["cuff"] + 1))
    assert (value.agrees, value.logged) == (False, None)


def test_a_value_that_the_line_brings_a_moment_after_the_screen_agrees(screen):
    typed = screen.typed("cuff", 121, 76)
    screen.heard(*cuff(121, 76))
    assert screen.only(typed).agrees


@pytest.mark.parametrize("reason", ["held", "failed"])
def test_a_held_or_failed_cycle_is_no_reading(screen, reason):
    number = 121 if reason == "held" else None
    screen.heard(*cuff(number, number, reason=reason, quality="invalid"))
    assert not screen.only(screen.typed("cuff", 121, 121)).agrees


def test_another_device_proves_nothing(screen):
    screen.heard(*cuff(121, 76), source="beside")
    assert not screen.only(screen.typed("cuff", 121, 76)).agrees


def test_who_mistyped_types_again_and_means_the_same_cycle(screen):
    screen.heard(*cuff(121, 76))
    wrong = screen.typed("cuff", 112, 76)
    first, again = screen.compared(wrong, Typed("cuff", wrong.at, (121, 76), again=True))
    assert (first.agrees, again.agrees, again.again) == (False, True, True)


def test_a_cycle_that_began_while_somebody_typed_does_not_take_the_place_of_the_one_they_saw(screen):
    screen.heard(*cuff(121, 76))
    typed = screen.typed("cuff", 121, 76)
    screen.heard(*cuff(133, 81))
    assert screen.only(typed).agrees


# The saturation.


def test_a_saturation_that_was_logged_just_before_agrees(screen):
    screen.heard(spo2(96))
    record = screen.heard(spo2(97))
    screen.heard(spo2(98))
    value = screen.only(screen.typed("spo2", 97))
    assert (value.agrees, value.refs) == (True, (record.ref,))


def test_a_saturation_that_was_never_logged_does_not_agree(screen):
    screen.heard(spo2(96))
    value = screen.only(screen.typed("spo2", 97))
    assert (value.agrees, value.why, value.logged) == (False, "another number", "96")


@pytest.mark.parametrize(("shown", "logged"), [(97, 96.5), (97, 97.4)])
def test_a_screen_shows_whole_numbers(screen, shown, logged):
    screen.heard(spo2(logged))
    assert screen.only(screen.typed("spo2", shown)).agrees


def test_one_record_proves_one_typed_saturation(screen):
    screen.heard(spo2(97))
    first, second = screen.compared(screen.typed("spo2", 97), screen.typed("spo2", 97))
    assert (first.agrees, second.agrees, second.why) == (True, False, "the same record as before")


def test_two_equal_saturations_are_two(screen):
    screen.heard(spo2(97))
    screen.heard(spo2(97))
    assert [v.agrees for v in screen.compared(*(screen.typed("spo2", 97) for _ in range(3)))] == [
        *(True, True, False)
    ]


def test_what_was_typed_twice_is_no_more_proved_by_typing_it_again(screen):
    screen.heard(spo2(97))
    typed = [screen.typed("spo2", 97, again=again) for again in (False, False, True)]
    assert [value.agrees for value in screen.compared(*typed)] == [True, False, False]


def test_a_cuff_and_a_saturation_of_one_record_are_proved_by_it_both(screen):
    screen.heard(*cuff(121, 76), spo2(97))
    assert all(v.agrees for v in screen.compared(screen.typed("cuff", 121, 76), screen.typed("spo2", 97)))


def test_a_saturation_is_compared_with_the_one_that_the_screen_shows(screen):
    screen.heard(spo2(95), spo2(97, variant="display"), spo2(93, variant="beat_to_beat"))
    assert [screen.only(screen.typed("spo2", shown, after=0.1)).agrees for shown in (97, 95, 93)] == [
        *(True, False, False)
    ]


@pytest.mark.parametrize(
    "value",
    [
        spo2(None, reason="sensor_off", quality="invalid"),
        spo2(97, quality="invalid"),
        spo2(97, quality="questionable"),
    ],
)
def test_no_value_and_one_that_is_not_good_are_nothing_logged(screen, value):
    screen.heard(value)
    assert screen.only(screen.typed("spo2", 97)).logged is None


def test_a_saturation_of_a_minute_ago_is_none(screen):
    screen.heard(spo2(97))
    assert not screen.only(screen.typed("spo2", 97, after=60)).agrees


# The three events.


def test_a_held_value_agrees_with_what_was_on_the_screen_before(screen):
    screen.heard(*cuff(118, 71, reason="held", quality="invalid"))
    assert screen.only(screen.typed("held", 118, 71, after=3600)).agrees
    other = screen.only(screen.typed("held", 120, 80))
    assert (other.agrees, other.why) == (False, "another value was held")


def test_a_value_that_was_not_held_is_found_out(screen):
    screen.heard(*cuff(118, 71))
    assert screen.only(screen.typed("held", 118, 71)).why == "no value was held"


def test_a_failed_cycle_is_logged_as_one(screen):
    assert not screen.only(screen.typed("failed")).agrees
    screen.heard(*cuff(None, None, reason="failed", quality="invalid"))
    assert screen.only(screen.typed("failed")).agrees


def test_a_cable_is_out_and_in_only_where_the_line_ended_and_was_heard_again(screen):
    assert screen.only(screen.typed("cable")).why.startswith("the line was not seen to end")
    gone = screen.room.lost()
    assert screen.only(screen.typed("cable")).why.startswith("the device was not heard again")
    back = screen.room.heard_again()
    value = screen.only(screen.typed("cable"))
    assert (value.agrees, value.refs) == (True, (gone.ref, back.ref))


def test_a_line_that_was_heard_before_it_ended_is_not_in_again(screen):
    screen.room.heard_again()
    screen.room.said("link", Link(source="monitor", event="silent", cause="x"))
    assert not screen.only(screen.typed("cable")).agrees


# The verdict.


def values_of(screen, agreeing: int, wrong: int = 0):
    typed = []
    for number in range(agreeing + wrong):
        screen.heard(*cuff(120 + number, 75))
        typed.append(screen.typed("cuff", 120 + number + (number >= agreeing), 75))
    return screen.compared(*typed)


def test_ten_cycles_that_agree_are_enough(screen):
    assert lacking(values_of(screen, NEEDED["cuff"]), ["cuff"]) == ()


def test_a_step_in_which_nothing_was_typed_is_lacking():
    assert lacking((), ["cuff", "cable"]) == ("cuff: 0 of 10", "cable: 0 of 1")


def test_nine_are_not(screen):
    assert lacking(values_of(screen, 9), ["cuff"]) == ("cuff: 9 of 10",)


def test_one_that_does_not_agree_is_one_too_many(screen):
    assert lacking(values_of(screen, 10, wrong=1), ["cuff"]) == ("cuff: 1 not as logged",)


def test_one_that_was_mistyped_and_typed_again_is_none_too_many(screen):
    screen.heard(*cuff(121, 76))
    wrong = screen.typed("cuff", 112, 76)
    values = screen.compared(wrong, Typed("cuff", wrong.at, (121, 76), again=True))
    assert lacking(values, ["cuff"]) == ("cuff: 1 of 10",)


def test_steps_that_a_device_has_not_are_not_asked_for():
    assert steps_for(adapter("dinamap")) == ("cuff", "held", "failed", "cable")
    assert steps_for(adapter("nonin")) == ("spo2", "cable")
    assert steps_for(adapter("datex_dri")) == ("cuff", "spo2", "held", "failed", "cable")
    assert steps_for(adapter("ne1000")) == ()
