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

from devices.contract import Link
from devices.errors import BadAddress, PortBusy
from devices.simulators.datagram_cable import DatagramCable
from devices.simulators.faulty_line import framing_garbage

_BACKLOG = 65536  # bytes kept for a logger that has stopped reading; what comes then is lost
_STICK_PARITY = 0o10000000000  # CMSPAR, which Python's termios does not name before 3.13
_LOOK_AGAIN = 0.05  # seconds between two looks whether anybody has opened the pty: nothing tells


class Cable(Protocol):
    """The device's end of a line.

    Attributes:
        url: the logger's end.
        words: what came along the control channel, a line each; who acts on them takes them out.
    """

    url: str
    words: list[str]

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

    def rename(self) -> None:
        """Give it another address before it is plugged in again."""
        ...

    def remove(self) -> None:
        """End it for good."""
        ...


def cable(place: str | None, name: str, link: Link) -> Cable:
    """Return a new cable for the device *name*; raises `BadAddress`.

    Args:
        place: ``pty``, ``tcp://HOST:PORT`` (port 0: any), or ``udp://HOST:PORT`` for one that speaks in
            datagrams; None: a pty where this system has them, else TCP.
        name: the last part of the pty's path.
        link: the device's; a logger that set its end of a pty to another one gets garbage (Linux).
    """
    form = place or ("pty" if hasattr(os, "openpty") else "tcp://127.0.0.1:0")
    if form == "pty":
        return _Pty(name, link)
    scheme, _, rest = form.partition("://")
    host, _, port = rest.rpartition(":")
    if scheme not in ("tcp", "udp") or not host or not port.isdecimal():
        raise BadAddress(
            f"{form} is no place for a simulated device; use pty, tcp://HOST:PORT or udp://HOST:PORT"
        )
    try:
        return DatagramCable(host, int(port)) if scheme == "udp" else _Tcp(host, int(port))
    except OSError as error:
        raise PortBusy(f"{form}: can't listen there ({error.strerror}); choose another port") from None


class _Pty:
    """A pseudo-terminal; its address is a symbolic link, so that it stays when the terminal is made anew.

    Beside it lies its control channel, a pipe: ``rts off`` and ``rts on``, as the logger's RTS would say.
    """

    def __init__(self, name: str, link: Link) -> None:
        self._link = link
        self._folder = tempfile.TemporaryDirectory(prefix="infusionlog-")
        self._name, self._times_renamed = name, 0
        self.url = str(Path(self._folder.name) / name)
        self.words: list[str] = []
        os.mkfifo(f"{self.url}.control")
        self._control = os.open(f"{self.url}.control", os.O_RDWR | os.O_NONBLOCK)
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

    def rename(self) -> None:
        self._times_renamed += 1
        self.url = str(Path(self._folder.name) / f"{self._name}-{self._times_renamed}")

    def remove(self) -> None:
        self.unplug()
        os.close(self._control)
        self._folder.cleanup()

    def put(self, raw: bytes) -> bool:
        if self._master is None or not self._held():
            self._backlog = b""
            return False
        if len(self._backlog) + len(raw) > _BACKLOG:
            self._push()
            return False
        same = self._same_settings()
        self._backlog += raw if same else framing_garbage(raw)
        self._push()
        return same

    def wait(self, seconds: float, wake: socket.socket) -> bytes:
        if self._master is None or not self._held():
            limit = seconds if self._master is None else min(seconds, _LOOK_AGAIN)
            readable, _, _ = select.select([wake.fileno(), self._control], [], [], limit)
            self._listen(readable)
            return b""
        writing = [self._master] if self._backlog else []
        watched = [self._master, wake.fileno(), self._control]
        readable, writable, _ = select.select(watched, writing, [], seconds)
        self._listen(readable)
        if writable:
            self._push()
        if self._master in readable:
            with contextlib.suppress(OSError):  # EIO: the logger closed the port just now
                return os.read(self._master, 4096)
        return b""

    def _listen(self, readable: list[int]) -> None:
        """Take what came along the control channel; a line is written at once, and so is read."""
        if self._control in readable:
            self.words += os.read(self._control, 4096).decode("ascii", "replace").splitlines()

    def _held(self) -> bool:
        """Return whether somebody has the other end open."""
        assert self._master is not None  # noqa: S101
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        return not any(event & select.POLLHUP for _, event in poll.poll(0))

    def _speed(self) -> int:
        import termios

        return int(getattr(termios, f"B{self._link.baud}"))

    def _same_settings(self) -> bool:
        """Return whether the logger has set its end to the device's speed and parity.

        Only Linux shows them here, and of parity only what it keeps on a pseudo-terminal: whether it is odd,
        mark or space. A receiver looks at the first stop bit alone: their number makes no difference to it.
        """
        if sys.platform != "linux":
            return True
        import termios

        assert self._master is not None  # noqa: S101
        settings = termios.tcgetattr(self._master)
        odd, stick = settings[2] & termios.PARODD, settings[2] & _STICK_PARITY
        kind = ("M" if odd else "S") if stick else ("O" if odd else "")
        return settings[4] == self._speed() and kind in ("", self._link.parity)

    def _push(self) -> None:
        assert self._master is not None  # noqa: S101
        with contextlib.suppress(BlockingIOError):
            while self._backlog:
                self._backlog = self._backlog[os.write(self._master, self._backlog) :]


class _Tcp:
    """A TCP server for one logger at a time, as serial servers are."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._listening: socket.socket | None = None
        self._logger: socket.socket | None = None
        self.words: list[str] = []
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

    def rename(self) -> None:
        with socket.create_server((self._host, 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"socket://{self._host}:{self._port}"

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
