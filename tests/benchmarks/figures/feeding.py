"""Simulated devices on pseudo-terminals, in a process of its own: each writes at the pace of its line.

``python feeding.py FOLDER SECONDS ADAPTER:SEED ...`` prints the terminals' names as one JSON line. The
devices begin when a line comes on standard input. When the seconds are over and every byte is
written, the process prints a line and waits until its standard input ends. FOLDER then holds of device N what
it sent (``N.bytes``) and, for each write, the bytes sent by then and the microseconds of the monotonic clock
(``N.times``).
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import sys
import time
import tty
from datetime import datetime
from pathlib import Path

from devices.registry import adapter
from devices.simulators.plan import Plan

TICK = 0.016
"""Seconds between two writes: what an FTDI adapter holds bytes back for (FTDI AN232B-04)."""

EPOCH = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001  # what the device's clock shows: it has no zone


class Fed:
    """One device, its terminal and what it has sent."""

    def __init__(self, name: str, seed: int, late: float) -> None:
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.url = os.ttyname(self._slave)
        os.set_blocking(self.master, False)
        link = adapter(name).link
        bits = 1 + link.bits + (link.parity != "N") + link.stop
        self._a_tick = int(link.baud / bits * TICK)
        self._actor = Plan(name, seed).actor(EPOCH)
        self._late, self._began = late, 0.0
        self._backlog, self.sent = b"", bytearray()
        self.times: list[tuple[int, int]] = []

    def begin(self, now: float) -> None:
        """Switch the device on; what it has said before is for nobody."""
        self._began = now - self._late
        self._actor.send(self._late)

    def tick(self, now: float, *, last: bool) -> bool:
        """Say what is due and write what the line carries in a tick; return whether bytes are left."""
        with contextlib.suppress(BlockingIOError):
            while heard := os.read(self.master, 4096):
                self._actor.hear(heard, now - self._began)
        if not last and self._actor.due() <= now - self._began:
            for said in self._actor.send(now - self._began):
                self._backlog += said.raw
        if self._backlog:
            written = os.write(self.master, self._backlog[: self._a_tick])
            self.sent += self._backlog[:written]
            self._backlog = self._backlog[written:]
            self.times.append((len(self.sent), time.monotonic_ns() // 1000))
        return bool(self._backlog)


def main() -> None:
    """Feed until every byte of the seconds is written."""
    folder, seconds, *wanted = sys.argv[1:]
    named = [one.split(":") for one in wanted]
    fed = [Fed(name, int(seed), 10 + int(seed) * 0.03) for name, seed in named]
    print(json.dumps([one.url for one in fed]), flush=True)
    sys.stdin.readline()
    begun = time.monotonic()
    for one in fed:
        one.begin(begun)
    due, left = begun, True
    while due < begun + float(seconds) or left:
        due += TICK
        time.sleep(max(0.0, due - time.monotonic()))
        last = due >= begun + float(seconds)
        left = sum(one.tick(time.monotonic(), last=last) for one in fed) > 0
    for number, one in enumerate(fed):
        Path(folder, f"{number}.bytes").write_bytes(one.sent)
        Path(folder, f"{number}.times").write_text(json.dumps(one.times))
    print("sent", flush=True)
    select.select([sys.stdin], [], [])


if __name__ == "__main__":
    main()
