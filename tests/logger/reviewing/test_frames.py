"""The hand-over: a session's records become the tables that everything is computed and drawn from."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pytest
from ledgers import NURSE
from told_sessions import START, Room, at, cuff, events, excludes, iso, rows, spo2

from analysis.session import EVENTS, GAPS, READINGS, Head, Session
from logger.kinds import Clock, Link, SessionPause, SessionResume
from logger.reviewing.frames import build

# The tables.


def test_an_empty_session_has_empty_tables_of_the_documented_types(room):
    session = room.table()
    assert_documented(session)
    assert (len(session.readings), len(session.gaps)) == (0, 0)
    assert list(session.events["kind"]) == ["session.open", "clock"]
    assert (session.primary, session.demo, session.state) == ({}, False, "open")


def test_a_full_session_has_tables_of_the_documented_types(room):
    room.heard(spo2(), cuff(measured_at=iso(5)), device_time="2026-09-21T13:00:00")
    held = room.heard(cuff(reason="held", quality="invalid", measured_from=iso(1)))
    typed = room.types(spo2=98)
    room.says("amend", target=typed.ref, changes={"spo2": None}, reason="x")
    room.says("adopt", target=held.ref, taken_at=iso(0), reason="x")
    excludes(room, "spo2")
    room.lost()
    assert_documented(room.table())


def test_a_row_is_a_value_as_it_was_heard(room):
    heard = room.heard(spo2(96.5, variant="beat_to_beat", quality="questionable", reason="weak"))
    (row,) = rows(room)
    assert (row["writer"], row["seq"], row["at"]) == (heard.writer, heard.seq, at(1))
    assert (row["vital"], row["value"], row["unit"], row["source"]) == ("spo2", 96.5, "%", "monitor")
    assert (row["variant"], row["quality"], row["reason"]) == ("beat_to_beat", "questionable", "weak")
    assert (row["measured_at"], row["entered_by"], row["excluded"], row["superseded_by"]) == (
        at(1),
        "",
        False,
        "",
    )
    assert pd.isna(row["measured_from"])
    assert pd.isna(row["device_time"])
    assert pd.isna(row["late_by_s"])


def test_a_frame_of_many_values_is_as_many_rows_of_one_record(room):
    heard = room.heard(spo2(), cuff(), {"vital": "ecg_hr", "value": 72.0})
    assert [(row["vital"], row["seq"]) for row in rows(room)] == [
        ("spo2", heard.seq),
        ("nibp_sys", heard.seq),
        ("ecg_hr", heard.seq),
    ]


def test_a_frame_without_values_is_no_row(room):
    room.heard()
    room.heard(spo2())
    assert len(rows(room)) == 1


def test_no_value_is_nan_with_its_reason_and_never_zero(room):
    room.heard(spo2(None, reason="sensor_off"), cuff(None, reason="failed"))
    room.heard(spo2(0.0))
    off, failed, zero = rows(room)
    assert [math.isnan(row["value"]) for row in (off, failed)] == [True, True]
    assert (off["reason"], failed["reason"], zero["value"], zero["reason"]) == (
        "sensor_off",
        "failed",
        0.0,
        "",
    )


def test_repeats_of_a_cuff_cycle_are_left_out(room):
    room.heard(cuff(120.0), spo2())
    room.heard(cuff(120.0, repeat=True), spo2())
    assert [row["vital"] for row in rows(room)] == ["nibp_sys", "spo2", "spo2"]


def test_a_cuff_reading_has_its_own_time_of_measurement(room):
    room.hands.move(60)
    room.heard(cuff(measured_at=iso(30), measured_from=iso(20)))
    (row,) = rows(room)
    assert (row["at"], row["measured_at"], row["measured_from"]) == (at(61), at(30), at(20))


def test_what_the_device_claims_of_time_stands_beside_it(room):
    room.heard(spo2(), device_time="2026-09-21T12:00:00.500000")
    (row,) = rows(room)
    assert row["device_time"] == pd.Timestamp("2026-09-21T12:00:00.5")
    assert row["measured_at"] == at(1)


def test_a_value_of_a_devices_own_code_has_the_devices_unit(room):
    room.heard({"vital": "local:test:x", "value": 3.0, "unit": "mL"}, spo2())
    assert [row["unit"] for row in rows(room)] == ["mL", "%"]


def test_arrivals_of_a_stalled_reader_are_uncertain(room):
    room.heard(spo2(), uncertain="the reader stood still for 9 s")
    room.heard(spo2())
    assert [row["uncertain"] for row in rows(room)] == [True, False]
    assert banner(room, "Some arrival times are uncertain")


def test_readings_on_a_clock_that_stood_behind_are_uncertain_until_it_is_synchronised(room):
    room.heard(spo2())
    room.said("clock", Clock(event="behind", uncertain=True))
    room.heard(spo2())
    room.said("clock", Clock(event="synchronised"))
    room.heard(spo2())
    assert [row["uncertain"] for row in rows(room)] == [False, True, False]
    assert banner(room, "Time uncertain")


def test_a_step_that_shows_that_the_clock_was_wrong_makes_all_its_readings_uncertain(room):
    room.heard(spo2())
    room.said("clock", Clock(event="reboot"))
    room.heard(spo2())
    room.said("clock", Clock(event="stepped", step_s=-10800, uncertain=True))
    room.heard(spo2())
    assert [row["uncertain"] for row in rows(room)] == [False, True, True]
    assert banner(room, "Time uncertain")


def test_readings_of_a_session_that_was_opened_on_such_a_clock_are_uncertain(desk, hands):
    desk.clock.behind = True
    room = Room(desk, hands)
    room.heard(spo2())
    assert [row["uncertain"] for row in rows(room)] == [True]


# What people type.


def test_a_typed_value_names_who_entered_it(room):
    typed = room.types(nibp_sys=142, nibp_dia=88)
    first, second = rows(room)
    assert (first["source"], first["entered_by"], first["seq"]) == ("manual", NURSE, typed.seq)
    assert (second["vital"], second["value"], second["entered_by"]) == ("nibp_dia", 88.0, NURSE)


@pytest.mark.parametrize(("minutes", "late"), [(1, False), (60, True)])
def test_a_typed_value_keeps_both_its_times_and_says_when_it_is_late(room, minutes, late):
    room.hands.move(60 * minutes)
    room.types(spo2=97, happened_at=iso(1))
    (row,) = rows(room)
    assert (row["at"], row["measured_at"]) == (at(60 * minutes + 1), at(1))
    assert (row["late_by_s"] == 60 * minutes) if late else pd.isna(row["late_by_s"])


def test_a_time_that_is_stated_in_another_zone_is_the_same_time(room):
    room.types(spo2=97, happened_at="2026-09-21T16:13:20.000001+02:00")
    (row,) = rows(room)
    assert row["measured_at"] == at(0) + timedelta(microseconds=1)


def test_a_late_event_keeps_both_its_times(room):
    room.hands.move(3600)
    room.says("effect.report", term="nausea", severity="mild", happened_at=iso(60))
    event = events(room)[-1]
    assert (event["at"], event["happened_at"], event["late_by_s"]) == (at(3601), at(60), 3541.0)


def test_an_event_without_a_time_of_its_own_happened_when_it_was_entered(room):
    note = room.says("note", text="calm")
    event = events(room)[-1]
    assert (event["writer"], event["seq"], event["author"]) == (note.writer, note.seq, NURSE)
    assert (event["at"], event["happened_at"], event["summary"]) == (at(1), at(1), "calm")
    assert event["payload"] == {"text": "calm", "v": 1}
    assert pd.isna(event["late_by_s"])


# Gaps.


def test_a_line_that_is_lost_and_heard_again_is_a_gap_with_its_cause(room):
    attach(room)
    room.lost(cause="unplugged")
    room.heard_again()
    assert gaps(room) == [("monitor", at(0), at(2), "unplugged")]


def test_a_silent_line_is_a_gap_from_its_last_frame(room):
    attach(room)
    room.hands.move(9)
    room.said("link", Link(source="monitor", event="silent", cause="nothing arrives", since=at(2)))
    room.heard_again()
    assert gaps(room) == [("monitor", at(2), at(11), "nothing arrives")]


def test_a_gap_that_is_still_open_has_no_end(room):
    attach(room)
    room.lost()
    assert gaps(room) == [("monitor", at(0), None, "unplugged")]


def test_a_silent_line_that_is_then_lost_is_one_gap_with_its_first_cause(room):
    attach(room)
    room.said("link", Link(source="monitor", event="silent", cause="nothing arrives", since=at(1)))
    room.lost()
    room.heard_again()
    assert gaps(room) == [("monitor", at(1), at(3), "nothing arrives")]


def test_while_nobody_recorded_every_device_has_a_gap(room):
    attach(room, "monitor", "oximeter")
    room.said("session.resume", SessionResume(cause="killed", since=at(1)))
    room.heard_again("monitor")
    assert gaps(room) == [("monitor", at(1), at(2), "killed"), ("oximeter", at(1), None, "killed")]


def test_a_recorder_that_was_stopped_has_a_gap_from_its_stop(room):
    attach(room)
    room.said("session.pause", SessionPause(cause="stopped by a person"))
    room.hands.move(60)
    room.said("session.resume", SessionResume(cause="stopped by a person", since=at(1)))
    room.heard_again()
    assert gaps(room) == [("monitor", at(1), at(63), "stopped by a person")]


def test_two_gaps_of_one_line_are_two(room):
    attach(room)
    for _ in range(2):
        room.lost()
        room.heard_again()
    assert [(start, end) for _, start, end, _ in gaps(room)] == [(at(0), at(2)), (at(2), at(4))]


def test_a_line_that_is_heard_without_having_been_missed_is_no_gap(room):
    room.heard_again()
    assert gaps(room) == []


def test_a_gap_ends_where_its_device_is_taken_from_the_session(room):
    attach(room)
    room.lost()
    room.says("device", source="monitor", event="detached")
    room.lost()  # its line tells the end too
    assert [(start, end) for _, start, end, _ in gaps(room)] == [(at(0), at(2))]


# What is said of the whole.


def test_a_session_carries_its_rows_columns(desk, hands):
    room = Room(desk, hands, room="7", name="DEMO, Example", born="1970-01-01")
    hands.move(60)
    room.says("session.end")
    session = room.table()
    assert (session.id, session.room, session.zone, session.state) == (room.session, "7", "UTC", "closed")
    assert session.identifiers == ("DEMO, Example", "born 1970-01-01")
    assert (session.opened_at, session.ended_at, session.closed_at) == (START, at(61), at(61))
    assert (session.protocol_id, session.protocol["schema"]) == ("iv_ketamine_40min", 1)


def test_a_patient_without_name_goes_by_the_pseudonym(room):
    assert room.table().identifiers == ("Patient INVENTED-1", "id INVENTED-1")


def test_the_heads_are_the_ends_of_the_chains(room):
    last = room.says("note", text="x")
    assert room.table().heads == (Head(last.writer, 3, last.digest),)


def test_the_primary_source_of_a_vital_is_the_first_that_was_heard(room):
    room.types(spo2=97)
    room.heard(spo2(), source="oximeter")
    room.heard(spo2(), cuff(), source="monitor")
    assert room.table().primary == {"spo2": "oximeter", "nibp_sys": "monitor"}


@pytest.mark.parametrize("states", [("demo",), ("standby", "demo"), ("test",)])
def test_a_device_in_demo_mode_makes_the_session_a_demo(room, states):
    room.heard(spo2(), states=states)
    assert room.table().demo
    assert banner(room, "DEMO: no patient")


def test_a_simulated_session_is_a_demo(desk, hands):
    room = Room(desk, hands, demo=True, clock_speed=60.0)
    assert (room.table().demo, room.table().clock_speed) == (True, 60.0)
    assert banner(room, "DEMO: no patient")


def test_a_session_of_patients_is_no_demo(room):
    room.heard(spo2(), states=("standby",))
    assert not room.table().demo
    assert not banner(room, "DEMO")
    assert not banner(room, "Time uncertain")


def test_banners_name_what_is_not_proved_yet(desk, hands):
    room = Room(desk, hands, demo=True)
    attach(room, "monitor", experimental=True)
    attach(room, "beside", url="simulate:nonin")
    assert banner(room, "Protocol not approved by this clinic")
    assert banner(room, "Experimental adapter: nonin")
    assert "Not checked at this site: monitor" in room.table().banners


def test_a_protocol_of_an_earlier_form_is_shown_and_what_is_not_known_of_it_is_named(room):
    file = room.desk.file(room.session)
    earlier = replace(file, protocol=file.protocol + "[qa.R99]\nwithin_h = 1\n")
    assert "Protocol read in part, without qa.R99" in build(earlier).banners


def test_without_devices_nothing_is_said_of_any(room):
    assert room.table().banners == ("Protocol not approved by this clinic",)


def attach(room: Room, *names: str, url: str = "/dev/ttyUSB0", experimental: bool = False) -> None:
    """Attach devices, in the moment in which the session stands."""
    for name in names or ("monitor",):
        payload = {"source": name, "event": "attached", "adapter": "nonin", "url": url}
        more = {"experimental": True} if experimental else {}
        room.desk.append(room.session, "device", NURSE, payload | more)


def gaps(room: Room) -> list[tuple[str, datetime, datetime | None, str]]:
    return [
        (gap["source"], gap["start"], None if pd.isna(gap["end"]) else gap["end"], gap["cause"])
        for gap in room.table().gaps.to_dict("records")
    ]


def banner(room: Room, text: str) -> bool:
    return any(said.startswith(text) for said in room.table().banners)


def assert_documented(session: Session) -> None:
    for table, columns in (
        (session.readings, READINGS),
        (session.events, EVENTS),
        (session.gaps, GAPS),
    ):
        assert {name: str(dtype) for name, dtype in table.dtypes.items()} == dict(columns)
        assert list(table.columns) == list(columns)
