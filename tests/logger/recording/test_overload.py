"""A device that says too much: what is not yet in the ledger takes no more memory for it."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from devices.adapters._dri_frames import waves
from devices.registry import adapter
from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import EPOCH
from logger.clock import SECOND
from logger.recording.source import Chunk, Source

OPENED = 1_790_000_000 * SECOND
GROWTH = 300_000
"""Bytes: a patient's waves remember each second's beats and breaths, which is 70 bytes."""


@pytest.mark.parametrize("name", ["masimo_ascii1", "nonin", "datex_dri"])
def test_six_hundred_samples_a_second_pile_up_nowhere(tmp_path, name):
    device = Plan(name, faults=can_overload(name)).actor(EPOCH)
    source = Source(
        "S",
        name,
        adapter(name).wanting_waves(),
        opened_at=OPENED,
        zone=ZoneInfo("UTC"),
        folder=Path(tmp_path),
        make_room=lambda: False,
    )
    source.connect(OPENED, "/dev/example", None, b"")
    device.hear(waves([1, 2]), 0.0)  # 600 samples a second of a DRI monitor; the others don't listen
    tracemalloc.start()
    try:
        listen(device, source, 0, 4)
        before, _ = tracemalloc.get_traced_memory()
        listen(device, source, 4, 14)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        source.seal(OPENED)
    assert after - before < GROWTH


def listen(device, source, begin, end):
    for second in range(begin, end):
        for said in device.send(float(second)):
            source.hear(Chunk(said.raw, OPENED + round(said.at * SECOND)))


def can_overload(name):
    return () if name == "datex_dri" else parse_faults(["overload@0+100"])
