"""A rehearsed session: the devices' bytes and people's entries, at their times, with no waiting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ledgers import NURSE, kinds_of, opening, url_of

from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from logger.clock import microseconds, moment
from logger.demo.rehearsing import SPEED, Hands, Line, Rehearsal
from logger.entering.desk import LedgerDesk
from logger.entering.sessions import open_ledger
from logger.keeping.verifying import verify_session

NINE = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)
ENDS = Line(3, "session.end", NURSE)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LedgerDesk]:
    desk = open_ledger(url_of(tmp_path / "clinic.db"), create=True)
    yield desk
    desk.close()


def play(desk: LedgerDesk, *lines: Line, faults: str = "") -> tuple[str, Hands]:
    hands = Hands(NINE)
    plan = Plan("datex_dri", faults=parse_faults([faults] if faults else []), cuff_every=60)
    return Rehearsal(desk, hands).play(opening(), {"monitor": plan}, [*lines, ENDS], lead=1.0), hands


def test_time_passes_as_in_a_session_and_no_faster_than_its_clock(desk):
    session, hands = play(desk)
    records = desk.file(session).records
    assert moment(records[0].at) == NINE
    assert records[-1].at == hands.at == microseconds(NINE) + 4 * 60 * 1_000_000
    assert desk.store.session(session)["clock_speed"] == SPEED


def test_an_entry_stands_at_its_minute_among_the_readings(desk):
    session, _ = play(desk, Line(1, "note", NURSE, {"text": "calm"}))
    records = desk.file(session).records
    note = next(record for record in records if record.kind == "note")
    before = [record.at for record in records if record.kind == "reading" and record.seq < note.seq]
    assert (note.at - records[0].at) / 60e6 == pytest.approx(2.0)
    assert max(before) <= note.at


def test_what_the_device_says_stands_in_its_capture_and_the_chain_is_whole(desk, tmp_path):
    session, _ = play(desk)
    verdict = verify_session(desk.file(session), tmp_path)
    assert verdict["ok"]
    assert (tmp_path / "clinic.captures").exists()


def test_a_cable_that_is_pulled_leaves_a_gap(desk):
    session, _ = play(desk, faults="unplug@60+60")
    links = [json.loads(r.payload)["event"] for r in desk.file(session).records if r.kind == "link"]
    assert links.count("lost") == 1
    assert links.count("connected") == 2


def test_a_line_can_speak_of_the_record_of_an_earlier_one(desk):
    typed = {"source": "manual", "readings": [{"vital": "spo2", "value": 79}]}
    changed = {"target": "{typed}", "changes": {"spo2": 97}, "reason": "typed wrong"}
    session, _ = play(
        desk, Line(1, "reading", NURSE, typed, remember="typed"), Line(2, "amend", NURSE, changed)
    )
    assert "amend" in kinds_of(desk.file(session).records)


def test_the_devices_are_taken_away_when_the_patient_leaves(desk):
    leaves = {"decided_by": {"name": "p.example"}, "role": "physician", "escort_present": True}
    session, _ = play(desk, Line(1, "discharge", NURSE, leaves))
    records = desk.file(session).records
    left = next(record for record in records if record.kind == "discharge")
    assert not [record for record in records if record.kind == "reading" and record.at > left.at]
    assert [r.author for r in records if r.kind == "device" and "detached" in r.payload] == ["recorder"]
