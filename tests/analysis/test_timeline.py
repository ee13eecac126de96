import invented_sessions as invented
from invented_sessions import at, event

from analysis.timeline import Flow, timeline_of


def test_minutes_count_from_the_first_dose():
    timeline = timeline_of(invented.session([], invented.infusion()))
    assert timeline.anchored
    assert timeline.minute(at(30)) == 30


def test_without_a_dose_minutes_count_from_the_opening():
    timeline = timeline_of(invented.session([], []))
    assert not timeline.anchored
    assert timeline.minute(invented.OPENED) == 0


def test_a_start_that_was_replaced_is_no_anchor():
    rows = [event(-5, "infusion.start", 1, superseded_by="b2:2"), event(0, "infusion.start", 2)]
    assert timeline_of(invented.session([], rows)).zero == invented.START


def test_a_pause_is_a_hole_in_the_flow():
    rows = [
        event(0, "infusion.start", 1),
        event(20, "infusion.pause", 2),
        event(25, "infusion.start", 3),
        event(44, "infusion.end", 4),
    ]
    timeline = timeline_of(invented.session([], rows))
    assert timeline.flows == (Flow(0, 20), Flow(25, 44))
    assert timeline.infusion_end == 44


def test_an_infusion_without_an_end_still_flows():
    assert timeline_of(invented.session([], [event(0, "infusion.start", 1)])).flows == (Flow(0, None),)


def test_each_minute_lies_in_its_phase():
    timeline = timeline_of(invented.session([], invented.infusion(40)))
    minutes = invented.np.array([-1.0, 0, 39.9, 40])
    assert timeline.phases(minutes, has_end=True).tolist() == ["pre", "infusion", "infusion", "recovery"]
    assert timeline.phases(minutes, has_end=False).tolist() == ["pre"] + ["observation"] * 3


def test_a_session_without_a_dose_never_leaves_its_first_phase():
    timeline = timeline_of(invented.session([], []))
    assert timeline.phases(invented.np.array([0.0, 60]), has_end=True).tolist() == ["pre", "pre"]
