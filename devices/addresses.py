"""The address of a device: which forms there are, and what each part of one must look like.

    /dev/ttyUSB0, COM3, a pty                    a port of this machine
    socket://HOST:PORT, rfc2217://HOST:PORT      a serial server in the network
    udp://HOST:PORT                              a monitor in the network that speaks in datagrams
    listen://HOST:PORT                           a port of this machine that a monitor connects to (MLLP)
    replay:FILE[?speed=N]                        a capture, released at the device's own pace
    simulate:ADAPTER[?seed=N&speed=N&...]        a simulated device

Nothing here touches the machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import parse_qsl, urlsplit

from devices.errors import BadAddress

Scheme = Literal["port", "socket", "rfc2217", "udp", "listen", "replay", "simulate"]
FORMS = (
    "/dev/ttyUSB0, COM3, socket://HOST:PORT, rfc2217://HOST:PORT, udp://HOST:PORT, listen://HOST:PORT, "
    "replay:FILE, simulate:ADAPTER"
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):", re.IGNORECASE)  # two letters at least: C:\ is a drive
_DOS_DEVICE = re.compile(r"COM\d+:?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """A device's address in its parts.

    Attributes:
        rest: the port's name, ``HOST:PORT``, the file, or the adapter's name.
        query: the settings after the question mark, in order; a key may come twice.
    """

    url: str
    scheme: Scheme
    rest: str
    query: tuple[tuple[str, str], ...] = ()


def split(url: str) -> Address:
    """Return the parts of *url*; raises `BadAddress` where it has none of the forms above."""
    if not url.strip() or "\0" in url:
        raise BadAddress(f"{url!r} is no address of a device; use one of {FORMS}")
    named = _SCHEME.match(url)
    if named is None or _DOS_DEVICE.fullmatch(url):
        return Address(url, "port", url)
    scheme = named[1].lower()
    if scheme in ("socket", "rfc2217", "udp", "listen"):
        return Address(url, cast(Scheme, scheme), _host_and_port(url))
    if scheme in ("replay", "simulate"):
        rest, _, query = url[named.end() :].partition("?")
        if not rest:
            wanted = "a file" if scheme == "replay" else "an adapter's name"
            raise BadAddress(f"{url} lacks {wanted}; use one of {FORMS}")
        return Address(url, cast(Scheme, scheme), rest, _settings(url, query))
    raise BadAddress(f"{url}: {scheme}: is no known form of address; use one of {FORMS}")


def number(url: str, key: str, text: str, least: float = 0.0) -> float:
    """Return the setting *text* as a number of at least *least*; raises `BadAddress`."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value < float("inf"):
        raise BadAddress(f"{url}: {key}={text} is no number of at least {least:g}")
    return value


def _host_and_port(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise BadAddress(f"{url} must have the form {url.partition(':')[0]}://HOST:PORT")
    return f"{host}:{port}"


def _settings(url: str, query: str) -> tuple[tuple[str, str], ...]:
    # A plus sign is no blank here: cuff_failed@600+60 has one.
    try:
        return tuple(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True, strict_parsing=bool(query)))
    except ValueError:
        raise BadAddress(
            f"{url}: settings after the question mark have the form KEY=VALUE&KEY=VALUE"
        ) from None
