import invented_sessions as invented
import pytest
from invented_sessions import series

from analysis import metrics
from analysis.protocol import read_protocol
from analysis.series import cut, primary
from analysis.timeline import timeline_of


def test_nothing_at_all_gives_no_figure_and_no_error():
    empty = series([])
    highest, t_highest = metrics.peak(empty)
    assert (highest.value, highest.n, t_highest.value) == (None, 0, None)
    assert metrics.lowest(empty)[0].value is None
    assert metrics.last(empty)[0].value is None
    assert metrics.counts(empty)[0].n == 0


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


def test_a_reading_taken_some_time_in_an_hour_before_the_dose_is_no_baseline():
    row = invented.reading(-5, "nibp_sys", 122, 1, measured_from=invented.at(-60))
    inside = invented.reading(-4, "nibp_sys", 130, 2, measured_from=invented.at(-14))
    base = summary(invented.session([row, inside], invented.infusion())).baseline
    assert (base.value, base.n) == (130, 1)


def test_a_reading_taken_before_or_after_the_dose_is_in_no_figure():
    row = invented.reading(3, "nibp_sys", 180, 1, measured_from=invented.at(-2))
    found = summary(invented.session([row], invented.infusion()))
    assert (found.peak.value, found.baseline.value, found.last.value) == (None, None, None)


def summary(made: invented.Session) -> metrics.Summary:
    found = primary(made, cut(made, timeline_of(made)), "nibp_sys")
    assert found is not None
    return metrics.summarise(found, read_protocol(made.protocol, made.protocol_id), timeline_of(made))
