"""The commands of QA."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from ledgers import Hands, desk_at, open_session, reading

from analysis.rules import RULES, rule_set
from logger.clock import SECOND, moment, wall
from logger.entering.desk import LedgerDesk


@pytest.fixture
def closed(database) -> str:
    """A closed session with an infusion, a cuff reading every ten minutes, and nothing else."""
    return recorded(database)


def test_every_rule_answers_about_every_session(command, closed):
    answer = command("audit", "--json").json
    assert answer["rule_set"] == rule_set()
    assert [one["session"] for one in answer["sessions"]] == [closed]
    assert [one["rule"] for one in answer["sessions"][0]["rules"]] == list(RULES)
    assert {one["verdict"] for one in answer["sessions"][0]["rules"]} <= {
        "pass",
        "fail",
        "not_applicable",
        "cannot_tell",
    }
    assert all(sum(rate[v] for v in rate if v != "rule") == 1 for rate in answer["rates"])


def test_a_verdict_names_its_records_and_its_numbers(command, closed):
    said = verdict(command, "R05")
    assert (said["verdict"], said["why"]) == ("pass", "longest time between cuff readings 10 min (limit 13)")
    assert len(said["evidence"]) == 5
    assert verdict(command, "R14")["why"].startswith("not from the opening")


def test_the_gravest_stand_first_and_what_passes_is_left_out(command, closed):
    told = [line.split() for line in command("audit").out.splitlines() if line.startswith("  R")]
    own = told[: [words[0] for words in told].index("R01")] if ["R01"] in told else told
    severities = [words[1] for words in own if words[2] in ("FAIL", "CAN'T")]
    assert severities == sorted(severities)
    assert "R05" not in {words[0] for words in own if words[2] == "pass"}
    assert "R05  1  pass" in command("audit", "--all").out


def test_the_pictures_of_an_audit_are_drawn_and_named(command, database, closed):
    folder = database.parent / "pictures"
    answer = command("audit", "--pictures", str(folder))
    drawn = sorted(path.name for path in folder.iterdir())
    assert {"audit.pdf", "rules-by-session.png", "kept-over-months.png", "gaps-and-lateness.png"} <= set(
        drawn
    )
    assert [line for line in answer.out.splitlines() if line.startswith(str(folder))] != []
    assert command("audit", "--pictures", str(folder), "--json").json["rates"]


def test_pictures_that_can_not_be_written_are_said(command, closed):
    answer = command("audit", "--pictures", "/proc/nowhere")
    assert (answer.status, "/proc/nowhere" in answer.complaint) == (3, True)


def test_a_failed_rule_is_status_1_where_it_is_asked_for(command, closed):
    assert (command("audit").status, command("audit", "--strict").status) == (0, 1)


def test_an_audit_over_nothing_says_so(command, database):
    desk_at(database, Hands(wall=wall())).close()
    answer = command("audit")
    assert (answer.status, "nothing was judged" in answer.complaint) == (3, True)
    assert command("audit", "--from", "2001-01-01", "--to", "2001-01-02").status == 3


def test_an_audit_that_could_judge_nothing_is_status_3(command, database, closed):
    unreadable(database, closed)
    answer = command("audit")
    assert (answer.status, f"left out: {closed}: a record" in answer.out) == (3, True)
    assert "no session could be judged" in answer.complaint


def test_a_session_left_out_is_no_pass_where_it_is_strict(command, database, closed):
    unreadable(database, closed)
    left_open = open_session_at(database)
    assert command("audit", left_open, "--strict").status == 0
    assert command("audit", "--strict").status == 1


def test_a_demonstration_counts_in_no_rate(command, database):
    demo = recorded(database, demo=True)
    refused = command("audit")
    assert (refused.status, "--demo" in refused.complaint) == (3, True)
    answer = command("audit", demo, "--json").json
    assert (answer["denominator"], answer["demo"]) == (0, [demo])
    assert {sum(rate[v] for v in rate if v != "rule") for rate in answer["rates"]} == {0}


def test_an_open_session_is_listed_and_judged_for_its_length_alone(command, database):
    desk = desk_at(database, Hands(wall=wall()))
    left_open = open_session(desk)
    desk.close()
    answer = command("audit", "--json").json
    assert answer["open"] == [left_open]
    told = {one["rule"]: one["verdict"] for one in answer["sessions"][0]["rules"]}
    assert told.pop("R57") == "pass"
    assert set(told.values()) == {"cannot_tell"}


def test_verifying_first_answers_for_the_chain(command, closed):
    assert verdict(command, "R46")["verdict"] == "cannot_tell"
    assert verdict(command, "R46", "--verify")["verdict"] == "pass"


def test_a_broken_chain_fails(command, database, closed):
    database_edit(
        database, "UPDATE record SET payload = replace(payload, '120', '121') WHERE kind = 'reading'"
    )
    said = verdict(command, "R46", "--verify")
    assert said["verdict"] == "fail"


def test_a_run_is_on_record_and_comes_to_the_same_again(command, closed):
    ref = command("audit", "--json").json["run"]
    command("note", "x", "--session", closed)
    again = command("audit", "--repeat", ref, "--json")
    assert (again.status, again.json["same"], again.json["same_rules"]) == (0, True, True)
    assert ref in command("audit", "--runs").out


def test_a_repeat_names_each_verdict_that_differs(command, database, closed):
    ref = command("audit", "--json").json["run"]
    database_edit(database, "UPDATE record SET payload = replace(payload, '120.0', '300.0')")
    again = command("audit", "--repeat", ref, "--json")
    assert (again.status, again.json["same"]) == (1, False)
    assert "R40 FAIL, then pass" in again.json["changed"][closed]
    assert f"  {closed}: R03 FAIL, then n/a, R40 FAIL" in command("audit", "--repeat", ref).out


def test_what_cannot_be_repeated_is_named(command, closed):
    assert "no audit has the reference" in command("audit", "--repeat", "w:99").complaint


def test_a_sample_prints_its_seed_and_can_be_drawn_again(command, database):
    for _ in range(4):
        recorded(database)
    first = command("audit", "--sample", "2", "--json").json
    again = command("audit", "--sample", "2", "--seed", str(first["sample"]["seed"]), "--json").json
    assert [one["session"] for one in again["sessions"]] == [one["session"] for one in first["sessions"]]
    assert (first["sample"]["size"], first["sample"]["of"], len(first["sessions"])) == (2, 4, 2)


def test_a_finding_stands_beside_its_verdict(command, closed):
    command("finding", "last", "R14", "--disposition", "accepted", "--reason", "compared on paper")
    said = verdict(command, "R14")
    assert (said["verdict"], said["disposition"]["disposition"]) == ("fail", "accepted")
    assert "compared on paper" in command("audit").out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("finding", "last", "R61", "--disposition", "open", "--reason", "x"), "R61 is no rule"),
        (("finding", "last", "R14", "--disposition", "fine", "--reason", "x"), "disposition"),
        (("audit", "--from", "yesterday"), "yesterday is no date"),
        (("audit", "--by", "nurse"), "--by nurse: say one of month, room, device"),
        (("audit", "--appointments", "nowhere.csv"), "nowhere.csv: can't be read"),
        (("audit", "nobody"), "no session nobody"),
    ],
)
def test_a_wrong_word_gets_a_sentence(command, closed, words, complaint):
    answer = command(*words)
    assert answer.status in (2, 3)
    assert complaint in answer.complaint


def test_the_matrix_and_the_rates_are_tables(command, closed, tmp_path):
    command("audit", "--csv", str(tmp_path / "audit.csv"))
    rows = table(tmp_path / "audit.csv")
    assert [row["rule"] for row in rows] == list(RULES)
    assert {row["session"] for row in rows} == {closed}
    parts = {(row["by"], row["of"]) for row in table(tmp_path / "audit-rates.csv")}
    assert {("all", ""), ("room", "1"), ("device", "monitor")} <= parts


def test_sessions_that_were_never_logged_are_listed(command, closed, tmp_path):
    today = f"{moment(wall() - 3 * 3600 * SECOND):%Y-%m-%d}"
    listed = tmp_path / "appointments.csv"
    listed.write_text(f"room,date,patient\n1,{today},INVENTED-1\n2,{today},INVENTED-2\n")
    answer = command("audit", "--appointments", str(listed), "--json").json
    assert answer["never_logged"] == [f"room 2 {today} INVENTED-2"]


def test_a_list_without_its_columns_is_refused(command, closed, tmp_path):
    listed = tmp_path / "appointments.csv"
    listed.write_text("where,when\n1,2\n")
    assert "room,date,patient" in command("audit", "--appointments", str(listed)).complaint


def recorded(database: Path, **more: Any) -> str:
    """Record a closed session of an infusion, three hours ago, and return its id."""
    hands = Hands(wall=wall() - 3 * 3600 * SECOND)
    desk = desk_at(database, hands)
    try:
        session = open_session(desk, **more)
        for minute in (*range(0, 50, 10), 55, 70):
            cuff(desk, session)
            if minute in (0, 40):
                said = {"drug": "ketamine", "mg": 40.0} if minute == 0 else {}
                desk.append(session, "infusion.end" if minute else "infusion.start", "nurse", said)
            hands.move(600)
        desk.append(session, "session.end", "nurse", {})
        return session
    finally:
        desk.close()


def unreadable(database: Path, session: str) -> None:
    """Make the payload of a session's first dose another than its kind has."""
    database_edit(
        database, f"UPDATE record SET payload = '[]' WHERE session_id = '{session}' AND kind = 'infusion.end'"
    )


def open_session_at(database: Path) -> str:
    desk = desk_at(database, Hands(wall=wall()))
    try:
        return open_session(desk, "2", patient="INVENTED-2")
    finally:
        desk.close()


def cuff(desk: LedgerDesk, session: str) -> None:
    desk.store.append([reading(session, desk.clock.now(), nibp_sys=120.0, nibp_dia=80.0)])


def verdict(command: Any, rule: str, *words: str) -> dict[str, Any]:
    [one] = command("audit", *words, "--json").json["sessions"]
    return next(said for said in one["rules"] if said["rule"] == rule)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def database_edit(database: Path, change: str) -> None:
    connection = sqlite3.connect(database)
    try:
        connection.execute(change)
        connection.commit()
    finally:
        connection.close()
