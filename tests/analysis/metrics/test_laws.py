"""Laws of the figures, whatever the readings: order, repeats, exclusion, gaps, extremes and baselines."""

import itertools
from statistics import median

import invented_sessions as invented
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_sessions import series

from analysis import metrics

points = st.lists(
    st.tuples(st.integers(-20, 120), st.integers(60, 240)), max_size=12, unique_by=lambda p: p[0]
)
rows_of = points.map(
    lambda points: [invented.reading(t, "nibp_sys", x, i) for i, (t, x) in enumerate(points)]
)
few = settings(max_examples=25, deadline=None)


@given(rows_of, st.randoms(use_true_random=False))
@few
def test_the_order_of_rows_changes_no_figure(rows, chance):
    shuffled = chance.sample(rows, len(rows))
    assert figures(rows) == figures(shuffled)


@given(rows_of)
@few
def test_a_record_handed_over_twice_is_one_reading(rows):
    assert figures(rows) == figures(rows + rows)


@given(rows_of, st.data())
@few
def test_an_excluded_reading_changes_nothing_but_counts(rows, data):
    which = data.draw(st.sets(st.integers(0, 11), max_size=12))
    marked = [{**row, "excluded": i in which} for i, row in enumerate(rows)]
    kept = [row for i, row in enumerate(rows) if i not in which]
    excluded = len(rows) - len(kept)
    found, without = figures(marked), figures(kept)
    if kept:
        assert {**found, "n_excluded": without["n_excluded"]} == without
    if rows:
        assert (found["n_excluded"].n, found["n_readings"].n) == (excluded, len(kept))


@given(rows_of, st.lists(st.sampled_from(["", "excluded", "replaced", "failed", "held"]), min_size=12))
@few
def test_every_value_is_counted_once(rows, fates):
    said = {
        "": {}, "excluded": {"excluded": True}, "replaced": {"superseded_by": "b2:1"},
        "failed": {"value": float("nan"), "reason": "failed", "quality": "invalid"},
        "held": {"reason": "held", "quality": "invalid"},
    }  # fmt: skip
    found = figures([{**row, **said[fate]} for row, fate in zip(rows, fates, strict=False)])
    names = ("n_readings", "n_excluded", "n_replaced", "n_unusable")
    assert sum(found[name].n for name in names if found) == len(rows)


@given(points)
def test_the_peak_is_the_highest_there_is_and_the_earliest_of_its_kind(points):
    inside = [(t, x) for t, x in sorted(points) if t >= 0]
    highest, t_highest = metrics.peak(series(sorted(points)))
    if not inside:
        assert (highest.value, t_highest.value, highest.n) == (None, None, 0)
    else:
        top = max(x for _, x in inside)
        assert (highest.value, highest.n) == (top, len(inside))
        assert t_highest.value == next(t for t, x in inside if x == top)


@given(points, st.tuples(st.integers(0, 120), st.integers(60, 240)))
def test_one_more_reading_never_lowers_the_peak(points, more):
    before = metrics.peak(series(sorted(points)))[0].value
    after = metrics.peak(series(sorted([*points, more])))[0].value
    assert after is not None
    assert before is None or after >= before


@given(points, points)
def test_what_comes_after_the_dose_changes_no_baseline(points, others):
    before = [(t, x) for t, x in sorted(points) if t < 0]
    after = [(t, x) for t, x in sorted(others) if t >= 0]
    base = metrics.baseline(series([*before, *after]), 15)
    used = [x for t, x in before if t >= -15]
    assert (base.value, base.n) == (median(used) if used else None, len(used))


@given(points, st.integers(-40, 40))
def test_a_device_that_reads_higher_moves_levels_and_no_change_or_time(points, offset):
    found, higher = (of(sorted((t, x + by) for t, x in points)) for by in (0, offset))
    for name in ("baseline", "highest", "lowest"):
        if found[name].value is not None:
            assert higher[name].value == found[name].value + offset
    for name in ("change", "t_highest", "t_lowest", "auc_above_baseline", "interval"):
        assert higher[name].value == pytest.approx(found[name].value)


@given(points, st.floats(0.5, 30), st.integers(100, 200), st.sampled_from([121.0, float("inf")]))
def test_minutes_above_and_below_and_unknown_are_the_whole_time(points, hold, limit, end):
    pressure = series(sorted(points))
    inside = pressure.t[pressure.t >= 0]
    above, unknown = metrics.minutes(pressure, "ge", limit, hold, end)
    below, same = metrics.minutes(pressure, "lt", limit, hold, end)
    assert unknown.value == same.value
    if above.value is not None and below.value is not None:
        whole = min(end, inside[-1]) if end == float("inf") else end
        assert above.value + below.value + unknown.value == pytest.approx(whole)


@given(points, st.floats(0.5, 30), st.integers(100, 200))
def test_both_ways_to_count_minutes_stay_within_what_is_known(points, hold, limit):
    pressure = series(sorted(points))
    by_line, unknown = metrics.minutes_by_line(pressure, limit, hold)
    if by_line.value is not None:
        last = max(t for t, _ in points)
        assert -1e-9 <= by_line.value <= last - unknown.value + 1e-9
        steps = metrics.minutes_at_or_above(pressure, limit, hold)[1]
        assert unknown.value >= steps.value - 1e-9


@given(points, st.floats(0.5, 30))
def test_a_shorter_hold_never_adds_minutes_or_area(points, hold):
    pressure = series(sorted(points))
    base = metrics.baseline(pressure, 15)
    for figure in (
        lambda longest: metrics.minutes_at_or_above(pressure, 140, longest)[0].value,
        lambda longest: metrics.minutes_by_line(pressure, 140, longest)[0].value,
        lambda longest: metrics.auc_above_baseline(pressure, base, longest).value,
    ):
        shorter, longer = figure(hold / 2), figure(hold)
        assert (shorter is None) == (longer is None)
        assert shorter is None or shorter <= longer + 1e-9


@given(st.integers(60, 240), st.integers(1, 118))
@few
def test_one_reading_is_a_peak_and_nothing_that_needs_two(value, minute):
    found = figures([invented.reading(minute, "nibp_sys", value, 1)])
    assert (found["highest"].value, found["last"].value, found["n_readings"].n) == (value, value, 1)
    assert found["minutes_unknown"].value == 118
    needing = [one for name, one in found.items() if name.startswith(("minutes_at", "minutes_above"))]
    needing += [found[name] for name in ("baseline", "change", "auc_above_baseline", "t_return", "interval")]
    assert {one.value for one in needing} == {None}


@given(points, points)
def test_hypertension_that_emerged_was_reached_and_was_not_there_before(systolic, diastolic):
    both = [series(sorted(each)) for each in (systolic, diastolic)]
    limits = (165.0, 100.0)
    found = metrics.te_htn(both[0], both[1], limits, 15).value
    bases = [metrics.baseline(each, 15).value for each in both]
    tops = [metrics.peak(each)[0].value for each in both]
    if found is not None:
        assert None not in bases
    if found == 1:
        assert all(base < limit for base, limit in zip(bases, limits, strict=True))
        assert any(top is not None and top >= limit for top, limit in zip(tops, limits, strict=True))


@given(st.lists(st.integers(0, 30), unique=True).map(sorted))
def test_runs_name_every_record_and_no_other(seqs):
    said = metrics.runs([f"a1:{seq}" for seq in seqs]).split()
    spans = [[int(end.removeprefix("a1:")) for end in part.split("..")] for part in said]
    named = itertools.chain.from_iterable(range(span[0], span[-1] + 1) for span in spans)
    assert list(named) == seqs


def figures(rows: list[dict[str, object]]) -> dict[str, metrics.Statistic]:
    made = invented.session(rows, invented.infusion())
    return {one.name: one for one in metrics.figures(made)}


def of(points: list[tuple[float, float]]) -> dict[str, metrics.Statistic]:
    pressure = series(points)
    base = metrics.baseline(pressure, 15)
    found = [base, *metrics.peak(pressure), *metrics.lowest(pressure), metrics.interval(pressure)]
    found += [*metrics.change(found[1], base), metrics.auc_above_baseline(pressure, base, 13)]
    return {one.name: one for one in found}
