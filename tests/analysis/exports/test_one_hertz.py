import numpy as np
import pytest
from exported import PATIENT, SECOND, motley, standing
from hypothesis import given
from hypothesis import strategies as some
from invented_sessions import reading, session

from analysis.exports.copy import NotForThisFormat
from analysis.exports.one_hertz import DEVICE_HAD_NONE, NOTHING_CAME, one_hertz


def signal(grid, name):
    return next(one for one in grid.signals if one.name == name)


def texts(grid):
    return [remark.text for remark in grid.remarks]


def test_a_sample_is_the_number_measured_in_its_second():
    made = motley()
    grid = one_hertz(made)
    spo2 = signal(grid, "spo2")
    for at, value in standing(made, "spo2"):
        assert spo2.samples[(at - grid.began) // 1_000_000] / 10**spo2.decimals == value


def test_a_second_without_a_line_says_that_nothing_came():
    rows = [reading(minute * SECOND, "spo2", 97.0, minute) for minute in (1, 2, 5)]
    samples = signal(one_hertz(session(rows, [])), "spo2").samples
    assert samples[-5:].tolist() == [97, 97, NOTHING_CAME, NOTHING_CAME, 97]


def test_no_value_is_not_silence():
    samples = signal(one_hertz(motley()), "spo2").samples
    assert (samples == DEVICE_HAD_NONE).sum() == 20
    assert "monitor: spo2 no value (sensor_off), 20 times" in texts(one_hertz(motley()))


def test_the_grid_begins_where_jitter_parts_no_two_values():
    made = motley()
    grid = one_hertz(made)
    assert (signal(grid, "temp").samples != NOTHING_CAME).sum() == len(standing(made, "temp"))


def test_of_two_values_in_a_second_the_first_is_a_remark():
    rows = [reading(SECOND, "spo2", 90.0, 1), reading(1.01 * SECOND, "spo2", 91.0, 2)]
    grid = one_hertz(session(rows, []))
    assert signal(grid, "spo2").samples[-1] == 91
    assert "monitor: spo2 90 %" in texts(grid)


@pytest.mark.parametrize(
    "text",
    [
        "monitor: nibp_sys 142 mm[Hg], nibp_dia 88 mm[Hg], nibp_map 106 mm[Hg]",
        "monitor: nibp_sys 188 mm[Hg] [held], nibp_dia 112 mm[Hg] [held], nibp_map 137 mm[Hg] [held]",
        "monitor: nibp_sys no value (failed)",
        "manual: nibp_sys 150 mm[Hg] [typed by nurse.example]",
        "monitor: spo2 60 % [questionable]",
        "monitor: spo2 61 % [replaced]",
        "note: Sagt: 悪い夢, then laughs – ½ asleep (nurse.example)",
    ],
)
def test_what_has_no_place_on_the_grid_is_a_remark(text):
    assert text in texts(one_hertz(motley()))


def test_no_marked_value_is_a_sample():
    grid = one_hertz(motley())
    assert not {60, 61} & set(signal(grid, "spo2").samples.tolist())
    assert set(signal(grid, "monitor:nibp_sys").samples.tolist()) == {142, NOTHING_CAME, DEVICE_HAD_NONE}


def test_a_number_that_16_bits_would_round_is_a_remark_with_all_its_digits():
    rows = [reading(0, "temp", 36.66666, 1, unit="Cel"), reading(1, "temp", 36.5, 2, unit="Cel")]
    grid = one_hertz(session(rows, []))
    assert "monitor: temp 36.66666 Cel" in texts(grid)
    assert signal(grid, "temp").decimals == 1


def test_readings_days_apart_are_refused():
    rows = [reading(0, "spo2", 97.0, 1), reading(9 * 24 * 60, "spo2", 97.0, 2)]
    with pytest.raises(NotForThisFormat, match="lie 9 days apart"):
        one_hertz(session(rows, [], patient=PATIENT))


times_and_values = some.lists(
    some.tuples(some.integers(0, 30_000), some.integers(-9999, 9999)),
    unique_by=lambda one: one[0],
    max_size=40,
)


@given(times_and_values)
def test_no_number_is_lost_or_made_up(said):
    rows = [reading(ms / 60_000, "spo2", tenths / 10, ms) for ms, tenths in said]
    grid = one_hertz(session(rows, []))
    sampled = [one.samples[one.samples > DEVICE_HAD_NONE] / 10**one.decimals for one in grid.signals]
    remarked = [text.split()[2] for text in texts(grid) if text.startswith("monitor: spo2")]
    found = [*np.concatenate([*sampled, []]).tolist(), *map(float, remarked)]
    assert sorted(found) == sorted(tenths / 10 for _, tenths in said)
