"""A raw TCP connection to a serial server.

Not pySerial's ``socket://``: that one throws away what arrives while it connects.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable

from devices.errors import PortGone, PortMissing

_AT_ONCE = 65536  # bytes taken in one read
_TAKES_AT_MOST = 2.0  # seconds for a connection or a request to be taken


class SerialServer:
    """A line that ends in a serial server, reached over the network.

    Args:
        host_and_port: where the server is.
        guard: raises `devices.errors.SendRefused` for bytes that may not be sent.

    Raises:
        PortMissing: nothing answers there.
    """

    identity: str | None = None
    waited: bytes = b""

    def __init__(self, host_and_port: str, guard: Callable[[bytes], None]) -> None:
        self.name = f"socket://{host_and_port}"
        self._guard = guard
        host, _, port = host_and_port.rpartition(":")
        try:
            self._socket = socket.create_connection((host, int(port)), timeout=_TAKES_AT_MOST)
        except OSError as error:
            raise PortMissing(
                f"{self.name}: nothing answers there ({error}); check the address and the server's power"
            ) from None

    def read(self, patience: float) -> bytes:
        """Return what has arrived, after at most *patience* seconds; b"" for nothing. Raises `PortGone`."""
        try:
            ready, _, _ = select.select([self._socket], [], [], patience)
            if not ready:
                return b""
            raw = self._socket.recv(_AT_ONCE)
        except (OSError, ValueError) as error:
            raise self._gone(error) from None
        if not raw:
            raise PortGone(f"{self.name}: the other end closed the connection; it is tried again")
        return raw

    def write(self, raw: bytes) -> None:
        """Send *raw*; raises `SendRefused` where the guard does, `PortGone`."""
        self._guard(raw)
        try:
            self._socket.sendall(raw)
        except OSError as error:
            raise self._gone(error) from None

    def close(self) -> None:
        """Give the line up; twice is allowed."""
        self._socket.close()

    def _gone(self, error: Exception) -> PortGone:
        return PortGone(f"{self.name}: the line ended ({error}); check the cable, it is tried again")
