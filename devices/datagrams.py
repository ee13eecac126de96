"""A monitor in the network that speaks in UDP datagrams, one message in each."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable

from devices.errors import PortGone, PortMissing

_AT_ONCE = 65536  # no datagram is longer


class Datagrams:
    """A line to one monitor: what others send is not heard.

    Args:
        host_and_port: the monitor's.
        guard: raises `devices.errors.SendRefused` for bytes that may not be sent.

    Raises:
        PortMissing: there is no way to that address.
    """

    identity: str | None = None
    waited: bytes = b""

    def __init__(self, host_and_port: str, guard: Callable[[bytes], None]) -> None:
        self.name = f"udp://{host_and_port}"
        self._guard = guard
        host, _, port = host_and_port.rpartition(":")
        try:
            family, kind, _, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
            self._socket = socket.socket(family, kind)
            self._socket.connect(address)
        except OSError as error:
            raise PortMissing(f"{self.name}: there is no way to it ({error}); check the address") from None

    def read(self, patience: float) -> bytes:
        """Return the next datagram, after at most *patience* seconds; b"" for none. Raises `PortGone`."""
        try:
            ready, _, _ = select.select([self._socket], [], [], patience)
            return self._socket.recv(_AT_ONCE) if ready else b""
        except (OSError, ValueError) as error:
            raise self._gone(error) from None

    def write(self, raw: bytes) -> None:
        """Send *raw* as one datagram; raises `SendRefused`, `PortGone`."""
        self._guard(raw)
        try:
            self._socket.send(raw)
        except OSError as error:
            raise self._gone(error) from None

    def close(self) -> None:
        """Give the line up; twice is allowed."""
        self._socket.close()

    def _gone(self, error: Exception) -> PortGone:
        return PortGone(f"{self.name}: nobody takes datagrams there ({error}); it is tried again")
