"""`--waves`: what a capture says of waves, and where a session records them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import answer, at_work, refusal
from ledgers import url_of

from logger.entering.sessions import open_ledger
from logger.kinds import Device

CAPTURES = Path(__file__).parent.parent.parent / "captures"
ROOM = ("record", "--room", "1", "--patient", "INVENTED-1", "--for", "3")
NONIN = "nonin=simulate:nonin?speed=20"


def devices(database: Path) -> list[Device]:
    """Return the devices that the ledger's sessions were given."""
    desk = open_ledger(url_of(database))
    try:
        records = [one for row in desk.store.sessions() for one in desk.store.records(row["id"])]
    finally:
        desk.close()
    return [Device.model_validate_json(one.payload) for one in records if one.kind == "device"]


def test_a_capture_tells_its_waves_where_they_are_asked_for(command):
    capture = str(CAPTURES / "nonin.bin")
    plain = [json.loads(line) for line in command("decode", "nonin", capture, "--json").out.splitlines()]
    told = [
        json.loads(line) for line in command("decode", "nonin", capture, "--waves", "--json").out.splitlines()
    ]
    waves = [event.pop("waves") for event in told if event["event"] == "frame"]
    assert told == plain
    assert {wave["wave"] for [wave] in waves} == {"pleth"}
    assert set(waves[0][0]) == {"wave", "variant", "rate", "scale", "follows", "samples"}
    assert len(waves[0][0]["samples"]) == 25


def test_a_capture_tells_a_person_how_many_samples_there_are(command):
    said = command("decode", "nonin", str(CAPTURES / "nonin.bin"), "--waves").out.splitlines()
    assert said[0].endswith("pleth 25 samples after a gap")
    assert said[1].endswith("pleth 25 samples")


@pytest.mark.parametrize(
    ("words", "setting", "recorded"),
    [
        ((), None, False),
        (("--waves",), None, True),
        ((), "true", True),
        (("--no-waves",), "true", False),
    ],
)
def test_waves_are_recorded_by_the_option_or_the_setting(
    command, database, monkeypatch, words, setting, recorded
):
    if setting:
        monkeypatch.setenv("INFUSIONLOG_WAVES", setting)
    assert command(*ROOM, *words, "--device", NONIN).status == 0
    assert [one.waves for one in devices(database)] == [recorded]


def test_a_device_without_waves_is_recorded_as_ever_and_it_is_said(command, database):
    said = command(*ROOM, "--waves", "--device", "masimo_ascii1=simulate:masimo_ascii1?speed=20")
    assert (said.status, "masimo_ascii1: no waves of" in said.complaint) == (0, True)
    assert [one.waves for one in devices(database)] == [False]


def test_a_device_can_join_a_session_with_its_waves(tmp_path):
    database, device = tmp_path / "x.db", "masimo_ascii1=simulate:masimo_ascii1?speed=20"
    with at_work(database, *ROOM[:5], "--device", device) as (_, _session):
        answer(database, "attach", NONIN, "--waves")
    assert [one.waves for one in devices(database)] == [False, True]


def test_a_setting_that_is_no_yes_or_no_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("INFUSIONLOG_WAVES", "perhaps")
    status, said = refusal(tmp_path / "x.db", *ROOM)
    assert (status, "waves: " in said) == (2, True), said
