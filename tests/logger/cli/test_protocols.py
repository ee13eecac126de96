"""Protocols on the command line: listed, shown, checked, approved; what is due; the sheet for a power cut."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ledgers import Hands, Nurse, desk_at

from devices.vocabulary import config_folder
from logger.clock import wall
from logger.entering.sessions import open_ledger

SHIPPED = config_folder() / "protocols" / "draft.toml"
BY = "A. Example, medical director"


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the clinic's own copies, still empty."""
    (tmp_path / "own").mkdir()
    monkeypatch.setenv("INFUSIONLOG_PROTOCOLS", str(tmp_path / "own"))
    return tmp_path / "own"


def test_the_five_profiles_are_listed_as_approved_by_nobody(command):
    said = command("protocol", "list")
    assert said.out.count("not approved by this clinic") == 5


def test_a_profile_is_shown_in_words_with_the_source_and_status_of_its_numbers(command):
    said = command("protocol", "show", "iv_ketamine_40min").out
    assert "every 10 min from minute 10, no gap over 13 min" in said
    assert "[C] Emory (Riva-Posse 2018)" in said
    assert "quality.late_entry_minutes = 15  [D]" in said


def test_the_shown_profile_as_json_has_its_schedule_and_its_numbers(command):
    said = command("protocol", "show", "im_ketamine", "--json").json
    assert said["schedule"][0]["words"] == "at least once in the 15 min before injection"
    assert {"place": "profile.im_ketamine.min_total_min", "value": 120, "status": "D", "source": ""} in said[
        "numbers"
    ]


def test_a_file_that_may_be_used_is_told_with_its_digest(command):
    said = command("protocol", "check", str(SHIPPED), "--json")
    assert (said.status, said.json["ok"], len(said.json["digest"])) == (0, True, 64)


def test_every_problem_of_a_wrong_file_is_told_with_its_line(command, tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(SHIPPED.read_text("utf-8").replace("max_gap_min = 13", "max_gap_min = 9"), "utf-8")
    said = command("protocol", "check", str(wrong))
    assert said.status == 1
    assert len(said.out.splitlines()) == 2
    assert all(line.startswith(f"{wrong}, line ") for line in said.out.splitlines())


def test_a_file_that_is_not_there_is_named(command):
    said = command("protocol", "check", "none.toml")
    assert said.status == 2
    assert "none.toml: No such file" in said.complaint


def test_an_approval_stands_in_the_clinics_copy_and_in_the_ledger(command, database, own):
    desk_at(database, Hands(wall=wall())).close()
    said = command("protocol", "approve", str(SHIPPED), "--by", BY)
    assert said.status == 0, said.complaint
    digest = said.out.split()[-1]
    assert command("protocol", "check", str(own / "draft.toml"), "--json").json["digest"] == digest
    desk = open_ledger(f"sqlite:///{database}")
    record = desk.file("system").records[-1]
    desk.close()
    body = json.loads(record.payload)
    assert (record.kind, body["digest"], body["approved_by"]) == ("protocol.approved", digest, BY)
    assert command("protocol", "list", "--json").json[0]["approved_by"] == BY


def test_an_approval_without_a_ledger_stands_in_the_file_alone_and_says_so(command, own):
    said = command("protocol", "approve", str(SHIPPED), "--by", BY)
    assert said.status == 0
    assert "no ledger there yet" in said.complaint
    assert BY in (own / "draft.toml").read_text("utf-8")


def test_what_is_due_is_listed_with_the_record_that_met_it(command, database):
    reference = session_with(database, nibp_sys=122, nibp_dia=76)
    found = {one["parameter"]: one for one in command("due", "--json").json["due"]}
    assert (found["nibp"]["state"], found["nibp"]["by"]) == ("met", [reference])
    assert found["moaas"]["state"] == "due"


def test_the_list_for_people_leaves_out_what_is_met_unless_asked(command, database):
    session_with(database, nibp_sys=122, nibp_dia=76)
    assert "nibp" not in command("due").out
    assert "nibp" in command("due", "--all").out


@pytest.mark.parametrize("ending", ["pdf", "png"])
def test_the_paper_sheet_is_a_file(command, tmp_path, ending):
    sheet = tmp_path / f"sheet.{ending}"
    assert command("paper-sheet", "--protocol", "im_ketamine", "--out", str(sheet)).status == 0
    assert sheet.stat().st_size > 10_000


def test_a_sheet_of_no_profile_names_those_there_are(command, tmp_path):
    said = command("paper-sheet", "--protocol", "none", "--out", str(tmp_path / "sheet.pdf"))
    assert (said.status, "iv_ketamine_q5" in said.complaint) == (2, True)


def session_with(database: Path, **values: float) -> str:
    """Open a session, type values a moment later, and return the record."""
    hands = Hands(wall=wall())
    desk = desk_at(database, hands)
    try:
        return Nurse(desk, hands).types(**values).ref
    finally:
        desk.close()
