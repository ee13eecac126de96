"""The address of a device: which forms there are, and what each part of one must look like.

    /dev/ttyUSB0, COM3, a pty                    a port of this machine
    socket://HOST:PORT, rfc2217://HOST:PORT      a serial server in the network
    udp://HOST:PORT                              a monitor in the network that speaks in datagrams
    listen://HOST:PORT                           a port of this machine that a monitor connects to (MLLP)
    replay:FILE[?speed=N]                        a capture, released at the device's own pace
    simulate:ADAPTER[?seed=N&speed=N&...]        a simulated device

A port and an ``rfc2217:`` address take the line's settings where a monitor is set otherwise than its adapter
expects: ``/dev/ttyUSB0?baud=38400&parity=E``; `LINE` lists them.

Nothing here touches the machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal, cast
from urllib.parse import parse_qsl, urlsplit

from devices.contract import Link
from devices.errors import BadAddress

Scheme = Literal["port", "socket", "rfc2217", "udp", "listen", "replay", "simulate"]
FORMS = (
    "/dev/ttyUSB0, COM3, socket://HOST:PORT, rfc2217://HOST:PORT, udp://HOST:PORT, listen://HOST:PORT, "
    "replay:FILE, simulate:ADAPTER"
)
LINE: dict[str, tuple[str, ...]] = {
    "baud": ("300", "600", "1200", "2400", "4800", "9600", "19200", "38400", "57600", "115200", "230400"),
    "bits": ("5", "6", "7", "8"),
    "parity": ("N", "E", "O", "M", "S"),
    "stop": ("1", "2"),
    "handshake": ("none", "rtscts", "xonxoff"),
}
"""The settings of a line as an address can give them, named as in `devices.contract.Link`."""

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
        name, _, query = url.partition("?")
        return Address(url, "port", name, _settings(url, query))
    scheme = named[1].lower()
    if scheme == "rfc2217":
        query = "&".join(part for part in url.partition("?")[2].split("&") if part.partition("=")[0] in LINE)
        return Address(url, "rfc2217", _host_and_port(url), _settings(url, query))
    if scheme in ("socket", "udp", "listen"):
        return Address(url, cast(Scheme, scheme), _host_and_port(url))
    if scheme in ("replay", "simulate"):
        rest, _, query = url[named.end() :].partition("?")
        if not rest:
            wanted = "a file" if scheme == "replay" else "an adapter's name"
            raise BadAddress(f"{url} lacks {wanted}; use one of {FORMS}")
        return Address(url, cast(Scheme, scheme), rest, _settings(url, query))
    raise BadAddress(f"{url}: {scheme}: is no known form of address; use one of {FORMS}")


def line_of(url: str, link: Link) -> Link:
    """Return the settings of the line at *url*: those of *link*, but for what the address says.

    Raises:
        BadAddress: a setting that a line has not, one given twice, or a value that it can't have.
    """
    address = split(url)
    said: dict[str, Any] = {}
    for key, text in address.query if address.scheme in ("port", "rfc2217") else ():
        if key not in LINE:
            raise BadAddress(f"{url}: {key} is no setting of a line; it knows {', '.join(LINE)}")
        if key in said:
            raise BadAddress(f"{url}: {key} is given twice; give one value")
        if text not in LINE[key]:
            raise BadAddress(f"{url}: {key}={text} is none of {', '.join(LINE[key])}")
        said[key] = int(text) if text.isdecimal() else text
    return replace(link, **said)


def without_line(url: str) -> str:
    """Return an ``rfc2217:`` address without the settings of the line; what else it says stays."""
    place, _, query = url.partition("?")
    rest = [part for part in query.split("&") if part and part.partition("=")[0] not in LINE]
    return f"{place}?{'&'.join(rest)}" if rest else place


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
