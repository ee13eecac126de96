import invented_sessions as invented
import pytest

from analysis.protocol import Limit, ReturnBand, UnknownProfile, profile_ids, read_protocol

DRAFT = invented.protocol()


def test_the_longest_hold_depends_on_the_phase():
    protocol = read_protocol(DRAFT, "iv_ketamine_40min")
    assert protocol.longest_hold_min("nibp", "infusion") == 13
    assert protocol.longest_hold_min("nibp", "recovery") == 20


def test_where_a_phase_says_nothing_a_value_holds_as_long_as_it_may_be_displayed():
    assert read_protocol(DRAFT, "esketamine_nasal").longest_hold_min("nibp", "observation") == 300 / 60


def test_a_charting_interval_of_a_continuous_parameter_is_no_hold():
    protocol = read_protocol(DRAFT, "iv_ketamine_40min")
    assert protocol.longest_hold_min("spo2", "infusion") == 2
    assert protocol.longest_hold_min("spo2", "recovery") == 15 / 60


def test_a_number_that_the_file_does_not_have_is_none():
    bare = read_protocol({"profile": [{"id": "own"}]}, "own")
    assert bare.longest_hold_min("nibp", "infusion") is None
    assert (bare.baseline_window_min, bare.return_band, bare.late_entry_min) == (None, None, None)


def test_a_profile_that_extends_another_has_its_phases_with_the_override_on_top():
    quicker = read_protocol(DRAFT, "iv_ketamine_q5")
    assert quicker.longest_hold_min("nibp", "infusion") == 7
    assert quicker.longest_hold_min("nibp", "recovery") == 20


def test_an_override_of_one_parameter_leaves_the_others_of_its_schedule():
    own = {"id": "own", "extends": "iv_ketamine_40min", "override": {"recovery.nibp.max_gap_min": 9}}
    changed = read_protocol({**DRAFT, "profile": [*DRAFT["profile"], own]}, "own")
    assert changed.longest_hold_min("nibp", "recovery") == 9
    assert changed.longest_hold_min("rr", "recovery") == 20


def test_an_override_does_not_change_the_profile_it_extends():
    read_protocol(DRAFT, "iv_ketamine_q5")
    assert read_protocol(DRAFT, "iv_ketamine_40min").longest_hold_min("nibp", "infusion") == 13


@pytest.mark.parametrize("name", profile_ids(DRAFT))
def test_every_profile_of_the_draft_can_be_read(name):
    protocol = read_protocol(DRAFT, name)
    assert protocol.route
    assert protocol.phases


def test_an_unknown_profile_is_named_with_those_that_exist():
    with pytest.raises(UnknownProfile, match=r"'nasal'.*esketamine_nasal"):
        read_protocol(DRAFT, "nasal")


def test_a_profile_that_extends_itself_is_refused():
    with pytest.raises(UnknownProfile):
        read_protocol({"profile": [{"id": "a", "extends": "b"}, {"id": "b", "extends": "a"}]}, "a")


def test_a_marker_keeps_its_text_its_limits_and_whether_it_is_enabled():
    markers = {m.id: m for m in read_protocol(DRAFT, "iv_ketamine_40min").markers}
    assert markers["bp_ge_160_100"].text == "BP at or above 160/100"
    assert markers["bp_ge_160_100"].limits == (Limit("nibp_sys", "ge", 160), Limit("nibp_dia", "ge", 100))
    assert not markers["bp_ge_165_100"].enabled
    assert markers["bp_ge_180_110"].enabled


def test_effects_have_the_labels_of_the_pick_list_and_a_foreign_term_its_own():
    protocol = read_protocol(DRAFT, "iv_ketamine_40min")
    assert protocol.effect_label("numbness") == "Numbness or tingling"
    assert protocol.effect_label("hiccups") == "hiccups"


@pytest.mark.parametrize(("value", "inside"), [(110, True), (90, True), (110.1, False), (89.9, False)])
def test_the_edge_of_the_return_band_is_inside(value, inside):
    assert ReturnBand(10, True, 2).holds(value, 100) is inside


def test_a_band_in_mmhg_does_not_grow_with_the_baseline():
    assert ReturnBand(10, False, 2).holds(160, 150)
    assert not ReturnBand(10, False, 2).holds(161, 150)


def test_the_draft_is_approved_by_nobody():
    assert read_protocol(DRAFT, "iv_ketamine_40min").approved_by == ""
