"""Times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from logger.errors import BadEntry
from logger.times import stated_time

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 10, 30, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("10:12", datetime(2026, 11, 20, 10, 12, tzinfo=BERLIN)),
        ("9:05", datetime(2026, 11, 20, 9, 5, tzinfo=BERLIN)),
        ("10:12:30", datetime(2026, 11, 20, 10, 12, 30, tzinfo=BERLIN)),
        ("10:31", datetime(2026, 11, 20, 10, 31, tzinfo=BERLIN)),  # two clocks differ by a minute
        ("-5", NOW - timedelta(minutes=5)),
        ("-1.5", NOW - timedelta(seconds=90)),
        ("-90s", NOW - timedelta(seconds=90)),
        ("-5m", NOW - timedelta(minutes=5)),
        ("-5min", NOW - timedelta(minutes=5)),
        ("-1h", NOW - timedelta(hours=1)),
        ("-0", NOW),
        ("2026-11-20T10:12", datetime(2026, 11, 20, 10, 12, tzinfo=BERLIN)),
        ("2026-11-20 10:12:30", datetime(2026, 11, 20, 10, 12, 30, tzinfo=BERLIN)),
        ("2026-11-20T09:12+00:00", datetime(2026, 11, 20, 10, 12, tzinfo=BERLIN)),
        ("2026-11-20T09:12Z", datetime(2026, 11, 20, 10, 12, tzinfo=BERLIN)),
        (
            "2026-11-21T10:12",
            datetime(2026, 11, 21, 10, 12, tzinfo=BERLIN),
        ),  # for the desk to refuse
    ],
)
def test_each_form_states_a_moment(text, meant):
    stated = stated_time(text, NOW, BERLIN)
    assert stated == meant
    assert stated.tzinfo is not None


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "10:60", "10:12:99", "10", "+5", "-5d", "2026-13-01T10:00"]
)
def test_rubbish_is_refused(text):
    with pytest.raises(BadEntry, match="is no time"):
        stated_time(text, NOW, BERLIN)


def test_an_hour_ahead_of_a_session_after_midnight_is_last_evening():
    night = datetime(2026, 11, 20, 0, 20, tzinfo=BERLIN)
    assert stated_time("23:50", night, BERLIN) == datetime(2026, 11, 19, 23, 50, tzinfo=BERLIN)


def test_the_clock_is_the_clinics_whatever_zone_the_session_clock_is_in():
    night = datetime(2026, 11, 19, 23, 20, tzinfo=UTC)  # 00:20 in Berlin, on the 20th
    assert stated_time("00:10", night, BERLIN) == datetime(2026, 11, 20, 0, 10, tzinfo=BERLIN)


@pytest.mark.parametrize(("late_hours", "accepted"), [(12, True), (11, False)])
def test_last_evening_ends_at_the_late_hours(late_hours, accepted):
    noon = datetime(2026, 11, 20, 10, 30, tzinfo=BERLIN)
    if accepted:
        assert stated_time("22:30", noon, BERLIN, late_hours).day == 19
    else:
        with pytest.raises(BadEntry, match="has not come yet"):
            stated_time("22:30", noon, BERLIN, late_hours)


@pytest.mark.parametrize(("text", "typed"), [("11:00", "2026-11-19T11:00"), ("11:05", "2026-11-19T11:05")])
def test_a_time_ahead_is_refused_with_what_to_type_for_yesterday(text, typed):
    with pytest.raises(BadEntry, match=typed) as refused:
        stated_time(text, NOW, BERLIN)
    proposed = str(refused.value).rpartition(" ")[2]
    assert stated_time(proposed, NOW, BERLIN) < NOW


def test_a_proposal_has_two_digits_for_the_hour():
    night = datetime(2026, 11, 20, 0, 20, tzinfo=BERLIN)
    with pytest.raises(BadEntry, match="2026-11-19T09:05"):
        stated_time("9:05", night, BERLIN)


@pytest.mark.parametrize("text", ["-99999999999", "-9999999999999999999999"])
def test_longer_ago_than_any_calendar_is_refused(text):
    with pytest.raises(BadEntry, match="longer ago"):
        stated_time(text, NOW, BERLIN)
