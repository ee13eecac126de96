"""A simulated Philips IntelliVue monitor on its network socket: the same one, its messages without frames.

What it is plugged into is a byte stream here, a pseudo-terminal or TCP: each message says its own length.
"""

from __future__ import annotations

from devices.adapters._intellivue_frames import NEXT, cut_datagrams
from devices.contract import Event
from devices.framing import Stream
from devices.simulators import intellivue


class Simulated(intellivue.Simulated):
    """Speaks payloads alone."""

    def wrapped(self, payload: bytes) -> bytes:
        """Return the payload."""
        return payload

    def ears(self) -> Stream:
        """Return what cuts a host's bytes into messages."""
        return _Datagrams(lambda held, at: cut_datagrams(held, at, self._take))


class _Datagrams(Stream):
    """Takes a host's messages at once: each comes as a datagram, nothing follows in it."""

    def feed(self, chunk: bytes) -> list[Event]:
        events = super().feed(chunk + NEXT)
        self._held = self._held.removesuffix(NEXT)
        return events
