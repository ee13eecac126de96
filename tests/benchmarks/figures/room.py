"""A room to measure in: a monitor of eleven values a second, and two hours that it recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from devices.contract import Adapter, Event, Frame, Link, Reading
from devices.vocabulary import NIBP
from logger.clock import SECOND
from logger.entering.desk import LedgerDesk
from logger.entering.opening import Opening, open_or_resume
from logger.entering.sessions import open_ledger
from logger.kinds import canonical
from logger.ledger.models import Entry
from logger.recording.source import Chunk, Source
from logger.settings import find_protocol

VITALS = (
    "nibp_sys",
    "nibp_dia",
    "nibp_map",
    "nibp_pulse",
    "ecg_hr",
    "spo2",
    "spo2_pr",
    "perfusion_index",
    "resp_rate",
    "etco2",
    "temp",
)
UTC = ZoneInfo("UTC")
CUFF_EVERY = 300


class ElevenValues:
    """A decoder that takes each chunk as one frame: what it costs is not in the figure."""

    pending = b""

    def __init__(self) -> None:
        self._second = 0

    def feed(self, chunk: bytes) -> list[Event]:
        self._second += 1
        cuff, now = divmod(self._second, CUFF_EVERY)
        values = (
            118 + cuff,
            74 + cuff % 7,
            89 + cuff,
            70,
            66 + now % 9,
            95 + now % 4,
            66 + now % 9,
            4,
            14,
            36,
            36.6,
        )
        readings = (
            Reading(vital, float(value), repeat=vital in NIBP and now > 0)
            for vital, value in zip(VITALS, values, strict=True)
        )
        return [Frame(chunk, tuple(readings))]


MONITOR = Adapter("eleven_values", "one line a second", (), Link(9600), VITALS, "document", ElevenValues)


@dataclass
class Room:
    """An open session in a ledger of its own, with one connected monitor."""

    folder: Path
    desk: LedgerDesk = field(init=False)
    session: str = field(init=False)
    source: Source = field(init=False)
    second: int = 0

    def __post_init__(self) -> None:
        self.desk = open_ledger(f"sqlite:///{self.folder}/ledger.db", create=True)
        opening = Opening("bench", "DEMO-BENCH", find_protocol("iv_ketamine_40min"), UTC, "bench")
        self.session, _ = open_or_resume(self.desk, opening)
        self.started = self.desk.clock.now()
        self.source = Source(
            self.session,
            "monitor",
            MONITOR,
            opened_at=self.started,
            zone=UTC,
            folder=self.folder / "captures",
            make_room=lambda: False,
        )
        self.desk.store.append(self.source.connect(self.started, "bench", None, b""))

    def record(self) -> None:
        """Record the next second as the recorder does: keep the bytes, decode, chain, commit."""
        self.second += 1
        entries, _ = self.source.hear(self._chunk(self.second))
        self.desk.store.append(entries)

    def record_all(self, seconds: int) -> None:
        """Record so many more seconds in one commit: to have them, not to measure."""
        entries = []
        for _ in range(seconds):
            self.second += 1
            entries += self.source.hear(self._chunk(self.second))[0]
        self.desk.store.append(entries)

    def tell(self, kind: str, **said: object) -> None:
        """Enter what a nurse says now."""
        at = self.started + self.second * SECOND
        self.desk.store.append([Entry(self.session, at, kind, "DEMO, Example", canonical({"v": 1, **said}))])

    def _chunk(self, second: int) -> Chunk:
        return Chunk(b"x" * 120 + b"\r\n", self.started + second * SECOND)
