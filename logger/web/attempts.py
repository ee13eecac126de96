"""How often an address may try: wrong passwords and PINs, beside the lock-out of each user."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from logger.errors import LockedOut

MOST = 20
"""Wrong attempts from one address within `WITHIN`. A tablet that several people use makes some of its own."""
WITHIN = 300.0
"""Seconds."""


class Attempts:
    """The wrong attempts of late, by address.

    Args:
        clock: seconds that never run back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._gate = clock, threading.Lock()
        self._wrong: dict[str, deque[float]] = {}

    def check(self, address: str) -> None:
        """Raise `LockedOut` where *address* has to wait."""
        with self._gate:
            if len(self._of_late(address)) >= MOST:
                raise LockedOut(
                    "too many wrong passwords from this address; wait five minutes. Recording goes on"
                )

    def count(self, address: str) -> None:
        """Keep in mind that *address* was wrong."""
        with self._gate:
            self._of_late(address).append(self._clock())

    def _of_late(self, address: str) -> deque[float]:
        since = self._clock() - WITHIN
        for one, times in list(self._wrong.items()):
            while times and times[0] <= since:
                times.popleft()
            if not times:
                del self._wrong[one]
        return self._wrong.setdefault(address, deque())
