"""How soon what a monitor says is in a browser: 50 rooms, 50 event streams, every part a process.

From the last byte of a frame on its line to the event in the client, over recorder, forwarder and server on
this machine's loopback. The stream is as thin as it can be: what the live page makes of it is not in it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from figures.many_sessions import attach, frames_of
from measuring import Figure, Target

from logger.entering.control import RemoteDesk
from logger.entering.desk import LedgerDesk
from logger.entering.sessions import open_ledger
from logger.errors import OwnerSilent
from logger.forwarding.enrolling import digest_of
from logger.ledger.owner import read_notice

DEVICES = ("masimo_ascii1",) * 20 + ("nellcor_ascii",) * 15 + ("datex_dri",) * 10 + ("nonin",) * 5
SECONDS = 60
SETTLES = 5.0
"""Seconds after the last byte in which everything has to have arrived."""

WITHIN = 1.0
"""Seconds at the 95th percentile. Source: what the live page has to reach."""

PROGRAM = (sys.executable, "-c", "from logger.cli import main; main()")
HERE = Path(__file__).parent


def from_the_line_to_the_browser(folder: Path) -> Iterator[Figure]:
    """Measure a minute of 50 rooms."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    room, clinic = folder / "room.db", folder / "clinic.db"
    with ExitStack() as stack:
        start = Started(stack, folder)
        start(*PROGRAM, "recorder", "--database", f"sqlite:///{room}")
        server = start(sys.executable, HERE / "live_server.py", clinic, port, digest_of("bench"))
        start(*PROGRAM, "forward", "--to", f"http://127.0.0.1:{port}", "--database", f"sqlite:///{room}")
        feeder = start(
            sys.executable, HERE / "feeding.py", folder, SECONDS, *(f"{n}:{s}" for s, n in enumerate(DEVICES))
        )
        urls = json.loads(feeder.stdout.readline())
        nurse = reached(room)
        rooms = [Path(url).name for url in urls]
        await_port(port)
        watcher = start(sys.executable, HERE / "watching.py", port, folder / "came.json", *rooms)
        watcher.stdout.readline()
        sessions = [attach(nurse, *one) for one in zip(DEVICES, urls, strict=True)]
        while not all(row["connected"] for row in nurse.status().devices):
            time.sleep(0.1)
        time.sleep(2)
        feeder.stdin.write("begin\n")
        feeder.stdin.flush()
        feeder.stdout.readline()
        time.sleep(SETTLES)
        nurse.close()
        used = {name: seconds_of(pid) for name, pid in start.pids.items()}
        for one in (watcher, server):
            one.stdin.close()
            one.wait(20)
    print(
        "  " + ", ".join(f"{name} {seconds / SECONDS:.0%}" for name, seconds in used.items()), "of one core"
    )
    desk = open_ledger(f"sqlite:///{clinic}")
    try:
        yield from figures(folder, desk, sessions)
    finally:
        desk.close()


class Started:
    """Starts the parts, and ends them with the bench."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack, self._folder = stack, folder
        self.pids: dict[str, int] = {}

    def __call__(self, *words: object) -> subprocess.Popen[str]:
        command = list(map(str, words))
        name = command[3] if command[1] == "-c" else Path(command[1]).stem
        log = self._stack.enter_context((self._folder / f"{name}.log").open("w"))
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": str(HERE.parents[2]),
                "INFUSIONLOG_TOKEN": "bench",
                "INFUSIONLOG_CHECKPOINTS": str(self._folder / "checkpoints"),
                "INFUSIONLOG_RESERVE_MB": "0",
            },
        )
        self._stack.callback(end, process)
        self.pids[name] = process.pid
        return process


def end(process: subprocess.Popen[str]) -> None:
    """End a part of the bench."""
    process.terminate()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    process.wait(20)


def reached(database: Path) -> RemoteDesk:
    """Return the way to the recorder, once it is there."""
    while True:
        notice = read_notice(database)
        if notice is not None and notice.port:
            try:
                return RemoteDesk(notice)
            except OwnerSilent:
                pass
        time.sleep(0.1)


def await_port(port: int) -> None:
    """Wait until the server takes connections."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


def seconds_of(pid: int) -> float:
    """Return the processor seconds that a process has used; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def figures(folder: Path, desk: LedgerDesk, sessions: Sequence[str]) -> Iterator[Figure]:
    """Compare what came to the browsers with what was sent."""
    came: dict[str, int] = json.loads((folder / "came.json").read_text())
    late: list[int] = []
    lost = 0
    for number, (name, session) in enumerate(zip(DEVICES, sessions, strict=True)):
        raw = (folder / f"{number}.bytes").read_bytes()
        times: list[list[int]] = json.loads((folder / f"{number}.times").read_text())
        refs = {}
        for record in desk.store.records(session):
            if record.kind == "reading":
                body = json.loads(record.payload)
                refs[body["offset"], body["length"]] = f"{session} {record.ref}"
        for offset, frame in frames_of(name, raw):
            at = came.get(refs.get((offset, len(frame.raw)), ""))
            if at is None:
                lost += 1
            else:
                late.append(at - times[bisect_left(times, [offset + len(frame.raw), 0])][1])
    late.sort()
    middle, most, last = (late[min(int(len(late) * part), len(late) - 1)] / 1e6 for part in (0.5, 0.95, 1))
    print(f"  {len(late)} frames: after {middle:.2f} s (median), {most:.2f} s (95 %), {last:.2f} s (latest)")
    what = f"{len(DEVICES)} rooms to {len(DEVICES)} event streams"
    yield Figure(
        f"{what}: 95 % within", most, "s", "target", WITHIN, most / WITHIN, Target("value", "<=", WITHIN)
    )
    sent = float(len(late) + lost)
    yield Figure(
        f"{what}: frames lost",
        float(lost),
        "lost",
        "frames sent",
        sent,
        lost / sent,
        Target("value", "<=", 0),
    )
