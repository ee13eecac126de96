"""Every simulated device recorded over its line in a storm of faults: the ledger holds what was said."""

from __future__ import annotations

import json
import math
import os
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from device_captures import PROTECTION
from rooms import file_of, recording, whole

from devices.errors import BadAddress
from devices.registry import adapter
from devices.simulators.faults import DEVICE, PULLS, RECORD, WIRE
from devices.simulators.plan import devices, plan_of
from devices.simulators.running import simulated, stop_simulators
from devices.vocabulary import NIBP
from logger.entering.desk import SessionFile

SEED = 1410
LASTS = 150.0
"""Simulated seconds of a storm, for a device that speaks about once a second."""

CHANGES_DIGITS = {"bit_flip", "dropped_byte"}
"""What makes another number of a record that has no checksum: nobody could tell."""

FOUR_BYTES = {"nonin_8"}
"""Whose records are so short that what another speed makes of them may be one."""

MOMENTS = {"overload": 1.0, "rts_off": 3.0}
"""Seconds of faults that a storm has for a moment only."""

ENOUGH = 3
"""Records without an excuse that a storm must have: on a busy machine it takes longer to come to them."""

OPENING = 0.3
"""Real seconds that the opening of a port may take: what comes then waits in the driver and is unread. What
waited to be read for as long when the cable was pulled is lost."""

UNPROMISED = {"harvard": "vol_delivered"}
"""A vital that a device is known to say by the question before it alone: its simulator can't promise it."""

TALKS = {"dinamap": 30, "fresenius": 15, "harvard": 15, "medibus": 15}
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
    assert not disagreement(recorded(ledger, UNPROMISED.get(name)), truth(url, file, ends))


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
    wanted = [
        f"{fault}@{last * (part + step * number + chance.random() / 100):.1f}"
        for part, step in ((0.02, 0.035), (0.82, 0.02))
        for number, fault in enumerate(sorted(records))
    ]
    places = zip(("unplug", "silence", "replug", "swapped"), (0.4, 0.5, 0.6, 0.7), strict=True)
    wanted += [f"{fault}@{last * part:.1f}+{last * 0.05:.1f}" for fault, part in places]
    ways = [way for way in (*WIRE, *DEVICE) if way != "swapped"]
    if name in FOUR_BYTES:
        ways.remove("wrong_baud")
    for way in sorted(ways):
        wanted.append(f"{way}@{last * chance.uniform(0.15, 0.8):.1f}+{MOMENTS.get(way, last * 0.05):.1f}")
    for fault in wanted:
        with suppress(BadAddress):  # a fault that this device can't show
            plan_of(f"{url}&fault={fault}")
            url += f"&fault={fault}"
    return url


def slowness(name: str) -> float:
    return max(1.0, adapter(name).link.period / 4)


def speed(name: str) -> int:
    """Return simulated seconds a second: a device that is asked gets its questions in real time."""
    return TALKS.get(name, round((40 if adapter(name).may_send else 60) * slowness(name)))


def has_checksum(name: str) -> bool:
    return PROTECTION.get(name) == "checksum"


@dataclass(frozen=True)
class Record:
    """What a device said; *certain* where there is no excuse for not having recorded it.

    Of one that is not, a part may be recorded, but no number that it has not.
    """

    at: float
    told: Told
    certain: bool

    def is_in(self, read: Told) -> bool:
        return read == self.told if self.certain else numbers(read) <= numbers(self.told)


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
    pulls = [fault for fault in plan.faults if fault.name in PULLS]
    good = [one["arrived"] and not one["fault"] for one in said]
    openings = [
        one["at"]
        for before, one in pairwise([said[0], *said])
        if not one["arrived"] or any(before["at"] <= pull.at + pull.lasts < one["at"] for pull in pulls)
    ]
    away = [*openings, *(pull.at - OPENING * plan.speed for pull in pulls)]
    records: list[Record] = []
    for number, one in enumerate(said):
        certain = (
            0 < number < len(said) - 1
            and one["at"] <= ends
            and all(good[number - 1 : number + 2])
            and not any(at <= one["at"] <= at + OPENING * plan.speed for at in away)
        )
        if one["readings"]:
            records += [Record(one["at"], values(one["readings"]), certain)] * (1 if certain else 2)
    return records


def lines(file: Path) -> list[Said]:
    """Return what a simulated device wrote down, without a line that it is just writing."""
    text = file.read_text("utf-8") if file.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def recorded(ledger: SessionFile, unpromised: str | None = None) -> list[Told]:
    bodies = [json.loads(record.payload) for record in ledger.records if record.kind == "reading"]
    read = [values([r for r in body["readings"] if r["vital"] != unpromised]) for body in bodies]
    return [one for one in read if one]


def values(readings: list[dict[str, Any]]) -> Told:
    """Return what is compared."""
    return frozenset(
        (one["vital"], one.get("variant", ""), one["value"], reason(one))
        for one in readings
        if not one["vital"].startswith("local:")
    )


@cache
def numbers(told: Told) -> frozenset[tuple[str, str, float]]:
    return frozenset((vital, variant, value) for vital, variant, value, _ in told if value is not None)


def reason(one: dict[str, Any]) -> str | None:
    """Return why: held is the recorder's word for a value, and failed that of who saw the cuff run."""
    said: str | None = one.get("reason")
    if one["vital"] in NIBP and one["value"] is None:
        return "no cuff value"
    return None if said == "held" else said


def disagreement(read: list[Told], said: list[Record]) -> str:
    """Return where the ledger is not what was said, "" where it is; records that are not certain may lack."""
    places, reach = [0], reaches(said)
    for number, one in enumerate(read):
        hits, looked_at = [], 0
        for place in places:
            reachable = range(max(place, looked_at), reach[place] + 1)
            hits += [at + 1 for at in reachable if said[at].is_in(one)]
            looked_at = max(looked_at, reach[place] + 1)
        if not hits:
            due = said[places[0] : places[0] + 3]
            return f"reading {number}, {set(one)}: never said, or one before it not recorded, of {due}"
        places = hits
    lacking = [record for record in said[places[-1] :] if record.certain]
    return f"not recorded: {lacking[0]}" if lacking else ""


def reaches(said: list[Record]) -> list[int]:
    """Return for each place the last one where the next recorded reading may stand: one that can't lack."""
    reach = [len(said) - 1]
    for at in range(len(said) - 1, -1, -1):
        reach.insert(0, at if said[at].certain else reach[0])
    return reach


def told(spo2: float) -> Told:
    return frozenset({("spo2", "", spo2, None)})


def certain(at: float, spo2: float) -> Record:
    return Record(at, told(spo2), certain=True)
