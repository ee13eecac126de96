"""All figures of a session: what the table has of every vital and source, and where it has none."""

import re

import invented_sessions as invented
import pytest

from analysis import metrics

VECTOR = [(-12, 120), (-3, 124), (10, 130), (20, 138), (30, 145), (40, 141), (50, 133), (60, 126)]


def test_the_vector_of_the_definitions():
    rows = [invented.reading(t, "nibp_sys", x, i) for i, (t, x) in enumerate(VECTOR)]
    found = {one.name: one for one in metrics.figures(invented.session(rows, invented.infusion()))}
    assert (found["baseline"].value, found["baseline"].n) == (122, 2)
    assert (found["highest"].value, found["t_highest"].value, found["highest"].n) == (145, 30, 6)
    assert (found["change"].value, round(found["change_pct"].value, 1)) == (23, 18.9)
    assert (found["auc_above_baseline"].value, found["auc_above_baseline"].unit) == (790, "mm[Hg].min")
    assert metrics.minutes_at_or_above(invented.series(VECTOR), 140, 13)[0].value == 20


def test_every_figure_has_its_unit_definition_source_and_n():
    found = metrics.figures_table(invented.stormy())
    assert set(found.columns) == set(metrics.FIGURES)
    assert (found[["unit", "definition", "source", "statistic"]] != "").all().all()
    assert found["n"].ge(0).all()
    assert (found.loc[found["value"].notna() & (found["n"] > 0), "records"] != "").all()


@pytest.mark.parametrize("made", invented.EVERY, ids=lambda made: made.__name__)
def test_no_figure_stands_twice(made):
    found = metrics.figures_table(made())
    assert not found.duplicated(["session", "vital", "variant", "source", "statistic"]).any()


def test_two_sources_have_figures_apart_and_the_primary_comes_first():
    rows = [*invented.cuff(10, 130, 80, 1), *invented.cuff(11, 150, 90, 2, source="manual")]
    found = metrics.figures_table(invented.session(rows, invented.infusion()))
    highest = found[(found["vital"] == "nibp_sys") & (found["statistic"] == "highest")]
    assert highest["value"].tolist() == [130, 150]
    assert highest["source"].tolist() == ["monitor", "manual"]
    assert highest["primary"].tolist() == [True, False]


def test_every_statistic_stands_in_the_docs():
    said = (invented.DRAFT.parents[2] / "docs" / "figures.md").read_text("utf-8")
    names = metrics.figures_table(invented.stormy())["statistic"].unique()
    assert [name for name in names if f"`{re.sub('_[0-9.]+', '_LIMIT', name)}`" not in said] == []


def test_a_session_without_readings_has_no_figures():
    made = invented.session([], invented.infusion())
    assert metrics.figures(made) == ()
    assert len(metrics.figures_table(made)) == 0


def test_with_everything_excluded_there_are_counts_and_no_value():
    rows = [row for i, t in enumerate((-5, 10, 20)) for row in invented.cuff(t, 150, 90, i, excluded=True)]
    found = metrics.figures_table(invented.session(rows, invented.infusion()))
    has = found[(found["vital"] == "nibp_sys") & found["value"].notna()].set_index("statistic")["value"]
    counted = {name: value for name, value in has.items() if value}
    assert counted == {"n_excluded": 3, "minutes_unknown": 118, "minutes_unknown_linear": 118}


def test_hypertension_is_counted_by_the_definition_that_the_protocol_names():
    rows = [*invented.cuff(-5, 120, 76, 1), *invented.cuff(20, 150, 100, 2)]
    found = emergent(invented.session(rows, invented.infusion()))
    assert found.value == 1
    assert "bp_ge_165_100" in found.definition
    assert "Rodrigues 2020" in found.definition


def test_a_protocol_that_defines_no_hypertension_has_none():
    protocol = invented.protocol()
    del protocol["metrics"]["te_htn_marker"]
    rows = [*invented.cuff(-5, 120, 76, 1), *invented.cuff(20, 190, 110, 2)]
    found = emergent(invented.session(rows, invented.infusion(), protocol=protocol))
    assert (found.value, found.definition) == (
        None,
        "the protocol does not define treatment-emergent hypertension",
    )


def test_without_a_dose_nobody_can_tell_whether_hypertension_is_of_the_treatment():
    rows = [*invented.cuff(-20, 120, 76, 1), *invented.cuff(20, 190, 110, 2)]
    assert emergent(invented.session(rows, [])).value is None


def test_hypertension_after_the_time_that_its_definition_speaks_of_is_not_counted():
    protocol = invented.protocol()
    marker = next(one for one in protocol["review_marker"] if one["id"] == "bp_ge_165_100")
    marker["window_from_anchor_min"] = 90
    rows = [*invented.cuff(-5, 120, 76, 1), *invented.cuff(90, 150, 90, 2), *invented.cuff(91, 190, 110, 3)]
    assert emergent(invented.session(rows, invented.infusion(), protocol=protocol)).value == 0


def test_minutes_stand_for_each_level_of_the_enabled_markers():
    found = metrics.figures(invented.quiet())
    names = {(one.vital, one.name) for one in found if one.name.startswith("minutes_")}
    assert {("nibp_sys", "minutes_at_or_above_160"), ("spo2", "minutes_below_92")} <= names
    assert ("nibp_sys", "minutes_at_or_above_165") not in names  # its marker is off


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ((), ""),
        (("a1:4",), "a1:4"),
        (("a1:4", "a1:5"), "a1:4 a1:5"),
        (("a1:4", "a1:5", "a1:6", "a1:9"), "a1:4..a1:6 a1:9"),
        (("a1:4", "b2:5", "b2:6", "b2:7"), "a1:4 b2:5..b2:7"),
    ],
)
def test_consecutive_records_are_named_by_their_ends(records, said):
    assert metrics.runs(records) == said


def emergent(made: invented.Session) -> metrics.Statistic:
    return next(one for one in metrics.figures(made) if one.name == "te_htn")
