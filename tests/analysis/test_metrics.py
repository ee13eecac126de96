import invented_sessions as invented
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_sessions import series

from analysis import metrics
from analysis.protocol import ReturnBand, read_protocol
from analysis.series import Series, cut, primary
from analysis.timeline import timeline_of

PERCENT_10 = ReturnBand(10, True, 2)
VECTOR = [(-12, 120), (-3, 124), (10, 130), (20, 138), (30, 145), (40, 141), (50, 133), (60, 126)]


def test_the_vector_of_the_definitions():
    pressure = series(VECTOR)
    base = metrics.baseline(pressure, 15)
    highest, t_highest = metrics.peak(pressure)
    delta, percent = metrics.change(highest, base)
    assert (base.value, base.n) == (122, 2)
    assert (highest.value, t_highest.value, highest.n) == (145, 30, 6)
    assert (delta.value, round(percent.value or 0, 1)) == (23, 18.9)
    assert metrics.minutes_at_or_above(pressure, 140, 13)[0].value == 20
    assert metrics.auc_above_baseline(pressure, base, 13).value == 790


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


def test_readings_after_the_end_of_the_window_are_no_peak():
    assert metrics.peak(series([(10, 130), (70, 190)]), end=60)[0].value == 130


def test_readings_before_the_dose_are_no_peak():
    assert metrics.peak(series([(-2, 190), (10, 130)]))[0].value == 130


def test_silence_is_not_high():
    above, unknown = metrics.minutes_at_or_above(series([(0, 170), (60, 120)]), 160, 13)
    assert (above.value, unknown.value) == (13, 47)


def test_one_reading_holds_for_nothing():
    assert metrics.minutes_at_or_above(series([(0, 170)]), 160, 13)[0].value is None


def test_the_last_value_holds_for_nothing():
    assert metrics.minutes_at_or_above(series([(0, 120), (10, 170)]), 160, 13)[0].value == 0


def test_a_value_at_the_limit_counts():
    assert metrics.minutes_at_or_above(series([(0, 160), (10, 120)]), 160, 13)[0].value == 10


def test_no_trapezoid_spans_a_gap():
    pressure = series([(-5, 100), (10, 120), (40, 120), (50, 120)])
    base = metrics.baseline(pressure, 15)
    assert metrics.auc_above_baseline(pressure, base, 13).value == 100 + 200


def test_below_the_baseline_there_is_no_area():
    pressure = series([(-5, 120), (5, 100), (10, 110)])
    assert metrics.auc_above_baseline(pressure, metrics.baseline(pressure, 15), 13).value == 0


def test_the_return_is_timed_at_the_first_of_two_readings_in_the_band():
    assert back([(-5, 120), (30, 160), (50, 130), (60, 140), (70, 131), (80, 125)]).value == 70


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
    ],
)
def test_treatment_emergent_hypertension_needs_one_limit_reached_and_both_baselines_below(
    before, after, expected
):
    systolic, diastolic = series([(-5, before[0]), (20, after[0])]), series([(-5, before[1]), (20, after[1])])
    assert metrics.te_htn(systolic, diastolic, (165, 100), 15).value == expected


def test_without_a_baseline_nobody_can_tell_whether_hypertension_is_new():
    assert metrics.te_htn(series([(20, 190)]), series([(20, 110)]), (165, 100), 15).value is None


def test_nothing_at_all_gives_no_figure_and_no_error():
    empty = series([])
    highest, t_highest = metrics.peak(empty)
    assert (highest.value, highest.n, t_highest.value) == (None, 0, None)
    assert metrics.lowest(empty)[0].value is None
    assert metrics.last(empty)[0].value is None
    assert metrics.counts(empty)[0].n == 0


def test_a_failed_cycle_is_counted_and_named_and_has_no_value():
    made = invented.session(
        [invented.failed_cuff(5, 9), *invented.cuff(10, 130, 80, 10)], invented.infusion()
    )
    read, failed = metrics.counts(main(made))
    assert (read.n, failed.n, failed.records) == (1, 1, ("a1:9",))


@pytest.mark.parametrize(
    "out",
    [
        {"excluded": True},
        {"superseded_by": "b2:1"},
        {"reason": "held", "quality": "invalid"},
        {"quality": "invalid"},
        {"value": float("nan"), "reason": "absent"},
    ],
)
def test_what_is_out_of_force_enters_no_figure(out):
    rows = [
        invented.reading(-5, "nibp_sys", 118, 1),
        {**invented.reading(-4, "nibp_sys", 188, 2), **out},
        invented.reading(10, "nibp_sys", 130, 3),
        {**invented.reading(20, "nibp_sys", 240, 4), **out},
    ]
    found = summary(invented.session(rows, invented.infusion()))
    assert (found.baseline.value, found.peak.value, found.last.value, found.n_readings.n) == (
        118,
        130,
        130,
        2,
    )


def test_a_questionable_value_is_still_a_reading():
    row = invented.reading(10, "nibp_sys", 150, 1, quality="questionable")
    assert summary(invented.session([row], invented.infusion())).peak.value == 150


def test_the_pressure_of_the_patient_before_is_nobodys_baseline_or_peak():
    found = summary(invented.held_at_opening())
    assert found.baseline.value is not None
    assert found.baseline.value < 140
    assert found.peak.value is not None
    assert found.peak.value < 188


def test_a_session_without_a_dose_has_no_baseline_but_a_highest_value():
    found = summary(invented.session(invented.cuff(5, 150, 90, 1), []))
    assert (found.baseline.value, found.peak.value) == (None, 150)


def test_a_reading_holds_as_long_as_the_phase_allows_that_it_was_taken_in():
    made = invented.session(
        [*invented.cuff(39, 130, 80, 1), *invented.cuff(41, 130, 80, 2)], invented.infusion(40)
    )
    protocol, timeline = read_protocol(made.protocol, made.protocol_id), timeline_of(made)
    assert metrics.holds_of(main(made), protocol, timeline).tolist() == [13, 20]


def test_a_reading_taken_some_time_in_an_hour_before_the_dose_is_no_baseline():
    row = invented.reading(-5, "nibp_sys", 122, 1, measured_from=invented.at(-60))
    inside = invented.reading(-4, "nibp_sys", 130, 2, measured_from=invented.at(-14))
    base = summary(invented.session([row, inside], invented.infusion())).baseline
    assert (base.value, base.n) == (130, 1)


def test_a_reading_taken_before_or_after_the_dose_is_in_no_figure():
    row = invented.reading(3, "nibp_sys", 180, 1, measured_from=invented.at(-2))
    found = summary(invented.session([row], invented.infusion()))
    assert (found.peak.value, found.baseline.value, found.last.value) == (None, None, None)


points = st.lists(
    st.tuples(st.integers(-20, 120), st.integers(60, 240)), max_size=12, unique_by=lambda p: p[0]
)


@given(points, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_changes_no_figure(points, chance):
    rows = [invented.reading(minute, "nibp_sys", value, i) for i, (minute, value) in enumerate(points)]
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert figures(rows) == figures(shuffled)


@given(points)
@settings(max_examples=25, deadline=None)
def test_a_record_handed_over_twice_is_one_reading(points):
    rows = [invented.reading(minute, "nibp_sys", value, i) for i, (minute, value) in enumerate(points)]
    assert figures(rows) == figures(rows + rows)


@given(points, st.integers(0, 11))
@settings(max_examples=25, deadline=None)
def test_an_excluded_reading_is_as_if_it_had_not_been(points, which):
    rows = [invented.reading(minute, "nibp_sys", value, i) for i, (minute, value) in enumerate(points)]
    kept = [row for i, row in enumerate(rows) if i != which]
    assert figures([{**row, "excluded": i == which} for i, row in enumerate(rows)]) == figures(kept)


@given(points, st.floats(0.5, 30), st.integers(100, 200))
def test_minutes_above_and_below_and_unknown_are_the_whole_time(points, hold, limit):
    pressure = series(sorted(points))
    inside = pressure.t[pressure.t >= 0]
    above, unknown = metrics.minutes_at_or_above(pressure, limit, hold)
    below = metrics.minutes_at_or_above(series([(t, -x) for t, x in sorted(points)]), -limit + 1e-9, hold)[0]
    if above.value is not None and unknown.value is not None and below.value is not None:
        assert above.value + below.value + unknown.value == pytest.approx(inside[-1])


@given(points, st.floats(0.5, 30))
def test_a_shorter_hold_never_adds_minutes_or_area(points, hold):
    pressure = series(sorted(points))
    base = metrics.baseline(pressure, 15)
    for figure in (
        lambda longest: metrics.minutes_at_or_above(pressure, 140, longest)[0].value,
        lambda longest: metrics.auc_above_baseline(pressure, base, longest).value,
    ):
        shorter, longer = figure(hold / 2), figure(hold)
        assert shorter is None or longer is None or shorter <= longer + 1e-9


def back(given: list[tuple[float, float]]) -> metrics.Statistic:
    pressure = series(given)
    return metrics.t_return(pressure, metrics.baseline(pressure, 15), metrics.peak(pressure)[1], PERCENT_10)


def main(made: invented.Session) -> Series:
    found = primary(made, cut(made, timeline_of(made)), "nibp_sys")
    assert found is not None
    return found


def summary(made: invented.Session) -> metrics.Summary:
    return metrics.summarise(main(made), read_protocol(made.protocol, made.protocol_id), timeline_of(made))


def figures(rows: list[dict[str, object]]) -> metrics.Summary | None:
    made = invented.session(rows, invented.infusion())
    found = primary(made, cut(made, timeline_of(made)), "nibp_sys")
    if found is None or not len(found.t):
        return None
    return metrics.summarise(found, read_protocol(made.protocol, made.protocol_id), timeline_of(made))
