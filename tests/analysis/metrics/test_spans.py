import invented_sessions as invented
import numpy as np
import pytest
from invented_sessions import series

from analysis import metrics
from analysis.protocol import read_protocol
from analysis.series import cut, primary
from analysis.timeline import timeline_of


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


def test_a_trapezoid_spans_as_much_as_the_reading_at_its_beginning_may_stand():
    pressure = series([(-5, 100), (10, 120), (25, 120), (31, 120)])
    holds = np.array([13.0, 15.0, 5.0, 5.0])
    assert metrics.auc_above_baseline(pressure, metrics.baseline(pressure, 15), holds).value == 100 + 300


def test_below_the_baseline_there_is_no_area():
    pressure = series([(-5, 120), (5, 100), (10, 110)])
    assert metrics.auc_above_baseline(pressure, metrics.baseline(pressure, 15), 13).value == 0


def test_the_time_before_the_first_and_after_the_last_reading_is_unknown():
    above, unknown = metrics.minutes_at_or_above(series([(20, 170), (30, 120)]), 160, 13, end=60)
    assert (above.value, unknown.value) == (10, 50)


def test_a_session_with_one_reading_is_unknown_whole():
    above, unknown = metrics.minutes_at_or_above(series([(20, 170)]), 160, 13, end=60)
    assert (above.value, unknown.value) == (None, 60)


def test_a_figure_over_time_names_its_limit_and_its_way():
    above, _ = metrics.minutes_at_or_above(series([(0, 170), (10, 120)]), 160, 13)
    by_line, _ = metrics.minutes_by_line(series([(0, 170), (10, 120)]), 160, 13)
    assert (above.name, by_line.name) == ("minutes_at_or_above_160", "minutes_at_or_above_160_linear")
    assert "holds until the next" in above.definition
    assert by_line.definition.startswith("alternative, linear crossing")


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(0, 170), (10, 150)], 5),
        ([(0, 150), (10, 170)], 5),
        ([(0, 160), (10, 160)], 10),
        ([(0, 160), (10, 150)], 0),
        ([(0, 150), (10, 155)], 0),
        ([(0, 170), (13, 170)], 13),
        ([(0, 170), (14, 170)], 0),
    ],
)
def test_on_a_straight_line_time_counts_from_where_it_crosses(points, expected):
    assert metrics.minutes_by_line(series(points), 160, 13)[0].value == expected


def test_a_gap_is_unknown_whole_where_straight_lines_are_drawn():
    assert metrics.minutes_by_line(series([(0, 170), (14, 170), (20, 170)]), 160, 13)[1].value == 14


@pytest.mark.parametrize(("comparison", "expected"), [("gt", 10), ("ge", 20), ("lt", 10), ("le", 20)])
def test_a_limit_itself_counts_where_the_comparison_has_it(comparison, expected):
    pressure = series([(0, 150), (10, 160), (20, 170), (30, 0)])
    assert metrics.minutes(pressure, comparison, 160, 13)[0].value == expected


def test_the_area_starts_at_the_baseline_and_names_its_records():
    pressure = series([(-5, 120), (10, 140)])
    area = metrics.auc_above_baseline(pressure, metrics.baseline(pressure, 15), 13)
    assert (area.value, area.unit, area.n, area.records) == (100, "mm[Hg].min", 1, ("a1:0", "a1:1"))
    assert "trapezoid" in area.definition
    assert "baseline itself at minute 0" in area.definition


def test_an_area_starts_at_no_baseline_that_is_too_far_away():
    pressure = series([(-5, 120), (20, 140), (30, 140)])
    assert metrics.auc_above_baseline(pressure, metrics.baseline(pressure, 15), 13).value == 200


def test_a_reading_holds_as_long_as_the_phase_allows_that_it_was_taken_in():
    made = invented.session(
        [*invented.cuff(39, 130, 80, 1), *invented.cuff(41, 130, 80, 2)], invented.infusion(40)
    )
    found = primary(made, cut(made, timeline_of(made)), "nibp_sys")
    assert found is not None
    protocol, timeline = read_protocol(made.protocol, made.protocol_id), timeline_of(made)
    assert metrics.holds_of(found, protocol, timeline).tolist() == [13, 20]
