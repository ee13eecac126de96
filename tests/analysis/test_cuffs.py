import invented_sessions as invented
from invented_sessions import at, cuff

from analysis.cuffs import Cuff, cuffs_of
from analysis.timeline import timeline_of


def test_the_pressures_of_one_cycle_stand_together():
    (cycle,) = cuffs(cuff(10, 142, 88, 1))
    assert (str(cycle), cycle.mean, cycle.minute, cycle.state) == ("142/88", 106, 10, "valid")


def test_two_equal_cycles_are_two():
    assert len(cuffs([*cuff(10, 142, 88, 1), *cuff(20, 142, 88, 2)])) == 2


def test_an_amended_value_joins_what_was_left_of_its_cycle():
    rows = cuff(10, 142, 88, 1)
    rows[0]["superseded_by"] = "b2:7"
    new = invented.reading(10, "nibp_sys", 124, 7, writer="b2", entered_by="nurse.example")
    old, now = sorted(cuffs([*rows, new]), key=lambda c: c.state)
    assert (old.state, str(old)) == ("superseded", "142/–")
    assert (now.state, str(now), now.by_hand) == ("valid", "124/88", True)


def test_a_failed_cycle_has_no_numbers():
    (cycle,) = cuffs([invented.failed_cuff(10, 1)])
    assert (cycle.state, cycle.systolic) == ("failed", None)


def test_a_held_value_keeps_its_numbers():
    (cycle,) = cuffs(cuff(-17, 188, 112, 1, reason="held", quality="invalid"))
    assert (cycle.state, str(cycle)) == ("held", "188/112")


def test_a_value_taken_between_two_times_keeps_both():
    (cycle,) = cuffs(cuff(20, 130, 80, 1, measured_from=at(12)))
    assert (cycle.since, cycle.minute) == (12, 20)


def test_what_a_person_typed_is_by_hand_and_late_where_it_was_late():
    (cycle,) = cuffs(cuff(20, 130, 80, 1, source="manual", entered_by="nurse.example", late_by_s=1800.0))
    assert (cycle.by_hand, cycle.late) == (True, True)


def cuffs(rows: list[dict[str, object]]) -> tuple[Cuff, ...]:
    made = invented.session(rows, invented.infusion())
    return cuffs_of(made, timeline_of(made))
