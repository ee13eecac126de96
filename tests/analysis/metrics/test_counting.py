import invented_sessions as invented
from invented_sessions import series

from analysis import metrics
from analysis.series import Series, cut
from analysis.timeline import timeline_of


def test_a_failed_cycle_is_counted_and_named_and_has_no_value():
    made = invented.session(
        [invented.failed_cuff(5, 9), *invented.cuff(10, 130, 80, 10)], invented.infusion()
    )
    read, failed = metrics.counts(main(made))
    assert (read.n, failed.n, failed.records) == (1, 1, ("a1:9",))


def test_a_cycle_that_failed_before_the_dose_is_no_failure_in_session():
    rows = [invented.failed_cuff(-5, 1), invented.failed_cuff(118, 2), invented.failed_cuff(119, 3)]
    read, failed = metrics.counts(main(invented.session(rows, invented.infusion())), end=118)
    assert (read.n, failed.records) == (0, ("a1:2",))


def test_what_enters_no_figure_is_counted_by_its_reason_and_named():
    rows = [
        invented.reading(10, "nibp_sys", 130, 1),
        invented.reading(20, "nibp_sys", 240, 2, excluded=True),
        invented.reading(30, "nibp_sys", 123, 3, superseded_by="b2:9"),
        invented.reading(31, "nibp_sys", 188, 4, reason="held", quality="invalid"),
        invented.failed_cuff(40, 5),
    ]
    excluded, replaced, unusable = metrics.left_out(main(invented.session(rows, invented.infusion())))
    assert (excluded.n, excluded.records) == (1, ("a1:2",))
    assert (replaced.n, replaced.records) == (1, ("a1:3",))
    assert (unusable.n, unusable.records) == (2, ("a1:4", "a1:5"))


def test_the_interval_is_between_readings_in_session():
    found = metrics.interval(series([(-30, 1), (0, 1), (10, 1), (20, 1), (60, 1)]))
    assert (found.value, found.n) == (10, 4)
    assert metrics.interval(series([(5, 1)])).value is None


def main(made: invented.Session) -> Series:
    return cut(made, timeline_of(made))[invented.MONITOR, "nibp_sys", ""]
