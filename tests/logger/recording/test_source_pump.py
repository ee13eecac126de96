"""A pump's whole infusion becomes few records: what it says for the first time, by the pump as author."""

from __future__ import annotations

import binascii
import json
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from devices.registry import adapter
from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import record_capture, rehearse
from logger.clock import SECOND
from logger.kinds import KINDS
from logger.ledger.models import Entry, Written
from logger.recording.source import Chunk, Source

OPENED = 1_790_000_000 * SECOND
PUMPS = ["alaris_asena", "bbraun_bcc", "fresenius", "harvard", "ne1000"]
START, STOPS, LASTS = 120.0, 600.0, 180.0


@cache
def spoken(name: str) -> list[tuple[float, bytes]]:
    """What a simulated pump says that gives 40 mL in 40 minutes and is occluded for three of them."""
    plan = Plan(name, faults=parse_faults([f"occlusion@{STOPS:g}+{LASTS:g}"]), infusion_at=START)
    return [(said.at, said.raw) for said in rehearse(plan, 2800.0)]


def source_of(name: str, folder: Path) -> Source:
    zone = ZoneInfo("UTC")
    return Source(
        "S", "pump", adapter(name), opened_at=OPENED, zone=zone, folder=folder, make_room=lambda: False
    )


def heard(source: Source, said: list[tuple[float, bytes]], port_at: int = OPENED) -> list[Entry]:
    entries = source.connect(port_at, "/dev/example", None, b"")
    asked = (port_at - OPENED) // SECOND
    for second, raw in said:
        while asked <= second:  # which question an answer is to, the decoder knows
            source.asks(OPENED + asked * SECOND)
            asked += 1
        made, _ = source.hear(Chunk(raw, OPENED + round(second * SECOND)))
        entries += made
    return entries


def told(entries: list[Entry], kind: str, *names: str) -> list[tuple]:
    """Return the second and the named fields of each record of a kind."""
    bodies = [(entry.at, json.loads(entry.payload)) for entry in entries if entry.kind == kind]
    return [((at - OPENED) // SECOND, *(body.get(name) for name in names)) for at, body in bodies]


@pytest.mark.parametrize("name", PUMPS)
def test_an_infusion_runs_stops_under_the_occlusion_runs_on_and_ends(tmp_path, name):
    states = told(heard(source_of(name, tmp_path), spoken(name)), "pump.state", "state")
    occluded = "stalled" if name == "harvard" else "stopped"
    assert [state for _, state in states] == ["stopped", "running", occluded, "running", "stopped"]
    for (at, _), due in zip(states[1:], (START, STOPS, STOPS + LASTS, START + 2400 + LASTS), strict=True):
        assert due <= at <= due + 65  # a pump without a word for it stands only after a minute


@pytest.mark.parametrize("name", PUMPS)
def test_the_rate_is_a_record_where_it_changes(tmp_path, name):
    rates = {rate for _, rate in told(heard(source_of(name, tmp_path), spoken(name)), "pump.rate", "ml_h")}
    assert 60.0 in rates
    assert rates <= {0.0, 60.0}


@pytest.mark.parametrize(
    ("name", "text"), [("alaris_asena", "AL_OCCLUSION"), ("bbraun_bcc", "INA1"), ("ne1000", "S")]
)
def test_an_alarm_is_two_records(tmp_path, name, text):
    alarms = told(heard(source_of(name, tmp_path), spoken(name)), "pump.alarm", "text", "was")
    assert [alarm[1:] for alarm in alarms] == [(text, None), (None, text)]


@pytest.mark.parametrize(("name", "drug"), [("bbraun_bcc", "Ketamin 1mg/ml"), ("fresenius", "KETAMIN")])
def test_the_drug_is_one_record(tmp_path, name, drug):
    assert [d for _, d in told(heard(source_of(name, tmp_path), spoken(name)), "pump.drug", "drug")] == [drug]


@pytest.mark.parametrize("name", PUMPS)
def test_a_pumps_records_have_the_pump_as_author_and_the_place_of_its_words(tmp_path, name):
    source = source_of(name, tmp_path)
    entries = heard(source, spoken(name))
    raw = b"".join(raw for _, raw in spoken(name))
    pumped = [entry for entry in entries if entry.kind.startswith("pump.")]
    assert {entry.author for entry in pumped} == {name}
    for entry in pumped:
        said = KINDS[entry.kind].model_validate_json(entry.payload)
        before = entries[: entries.index(entry)]
        frame = json.loads([one for one in before if one.kind == "reading"][-1].payload)
        assert (said.capture, said.offset) == (frame["capture"], frame["offset"])
        assert said.offset < len(raw)


def test_no_record_of_a_pump_is_a_dose(tmp_path):
    kinds = {entry.kind for entry in heard(source_of("bbraun_bcc", tmp_path), spoken("bbraun_bcc"))}
    assert not {kind for kind in kinds if kind.startswith(("infusion.", "dose."))}


@pytest.mark.parametrize("name", PUMPS)
def test_a_recorder_that_comes_back_says_nothing_again(tmp_path, name):
    whole = spoken(name)
    before, after = whole[: len(whole) // 2], whole[len(whole) // 2 :]
    entries = heard(source_of(name, tmp_path), before)
    records = [
        Written(one.session, "w", seq, one.at, one.kind, one.author, one.payload, "")
        for seq, one in enumerate(entries)
    ]
    again = source_of(name, tmp_path)
    again.resume(records, entries[-1].at)
    back = OPENED + round(after[0][0] * SECOND)
    once = told(heard(source_of(name, tmp_path), whole), "pump.state", "state")
    assert [
        *told(entries, "pump.state", "state"),
        *told(heard(again, after, back), "pump.state", "state"),
    ] == once


def test_a_monitor_makes_no_record_of_a_pump(tmp_path):
    entries = heard(source_of("nonin", tmp_path), [(0.0, record_capture("nonin", 30.0))])
    assert not {entry.kind for entry in entries if entry.kind.startswith("pump.")}


def test_another_pump_on_the_line_says_everything_anew(tmp_path):
    source = source_of("alaris_asena", tmp_path)
    first = heard(source, spoken("alaris_asena")[:40])
    other = [(second, raw.replace(b"8002-", b"8003-")) for second, raw in spoken("alaris_asena")[:40]]
    assert told(first, "pump.rate", "ml_h", "was")[0][1:] == (60.0, None)
    again = [resealed(raw) for _, raw in other]
    entries = heard(source, list(zip((second for second, _ in other), again, strict=True)))
    assert told(entries, "pump.rate", "ml_h", "was")[0][1:] == (60.0, None)


def resealed(raw: bytes) -> bytes:
    """Return Alaris's line with the check that belongs to it."""
    text, _, rest = raw[1:].partition(b"|")
    return b"!%b|%04X" % (text, binascii.crc_hqx(text, 0xFFFF)) + rest[4:]
