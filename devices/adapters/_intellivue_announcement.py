"""The broadcast by which an IntelliVue monitor that no host has associated with tells that it is there.

A UDP datagram to port 24005 every few seconds: its address, its hardware address, and the port on which it
takes associations (24105). It holds the bed's label too, which is not read: a label may be a name.

Source: Philips IntelliVue Data Export Interface (connect indication); three broadcasts in a recorded session.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

PORT = 24005
"""Where monitors announce themselves."""
_EVENT, _ADDRESS, _PROTOCOLS = 0x0D17, 0xF100, 0xF101
_DATA_EXPORT, _UDP = 5, 1
_HEAD = 32
"""Bytes before the attributes: nomenclature, remote operation, object, time, event."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A monitor in the network: where it takes associations, and its hardware address."""

    host: str
    port: int
    hardware: str

    @property
    def url(self) -> str:
        """Return the address that a logger is given."""
        return f"udp://{self.host}:{self.port}"


def announced(datagram: bytes) -> Announced | None:
    """Return what a datagram announces; None where it is no such announcement, or a part of one."""
    if len(datagram) < _HEAD or struct.unpack_from(">H", datagram, 24)[0] != _EVENT:
        return None
    found = _attributes(datagram[_HEAD:])
    address, protocols = found.get(_ADDRESS, b""), found.get(_PROTOCOLS, b"")
    if len(address) < 10 or len(protocols) < 4:
        return None
    for at in range(4, len(protocols) - 7, 8):
        application, transport, port, _ = struct.unpack_from(">4H", protocols, at)
        if (application, transport) == (_DATA_EXPORT, _UDP):
            return Announced(".".join(map(str, address[6:10])), port, address[:6].hex(":"))
    return None


def announcement(host: str, port: int, hardware: bytes) -> bytes:
    """Return the datagram by which a monitor at an IPv4 address announces itself."""
    address = hardware + bytes(map(int, host.split("."))) + b"\xff\xff\xff\0"
    entries = struct.pack(">8H", 1, 3, 24000, 0, _DATA_EXPORT, _UDP, port, 0)
    protocols = struct.pack(">2H", 2, len(entries)) + entries
    attributes = [(_ADDRESS, address), (_PROTOCOLS, protocols)]
    body = b"".join(struct.pack(">2H", name, len(value)) + value for name, value in attributes)
    listed = struct.pack(">2H", len(attributes), len(body)) + body
    event = struct.pack(">3HIHH", 0x23, 0, 0, 0, _EVENT, len(listed)) + listed
    return struct.pack(">IHH3H", 0x100, 1, len(event) + 6, 0, 0, len(event)) + event


def _attributes(raw: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(raw):
        name, length = struct.unpack_from(">2H", raw, at)
        if at + 4 + length > len(raw):
            break
        found[name] = raw[at + 4 : at + 4 + length]
        at += 4 + length
    return found
