"""Every simulated device recorded over its line in a storm of faults: the ledger holds what was said."""

from __future__ import annotations

import json
import math
import os
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from device_captures import PROTECTION
from rooms import file_of, recording, whole

from devices.errors import BadAddress
from devices.registry import adapter
from devices.simulators.faults import DEVICE, RECORD
from devices.simulators.plan import devices, plan_of
from devices.simulators.running import simulated, stop_simulators
from logger.desk import SessionFile

SEED = 1410
LASTS = 120.0
"""Simulated seconds of a storm, for a device that speaks about once a second."""

CHANGES_DIGITS = {"bit_flip", "dropped_byte"}
"""What makes another number of a record that has no checksum: nobody could tell."""

ENOUGH = 3
"""Records without an excuse that a storm must have: on a busy machine it takes longer to come to them."""

WHILE_OPENING = 3
"""Records that may come while a port is being opened: they wait in the driver and are kept unread."""

TALKS = {"dinamap": 30, "fresenius": 15}
"""Simulated seconds a second of devices that need many questions for one reading."""

Said = dict[str, Any]
Told = frozenset[tuple[str, str, float | None, str | None]]
"""What one record says: vital, variant, value, reason."""


@pytest.fixture(autouse=True)
def no_simulator_stays() -> Iterator[None]:
    yield
    stop_simulators()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs pseudo-terminals")
@pytest.mark.parametrize("name", devices())
def test_the_ledger_holds_what_was_said_in_a_storm(name: str, tmp_path: Path) -> None:
    url, file = storm(name, SEED), tmp_path / "truth.jsonl"
    simulated(url, file)
    with recording(tmp_path / "x.db", f"{name}={url}") as room:
        room.wait_for(lambda _: sum(record.certain for record in truth(url, file)) >= ENOUGH)
        ends = lines(file)[-1]["at"]
        over = room.nurse.status().now
        room.wait_for(lambda records: any(one.at > over for one, _ in records if one.kind == "reading"))
        room.nurse.append(room.session, "session.end", "nurse.example", {})
    ledger = file_of(room)
    assert {said["fault"] for said in lines(file)} > {""}, "no fault struck"
    assert whole(ledger, room.database)
    assert not disagreement(recorded(ledger), truth(url, file, ends))


def test_a_reading_that_is_not_recorded_is_seen() -> None:
    said = [certain(second, second) for second in (1.0, 2.0, 3.0)]
    assert "not recorded" in disagreement([told(1.0), told(3.0)], said)


def test_a_reading_that_nobody_said_is_seen() -> None:
    said = [certain(second, second) for second in (1.0, 2.0)]
    assert "never said" in disagreement([told(1.0), told(7.0), told(2.0)], said)


def test_the_same_storm_comes_again_for_the_same_seed() -> None:
    assert storm("masimo_ascii1", 3) == storm("masimo_ascii1", 3) != storm("masimo_ascii1", 4)


def storm(name: str, seed: int) -> str:
    """Return the address of a device that goes through everything on the list of faults that it can show."""
    chance, last = random.Random(f"{name} {seed}"), LASTS * slowness(name)
    url = f"simulate:{name}?seed={seed}&speed={speed(name)}&cuff_every=40&held=188/112"
    records = [fault for fault in RECORD if has_checksum(name) or fault not in CHANGES_DIGITS]
    for fault in records:
        for part in (0.1, 0.85):
            url += f"&fault={fault}@{last * (part + chance.random() / 10):.1f}"
    wanted = [f"unplug@{last * 0.4:.1f}+{last * 0.1:.1f}", f"silence@{last * 0.6:.1f}+{last * 0.1:.1f}"]
    wanted += [f"{fault}@{last * chance.uniform(0.2, 0.4):.1f}+{last * 0.1:.1f}" for fault in sorted(DEVICE)]
    for fault in wanted:
        with suppress(BadAddress):  # a fault that this device can't show
            plan_of(f"{url}&fault={fault}")
            url += f"&fault={fault}"
    return url


def slowness(name: str) -> float:
    return max(1.0, adapter(name).link.period / 4)


def speed(name: str) -> int:
    """Return simulated seconds a second: a device that is asked gets its questions in real time."""
    return TALKS.get(name, round((60 if adapter(name).may_send else 150) * slowness(name)))


def has_checksum(name: str) -> bool:
    return PROTECTION.get(name) == "checksum"


@dataclass(frozen=True)
class Record:
    """What a device said; *certain* where there is no excuse for not having recorded it."""

    at: float
    told: Told
    certain: bool


def truth(url: str, file: Path, ends: float = math.inf) -> list[Record]:
    """Return the records that may be in the ledger, in order; none before the storm is over.

    What was said after second *ends* may still have been on its way when the session closed.

    A broken record may say what it meant, or nothing, and never anything else. No excuse is left for one
    that arrived whole, and so did the ones before and after it: a broken one may take a neighbour with it
    or cut a second of many packets in two, and so may the opening and the end of the line.
    """
    said, plan = lines(file), plan_of(url)
    if not said or said[-1]["at"] < LASTS * slowness(plan.adapter):
        return []
    pulls = [fault for fault in plan.faults if fault.name == "unplug"]
    good = [one["arrived"] and not one["fault"] for one in said]
    opened = [
        not one["arrived"] or any(before["at"] <= pull.at + pull.lasts < one["at"] for pull in pulls)
        for before, one in pairwise([said[0], *said])
    ]
    ended = [any(one["at"] <= pull.at <= after["at"] for pull in pulls) for one, after in pairwise(said)]
    records: list[Record] = []
    for number, one in enumerate(said):
        certain = (
            0 < number < len(said) - 1
            and one["at"] <= ends
            and all(good[number - 1 : number + 2])
            and not any(opened[max(0, number - WHILE_OPENING) : number + 1])
            and not ended[number]
        )
        if one["readings"]:
            records += [Record(one["at"], values(one["readings"]), certain)] * (1 if certain else 2)
    return records


def lines(file: Path) -> list[Said]:
    """Return what a simulated device wrote down, without a line that it is just writing."""
    text = file.read_text("utf-8") if file.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def recorded(ledger: SessionFile) -> list[Told]:
    bodies = [json.loads(record.payload) for record in ledger.records if record.kind == "reading"]
    read = [values(body["readings"]) for body in bodies]
    return [one for one in read if one]


def values(readings: list[dict[str, Any]]) -> Told:
    """Return what is compared: a held value is the recorder's word for one that the device said."""
    return frozenset(
        (
            one["vital"],
            one.get("variant", ""),
            one["value"],
            None if one.get("reason") == "held" else one.get("reason"),
        )
        for one in readings
        if not one["vital"].startswith("local:")
    )


def reason(one: dict[str, Any]) -> str | None:
    said: str | None = one.get("reason")
    return None if said == "held" else said


def disagreement(read: list[Told], said: list[Record]) -> str:
    """Return where the ledger is not what was said, "" where it is; records that are not certain may lack."""
    places = {0}
    for number, one in enumerate(read):
        hits = {at + 1 for place in places for at in within_reach(said, place) if said[at].told == one}
        if not hits:
            due = said[min(places) : min(places) + 3]
            return f"reading {number}, {set(one)}: never said, or one before it not recorded, of {due}"
        places = hits
    lacking = [record for record in said[max(places) :] if record.certain]
    return f"not recorded: {lacking[0]}" if lacking else ""


def within_reach(said: list[Record], place: int) -> Iterator[int]:
    """Yield where the next recorded reading may stand: up to the first one that can't lack."""
    while place < len(said):
        yield place
        if said[place].certain:
            return
        place += 1


def told(spo2: float) -> Told:
    return frozenset({("spo2", "", spo2, None)})


def certain(at: float, spo2: float) -> Record:
    return Record(at, told(spo2), certain=True)
