"""The seam between the recorder and every line: the only place where a port is opened, read or written.

What may be sent is enforced here, below the adapters: a port writes only bytes that its adapter's
allow-list names. A line that ends is `PortGone`, however the system says so: a pty ends with EIO or b"",
an unplugged USB adapter with pySerial's "device reports readiness to read but returned no data".
"""

from __future__ import annotations

import errno
import os
import select
import sys
import time
from dataclasses import replace
from typing import Any, Protocol

import serial
from serial.tools.list_ports import comports

from devices import addresses
from devices.contract import Adapter, Link
from devices.datagrams import Datagrams
from devices.errors import BadAddress, PortBusy, PortDenied, PortError, PortGone, PortMissing, SendRefused
from devices.listening import Listening
from devices.plugged import ListPorts, locate, serial_ports, what_is_here
from devices.replay import Replay
from devices.serial_server import SerialServer

if sys.platform == "win32":
    _SETTINGS_REFUSED: tuple[type[Exception], ...] = ()
else:
    import termios

    _SETTINGS_REFUSED = (termios.error,)  # no OSError, though it speaks of one

__all__ = ["Port", "check_address", "clock_speed_of", "is_simulated", "open_port", "serial_ports"]

_AT_ONCE = 65536  # bytes taken in one read; a stalled reader finds 53 kB waiting after 5 s
_SLICE = 0.05  # seconds between two looks where the line can't be waited for (Windows, RFC 2217)
_TAKES_AT_MOST = 2.0  # seconds for a request to be taken
_NO_CTS = (
    "it holds CTS off, or the cable does not lead RTS and CTS: use a full cable, or give the address the "
    "ending ?handshake=none"
)
_NETWORK: dict[str, type[SerialServer | Listening | Datagrams]] = {
    "socket": SerialServer,
    "listen": Listening,
    "udp": Datagrams,
}


class Port(Protocol):
    """An open line.

    Attributes:
        name: what was really opened: ``/dev/ttyUSB1``, ``socket://...``, a pty.
        identity: ``usb:VID:PID:SERIAL`` where the chip has a serial number, ``path:...`` (the socket it is
            plugged into) where it has none, None where neither is known.
        waited: the bytes that waited in the driver before the opening; when they arrived is unknown.
    """

    name: str
    identity: str | None
    waited: bytes

    def read(self, patience: float) -> bytes:
        """Return what has arrived, after at most *patience* seconds; b"" for nothing. Raises `PortGone`."""
        ...

    def write(self, raw: bytes) -> None:
        """Send *raw*; raises `SendRefused` unless the adapter's allow-list names it, `PortGone`."""
        ...

    def close(self) -> None:
        """Give the line up; closing twice is allowed."""
        ...


def open_port(
    url: str,
    adapter: Adapter,
    *,
    identity: str | None = None,
    receive_only: bool = False,
    list_ports: ListPorts = comports,
) -> Port:
    """Return the line at *url*, opened for *adapter* alone.

    Args:
        url: one of the forms in `devices.addresses`.
        adapter: gives the allow-list, and the line's settings that *url* does not give.
        identity: the `Port.identity` that the device had before. Where *url* is missing or is another
            device now, the port that has this identity is opened instead: a USB adapter that was
            unplugged comes back under another name.
        receive_only: refuse every `Port.write`.
        list_ports: what this machine's serial ports are read from.

    Raises:
        BadAddress: *url* has none of the forms, or a line can't have its settings.
        PortMissing, PortDenied, PortBusy: it can't be opened.
    """
    address = addresses.split(url)
    if address.scheme == "replay":
        return Replay(address.rest, adapter, _speed(address))
    if network := _NETWORK.get(address.scheme):
        return network(address.rest, lambda raw: _refuse_unless_permitted(url, adapter, raw, receive_only))
    link = addresses.line_of(url, adapter.link)
    if address.scheme == "rfc2217":
        return _Line(_connect_rfc2217(url, link), url, None, adapter, receive_only)
    if address.scheme == "simulate":
        from devices.simulators.running import simulated  # a recorder of real devices never loads it

        return open_port(simulated(url), adapter, receive_only=receive_only)
    name, found = locate(address.rest, identity, list(list_ports()))
    line = _open_serial(name, link)
    return _Line(line, os.path.realpath(name) if name.startswith("/") else name, found, adapter, receive_only)


def check_address(url: str) -> None:
    """Raise `BadAddress` where *url* is wrong whatever the machine looks like; touch nothing."""
    address = addresses.split(url)
    if address.scheme == "replay":
        _speed(address)
    elif address.scheme == "simulate":
        from devices.simulators.plan import plan_of

        plan_of(url)
    else:
        addresses.line_of(url, Link(9600))


def is_simulated(url: str) -> bool:
    """Return whether *url* names a simulated device."""
    return addresses.split(url).scheme == "simulate"


def clock_speed_of(url: str) -> float:
    """Return how many simulated seconds pass in one second of a ``simulate:`` device; 1.0 for all others."""
    address = addresses.split(url)
    return _speed(address) if address.scheme == "simulate" else 1.0


def _speed(address: addresses.Address) -> float:
    least = 0.0 if address.scheme == "replay" else 0.01
    speed = 1.0
    for key, text in address.query:
        if key == "speed":
            speed = addresses.number(address.url, key, text, least)
        elif address.scheme == "replay":
            raise BadAddress(f"{address.url}: {key} is no setting of replay:, which knows speed=N")
    return speed


class _Line:
    """A serial line of this machine, or one behind an RFC 2217 server."""

    def __init__(
        self, line: serial.Serial, name: str, identity: str | None, adapter: Adapter, receive_only: bool
    ) -> None:
        self.name = name
        self.identity = identity
        self.waited: bytes = getattr(line, "waited", b"")
        self._line = line
        self._adapter = adapter
        self._receive_only = receive_only
        self._waitable = isinstance(line, _KeepsWhatWaited)

    def read(self, patience: float) -> bytes:
        try:
            if not self._waitable:
                return self._look_in_slices(patience)
            ready, _, _ = select.select([self._line.fileno()], [], [], patience)
            return self._line.read(_AT_ONCE) if ready else b""
        except (OSError, ValueError, TypeError) as error:  # pySerial on a closed port: any of the three
            raise _gone(self.name, error) from None

    def write(self, raw: bytes) -> None:
        _refuse_unless_permitted(self.name, self._adapter, raw, self._receive_only)
        try:
            self._line.write(raw)
        except serial.SerialTimeoutException:
            why = _NO_CTS if self._line.rtscts else "check the cable"
            raise PortGone(f"{self.name}: the device took no bytes for {_TAKES_AT_MOST:g} s; {why}") from None
        except (OSError, ValueError, TypeError) as error:
            raise _gone(self.name, error) from None

    def close(self) -> None:
        self._line.close()

    def _look_in_slices(self, patience: float) -> bytes:
        until = time.monotonic() + patience
        while True:
            first = self._line.read(1)
            if first:
                return first + self._line.read(self._line.in_waiting)
            if time.monotonic() >= until:
                return b""


class _KeepsWhatWaited(serial.Serial):
    """pySerial's port, except that opening it does not throw away the bytes that wait in the driver."""

    waited: bytes = b""

    def _reset_input_buffer(self) -> None:
        try:
            while self.fd is not None and (more := os.read(self.fd, _AT_ONCE)):
                self.waited += more
        except OSError:  # EAGAIN: no more; EIO: the other end of a pty is closed, which the first read says
            pass


def _open_serial(name: str, link: Link) -> serial.Serial:
    kind = _KeepsWhatWaited if os.name == "posix" else serial.Serial
    # A pty has no parity: Linux drops the setting, and refuses it (EINVAL) when nothing else is to be set.
    pty = os.path.realpath(name).startswith("/dev/pts/")
    link = replace(link, parity="N") if pty else link
    try:
        return kind(name, exclusive=True, timeout=0 if os.name == "posix" else _SLICE, **_settings(link))
    except (OSError, ValueError) as error:
        raise _refused(name, error) from None
    except _SETTINGS_REFUSED as error:
        raise PortMissing(f"{name}: does not take {link} ({error}); is it a serial port?") from None


def _connect_rfc2217(url: str, link: Link) -> serial.Serial:
    try:
        line: serial.Serial = serial.serial_for_url(
            addresses.without_line(url), timeout=_SLICE, **_settings(link)
        )
    except (OSError, ValueError) as error:
        raise PortMissing(f"{url}: no serial server answers there ({error}); check the address") from None
    return line


def _settings(link: Link) -> dict[str, Any]:
    return {
        "baudrate": link.baud,
        "bytesize": link.bits,
        "parity": link.parity,
        "stopbits": link.stop,
        "rtscts": link.handshake == "rtscts",
        "xonxoff": link.handshake == "xonxoff",
        "write_timeout": _TAKES_AT_MOST,
    }


def _refused(name: str, error: OSError | ValueError) -> PortError:
    number, text = getattr(error, "errno", None), str(error)
    if number in (errno.EACCES, errno.EPERM):
        return PortDenied(
            f"{name}: this user may not open it; add the user to group dialout and sign in again"
        )
    # Windows says "access denied" for a port that another program holds.
    if number in (errno.EBUSY, errno.EAGAIN) or "PermissionError" in text:
        return PortBusy(f"{name}: another program holds it; close that program")
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO) or "FileNotFoundError" in text:
        return PortMissing(f"{name}: no such port; {what_is_here(comports())}; check the cable")
    return PortMissing(f"{name}: is no serial port that can be used ({text}); check the name")


def _gone(name: str, error: Exception) -> PortGone:
    return PortGone(f"{name}: the line ended ({error}); check the cable, it is tried again")


def _refuse_unless_permitted(name: str, adapter: Adapter, raw: bytes, receive_only: bool) -> None:
    if receive_only:
        raise SendRefused(f"{name}: opened to receive only; {raw.hex(' ')} was not sent")
    if not adapter.permits(raw):
        raise SendRefused(f"{name}: {adapter.name} may not send {raw.hex(' ')}")
