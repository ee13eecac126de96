import invented_sessions as invented
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import schedule
from analysis.protocol import read_protocol
from analysis.recorded import Points
from analysis.schedule import Due, State, schedule_of
from analysis.timeline import timeline_of

LEAVING = 118.0
PROTOCOL = read_protocol(invented.protocol(), "iv_ketamine_40min")


def test_a_gap_of_just_the_longest_is_met_and_a_minute_more_is_not():
    assert states(cuffs(10, 23, 36), "nibp", "infusion") == [State.MET] * 4
    assert states(cuffs(10, 24, 36), "nibp", "infusion") == [State.MET, State.LATE, State.MET, State.MET]


def test_a_cuff_on_its_own_cycle_is_in_time_though_never_in_phase_with_the_due_times():
    assert states(cuffs(4, 14, 24, 34), "nibp", "infusion") == [State.MET] * 4


def test_the_time_from_the_last_reading_to_the_end_of_the_phase_is_a_gap_too():
    assert states(cuffs(10, 20), "nibp", "infusion") == [State.MET, State.MET, State.MISSED, State.MISSED]


def test_a_late_reading_is_told_with_how_late_and_which_record():
    (late,) = [due for due in dues(cuffs(10, 24, 36), "nibp", "infusion") if due.state is State.LATE]
    assert (late.at, late.late_by_min, late.by) == (20, 4, ("a1:24",))


def test_what_came_after_the_next_due_time_is_missed_and_not_late():
    assert states(cuffs(10, 31, 36), "nibp", "infusion")[1:3] == [State.MISSED, State.LATE]


@pytest.mark.parametrize(
    ("minute", "state"), [(35, State.MET), (50, State.MET), (34, State.MISSED), (51, State.LATE)]
)
def test_a_due_time_has_its_window_edges_included(minute, state):
    made = treated("esketamine_nasal", "dose.device", cuffs(minute))
    assert dues(made, "nibp", "observation")[0].state is state


def test_a_reading_of_unknown_time_meets_a_window_only_if_it_lies_in_it_for_certain():
    apart = {"measured_from": invented.at(30)}
    made = treated("esketamine_nasal", "dose.device", invented.cuff(42, 130, 80, 1, **apart))
    assert dues(made, "nibp", "observation")[0].state is State.MISSED


@pytest.mark.parametrize(("minute", "state"), [(-15, State.MET), (-16, State.MISSED), (0, State.MET)])
def test_the_baseline_is_at_most_as_old_as_the_protocol_says(minute, state):
    assert states(cuffs(minute), "nibp", "pre") == [state]


@pytest.mark.parametrize(("minute", "state"), [(103, State.MET), (102, State.MISSED), (118, State.MET)])
def test_the_last_set_lies_in_the_window_before_leaving(minute, state):
    assert [due.state for due in dues(cuffs(minute), "nibp", "recovery") if due.mode == "final"] == [state]


def test_a_continuous_value_is_met_where_no_gap_is_too_long():
    held = [invented.reading(minute, "spo2", 97, minute) for minute in range(0, 41, 2)]
    assert states(held, "spo2", "infusion") == [State.MET]
    (broken,) = dues(held[:10] + held[11:], "spo2", "infusion")
    assert (broken.state, broken.by) == (State.MISSED, ("a1:18", "a1:22"))
    assert "longest gap 4.0 min, from minute 18.0" in broken.why


def test_a_due_time_after_the_end_of_its_phase_is_dropped():
    assert [due.at for due in dues([], "side_effects", "infusion", end=39.0)] == [20]
    assert [due.at for due in dues([], "side_effects", "infusion", end=40.0)] == [20, 40]


def test_one_record_meets_the_dues_of_two_phases():
    asked = [invented.event(40, "effect.none", 5)]
    last, first = dues(asked, "side_effects", "infusion")[-1], dues(asked, "side_effects", "recovery")[0]
    assert last.by == first.by == ("b2:5",)


def test_a_rating_by_any_instrument_of_a_parameter_meets_it():
    yes_no = invented.score(41, "dissociation", 5, {"1": 0})
    numeric = invented.score(69, "nrs", 6, {"dissociation": 3})
    assert states([yes_no, numeric], "dissociation", "recovery") == [State.MET, State.MET, State.MISSED]


def test_a_rating_without_an_answer_meets_nothing():
    unanswered = invented.score(41, "dissociation", 5, {"1": None})
    assert states([unanswered], "dissociation", "recovery") == [State.MISSED] * 3


def test_what_is_not_valid_meets_nothing():
    for flaw in (
        {"excluded": True},
        {"superseded_by": "b2:9"},
        {"quality": "invalid"},
        {"reason": "held", "quality": "invalid"},
    ):
        assert states(invented.cuff(-5, 120, 80, 1, **flaw), "nibp", "pre") == [State.MISSED]


def test_a_questionable_reading_is_on_record():
    assert states(invented.cuff(-5, 120, 80, 1, quality="questionable"), "nibp", "pre") == [State.MET]


def test_without_an_end_of_the_infusion_its_schedule_does_not_apply_and_says_why():
    (only, *_), after = (dues(cuffs(10), "nibp", phase, end=None) for phase in ("infusion", "recovery"))
    assert (only.state, only.why) == (State.NOT_APPLICABLE, "no infusion end on record")
    assert {due.mode: due.state for due in after} == {"every": State.NOT_APPLICABLE, "final": State.MISSED}


def test_a_session_without_a_dose_owes_nothing():
    found = schedule_of(invented.session(invented.cuff(-5, 120, 80, 1), []))
    assert {(due.state, due.why) for due in found} == {(State.NOT_APPLICABLE, "no dose on record")}


def test_a_phase_that_was_over_before_anything_was_owed_is_not_met():
    (only,) = [due for due in dues([], "nibp", "recovery", end=112.0) if due.mode == "every"]
    assert only.state is State.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("now", "state", "late"),
    [(19, State.DUE, None), (23, State.DUE, None), (24, State.LATE, 4.0), (31, State.MISSED, None)],
)
def test_while_the_session_runs_what_is_owed_is_due_then_late_then_missed(now, state, late):
    found = {
        due.at: due for due in running(cuffs(10), now) if due.parameter == "nibp" and due.mode == "every"
    }
    assert (found[20].state, found[20].late_by_min, found[20].by) == (state, late, ())


def test_while_the_session_runs_the_next_due_time_is_listed_and_no_later_one():
    found = [due.at for due in running(cuffs(10), 12) if due.parameter == "nibp" and due.mode == "every"]
    assert found == [10, 20]


def test_before_the_dose_only_the_baseline_is_due():
    made = invented.session(cuffs(-5), [], state="open", ended_at=None, closed_at=None)
    found = {due.parameter: due.state for due in schedule_of(made, invented.at(-1))}
    assert found.pop("nibp") is State.MET
    assert set(found.values()) == {State.DUE}


MINUTES = st.sets(st.integers(-20, 118), max_size=12)


@settings(max_examples=25)
@given(MINUTES, st.sets(st.integers(-20, 118), max_size=3), st.randoms())
def test_neither_the_order_of_rows_nor_a_row_twice_nor_an_excluded_one_changes_anything(
    minutes, gone, chance
):
    rows = cuffs(*sorted(minutes))
    mixed = [*rows, *rows, *({**row, "excluded": True} for row in cuffs(*(gone - minutes)))]
    chance.shuffle(mixed)
    assert of_cuff(schedule_of(infused(mixed))) == of_cuff(schedule_of(infused(rows))) == recorded_at(minutes)


@given(MINUTES, st.integers(-20, 118))
def test_another_reading_never_makes_a_met_due_unmet(minutes, more):
    met = [
        {(due.phase, due.mode, due.at) for due in recorded_at(known) if due.state is State.MET}
        for known in (minutes, minutes | {more})
    ]
    assert met[0] <= met[1]


@given(MINUTES)
def test_every_due_time_is_met_just_where_no_gap_is_too_long(minutes):
    inside = sorted(minute for minute in minutes if 0 <= minute <= 40)
    longest = max(b - a for a, b in zip([0, *inside], [*inside, 40], strict=True))
    found = [due.state for due in recorded_at(minutes) if due.phase == "infusion"]
    assert (longest <= 13) == all(state is State.MET for state in found)


def cuffs(*minutes):
    """Cuff readings, each in the record that has the number of its minute."""
    return [row for minute in minutes for row in invented.cuff(minute, 130, 80, minute)]


def treated(profile, kind, rows):
    events = [row for row in rows if "kind" in row]
    readings = [row for row in rows if "kind" not in row]
    dose = invented.event(0, kind, 1, drug="ketamine", mg=40.0)
    return invented.session(readings, [dose, *events], protocol_id=profile, ended_at=invented.at(LEAVING))


def infused(rows, end=40.0):
    made = treated("iv_ketamine_40min", "infusion.start", rows)
    if end is None:
        return made
    stop = invented.event(end, "infusion.end", 2)
    return treated("iv_ketamine_40min", "infusion.start", [*rows, stop])


def dues(given, parameter, phase, end: float | None = 40.0) -> list[Due]:
    made = infused(given, end) if isinstance(given, list) else given
    return [due for due in schedule_of(made) if (due.parameter, due.phase) == (parameter, phase)]


def states(rows, parameter, phase):
    return [due.state for due in dues(rows, parameter, phase) if due.mode != "final"]


def of_cuff(found):
    return [due for due in found if due.parameter == "nibp"]


def recorded_at(minutes):
    """The schedule of the cuff for readings at *minutes*, without a session's tables."""
    times = np.array(sorted(minutes), dtype=np.float64)
    writers = np.full(len(times), "a1", dtype=object)
    points = {"nibp": Points(times, times, writers, times.astype(np.int64))}
    opened = TIMELINE.minute(invented.OPENED)
    return of_cuff(schedule.dues(PROTOCOL, TIMELINE, points, opened=opened, now=LEAVING))


def running(rows, now):
    started = invented.event(0, "infusion.start", 1, drug="ketamine", mg=40.0)
    made = invented.session(rows, [started], state="open", ended_at=None, closed_at=None)
    return schedule_of(made, invented.at(now))


TIMELINE = timeline_of(infused([]))
