from dataclasses import replace

import pytest
from invented_sessions import series

from analysis import metrics
from analysis.protocol import ReturnBand

PERCENT_10 = ReturnBand(10, True, 2)
VECTOR = [(-12, 120), (-3, 124), (10, 130), (20, 138), (30, 145), (40, 141), (50, 133), (60, 126)]


def test_every_figure_carries_its_statistic_unit_n_and_records():
    highest, t_highest = metrics.peak(series(VECTOR))
    assert (highest.name, highest.unit, highest.n, highest.records) == ("highest", "mm[Hg]", 6, ("a1:4",))
    assert (t_highest.unit, t_highest.records) == ("min", ("a1:4",))
    assert "highest valid reading" in highest.definition


def test_the_baseline_names_the_records_of_its_median():
    assert metrics.baseline(series(VECTOR), 15).records == ("a1:0", "a1:1")


def test_the_window_of_the_baseline_includes_its_beginning_and_excludes_the_anchor():
    assert metrics.baseline(series([(-15, 120), (0, 180)]), 15).value == 120
    assert metrics.baseline(series([(-15.01, 120), (0, 180)]), 15).value is None


def test_no_reading_before_the_dose_is_no_baseline_and_no_change():
    pressure = series([(5, 150)])
    base = metrics.baseline(pressure, 15)
    assert (base.value, base.n) == (None, 0)
    assert metrics.change(metrics.peak(pressure)[0], base)[0].value is None
    assert metrics.auc_above_baseline(pressure, base, 13).value is None


def test_a_protocol_without_a_window_gives_no_baseline():
    assert metrics.baseline(series(VECTOR), None).value is None


def test_the_earliest_of_equal_peaks_counts_and_both_are_named():
    highest, t_highest = metrics.peak(series([(10, 140), (20, 140)]))
    assert (t_highest.value, highest.records) == (10, ("a1:0", "a1:1"))


def test_a_reading_at_the_end_of_the_window_counts():
    assert metrics.peak(series([(10, 130), (60, 190)]), end=60)[0].value == 190


def test_readings_after_the_end_of_the_window_are_no_peak():
    assert metrics.peak(series([(10, 130), (70, 190)]), end=60)[0].value == 130


def test_readings_before_the_dose_are_no_peak():
    assert metrics.peak(series([(-2, 190), (10, 130)]))[0].value == 130


def test_the_return_is_timed_at_the_first_of_two_readings_in_the_band():
    assert back([(-5, 120), (30, 160), (50, 130), (60, 140), (70, 131), (80, 125)]).value == 70


def test_the_peak_itself_is_no_return_where_it_lies_in_the_band():
    assert back([(-5, 120), (10, 126), (20, 125), (30, 124)]).value == 20


def test_one_reading_in_the_band_is_no_return():
    assert back([(-5, 120), (30, 160), (50, 125), (60, 140)]).value is None


def test_a_return_before_the_peak_does_not_count():
    assert back([(-5, 120), (5, 121), (10, 122), (30, 160), (60, 150)]).value is None


def test_the_return_names_the_readings_that_show_it():
    assert back([(-5, 120), (30, 160), (50, 125), (60, 124), (70, 123)]).records == ("a1:2", "a1:3")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((120, 76), (165, 90), 1),
        ((120, 76), (164, 100), 1),
        ((120, 76), (164, 99), 0),
        ((170, 76), (180, 90), 0),
        ((165, 76), (180, 90), 0),
    ],
)
def test_treatment_emergent_hypertension_needs_one_limit_reached_and_both_baselines_below(
    before, after, expected
):
    systolic, diastolic = series([(-5, before[0]), (20, after[0])]), series([(-5, before[1]), (20, after[1])])
    assert metrics.te_htn(systolic, diastolic, (165, 100), 15).value == expected


def test_without_a_baseline_nobody_can_tell_whether_hypertension_is_new():
    assert metrics.te_htn(series([(20, 190)]), series([(20, 110)]), (165, 100), 15).value is None


def test_a_band_in_mmhg_says_nothing_of_a_pulse():
    pulse = replace(series([(-5, 70), (10, 90), (20, 71), (30, 70)]), vital="spo2_pr", unit="/min")
    base, (_, t_peak) = metrics.baseline(pulse, 15), metrics.peak(pulse)
    assert metrics.t_return(pulse, base, t_peak, ReturnBand(10, False, 2)).value is None
    assert metrics.t_return(pulse, base, t_peak, PERCENT_10).value == 20


def test_a_return_that_is_not_there_says_so():
    assert "not within the record" in back([(-5, 120), (30, 160), (50, 125), (60, 140)]).definition


def test_a_change_names_the_records_of_both_its_values():
    pressure = series(VECTOR)
    delta, percent = metrics.change(metrics.peak(pressure)[0], metrics.baseline(pressure, 15))
    assert delta.records == percent.records == ("a1:0", "a1:1", "a1:4")
    assert (delta.n, "n 2" in delta.definition) == (6, True)


def test_without_one_of_the_pressures_nobody_can_tell_that_there_was_no_hypertension():
    systolic, before_only = series([(-5, 120), (20, 150)]), series([(-5, 76)])
    assert metrics.te_htn(systolic, before_only, (165, 100), 15).value is None
    assert metrics.te_htn(series([(-5, 120), (20, 170)]), before_only, (165, 100), 15).value == 1
    assert metrics.te_htn(series([(-5, 170), (20, 150)]), before_only, (165, 100), 15).value == 0


def test_hypertension_names_the_baselines_and_the_peaks():
    systolic, diastolic = series([(-5, 120), (20, 165)]), series([(-5, 76), (20, 90)])
    assert metrics.te_htn(systolic, diastolic, (165, 100), 15).records == ("a1:0", "a1:1")


def test_the_reading_at_a_minute_is_the_nearest_within_its_tolerance():
    pressure = series([(36, 150), (39, 151), (41, 152)])
    assert metrics.reading_at(pressure, 40, 5, 10).value == 151
    assert metrics.reading_at(pressure, 30, 5, 5).value is None
    assert (metrics.reading_at(pressure, 30, 5, 6).value, metrics.reading_at(pressure, 30, 5, 6).n) == (
        150,
        1,
    )


def back(given: list[tuple[float, float]]) -> metrics.Statistic:
    pressure = series(given)
    return metrics.t_return(pressure, metrics.baseline(pressure, 15), metrics.peak(pressure)[1], PERCENT_10)
