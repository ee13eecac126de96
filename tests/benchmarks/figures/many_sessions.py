"""What becomes of 64 sessions at once in one recorder: nothing is lost, and how soon frames are durable."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measuring import Figure, Target

from devices.contract import Frame, Send
from devices.registry import adapter
from logger.entering.control import RemoteDesk
from logger.entering.desk import LedgerDesk
from logger.entering.sessions import open_ledger
from logger.ledger.models import Entry, Written
from logger.ledger.owner import read_notice
from logger.recording.one_session import wanted_devices
from logger.recording.service import start_service
from logger.settings import Settings

DEVICES = ("masimo_ascii1",) * 16 + ("nellcor_ascii",) * 16 + ("datex_dri",) * 16 + ("nonin",) * 16
SECONDS = 60
DURABLE_WITHIN = 1_000_000
"""Microseconds."""

Place = tuple[str, int, int]
"""A frame: session, where it begins in its capture, how long it is."""


@dataclass
class Watched:
    """When each frame was durable, by the store's own word; microseconds of the monotonic clock."""

    desk: LedgerDesk
    durable: dict[Place, int] = field(default_factory=dict)
    values: dict[Place, list[tuple[str, float | None]]] = field(default_factory=dict)
    commits: list[tuple[Sequence[Written], int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        append = self.desk.store.append

        def appended(entries: Sequence[Entry], **more: Any) -> list[Written]:
            written = append(entries, **more)
            self.commits.append((written, time.monotonic_ns() // 1000))
            return written

        self.desk.store.append = appended  # type: ignore[method-assign]

    def read(self) -> int:
        """Read what was committed; return how many bytes stand in a record."""
        read = 0
        for written, at in self.commits:
            for record in written:
                if record.kind not in ("reading", "unread"):
                    continue
                body = json.loads(record.payload)
                read += body["length"]
                if record.kind == "reading":
                    place = (record.session, body["offset"], body["length"])
                    self.durable[place] = at
                    self.values[place] = [(value["vital"], value["value"]) for value in body["readings"]]
        return read


def in_one_recorder(folder: Path) -> Iterator[Figure]:
    """Half of the 64 are line devices, a quarter DRI monitors, a quarter Nonin oximeters."""
    desk = open_ledger(f"sqlite:///{folder}/ledger.db", create=True)
    watched = Watched(desk)
    recorder = start_service(desk, Settings(zone="UTC"), lambda _: None)
    at_work = threading.Thread(target=recorder.run)
    at_work.start()
    notice = read_notice(desk.store.path)
    assert notice is not None
    nurse = RemoteDesk(notice)
    words = [f"{name}:{seed}" for seed, name in enumerate(DEVICES)]
    feeding = Path(__file__).with_name("feeding.py")
    with subprocess.Popen(
        [sys.executable, feeding, folder, str(SECONDS), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(Path(__file__).parents[3])},
    ) as feeder:
        assert feeder.stdout is not None
        assert feeder.stdin is not None
        urls = json.loads(feeder.stdout.readline())
        sessions = [attach(nurse, *one) for one in zip(DEVICES, urls, strict=True)]
        while not all(row["connected"] for row in nurse.status().devices):
            time.sleep(0.1)
        used = time.process_time()
        feeder.stdin.write(b"begin\n")
        feeder.stdin.flush()
        feeder.stdout.readline()
        used = time.process_time() - used
        for session in sessions:
            nurse.append(session, "session.end", "bench", {})
        feeder.stdin.close()
    recorder.stop()
    at_work.join()
    nurse.close()
    desk.close()
    yield from figures(folder, watched, sessions, used)


def attach(nurse: RemoteDesk, name: str, url: str) -> str:
    """Open a session with one device and return its id."""
    room = Path(url).name
    asked = {"room": room, "patient": f"DEMO-{room}"}
    session = nurse.append("", "session.open", "bench", asked).session
    [device] = wanted_devices([f"{name}={url}"])
    nurse.append(session, "device", "bench", device.payload())
    return session


def figures(folder: Path, watched: Watched, sessions: Sequence[str], used: float) -> Iterator[Figure]:
    """Compare what was recorded with what was sent."""
    read, sent, lost = watched.read(), 0, 0
    late: list[int] = []
    for number, (name, session) in enumerate(zip(DEVICES, sessions, strict=True)):
        raw = (folder / f"{number}.bytes").read_bytes()
        times: list[list[int]] = json.loads((folder / f"{number}.times").read_text())
        sent += len(raw)
        for offset, frame in frames_of(name, raw):
            place = (session, offset, len(frame.raw))
            said = [(reading.vital, reading.value) for reading in frame.readings]
            if watched.values.get(place) != said:
                lost += 1
                continue
            _, arrived = times[bisect_left(times, [offset + len(frame.raw), 0])]
            late.append(watched.durable[place] - arrived)
    late.sort()
    print(
        f"  {len(late)} frames, {sent} bytes in {SECONDS} s; durable after "
        f"{late[len(late) // 2] / 1000:.0f} ms (median), {late[int(len(late) * 0.95)] / 1000:.0f} ms (95 %), "
        f"{late[-1] / 1000:.0f} ms (latest); {used / SECONDS:.0%} of one core"
    )
    within = sum(one <= DURABLE_WITHIN for one in late) / len(late) * 100
    what = f"{len(DEVICES)} sessions at once"
    yield Figure(
        f"{what}: durable within 1 s",
        within,
        "%",
        "all frames",
        100.0,
        within / 100,
        Target("value", ">=", 95),
    )
    missing = float(lost + abs(sent - read))
    yield Figure(
        f"{what}: frames and bytes lost",
        missing,
        "lost",
        "bytes sent",
        sent,
        missing / sent,
        Target("value", "<=", 0),
    )


def frames_of(name: str, raw: bytes) -> Iterator[tuple[int, Frame]]:
    """Yield the frames that stand in what a device sent, each with its offset."""
    offset = 0
    for event in adapter(name).decoder().feed(raw):
        if isinstance(event, Frame):
            yield offset, event
        if not isinstance(event, Send):
            offset += len(event.raw)
