"""A USB adapter to plug in and pull, made of a pseudo-terminal: not on Windows, which has none."""

from __future__ import annotations

import contextlib
import os
import pty
import tty
from typing import Any

from serial.tools.list_ports_common import ListPortInfo


class Plug:
    """A USB adapter: a pseudo-terminal with a serial number."""

    def __init__(self) -> None:
        self.device, self._slave = pty.openpty()
        tty.setraw(self.device)
        self.name = os.ttyname(self._slave)

    def port(self, serial_number: str) -> Any:
        found = ListPortInfo(self.name)
        found.vid, found.pid, found.serial_number = 0x0403, 0x6001, serial_number
        return found

    def say(self, raw: bytes) -> None:
        os.write(self.device, raw)

    def heard(self) -> bytes:
        """Return what was sent to the device since the last look."""
        os.set_blocking(self.device, False)
        with contextlib.suppress(BlockingIOError):
            return os.read(self.device, 4096)
        return b""

    def pull(self) -> None:
        os.close(self._slave)
        os.close(self.device)
