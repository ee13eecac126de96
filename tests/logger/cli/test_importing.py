"""The command that takes in what was recorded elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ledgers import NURSE, Hands, desk_at, open_session, reading

from logger.clock import SECOND, wall

OLD = "measured_at,vital,value,unit\n2019-05-07T10:00:00{},spo2,97,%\n"
WHOSE = ("--room", "1", "--patient", "INVENTED-7", "--protocol", "iv_ketamine_40min")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    (tmp_path / "old.csv").write_text(OLD.format("+02:00"), encoding="utf-8")
    return tmp_path / "old.csv"


def test_an_export_of_one_ledger_is_taken_into_another(command, database, tmp_path, monkeypatch):
    desk = desk_at(database, Hands(wall=wall() - 3600 * SECOND))
    session = open_session(desk, name="DEMO, Example")
    desk.store.append([reading(session, desk.clock.now() + n * SECOND, spo2=97.0) for n in range(10)])
    desk.append(session, "session.end", NURSE, {})
    desk.close()
    command("export", session, "--out", str(tmp_path / "out"))
    monkeypatch.setenv("INFUSIONLOG_DATABASE", f"sqlite:///{tmp_path / 'second.db'}")
    (first,) = command("import", str(tmp_path / "out"), "--json").json
    (second,) = command("import", str(tmp_path / "out"), "--json").json
    assert (first["session"], second["records"], second["known"]) == (session, 0, first["records"])
    assert command("verify", session).status == 0
    (listed,) = command("sessions", "--json").json
    assert (listed["state"], listed["patient"]) == ("closed", "INVENTED-1")
    log = command("access", "--json").json
    assert [one["event"] for one in log if one["session"] == session] == ["imported", "imported"]


def test_a_foreign_table_becomes_a_session_and_is_charted(command, old, tmp_path):
    said = command("import", str(old), *WHOSE)
    assert (said.status, "1 values of old.csv, not recorded by infusionlog" in said.out) == (0, True)
    assert command("verify").status == 0
    assert command("chart", "last", "--out", str(tmp_path / "page.png")).status == 0


def test_what_is_not_imported_is_said(command, tmp_path):
    path = tmp_path / "old.csv"
    path.write_text("ward,at,vital,value,unit\n3,2019-05-07T10:00:00Z,spo2,97,%\n", encoding="utf-8")
    assert "not imported: the columns ward" in command("import", str(path), *WHOSE).complaint


def test_numbers_that_no_patient_can_show_are_named(command, old):
    old.write_text(OLD.format("+02:00").replace("97", "300"), encoding="utf-8")
    said = command("import", str(old), *WHOSE)
    assert (said.status, "1 of spo2 outside" in said.complaint) == (0, True)


def test_a_demo_that_was_said_to_be_one_is_shown_as_one(command, old):
    command("import", str(old), *WHOSE, "--demo")
    assert json.loads(command("sessions", "--json").out)[0]["demo"] is True


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("{old}",), 2, "of which session is it? Give --room, --patient, --protocol"),
        (("{old}", "--room", "1", "--patient", "P"), 2, "Give --protocol"),
        (("{folder}", *WHOSE), 2, "name it alone"),
        (("{folder}",), 3, "holds no ledger.csv"),
        (("{folder}/none.csv", *WHOSE), 3, "can't be read"),
        (("{old}", *WHOSE, "--zone", "Vienna"), 2, "is no time zone; write it as Europe/Vienna"),
        (("{naive}", *WHOSE), 3, "has no offset; give --zone"),
        (
            ("{old}", "--room", "1", "--patient", "P", "--protocol", "none"),
            2,
            "no protocol has the profile none",
        ),
    ],
)
def test_a_wrong_word_gets_a_sentence(command, old, tmp_path, words, status, sentence):
    naive = tmp_path / "naive.csv"
    naive.write_text(OLD.format(""), encoding="utf-8")
    said = command("import", *(word.format(old=old, folder=tmp_path, naive=naive) for word in words))
    assert (said.status, sentence in said.complaint) == (status, True), said.complaint


def test_times_without_offset_are_read_in_a_zone_that_is_named(command, tmp_path):
    path = tmp_path / "naive.csv"
    path.write_text(OLD.format(""), encoding="utf-8")
    assert command("import", str(path), *WHOSE, "--zone", "Europe/Vienna").status == 0
