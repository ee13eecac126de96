"""An adapter for tests of ports: it reads nothing and may send one thing."""

from __future__ import annotations

import re

from devices.contract import Adapter, Link
from devices.framing import Stream


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
