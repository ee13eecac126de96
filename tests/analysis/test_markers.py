from invented_sessions import series

from analysis.markers import marked
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


def marker(limit: Limit, window: float | None = None) -> Marker:
    return Marker("own", "own", ("infusion", "recovery"), (limit,), True, window, "")
