"""How often rules were kept, over sessions that are judged and those that count nowhere."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from judged_sessions import Told, at, kept

from analysis.audit import Judged, as_csv, audit, drawn, outcome, rates, rates_as_csv, rates_by
from analysis.rules import RULES
from analysis.session import GAPS, table


def judged(made: Told, **changes: object) -> Judged:
    return replace(audit(made.session(), made.context), **changes)


@pytest.fixture(scope="module")
def sessions() -> list[Judged]:
    return [
        judged(kept(), session="a"),
        judged(kept().cuffs(-16, 10), session="b", room="2"),
        judged(kept().treated_not(), session="c"),
        judged(kept().limits("metrics", baseline_window_min=None), session="d"),
        judged(kept().cuffs(-16, 10), session="e", demo=True),
    ]


def test_what_does_not_apply_or_cannot_be_told_is_in_no_denominator(sessions):
    rate = next(one for one in rates(sessions) if one.rule == "R01")
    assert (rate.passed, rate.failed, rate.not_applicable, rate.cannot_tell) == (1, 1, 1, 1)
    assert str(rate) == "1 of 2 kept (1 not applicable, 1 can't tell)"


def test_a_demonstration_is_in_no_denominator(sessions):
    assert rates(sessions) == rates(sessions[:-1])


def test_rates_are_parted_by_room_month_and_device(sessions):
    rooms = rates_by(sessions, "room")
    assert {name: rate[0].failed for name, rate in rooms.items()} == {"1": 0, "2": 1}
    assert list(rates_by(sessions, "month")) == ["2026-03"]
    assert list(rates_by(sessions, "device")) == ["monitor"]


def test_gaps_and_late_entries_go_with_the_verdicts_once_a_record():
    made = kept().session()
    readings = made.readings.copy()
    same = readings["seq"] == readings["seq"].iloc[0]
    readings.loc[same & (readings["writer"] == readings["writer"].iloc[0]), "late_by_s"] = 1800.0
    gaps = table(
        [
            {"source": "monitor", "start": at(5), "end": at(9), "cause": "unplugged"},
            {"source": "monitor", "start": at(90), "end": None, "cause": "silent"},
        ],
        GAPS,
    )
    found = audit(replace(made, readings=readings, gaps=gaps), kept().context)
    assert found.late == (30.0,)
    assert str(found.gaps) == "(('monitor', 4.0), ('monitor', nan))"
    assert found.day.startswith(found.month)


def test_a_month_is_the_clinics_own():
    late = judged(kept().has(opened_at=at(0).replace(month=4, day=1, hour=2)))
    assert late.month == "2026-03"


def test_the_same_seed_draws_the_same_sample():
    names = [f"s{number}" for number in range(50)]
    assert drawn(names, 5, 7) == drawn(reversed(names), 5, 7) != drawn(names, 5, 8)
    assert drawn(names[:3], 5, 7) == ("s0", "s1", "s2")


def test_another_verdict_is_another_outcome(sessions):
    assert outcome(sessions) == outcome(reversed(sessions)) != outcome(sessions[:-1])


def test_the_matrix_has_a_line_for_each_session_and_rule_with_what_was_decided(sessions):
    rows = list(csv.DictReader(io.StringIO(as_csv(sessions, {("b", "R01"): "accepted: seen"}))))
    assert len(rows) == len(sessions) * len(RULES)
    [one] = [row for row in rows if (row["session"], row["rule"]) == ("b", "R01")]
    assert (one["verdict"], one["disposition"]) == ("fail", "accepted: seen")


def test_the_table_of_rates_states_its_denominators(sessions):
    rows = list(csv.DictReader(io.StringIO(rates_as_csv(sessions))))
    [one] = [row for row in rows if (row["by"], row["rule"]) == ("all", "R01")]
    assert (one["pass"], one["denominator"]) == ("1", "2")
