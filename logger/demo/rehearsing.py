"""Whole sessions played at once: simulated devices, the recorder's own steps, people's entries, no waiting.

The bytes of the simulated devices go through the same decoders, cuff watches and records as those of a
port; only the port and the passing of time are left out. What comes of it is a demo and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from devices.registry import adapter
from devices.simulators.faults import PULLS, Fault
from devices.simulators.plan import Plan
from logger import kinds
from logger.clock import SECOND, SessionClock, Sources, Synchronisation, microseconds, moment
from logger.entering.desk import Checked, LedgerDesk
from logger.entering.opening import Opening, open_or_resume
from logger.ledger.capture import capture_folder
from logger.ledger.models import Entry, Written
from logger.people.accounts import RECORDER
from logger.recording.line import silence_limit
from logger.recording.source import Chunk, Source

SPEED = 100.0
"""What a rehearsed session says of its clock: it ran faster than any patient's."""

TIMES = frozenset({"happened_at", "ready_at", "reported_at", "last_food", "last_fluid"})
"""Fields of an entry that a line gives in minutes from then."""

PORT = "simulated"
"""What stands for the name of a port."""

COMMIT_EVERY = 60
"""Simulated seconds between two commits."""


KEPT = Synchronisation(True, "the rehearsal's own time", 0.0)
"""Simulated time is kept by nobody else."""


class Hands:
    """A clock whose hands are moved, all in microseconds."""

    def __init__(self, start: datetime) -> None:
        self.at = microseconds(start)

    def sources(self) -> Sources:
        """Return where a session clock reads these hands."""
        return Sources(self._now, self._now, self._now, lambda: "rehearsal", lambda: KEPT)

    def _now(self) -> int:
        return self.at


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody enters at a minute after the start of the treatment.

    Args:
        minute: when it is entered; the `TIMES` in *said* are in minutes from then.
        names: users who give their password for it, beside the author.
        remember: the name under which later lines speak of its reference, as ``{name}`` in their own.
    """

    minute: float
    kind: str
    author: str
    said: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    remember: str = ""


class _Playing:
    """A simulated device in a session, on its line."""

    def __init__(self, source: Source, plan: Plan, opened: datetime) -> None:
        self.source, self._faults, self._pulled = source, plan.faults, False
        self._actor, self._line = plan.actor(opened.replace(tzinfo=None)), plan.wire()

    def tell(self, raw: bytes, second: float) -> None:
        if not self._line.deaf(second):
            self._actor.hear(raw, second)

    def hear(self, second: float, at: int) -> list[Entry]:
        """Return the records of what the device says up to *second*, which is *at* on the session clock."""
        entries = self._cable(second, at)
        for said in self._actor.send(second):
            if self._pulled:
                continue
            for carried in self._line.carry(said):
                made, sends = self.source.hear(Chunk(carried.raw, at))
                entries += made
                for send in sends:
                    self.tell(send.raw, second)
        for send in self.source.asks(at) if self.source.connected else []:
            self.tell(send.raw, second)
        return entries + self.source.check_silence(at, silence_limit(self.source.adapter, 1.0))

    def _cable(self, second: float, at: int) -> list[Entry]:
        """Return the records of the cable's being pulled, or put back, since the last second."""
        was, self._pulled = self._pulled, _is_pulled(self._faults, second)
        if was == self._pulled:
            return []
        return self.source.lose(at, "unplugged") if self._pulled else self.source.connect(at, PORT, None, b"")


def _is_pulled(faults: Iterable[Fault], second: float) -> bool:
    return any(fault.name in PULLS and fault.covers(second) for fault in faults)


class Rehearsal:
    """Plays sessions into the ledger of *desk*, whose clock is that of *hands*.

    Args:
        passwords: of the users, where the ledger has any.
    """

    def __init__(self, desk: LedgerDesk, hands: Hands, passwords: Mapping[str, str] | None = None) -> None:
        self._desk, self._hands, self._passwords = desk, hands, dict(passwords or {})
        self._waiting: list[Entry] = []
        desk.clock = SessionClock.resumed(None, 0, sources=hands.sources())

    def play(self, opening: Opening, devices: Mapping[str, Plan], lines: Iterable[Line], lead: float) -> str:
        """Play one session from its opening to its last line and return its id.

        Args:
            opening: who opens it for whom.
            devices: simulated, by the name that their records carry.
            lines: what people enter, in the order in which they do.
            lead: minutes from the opening to the start of the treatment, which is minute 0 of the lines.
        """
        opening = replace(opening, demo=True, clock_speed=SPEED, secrets=self._secrets(opening.author))
        session, _ = open_or_resume(self._desk, opening)
        playing = [self._attach(session, opening, name, plan) for name, plan in devices.items()]
        start, second = self._hands.at, 0
        known: dict[str, str] = {}
        for line in lines:
            while second < (line.minute + lead) * 60:
                second += 1
                self._hands.at = start + second * SECOND
                self._pass(playing, second)
            written = self._enter(session, line, known)
            if line.kind in ("discharge", "session.not_treated"):
                self._leave(session, playing)
                playing = []
            known |= {line.remember: written.ref} if line.remember else {}
        return session

    def enter(self, session: str, line: Line) -> Written:
        """Enter one line now, whatever session or stream it belongs to."""
        return self._enter(session, line, {})

    def now(self) -> datetime:
        """Return what the clock shows."""
        return moment(self._hands.at)

    def wait(self, minutes: float) -> None:
        """Let time pass."""
        self._hands.at += round(minutes * 60 * SECOND)

    def _attach(self, session: str, opening: Opening, name: str, plan: Plan) -> _Playing:
        at, model = self._desk.clock.now(), adapter(plan.adapter)
        url = f"simulate:{plan.adapter}?seed={plan.seed}&speed={SPEED:g}"
        said = {"source": name, "event": "attached", "adapter": plan.adapter, "url": url}
        self._desk.append(session, "device", opening.author, said, self._secrets(opening.author))
        source = Source(
            session,
            name,
            model,
            opened_at=at,
            zone=opening.zone,
            folder=capture_folder(self._desk.store.path, session),
            make_room=self._desk.store.reserve.give_up,
        )
        playing = _Playing(source, plan, moment(at).astimezone(opening.zone))
        self._waiting += source.connect(at, PORT, None, b"")
        for send in source.asks(at):
            playing.tell(send.raw, 0.0)
        return playing

    def _pass(self, playing: list[_Playing], second: int) -> None:
        at = self._desk.clock.now()
        for one in playing:
            self._waiting += one.hear(float(second), at)
        if second % COMMIT_EVERY == 0:
            self._commit()

    def _leave(self, session: str, playing: list[_Playing]) -> None:
        """Take the devices out of the session, as the recorder does when the patient leaves."""
        for one in playing:
            self._waiting += one.source.seal(self._desk.clock.now())
            self._commit()
            detached = kinds.Device(source=one.source.name, event="detached")
            self._desk.commit(Checked(session, "device", RECORDER, detached))

    def _enter(self, session: str, line: Line, known: Mapping[str, str]) -> Written:
        self._commit()
        said = {name: self._filled(name, value, known) for name, value in line.said.items()}
        secrets = self._secrets(line.author, *line.names)
        return self._desk.append(session, line.kind, line.author, said, secrets)

    def _filled(self, name: str, value: Any, known: Mapping[str, str]) -> Any:
        """Return a field as it is entered: a remembered reference, or a time or day so far from now."""
        if name in TIMES and isinstance(value, int | float):
            return moment(self._hands.at + round(value * 60 * SECOND)).isoformat()
        if name == "measured_on" and isinstance(value, int):
            return moment(self._hands.at + value * 24 * 3600 * SECOND).date().isoformat()
        return value.format(**known) if isinstance(value, str) and "{" in value else value

    def _commit(self) -> None:
        self._desk.store.append(self._waiting)
        self._waiting = []

    def _secrets(self, *names: str) -> dict[str, str]:
        return {name: self._passwords[name] for name in names if name in self._passwords}
