"""A UDP port for a simulated monitor that speaks in datagrams; it announces itself as real ones do."""

from __future__ import annotations

import contextlib
import select
import socket
import time

from devices.adapters._intellivue_announcement import PORT, announcement

ANNOUNCED_EVERY = 10.0
"""Real seconds between two announcements while no host has said anything."""
_HARDWARE = b"\x02DEMO\x01"  # locally administered: nobody's
_AT_ONCE = 65536


class DatagramCable:
    """A UDP port for one logger: who spoke last is answered."""

    def __init__(self, host: str, port: int, announce_port: int = PORT) -> None:
        self._host, self._port, self._announce_port = host, port, announce_port
        self._socket: socket.socket | None = None
        self._logger: tuple[str, int] | None = None
        self._spoken = self._announced = 0.0
        self.words: list[str] = []
        self.plug_in()
        self.url = f"udp://{self._host}:{self._port}"

    def plug_in(self) -> None:
        """Take the port."""
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        try:
            end.bind((self._host, self._port))
        except OSError:
            end.close()
            raise
        self._socket, self._port = end, end.getsockname()[1]

    def unplug(self) -> None:
        """Give the port up: datagrams to it are refused from now on."""
        if self._socket is not None:
            self._socket.close()
        self._socket = self._logger = None

    def rename(self) -> None:
        """Take another port when it is plugged in again."""
        self._port = 0

    def remove(self) -> None:
        """End it for good."""
        self.unplug()

    def put(self, raw: bytes) -> bool:
        """Send *raw* as one datagram to who spoke last; False where nobody has."""
        if self._socket is None or self._logger is None:
            return False
        with contextlib.suppress(OSError):
            self._socket.sendto(raw, self._logger)
            return True
        return False

    def wait(self, seconds: float, wake: socket.socket) -> bytes:
        """Return the next datagram; b"" after *seconds*, or as soon as *wake* has something to read."""
        self._announce()
        ends = [end for end in (self._socket, wake) if end is not None]
        readable, _, _ = select.select(ends, [], [], seconds)
        if self._socket is not None and self._socket in readable:
            with contextlib.suppress(OSError):
                raw, self._logger = self._socket.recvfrom(_AT_ONCE)
                self._spoken = time.monotonic()
                return raw
        return b""

    def _announce(self) -> None:
        now = time.monotonic()
        if self._socket is None or now - max(self._spoken, self._announced) < ANNOUNCED_EVERY:
            return
        self._announced = now
        to = "127.0.0.1" if self._host.startswith("127.") else "255.255.255.255"
        with contextlib.suppress(OSError):
            self._socket.sendto(announcement(self._host, self._port, _HARDWARE), (to, self._announce_port))
