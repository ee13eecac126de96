"""How much faster than the line a decoder is, on one core."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from measuring import Figure, Target, in_turns

from devices import registry
from devices.contract import decode
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse

FASTEST = {"nonin": (75, 500), "masimo_ascii1": (1, 20_000), "nellcor_ascii": (1, 20_000)}
"""Records a second on the line, and how many times faster than that the decoder has to be."""

MINUTES = 10

BY_HAND = {
    "masimo_ascii1": (
        rb"(\d\d)/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d) SN=(\S+) SPO2=(\d{3}|---)% BPM=(\d{3}|---)%? "
        rb"PI=(\d\d\.\d\d|--\.--)%? .*? ?EXC=([0-9A-F]{6,7})\r\n",
        (8, 9, 10),
    ),
    "nellcor_ascii": (
        rb"(\d\d)-([A-Za-z]{3})-(\d\d) (\d\d):(\d\d):(\d\d)   (---|[ \d]{2}\d)([ *])    "
        rb"(---|[ \d]{2}\d)([ *])    (---|[ \d]{2}\d)([ *]?)(.*)\r\n",
        (7, 9, 11),
    ),
    "nonin_ascii": (rb"SPO2=(---|\d{3}) HR=(---|\d{3})( F)?\*?\r\n", (1, 2)),
    "accutorr3": (rb"P:" + rb" *(\d+|-+)," * 8 + rb" *\r\n", range(1, 9)),
}
"""What somebody would write who needs one monitor's numbers and nothing else: a pattern, and its numbers."""


def faster_than_the_line(_: Path) -> Iterator[Figure]:
    """Simulated devices decoded record by record, against the time that the line needs for them."""
    for name, (rate, limit) in FASTEST.items():
        chunks = [said.raw for said in rehearse(Plan(name), MINUTES * 60)]
        adapter = registry.adapter(name)
        frames = len(decode(adapter.decoder(), chunks))
        (taken,) = in_turns(9, lambda c=chunks, a=adapter: decode(a.decoder(), c), clock=time.process_time)
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


def line_profiles(_: Path) -> Iterator[Figure]:
    """Profiles of line devices through the line engine, against a pattern written by hand and ``float``."""
    for name, (pattern, numbers) in BY_HAND.items():
        adapter, by_hand = registry.adapter(name), re.compile(pattern)
        chunks = [said.raw for said in rehearse(Plan(name), MINUTES * 60) if by_hand.fullmatch(said.raw)]

        def read(
            chunks: list[bytes] = chunks,
            by_hand: re.Pattern[bytes] = by_hand,
            numbers: Iterable[int] = numbers,
        ) -> None:
            for chunk in chunks:
                match = by_hand.fullmatch(chunk)
                assert match is not None
                for number in numbers:
                    word = match[number]
                    _ = float(word) if b"-" not in word else None

        ours, theirs = in_turns(
            15, lambda c=chunks, a=adapter: decode(a.decoder(), c), read, clock=time.process_time
        )
        a_line = 1000 / len(chunks)
        yield Figure(
            f"a line of {name} by its profile",
            ours * a_line,
            "us",
            "re.fullmatch by hand and float",
            theirs * a_line,
            ours / theirs,
            Target("ratio", "<=", 6),
        )
