"""The commands that write one record each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ledgers import Hands, desk_at, open_session

from logger.clock import wall
from logger.entering.desk import SessionFile
from logger.entering.sessions import open_ledger
from logger.ledger.models import Entry


@pytest.fixture
def session(database) -> str:
    return opened(database)


def opened(database: Path, room: str = "1", patient: str = "INVENTED-1") -> str:
    desk = desk_at(database, Hands(wall=wall()))
    try:
        return open_session(desk, room, patient=patient)
    finally:
        desk.close()


def file_of(database: Path, session: str) -> SessionFile:
    desk = open_ledger(f"sqlite:///{database}")
    try:
        return desk.file(session)
    finally:
        desk.close()


def last(database: Path, session: str) -> tuple[str, dict[str, object]]:
    record = file_of(database, session).records[-1]
    return record.kind, json.loads(record.payload)


@pytest.mark.parametrize(
    ("words", "kind", "payload"),
    [
        (("effect", "nausea", "--severity", "mild"), "effect.report", {"term": "nausea", "severity": "mild"}),
        (("effect", "nausea", "--resolved"), "effect.resolved", {"term": "nausea"}),
        (("effect", "none"), "effect.none", {}),
        (("note", "feels warm"), "note", {"text": "feels warm"}),
        (("mark",), "mark", {}),
        (("mark", "look here"), "mark", {"text": "look here"}),
        (
            ("dose", "start", "--drug", "ketamine", "--mg", "40", "--ml-h", "60"),
            "infusion.start",
            {"drug": "ketamine", "mg": 40.0, "ml_h": 60.0},
        ),
        (("dose", "pause", "--reason", "line checked"), "infusion.pause", {"reason": "line checked"}),
        (("dose", "rate", "--ml-h", "30"), "infusion.rate", {"ml_h": 30.0}),
        (("dose", "end"), "infusion.end", {}),
        (
            ("vital", "nibp_sys=142", "nibp_dia=88"),
            "reading",
            {
                "source": "manual",
                "readings": [{"vital": "nibp_sys", "value": 142.0}, {"vital": "nibp_dia", "value": 88.0}],
            },
        ),
    ],
)
def test_an_entry_is_recorded_as_it_was_said(command, database, session, words, kind, payload):
    assert command(*words).status == 0
    assert last(database, session) == (kind, {"v": 1, **payload})


def test_an_entry_answers_with_its_reference(command, database, session):
    answer = command("note", "hello")
    assert answer.out.strip() == file_of(database, session).records[-1].ref


def test_an_entry_answers_in_json_with_its_digest(command, database, session):
    record = file_of(database, session).records[-1]
    said = command("note", "hello", "--json").json
    assert said["session"] == session
    assert said["seq"] == record.seq + 1
    assert said["digest"] == file_of(database, session).records[-1].digest


def test_the_author_is_who_is_named(command, database, session):
    command("note", "hello", "--author", "nurse.example")
    assert file_of(database, session).records[-1].author == "nurse.example"


def test_a_late_entry_keeps_both_times(command, database, session):
    command("note", "earlier", "--at", "-30")
    record = file_of(database, session).records[-1]
    stated = json.loads(record.payload)["happened_at"]
    assert stated.endswith(("Z", "+00:00"))
    assert "LATE (entered 30 min after)" in command("show", session).out


def test_a_correction_names_what_it_corrects_and_the_old_value_stays(command, session):
    wrong = command("vital", "nibp_sys=185").out.strip()
    assert command("amend", wrong, "nibp_sys=158", "--reason", "typed 185 for 158").status == 0
    by_hand = command("show", session, "--json").json["by_hand"]
    assert [(row["value"], bool(row["superseded_by"])) for row in by_hand] == [(185, True), (158, False)]


def test_an_excluded_reading_stays_visible_and_can_be_taken_back(command, session):
    wrong = command("vital", "nibp_sys=185").out.strip()
    command("exclude", wrong, "--reason", "cuff on the bent arm")
    assert command("show", session, "--json").json["by_hand"][0]["excluded"]
    command("exclude", wrong, "--reason", "it was right", "--undo")
    assert not command("show", session, "--json").json["by_hand"][0]["excluded"]


def test_a_number_out_of_range_is_recorded_once_it_is_confirmed(command, session):
    refused = command("vital", "nibp_sys=291")
    assert refused.status == 2
    assert "if it is really so, give --confirmed" in refused.complaint
    command("vital", "nibp_sys=291", "--confirmed")
    assert [row["value"] for row in command("show", session, "--json").json["by_hand"]] == [291]


def test_a_span_of_one_vital_can_be_excluded(command, session):
    command("vital", "nibp_sys=185", "nibp_dia=90")
    command("exclude", "--vital", "nibp_sys", "--from", "-5", "--to", "-0", "--reason", "arm moved")
    excluded = {row["vital"]: row["excluded"] for row in command("show", session, "--json").json["by_hand"]}
    assert excluded == {"nibp_sys": True, "nibp_dia": False}


def test_a_held_pressure_counts_once_it_is_claimed(command, database, session):
    desk = open_ledger(f"sqlite:///{database}")
    held = {"vital": "nibp_sys", "value": 121.0, "quality": "invalid", "reason": "held"}
    body = {"v": 1, "source": "monitor", "capture": 0, "offset": 0, "length": 1, "readings": [held]}
    [record] = desk.store.append(
        [Entry(session, desk.clock.now(), "reading", "ivy_ansarb", json.dumps(body))]
    )
    desk.close()
    assert command("show", session, "--json").json["readings"][0]["usable"] == 0
    assert command("claim", record.ref, "--at", "-1").status == 0
    assert command("show", session, "--json").json["readings"][0]["last"] == 121


def test_closing_ends_the_session_and_seals_its_chain(command, session):
    assert command("close").status == 0
    assert command("sessions", "--json").json[0]["state"] == "closed"
    assert command("verify", session, "--json").json["ok"]


def test_what_comes_after_the_close_is_kept_and_verifies(command, session):
    command("close")
    assert command("note", "a call the next day", "--session", session).status == 0
    assert command("verify", session).status == 0


def test_with_two_open_sessions_none_is_guessed(command, database):
    first, second = opened(database, "1", "INVENTED-1"), opened(database, "2", "INVENTED-2")
    answer = command("note", "whose?")
    assert answer.status == 2
    assert first in answer.complaint
    assert second in answer.complaint
    assert command("note", "hers", "--room", "2").status == 0
    assert last(database, second)[0] == "note"
    assert last(database, first)[0] == "clock"


def test_a_session_is_known_by_its_beginning_or_as_the_last(command, session):
    assert command("note", "hello", "--session", session[:20]).status == 0
    assert command("note", "hello", "--session", "last").status == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("effect", "nausea"), 2, "mild, moderate or severe"),
        (("effect", "nausea", "--severity", "awful"), 2, "mild, moderate or severe"),
        (("dose", "stop"), 2, "say start, pause, rate, end, ordered"),
        (("vital", "nibp_sys"), 2, "VITAL=VALUE"),
        (("vital", "nibp_sys=nan"), 2, "nibp_sys"),
        (("vital", "nibp_sys=999"), 2, "40-280"),
        (("vital", "blood=5"), 2, "no vital sign"),
        (("vital", "flow_rate=30"), 2, "no vital sign"),  # a pump's number is what a pump says
        (("note", "x", "--at", "soon"), 2, "no time"),
        (("note", "x", "--at", "2099-01-01T00:00"), 2, "not come yet"),
        (("note", " "), 2, "note"),
        (("note", "x", "--session", "nobody"), 3, "infusionlog sessions"),
        (("amend", "abc:99", "nibp_sys=120", "--reason", "x"), 3, "no record abc:99"),
        (("amend", "not-a-ref", "nibp_sys=120", "--reason", "x"), 2, "target"),
        (("exclude", "--reason", "x"), 2, "either a REF"),
        (("exclude", "--vital", "nibp_sys", "--from", "-5", "--reason", "x"), 2, "--from and --to"),
        (("exclude", "--vital", "spo22", "--from", "-5", "--to", "-1", "--reason", "x"), 2, "no vital sign"),
        (("vital", "spo2=97", "spo2=91"), 2, "given twice"),
        (("detach", "nosuch"), 2, "no device of this session"),
        (("note", "x", "--at", "0001-01-01T00:00+14:00"), 2, "happened_at"),
        (("note", "x", "--at", "2016-01-01T00:00"), 2, "look at the date"),
        (("close", "--author", " "), 2, "author"),
        (("claim", "abc:99", "--at", "-1"), 3, "no record abc:99"),
        (("attach", "no_such_adapter=/dev/ttyS0"), 2, "no_such_adapter"),
        (("attach", "masimo_ascii1"), 2, "ADAPTER=URL"),
    ],
)
def test_what_can_not_be_recorded_is_refused_with_a_sentence(command, session, words, status, said):
    answer = command(*words)
    assert answer.status == status
    assert said in answer.complaint
    assert len(answer.complaint.splitlines()) == 1


def test_without_a_ledger_nothing_is_made_up(command, database):
    answer = command("note", "hello")
    assert (answer.status, "record a session" in answer.complaint) == (3, True)
    assert not database.exists()
