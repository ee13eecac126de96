"""Monitors that announce themselves in the network: heard, never asked."""

from __future__ import annotations

import select
import socket
import time

from devices.adapters._intellivue_announcement import PORT, Announced, announced
from devices.errors import PortBusy


def heard(seconds: float, port: int = PORT) -> list[Announced]:
    """Return the monitors that announce themselves within *seconds*, each once; nothing is sent.

    Raises:
        PortBusy: another program listens there.
    """
    found: dict[Announced, None] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            ear.bind(("", port))
        except OSError as error:
            raise PortBusy(
                f"udp port {port}: can't listen there ({error.strerror}); another program may: close it"
            ) from None
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([ear], [], [], left)
            if ready and (one := announced(ear.recv(65536))) is not None:
                found[one] = None
    return list(found)
