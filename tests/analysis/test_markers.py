import numpy as np
import pytest
from invented_sessions import series

from analysis.markers import marked, stretches
from analysis.protocol import Limit, Marker


def test_a_rise_is_not_met_without_a_baseline():
    rise = marker(Limit("nibp_sys", "rise_ge", 40))
    assert marked(series([(10, 190)]), rise, rise.limits[0], None) == (0, 1)
    assert marked(series([(10, 190)]), rise, rise.limits[0], 150) == (1, 1)


def test_a_marker_with_a_window_counts_no_later_reading():
    early = marker(Limit("nibp_sys", "ge", 160), window=90)
    assert marked(series([(90, 170), (90.1, 170)]), early, early.limits[0], None) == (1, 1)


def test_a_marker_of_the_time_before_the_dose_counts_no_reading_after_it():
    before = Marker("own", "own", ("pre",), (Limit("nibp_sys", "gt", 140),), True, None, "")
    assert marked(series([(-5, 141), (-4, 140), (5, 190)]), before, before.limits[0], None) == (1, 2)


def test_without_a_dose_all_readings_are_before_it_and_none_after_it():
    before = Marker("own", "own", ("pre",), (Limit("nibp_sys", "gt", 140),), True, None, "")
    found = series([(2, 150), (7, 172)])
    assert marked(found, before, before.limits[0], None, anchored=False) == (2, 2)
    after = marker(Limit("nibp_sys", "ge", 160))
    assert marked(found, after, after.limits[0], None, anchored=False) is None


@pytest.mark.parametrize(
    ("points", "lasted"),
    [
        ([(1, 190), (1.5, 190), (2, 120)], [60]),
        ([(1, 190), (1.5, 190), (1.9, 120)], []),
        ([(1, 190), (2, 190), (5, 190), (6.5, 120)], [150, 90]),
        ([(1, 120), (2, 190), (2.9, 120)], []),
    ],
)
def test_a_limit_is_sustained_where_readings_meet_it_for_that_long_without_a_silence(points, lasted):
    assert held(points) == lasted


def test_a_reading_that_meets_nothing_ends_a_stretch():
    points = [(1, 190), (1.5, 190), (1.75, 120), (2, 190), (2.5, 190), (3.0, 120)]
    assert held(points) == [60]


def test_the_last_reading_of_all_stands_for_nothing():
    assert held([(1, 190), (1.9, 190)]) == []


def test_stretches_before_the_dose_are_not_of_a_marker_after_it():
    assert held([(-3, 190), (-1, 190), (1, 120)]) == []


def held(points: list[tuple[float, float]]) -> list[float]:
    lasting = marker(Limit("nibp_sys", "ge", 160), lasting=60)
    found = series(points)
    holds = np.full(len(points), 1.5)
    return [round(s, 6) for s in stretches(found, lasting, lasting.limits[0], None, holds)]


def marker(limit: Limit, window: float | None = None, lasting: float | None = None) -> Marker:
    return Marker("own", "own", ("infusion", "recovery"), (limit,), True, window, "", sustained_s=lasting)
