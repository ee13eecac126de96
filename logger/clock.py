"""The only place that reads a clock.

A `SessionClock` gives UTC at its anchor plus the time elapsed since, by a clock that counts suspend and
that nobody can set (CLOCK_BOOTTIME on Linux). A wall clock that is set does not move it; the difference is
what `SessionClock.step` reports.
"""

from __future__ import annotations

import ctypes
import platform
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SECOND = 1_000_000


def wall() -> int:
    """Return the machine's UTC, microseconds since the epoch; may be set by anybody at any time."""
    return time.time_ns() // 1000


def boottime() -> int:
    """Return microseconds since boot, counting suspend where the platform can tell."""
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
    return time.monotonic_ns() // 1000


def monotonic() -> int:
    """Return microseconds on a clock that does not count suspend."""
    return time.monotonic_ns() // 1000


def boot_id() -> str:
    """Return what names this boot of this machine; "" where the platform has no such name."""
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text(encoding="ascii").strip() if path.exists() else ""


def machine_id() -> str:
    """Return what names this machine, stable over boots."""
    path = Path("/etc/machine-id")
    if path.exists() and (found := path.read_text(encoding="ascii").strip()):
        return found
    return f"{platform.node()}-{uuid.getnode():x}"


@dataclass(frozen=True, slots=True)
class Synchronisation:
    """Whether the machine's clock is synchronised, by what, and how far off it may be (seconds)."""

    synchronised: bool | None
    by: str
    max_error_s: float | None


def synchronisation() -> Synchronisation:
    """Ask the kernel whether its clock is disciplined; None where the platform does not tell.

    Source: adjtimex(2): the return value 5 (TIME_ERROR) means not synchronised; `maxerror` is in
    microseconds and stands as the fourth long of struct timex.
    """
    if sys.platform != "linux":
        return Synchronisation(None, "unknown on this platform", None)
    timex = (ctypes.c_long * 64)()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return Synchronisation(None, "unknown on this platform", None)
    if state < 0:
        return Synchronisation(None, "the kernel does not tell", None)
    return Synchronisation(state != 5, "kernel clock (NTP)", timex[3] / 1e6)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a clock gets its time from: replaced in tests and rehearsals, never elsewhere."""

    wall: Callable[[], int] = wall
    boottime: Callable[[], int] = boottime
    monotonic: Callable[[], int] = monotonic
    boot: Callable[[], str] = boot_id
    kept: Callable[[], Synchronisation] = synchronisation


@dataclass(frozen=True, slots=True)
class Anchor:
    """One moment on both clocks: UTC microseconds, boot-clock microseconds, and the boot it belongs to."""

    utc: int
    boottime: int
    boot: str


class SessionClock:
    """UTC that never runs backwards within one boot.

    Attributes:
        anchor: where it counts from; kept in the ledger, so that a restart goes on from it.
        speed: simulated seconds a second; 1 with any real device.
        behind: the wall clock stood behind the last record when the clock was taken up: the times are
            uncertain until somebody confirms them or the clock is synchronised.
        doubted: the wall clock was set after all, and nothing had vouched for it when this clock began on it:
            its times are wrong by that step, or the new ones are.
        rebooted: it began anew because the machine did.
    """

    def __init__(
        self, anchor: Anchor, *, speed: float = 1.0, behind: bool = False, sources: Sources | None = None
    ) -> None:
        self.anchor, self.speed, self.behind = anchor, speed, behind
        self._sources = sources or Sources()
        self._reported_step = 0
        self._asleep = self._sources.boottime() - self._sources.monotonic()
        self._vouched = self._sources.kept().synchronised is True
        self.doubted = self.rebooted = False

    @classmethod
    def resumed(
        cls, last: Anchor | None, last_record: int, *, speed: float = 1.0, sources: Sources | None = None
    ) -> SessionClock:
        """Return the clock of a ledger whose last anchor and newest record are given.

        Within the same boot the old anchor goes on, whatever the wall clock says. After a reboot the
        clock starts at the wall clock, or right after the newest record where the wall clock is behind
        it: order is kept, and `behind` says that the times are not to be trusted. It goes on saying so
        at each restart, until the wall clock has overtaken the records.
        """
        sources = sources or Sources()
        boot = sources.boot()
        if last and boot and last.boot == boot and speed == 1.0:
            # A kept clock is slewed by milliseconds against the boot clock: that is not behind.
            clock = cls(last, behind=sources.wall() < last_record - SECOND, sources=sources)
            if clock.now() >= last_record:
                return clock
        now = sources.wall()
        start = max(now, last_record + 1)
        anchor = Anchor(start, sources.boottime(), boot)
        clock = cls(anchor, speed=speed, behind=now < last_record, sources=sources)
        clock.rebooted = last is not None and last.boot != boot
        return clock

    def now(self) -> int:
        """Return the session's time, microseconds UTC."""
        elapsed = self._sources.boottime() - self.anchor.boottime
        return self.anchor.utc + (elapsed if self.speed == 1.0 else int(elapsed * self.speed))

    def step(self) -> int:
        """Return by how many microseconds the wall clock stepped since the last call, 0 if under a second.

        A clock of a speed other than 1 has no wall clock to compare with.
        """
        if self.speed != 1.0:
            return 0
        difference = self._sources.wall() - self.now()
        moved = difference - self._reported_step
        if abs(moved) < SECOND:
            return 0
        self._reported_step = difference
        self.doubted = self.doubted or not self._vouched
        return moved

    def catch_up(self) -> int:
        """Go on from the wall clock once it has overtaken a clock that is `behind`; return the move, else 0.

        The wall clock was set right after a start in the past: a new time segment begins on it.
        """
        if not self.behind or (move := self._sources.wall() - self.now()) <= 0:
            return 0
        self.anchor = Anchor(self._sources.wall(), self._sources.boottime(), self._sources.boot())
        self.behind, self._reported_step = False, 0
        return move

    def anew(self, last_record: int) -> SessionClock:
        """Return the clock that starts from the wall clock: for when no session counts on this one."""
        return SessionClock.resumed(None, last_record, sources=self._sources)

    def slept(self) -> int:
        """Return for how many microseconds the machine slept since the last call, 0 if under a second."""
        asleep = self._sources.boottime() - self._sources.monotonic()
        slept = asleep - self._asleep
        if slept < SECOND:
            return 0
        self._asleep = asleep
        return slept

    def synchronisation(self) -> Synchronisation:
        """Return whether the wall clock is kept, and by what."""
        return self._sources.kept()

    def wall(self) -> int:
        """Return what the wall clock says now, microseconds UTC."""
        return self._sources.wall()


def moment(microseconds: int) -> datetime:
    """Return integer microseconds UTC as an aware time."""
    return datetime.fromtimestamp(microseconds // SECOND, UTC).replace(microsecond=microseconds % SECOND)


def microseconds(when: datetime) -> int:
    """Return an aware time as integer microseconds UTC, exactly."""
    if when.tzinfo is None:
        raise ValueError("a time without an offset has no place on the session clock")
    whole = when.astimezone(UTC)
    return int(whole.replace(microsecond=0).timestamp()) * SECOND + whole.microsecond
