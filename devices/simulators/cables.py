"""What a simulated device is plugged into: a pseudo-terminal behind a link that keeps its name, or TCP."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import tempfile
from pathlib import Path
from typing import Protocol

from devices.errors import BadAddress, PortBusy
from devices.simulators.patient import chance_of

_BACKLOG = 65536  # bytes kept for a logger that has stopped reading; what comes then is lost
_LOOK_AGAIN = 0.05  # seconds between two looks whether anybody has opened the pty: nothing tells


class Cable(Protocol):
    """The device's end of a line; *url* is the logger's end."""

    url: str

    def put(self, raw: bytes) -> bool:
        """Send *raw*; return False where it is lost: nobody holds the other end, or at another speed."""
        ...

    def wait(self, seconds: float, wake: socket.socket) -> bytes:
        """Return what the logger sent, b"" after *seconds* or as soon as *wake* has something to read."""
        ...

    def unplug(self) -> None:
        """End the line for whoever holds the other end."""
        ...

    def plug_in(self) -> None:
        """Make it again, at the same address."""
        ...

    def remove(self) -> None:
        """End it for good."""
        ...


def cable(place: str | None, name: str, baud: int) -> Cable:
    """Return a new cable for the device *name*; raises `BadAddress`.

    Args:
        place: ``pty`` or ``tcp://HOST:PORT`` (port 0: any); None: a pty where this system has them, else TCP.
        name: the last part of the pty's path.
        baud: the device's; a logger that set its end of a pty to another one gets garbage (Linux).
    """
    form = place or ("pty" if hasattr(os, "openpty") else "tcp://127.0.0.1:0")
    if form == "pty":
        return _Pty(name, baud)
    host, _, port = form.removeprefix("tcp://").rpartition(":")
    if not form.startswith("tcp://") or not host or not port.isdecimal():
        raise BadAddress(f"{form} is no place for a simulated device; use pty or tcp://HOST:PORT")
    try:
        return _Tcp(host, int(port))
    except OSError as error:
        raise PortBusy(f"{form}: can't listen there ({error.strerror}); choose another port") from None


class _Pty:
    """A pseudo-terminal; its address is a symbolic link, so that it stays when the terminal is made anew."""

    def __init__(self, name: str, baud: int) -> None:
        self._baud = baud
        self._folder = tempfile.TemporaryDirectory(prefix="infusionlog-")
        self.url = str(Path(self._folder.name) / name)
        self._master: int | None = None
        self._backlog = b""
        self.plug_in()

    def plug_in(self) -> None:
        import termios  # POSIX only, as is this class
        import tty

        self._master, slave = os.openpty()
        tty.setraw(slave)
        settings = termios.tcgetattr(slave)
        settings[4] = settings[5] = self._speed()
        termios.tcsetattr(slave, termios.TCSANOW, settings)
        Path(self.url).symlink_to(os.ttyname(slave))
        os.close(slave)
        os.set_blocking(self._master, False)

    def unplug(self) -> None:
        if self._master is not None:
            os.close(self._master)
            self._master, self._backlog = None, b""
            Path(self.url).unlink(missing_ok=True)

    def remove(self) -> None:
        self.unplug()
        self._folder.cleanup()

    def put(self, raw: bytes) -> bool:
        if self._master is None or not self._held():
            self._backlog = b""
            return False
        same = self._same_speed()
        self._backlog = (self._backlog + (raw if same else _framing_garbage(raw)))[:_BACKLOG]
        self._push()
        return same

    def wait(self, seconds: float, wake: socket.socket) -> bytes:
        if self._master is None or not self._held():
            limit = seconds if self._master is None else min(seconds, _LOOK_AGAIN)
            select.select([wake], [], [], limit)
            return b""
        writing = [self._master] if self._backlog else []
        readable, writable, _ = select.select([self._master, wake.fileno()], writing, [], seconds)
        if writable:
            self._push()
        if self._master in readable:
            with contextlib.suppress(OSError):  # EIO: the logger closed the port just now
                return os.read(self._master, 4096)
        return b""

    def _held(self) -> bool:
        """Return whether somebody has the other end open."""
        assert self._master is not None  # noqa: S101
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        return not any(event & select.POLLHUP for _, event in poll.poll(0))

    def _speed(self) -> int:
        import termios

        return int(getattr(termios, f"B{self._baud}"))

    def _same_speed(self) -> bool:
        """Return whether the logger has set its end to the device's speed; only Linux shows that here."""
        if sys.platform != "linux":
            return True
        import termios

        assert self._master is not None  # noqa: S101
        return bool(termios.tcgetattr(self._master)[4] == self._speed())

    def _push(self) -> None:
        assert self._master is not None  # noqa: S101
        with contextlib.suppress(BlockingIOError):
            while self._backlog:
                self._backlog = self._backlog[os.write(self._master, self._backlog) :]


def _framing_garbage(raw: bytes) -> bytes:
    """Return what a line set to another speed makes of *raw*: no byte is right, and often one is NUL."""
    chance = chance_of(raw.hex())
    return bytes(chance.choice((0, byte ^ chance.randrange(1, 256))) for byte in raw)


class _Tcp:
    """A TCP server for one logger at a time, as serial servers are."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._listening: socket.socket | None = None
        self._logger: socket.socket | None = None
        self.plug_in()
        self.url = f"socket://{self._host}:{self._port}"

    def plug_in(self) -> None:
        self._listening = socket.create_server((self._host, self._port))
        self._port = self._listening.getsockname()[1]

    def unplug(self) -> None:
        for end in (self._logger, self._listening):
            if end is not None:
                end.close()
        self._logger = self._listening = None

    def remove(self) -> None:
        self.unplug()

    def put(self, raw: bytes) -> bool:
        if self._logger is None:
            return False
        try:
            self._logger.sendall(raw)
        except OSError:
            self._hang_up()
            return False
        return True

    def wait(self, seconds: float, wake: socket.socket) -> bytes:
        ends = [end for end in (self._listening, self._logger, wake) if end is not None]
        readable, _, _ = select.select(ends, [], [], seconds)
        if self._listening is not None and self._listening in readable:
            caller, _ = self._listening.accept()
            if self._logger is None:
                self._logger = caller
                caller.settimeout(1.0)
            else:
                caller.close()
        if self._logger is not None and self._logger in readable:
            with contextlib.suppress(OSError):
                if raw := self._logger.recv(4096):
                    return raw
            self._hang_up()
        return b""

    def _hang_up(self) -> None:
        if self._logger is not None:
            self._logger.close()
        self._logger = None
