"""The serial ports that are plugged into this machine, and by what a device is found again.

A USB adapter that was unplugged comes back under another name while the old one is still open: it is known
by its chip's serial number, or, where the chip has none (CH340), by the socket that it is plugged into.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from serial.tools.list_ports import comports
from serial.tools.list_ports_common import ListPortInfo

from devices.errors import PortMissing

ListPorts = Callable[[], Iterable[ListPortInfo]]
BY_PATH = Path("/dev/serial/by-path")


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A serial port that this machine has."""

    name: str
    identity: str | None
    description: str


def serial_ports(list_ports: ListPorts = comports) -> list[SerialPort]:
    """Return the serial ports of this machine, by name."""
    ports = [SerialPort(p.device, _identity(p), p.description or "") for p in list_ports()]
    return sorted(ports, key=lambda port: port.name)


def locate(name: str, wanted: str | None, plugged: list[ListPortInfo]) -> tuple[str, str | None]:
    """Return the port to open and its identity: *name* itself, or the one that has the *wanted* identity.

    Raises:
        PortMissing: none has it, or more than one.
    """
    real = os.path.realpath(name) if name.startswith("/") else name
    here = next((_identity(port) for port in plugged if port.device in (name, real)), None)
    if wanted is None or here == wanted:
        return name, here
    others = [port.device for port in plugged if _identity(port) == wanted]
    if len(others) == 1:
        return others[0], wanted
    if others:  # adapters with one factory serial number exist: which is meant is not to be guessed
        raise PortMissing(f"{wanted} stands for {' and '.join(others)}: name the port of this device")
    raise PortMissing(f"{name}: {wanted} is not plugged in; {what_is_here(plugged)}; plug it in again")


def _identity(port: ListPortInfo) -> str | None:
    if port.vid is not None and port.pid is not None and port.serial_number:
        return f"usb:{port.vid:04x}:{port.pid:04x}:{port.serial_number}"
    if BY_PATH.is_dir():
        for link in sorted(BY_PATH.iterdir()):
            if os.path.realpath(link) == port.device:
                return f"path:{link.name}"
    location = getattr(port, "location", None)
    return f"path:{location}" if location else None


def what_is_here(plugged: Iterable[ListPortInfo]) -> str:
    """Return a clause that names the ports *plugged* in."""
    names = sorted(port.device for port in plugged)
    return f"serial ports here: {', '.join(names)}" if names else "this machine has no serial port now"
