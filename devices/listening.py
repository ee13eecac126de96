"""A port of this machine that a monitor or a gateway connects to and sends its messages: MLLP over TCP."""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Callable

from devices.errors import PortBusy, PortDenied, PortError, PortGone, PortMissing

_AT_ONCE = 65536  # bytes taken in one read
_TAKES_AT_MOST = 2.0  # seconds for an answer to be taken


class Listening:
    """A line that a sender may leave and come back to: some connect anew for each message.

    One sender at a time. One that comes back before its old connection was seen to end (it was switched
    off) takes that one's place; a call from another address is refused, so that two never mix.

    Args:
        host_and_port: where to listen; port 0 is any that is free, and `name` says which.
        guard: raises `devices.errors.SendRefused` for bytes that may not be sent.

    Raises:
        PortBusy, PortDenied, PortMissing: nobody can listen there.
    """

    identity: str | None = None
    waited: bytes = b""

    def __init__(self, host_and_port: str, guard: Callable[[bytes], None]) -> None:
        host, _, port = host_and_port.rpartition(":")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._listening = socket.create_server((host, int(port)), family=family)
        except OSError as error:
            raise _refused(f"listen://{host_and_port}", error) from None
        self.name = f"listen://{host}:{self._listening.getsockname()[1]}"
        self._guard = guard
        self._sender: socket.socket | None = None
        self._from = ""

    def read(self, patience: float) -> bytes:
        """Return what has arrived, after at most *patience* seconds; b"" for nothing. Raises `PortGone`."""
        try:
            ends = [end for end in (self._listening, self._sender) if end is not None]
            ready, _, _ = select.select(ends, [], [], patience)
            if self._sender in ready:
                return self._take()
            if self._listening in ready:
                self._answer_call()
        except (OSError, ValueError) as error:
            raise PortGone(f"{self.name}: the port was closed ({error}); it is opened again") from None
        return b""

    def write(self, raw: bytes) -> None:
        """Send *raw* to who is connected; to nobody where he has gone. Raises `SendRefused`."""
        self._guard(raw)
        if self._sender is None:
            return
        try:
            self._sender.sendall(raw)
        except OSError:
            self._hang_up()

    def close(self) -> None:
        """Stop listening; twice is allowed."""
        self._hang_up()
        self._listening.close()

    def _take(self) -> bytes:
        assert self._sender is not None  # noqa: S101
        try:
            raw = self._sender.recv(_AT_ONCE)
        except OSError:
            raw = b""
        if not raw:
            self._hang_up()
        return raw

    def _answer_call(self) -> None:
        caller, address = self._listening.accept()
        if self._sender is not None and address[0] != self._from:
            caller.close()
            return
        self._hang_up()
        caller.settimeout(_TAKES_AT_MOST)
        self._sender, self._from = caller, address[0]

    def _hang_up(self) -> None:
        if self._sender is not None:
            self._sender.close()
        self._sender = None


def _refused(name: str, error: OSError) -> PortError:
    if error.errno == errno.EADDRINUSE:
        return PortBusy(f"{name}: another program listens there; close it or choose another port")
    if error.errno in (errno.EACCES, errno.EPERM):
        return PortDenied(f"{name}: this user may not listen there; choose a port above 1023")
    return PortMissing(f"{name}: nobody can listen there ({error}); check the address")
