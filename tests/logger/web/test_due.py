"""The due list of a page: a line a parameter, of documentation alone."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta

from analysis.protocol import Protocol, read_protocol
from analysis.schedule import Due, State
from logger.clock import microseconds
from logger.entering.protocols import chosen
from logger.settings import Settings
from logger.web.due import DueLine, lines_of

ZERO = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)


def protocol() -> Protocol:
    return read_protocol(tomllib.loads(chosen(Settings(), "iv_ketamine_40min").text), "iv_ketamine_40min")


def due(state: State, at: float | None, **more: object) -> Due:
    given = {"opens": at, "closes": at, "mode": "every"} | more
    return Due("rr", "infusion", at=at, state=state, **given)  # type: ignore[arg-type]


def line(*dues: Due, minute: float = 12.0) -> DueLine:
    (only,) = lines_of(dues, protocol(), ZERO, ZERO + timedelta(minutes=minute))
    return only


def test_what_is_late_says_since_when() -> None:
    one = line(due(State.LATE, 10.0, late_by_min=2.0), due(State.DUE, 20.0))
    assert (one.state, one.late_min) == ("late", 2)
    assert one.at == microseconds(ZERO + timedelta(minutes=10))


def test_what_is_due_now_and_what_is_next() -> None:
    assert line(due(State.DUE, 12.0)).state == "due now"
    assert line(due(State.MET, 10.0), due(State.DUE, 20.0)).state == "next"


def test_a_due_may_be_met_from_its_window_on() -> None:
    assert line(due(State.DUE, 20.0, mode="at", opens=11.0)).state == "due now"


def test_what_was_never_recorded_is_not_on_record() -> None:
    one = line(due(State.MISSED, None, mode="continuous"))
    assert (one.state, one.missed) == ("not recorded", 1)


def test_what_came_late_is_on_record() -> None:
    one = line(due(State.LATE, 10.0, late_by_min=1.0, by=("a:1",)), due(State.MET, None))
    assert one.state == "on record"
