"""Sessions that met a fault: put aside, so that the others go on, and taken up again from their records.

Nothing is lost by it: what the lines still bring is kept in the raw captures, and what stands in a capture
and in no record is recorded as unread when the session is taken up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from logger.recording.line import GIVE_UP, Happening, Line
from logger.recording.running import RunningSession

TAKE_UP = (2.0, 10.0, 60.0, 300.0)
"""Real seconds until a session that met a fault is taken up again; the last one repeats."""

GONE_WELL = 900.0
"""Real seconds after which a session that was taken up counts as mended."""


@dataclass(slots=True)
class _Fault:
    running: RunningSession | None
    since: float
    tries: int


class Aside:
    """The sessions that are put aside; times are seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._faults: dict[str, _Fault] = {}

    def __bool__(self) -> bool:
        """Return whether any session waits to be taken up."""
        return any(fault.running for fault in self._faults.values())

    def __contains__(self, session: str) -> bool:
        """Return whether this session waits to be taken up."""
        return session in self._faults and self._faults[session].running is not None

    def __iter__(self) -> Iterator[RunningSession]:
        """Yield the sessions that wait to be taken up."""
        return (fault.running for fault in self._faults.values() if fault.running)

    def is_quiet(self, session: str) -> bool:
        """Return whether the lines of a session that waits can bring nothing any more."""
        running = self._faults[session].running
        return running is None or running.is_quiet()

    def put(self, running: RunningSession, now: float) -> None:
        """Stop hearing a session's devices; what they still bring is kept, not decoded."""
        before = self._faults.get(running.id)
        again = before is not None and now - before.since < GONE_WELL
        running.abandon()
        self._faults[running.id] = _Fault(running, now, before.tries + 1 if before and again else 0)

    def keep(self, session: str, source: str, line: Line, what: Happening) -> None:
        """Keep what a line of a session that is put aside still brings; of any other session nothing."""
        fault = self._faults.get(session)
        if fault and fault.running:
            fault.running.keep(source, line, what)

    def due(self, now: float) -> Iterator[str]:
        """Yield the sessions that can be taken up: long enough aside, and their lines at rest or hanging."""
        for session, fault in self._faults.items():
            if fault.running is None:
                continue
            ready = fault.since + TAKE_UP[min(fault.tries, len(TAKE_UP) - 1)]
            if now >= ready and (fault.running.is_quiet() or now >= ready + GIVE_UP):
                yield session

    def take(self, session: str) -> None:
        """Let go of a session that is taken up again."""
        fault = self._faults[session]
        if fault.running:
            fault.running.drop()
            fault.running = None
