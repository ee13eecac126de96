"""How much faster than the line a decoder is, on one core."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from measuring import Figure, Target, in_turns

from devices import registry
from devices.contract import decode
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse

FASTEST = {"nonin": (75, 500), "masimo_ascii1": (1, 20_000), "nellcor_ascii": (1, 20_000)}
"""Records a second on the line, and how many times faster than that the decoder has to be."""

MINUTES = 10


def faster_than_the_line(_: Path) -> Iterator[Figure]:
    """Simulated devices decoded record by record, against the time that the line needs for them."""
    for name, (rate, limit) in FASTEST.items():
        chunks = [said.raw for said in rehearse(Plan(name), MINUTES * 60)]
        adapter = registry.adapter(name)
        frames = len(decode(adapter.decoder(), chunks))
        (taken,) = in_turns(9, lambda chunks=chunks, adapter=adapter: decode(adapter.decoder(), chunks))
        ours, line = taken / frames * rate, 1000.0
        yield Figure(
            f"decoding {name}, {rate} records a second",
            ours,
            "ms a second of line",
            "real time",
            line,
            line / ours,
            Target("ratio", ">=", limit),
        )
