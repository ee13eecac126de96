"""The commands that look at what was recorded."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from ledgers import Hands, desk_at, open_session, reading

from logger.clock import SECOND, wall


@pytest.fixture
def session(database) -> str:
    """A session with two hours of a monitor's numbers every half minute."""
    desk = desk_at(database, Hands(wall=wall() - 7200 * SECOND))
    try:
        found = open_session(desk, name="DEMO, Example", born="1900-01-01")
        start = desk.clock.now()
        desk.store.append(
            [reading(found, start + n * 30 * SECOND, spo2=97.0, spo2_pr=70.0 + n % 5) for n in range(240)]
        )
        return found
    finally:
        desk.close()


def test_sessions_are_listed(command, session):
    [listed] = command("sessions", "--json").json
    assert set(listed) == {
        "session",
        "room",
        "patient",
        "state",
        "opened_at",
        "ended_at",
        "closed_at",
        "records",
        "demo",
    }
    assert (listed["session"], listed["room"], listed["state"], listed["records"]) == (
        session,
        "1",
        "open",
        242,
    )
    assert session in command("sessions").out


def test_everything_about_a_session_is_shown(command, session):
    shown = command("show", "last", "--json").json
    assert {row["vital"]: row["usable"] for row in shown["readings"]} == {"spo2": 240, "spo2_pr": 240}
    highest = next(row for row in shown["figures"] if row["statistic"] == "highest")
    assert highest["vital"] == "spo2"
    assert all(highest[name] for name in ("n", "value", "records", "definition"))
    assert next(row for row in shown["figures"] if row["statistic"] == "baseline")["value"] is None
    text = command("show", session[:13]).out
    for said in ("DEMO, Example", "born 1900-01-01", "Session opened", "spo2", "chain"):
        assert said in text


def test_a_whole_chain_verifies_and_says_what_it_could_not_check(command, session):
    command("close")
    verdict = command("verify", "--json").json
    [one] = verdict["sessions"]
    assert verdict["ok"]
    assert (one["session"], one["first_broken"]) == (session, None)
    assert [writer["records"] for writer in one["writers"]] == [244]
    assert any("checkpoint" in what for what in one["not_checked"])
    assert "whole" in command("verify").out


def test_a_changed_record_is_named(command, database, session):
    forge(database, "UPDATE record SET payload = replace(payload, '97', '88') WHERE seq = 100")
    answer = command("verify", session, "--json")
    assert answer.status == 1
    assert answer.json["sessions"][0]["first_broken"]["seq"] == 100
    assert "BROKEN" in command("verify").out


def test_a_removed_record_is_named(command, database, session):
    forge(database, "DELETE FROM record WHERE seq = 100")
    assert command("verify", "--json").json["sessions"][0]["first_broken"] == {
        "writer": command("show", session, "--json").json["heads"][0]["writer"],
        "seq": 100,
        "what": "missing",
    }


def forge(database: Path, change: str) -> None:
    connection = sqlite3.connect(database)
    with connection:
        connection.execute(change)
    connection.close()


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_session_page_is_drawn(command, database, session, kind):
    out = database.parent / f"page.{kind}"
    answer = command("chart", "last", "--out", str(out))
    assert (answer.status, answer.complaint) == (0, "")
    assert out.stat().st_size > 10_000
    assert str(out) in answer.out


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_chart_for_a_screen_is_one_picture(command, database, session, kind):
    out = database.parent / f"screen.{kind}"
    answer = command("chart", "last", "--screen", "--out", str(out))
    assert (answer.status, answer.complaint, answer.out.strip()) == (0, "", str(out))
    assert out.stat().st_size > 10_000


def test_a_session_without_readings_has_a_page_too(command, database):
    desk = desk_at(database, Hands(wall=wall()))
    open_session(desk)
    desk.close()
    assert command("chart", "last", "--out", str(database.parent / "page.png")).status == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("show", "nobody"), 3, "infusionlog sessions"),
        (("verify", "nobody"), 3, "infusionlog sessions"),
        (("chart", "nobody", "--out", "x.png"), 3, "infusionlog sessions"),
        (("chart", "last", "--out", "x.bmp"), 2, "png"),
        (("chart", "last", "--out", "x.png", "--paper", "A7"), 2, "A4"),
    ],
)
def test_what_can_not_be_shown_is_refused_with_a_sentence(command, session, words, status, said):
    answer = command(*words)
    assert (answer.status, said in answer.complaint) == (status, True), answer.complaint


def test_verifying_nothing_is_no_success(command, database):
    desk_at(database, Hands(wall=wall())).close()
    answer = command("verify")
    assert (answer.status, "nothing was checked" in answer.complaint) == (3, True)


def test_a_page_that_can_not_be_written_is_said(command, session):
    answer = command("chart", "last", "--out", "/no/such/folder/page.png")
    assert answer.status == 3
    assert "/no/such/folder" in answer.complaint


def test_the_doctor_looks_at_the_machine_and_the_ledger(command, session):
    findings = {finding["what"]: finding for finding in command("doctor", "--json").json}
    assert {"Python", "SQLite", "ledger", "disk", "clock", "zone", "serial ports", "brltty"} <= set(findings)
    assert session in findings["ledger"]["says"]


def test_the_doctor_says_what_is_wrong_with_a_ledger(command, database):
    database.write_bytes(b"this is no ledger at all" * 100)
    answer = command("doctor")
    assert answer.status == 1
    assert "MEND  ledger" in answer.out
