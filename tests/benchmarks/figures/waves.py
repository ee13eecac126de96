"""How much faster than the line waves are read, and read and recorded, on one core."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from measuring import Figure, Target, in_turns

from devices import registry
from devices.adapters._dri_frames import waves
from devices.adapters.datex_dri import ASKED
from devices.contract import decode
from devices.simulators.actor import Said
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import EPOCH, rehearse
from logger.clock import SECOND
from logger.entering.desk import LedgerDesk
from logger.entering.opening import Opening, open_or_resume
from logger.entering.sessions import open_ledger
from logger.recording.source import Chunk, Source
from logger.settings import find_protocol

MINUTES = 5
UTC = ZoneInfo("UTC")


def faster_than_the_line(folder: Path) -> Iterator[Figure]:
    """Two monitors with numbers and waves, against the time that the line needs for them."""
    monitors = {
        "datex_dri": ("DRI with 600 samples a second", two_leads(), 100),
        "intellivue": ("IntelliVue numbers and four waves", heard("intellivue"), 50),
    }
    for name, (what, said, limit) in monitors.items():
        adapter, raw = registry.adapter(name).wanting_waves(), [one.raw for one in said]
        (taken,) = in_turns(5, lambda adapter=adapter, raw=raw: decode(adapter.decoder(), raw))
        yield figure(f"decoding {what}", taken, limit)
        room = Recording(folder / name, name)
        (taken,) = in_turns(3, lambda room=room, said=said: room.record(said))
        room.desk.close()
        yield figure(f"decoding and recording {what}", taken, limit)


def figure(what: str, milliseconds: float, limit: float) -> Figure:
    """Return the figure of work that took so long for all minutes."""
    ours, line = milliseconds / (MINUTES * 60), 1000.0
    target = Target("ratio", ">=", limit)
    return Figure(what, ours, "ms a second of line", "real time", line, line / ours, target)


def two_leads() -> list[Said]:
    """Return what a monitor sends that was asked for two leads of 300 samples a second, and its numbers."""
    monitor = Plan("datex_dri").actor(EPOCH)
    for raw in (*ASKED, waves((1, 2))):
        monitor.hear(raw, 0.0)
    return monitor.send(MINUTES * 60.0)


def heard(name: str) -> list[Said]:
    """Return what a monitor sends that is asked for waves."""
    return rehearse(Plan(name), MINUTES * 60.0, waves=True)


class Recording:
    """A session in a ledger of its own with one monitor whose waves are wanted."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir()
        self.desk: LedgerDesk = open_ledger(f"sqlite:///{folder}/ledger.db", create=True)
        opening = Opening("bench", "DEMO-BENCH", find_protocol("iv_ketamine_40min"), UTC, "bench")
        self.session, _ = open_or_resume(self.desk, opening)
        self.began = self.desk.clock.now()
        self.source = Source(
            self.session,
            "monitor",
            registry.adapter(name).wanting_waves(),
            opened_at=self.began,
            zone=UTC,
            folder=folder / "captures",
            make_room=lambda: False,
        )

    def record(self, said: list[Said]) -> None:
        """Record what the monitor says: kept, decoded, chained; committed each minute, to measure no disk."""
        began, minute = self.began, 0
        entries = self.source.connect(began, "bench", None, b"")
        for one in said:
            at = began + round(one.at * SECOND)
            entries += self.source.hear(Chunk(one.raw, at))[0]
            if one.at // 60 > minute:
                minute += 1
                self.desk.store.append(entries)
                entries = []
        self.began += (MINUTES * 60 + 1) * SECOND
        self.desk.store.append([*entries, *self.source.seal(self.began)])
