"""A device's line: one thread that opens its port, reads it, writes what it is asked to, and opens it again.

The thread only moves bytes; what they mean is decided in the recorder's loop.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from devices.contract import Adapter
from devices.errors import PortError, SendRefused
from devices.ports import Port, open_port
from logger.clock import SECOND, SessionClock, boottime
from logger.recording.source import Chunk

PATIENCE = 0.1
"""Seconds a read waits: how long a request to the device may lie before it is written."""

STALL = 2.0
"""Real seconds, those of a suspended machine too, between two reads from which on the arrival times of what
lay waiting are uncertain."""

MOST_WAITING = 64
"""Happenings of one line that may wait for the recorder's loop: a second of an oximeter, in chunks of 16 ms.
A line that is quicker has to wait itself: its bytes then wait in the driver, and their arrival is marked as
uncertain. Each line has its own places, so that one that floods keeps no other from being heard."""

GIVE_UP = 3.0
"""Real seconds for a line to end: its driver hangs if it takes longer, and its thread is left behind."""

WAITED = 0.02
"""Real seconds a read must take to show that nothing lay waiting when it began."""

SHORT, SHORT_READS = 1024, 3
"""Bytes, and reads in a row of fewer, that show the same on a line too dense to wait for: a driver gives 4 kB
at once of what lies waiting, and may be slow to lay out the next."""

BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds on the session clock between two attempts to open a port, or to hear one that ends without a byte;
the last one repeats."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The port is open."""

    at: int
    port: str
    identity: str | None
    waited: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The port was open and is not any more."""

    at: int
    cause: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The port can't be opened, or bytes were not sent; said once a cause."""

    at: int
    cause: str


Happening = Opened | Chunk | Ended | Refused


class Line(threading.Thread):
    """The thread of one device.

    Args:
        url: of the device; see devices/ports.py.
        identity: of the USB adapter that the device had before a restart.
        tell: takes what happens on the line, and the line; called from this thread. Who has dealt with it
            calls `taken`.
        receive_only: send nothing, whatever the adapter may send: another computer polls the line.

    Attributes:
        opening_since: since which second of the monotonic clock the driver is at opening the port; None
            while it is not.
    """

    def __init__(
        self,
        url: str,
        adapter: Adapter,
        clock: SessionClock,
        tell: Callable[[Line, Happening], None],
        identity: str | None = None,
        *,
        receive_only: bool = False,
    ) -> None:
        super().__init__(name=f"line {adapter.name}", daemon=True)
        self._url, self._adapter, self._clock, self._bring = url, adapter, clock, tell
        self._places = threading.Semaphore(MOST_WAITING)
        self.opening_since: float | None = None
        self._outbox: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._identity = identity
        self._receive_only = receive_only
        self._opened = self._met = self._attempt = 0
        self._told = self._taken = 0

    def meet(self) -> None:
        """Send from now on to who is there since an `Opened`; called once for each.

        What was meant for who was there before is not sent.
        """
        with contextlib.suppress(queue.Empty):
            while True:
                self._outbox.get_nowait()
        self._met += 1

    def send(self, raw: bytes) -> None:
        """Write *raw* to the device as soon as the line is free; never where the line is receive-only."""
        if not self._receive_only:
            self._outbox.put(raw)

    def taken(self) -> None:
        """Give back the place of something that was told."""
        self._taken += 1
        self._places.release()

    def is_over(self) -> bool:
        """Return whether it has ended and all that it told was taken."""
        return not self.is_alive() and self._told == self._taken

    def _tell(self, what: Happening) -> None:
        self._places.acquire()
        self._told += 1
        self._bring(self, what)

    def end(self) -> None:
        """Ask the thread to close the port and end; it may still have something to tell."""
        self._ending.set()

    def run(self) -> None:
        """Open, read until the port ends, open again."""
        said = ""
        while not self._ending.is_set():
            self.opening_since = time.monotonic()
            try:
                port = open_port(
                    self._url, self._adapter, identity=self._identity, receive_only=self._receive_only
                )
            except Exception as error:  # whatever the driver's fault is, it is said, and tried again
                self.opening_since, sentence = None, _sentence(self._url, error)
                if sentence != said:
                    said = sentence
                    self._tell(Refused(self._clock.now(), said))
                self._back_off()
                continue
            said, self.opening_since = "", None
            self._opened += 1
            self._identity = port.identity or self._identity
            self._tell(Opened(self._clock.now(), port.name, port.identity, port.waited))
            try:
                self._read(port)
            except Exception as error:  # as above
                self._tell(Ended(self._clock.now(), _sentence(port.name, error)))
                self._back_off()
            finally:
                port.close()

    def _back_off(self) -> None:
        """Wait before the next attempt, the longer the more attempts there were since the last byte."""
        self._ending.wait(BACK_OFF[min(self._attempt, len(BACK_OFF) - 1)] / self._clock.speed)
        self._attempt += 1

    def _read(self, port: Port) -> None:
        uncertain, last, short = None, boottime(), 0
        while not self._ending.is_set():
            asked = boottime()
            raw = port.read(PATIENCE)
            at, now = self._clock.now(), boottime()
            if now - last > STALL * SECOND:
                uncertain, short = f"the reader stood still for {(now - last) / SECOND:.0f} s", 0
            elif now - asked > WAITED * SECOND or short == SHORT_READS:
                uncertain = None  # what lay in the driver is gone
            last, short = now, short + 1 if len(raw) < SHORT else 0
            if raw:
                self._attempt = 0
                self._tell(Chunk(raw, at, uncertain))
            self._write(port)
        self._write(port)  # the last word to the device

    def _write(self, port: Port) -> None:
        while self._met == self._opened and not self._outbox.empty():
            try:
                port.write(self._outbox.get_nowait())
            except SendRefused as error:
                self._tell(Refused(self._clock.now(), str(error)))


def _sentence(name: str, error: Exception) -> str:
    return str(error) if isinstance(error, PortError) else f"{name}: it failed ({type(error).__name__})"


def silence_limit(adapter: Adapter, speed: float) -> int:
    """Return after how many microseconds without a frame a device counts as silent.

    Simulated time runs in jumps of the machine's scheduler: a real second is always granted.
    """
    return round(max(adapter.link.silence, speed if speed > 1 else 0.0) * SECOND)
