from dataclasses import replace

import invented_sessions as invented
from invented_sessions import reading

from analysis.series import Series, cut, primary
from analysis.timeline import timeline_of


def test_two_sources_of_one_vital_are_two_series():
    rows = [reading(1, "spo2", 97, 1), reading(2, "spo2", 95, 2, source="other")]
    assert {(s.source, tuple(s.x)) for s in series(rows).values()} == {("monitor", (97,)), ("other", (95,))}


def test_two_variants_of_one_vital_are_two_series():
    rows = [reading(1, "spo2", 97, 1), reading(1, "spo2", 95, 1, variant="beat_to_beat")]
    assert len(series(rows)) == 2


def test_a_series_is_in_the_order_of_measurement():
    assert series([reading(9, "spo2", 95, 1), reading(3, "spo2", 97, 2)])[
        "monitor", "spo2", ""
    ].t.tolist() == [3, 9]


def test_two_equal_values_of_two_records_are_two_readings():
    assert len(series([reading(3, "spo2", 97, 1), reading(3, "spo2", 97, 2)])["monitor", "spo2", ""].t) == 2


def test_zero_is_a_number():
    assert series([reading(3, "perfusion_index", 0, 1)])["monitor", "perfusion_index", ""].x.tolist() == [0]


def test_the_named_source_is_primary_however_few_its_readings():
    rows = [reading(1, "spo2", 97, 1), *(reading(m, "spo2", 95, m, source="other") for m in range(2, 9))]
    made = invented.session(rows, invented.infusion())
    assert chosen(made).source == "monitor"
    assert chosen(replace(made, primary={})).source == "other"


def test_where_the_named_source_has_nothing_valid_the_other_is_primary():
    rows = [reading(1, "spo2", None, 1, reason="sensor_off"), reading(2, "spo2", 95, 2, source="manual")]
    assert chosen(invented.session(rows, invented.infusion())).source == "manual"


def test_a_vital_that_never_came_has_no_series():
    made = invented.session([], [])
    assert primary(made, cut(made, timeline_of(made)), "spo2") is None


def series(rows: list[dict[str, object]]) -> dict[tuple[str, str, str], Series]:
    made = invented.session(rows, invented.infusion())
    return cut(made, timeline_of(made))


def chosen(made: invented.Session) -> Series:
    found = primary(made, cut(made, timeline_of(made)), "spo2")
    assert found is not None
    return found
