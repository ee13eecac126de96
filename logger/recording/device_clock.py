"""What a device claims about time, beside the session's clock: recorded, never used to rewrite."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from logger.clock import SECOND, microseconds

OFFSET_EVERY = 300 * SECOND
"""The offset is recorded at connection, this often, at each jump, and where it has drifted as far as one."""

JUMP = 2.0
"""Seconds by which an offset must change to be a jump or a drift: device clocks tick in seconds."""


@dataclass(frozen=True, slots=True)
class Offset:
    """The device's claim minus the arrival, in seconds; *cause* where it is not what it was."""

    seconds: float
    cause: str | None = None


class DeviceClock:
    """The clock of one device, which claims no zone: it is taken for one on the clinic's wall."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._recorded: tuple[float, int] | None = None
        self._last = 0.0

    def forget(self) -> None:
        """The line is new, or another device is on it: what it claims is recorded at once."""
        self._recorded = None

    def hear(self, at: int, claim: datetime) -> Offset | None:
        """Return the offset where it is to be recorded; *at* is when *claim* arrived, microseconds."""
        offset = (microseconds(claim.replace(tzinfo=self._zone).astimezone(UTC)) - at) / SECOND
        before, self._last = self._last, offset
        cause = None
        if self._recorded is not None:
            then, since = self._recorded
            if abs(offset - before) >= JUMP:
                cause = f"it jumped by {offset - before:+.0f} s"
            elif abs(offset - then) >= JUMP:
                cause = f"it drifted by {offset - then:+.1f} s in {(at - since) / SECOND:.0f} s"
            elif at - since < OFFSET_EVERY:
                return None
        self._recorded = (offset, at)
        return Offset(offset, cause)
