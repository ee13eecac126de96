"""For tests of ports: an adapter that reads nothing and may send one thing, and a look at what arrives."""

from __future__ import annotations

import re

from devices.contract import Adapter, Link
from devices.framing import Stream
from devices.ports import Port


def permitting(pattern: bytes) -> Adapter:
    """Return an adapter called ``lines`` whose allow-list is *pattern*."""
    return Adapter(
        "lines",
        "lines",
        ("Example",),
        Link(9600),
        (),
        "document",
        lambda: Stream(lambda _held, _at: None),
        may_send=(re.compile(pattern),),
    )


def read_all(port: Port, length: int) -> bytes:
    """Return the next *length* bytes or more, which have been sent."""
    got = b""
    while len(got) < length:
        got += port.read(1.0)
    return got
