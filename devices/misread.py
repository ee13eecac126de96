"""Why bytes arrive and make no frame: what the bytes themselves say of the line's settings.

A wrong setting leaves its mark. Bytes of 7 bits with parity, read as 8 bits, carry the parity in bit 7. A
line that is read too fast sees every bit several times. Where a mark is plain, the setting is named; else
only what is seen is said. A line that is read too slowly, or whose ninth bit is taken for the stop bit,
leaves no mark that would tell it from another. Nothing here opens a port.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby

from devices.addresses import LINE
from devices.contract import Link

ENOUGH = 48
"""Bytes from which on a mark is no chance: 48 bytes of one parity have a chance of 2^-48."""

MOST = 512
"""Bytes that are looked at: the newest."""

XON, XOFF = 0x11, 0x13
TEXT = frozenset(range(0x20, 0x7F)) | frozenset(b"\t\r\n\x02\x03")
RATES = tuple(int(baud) for baud in LINE["baud"])


def why_no_frame(seen: bytes, link: Link) -> str:
    """Return a sentence that says why *seen*, which arrived on a line set to *link*, may hold no frame.

    It names another setting only where the bytes carry its mark, and how to give it in an address.
    """
    seen = seen[-MOST:]
    cause = _cause(seen, link) if len(seen) >= ENOUGH else None
    return f"bytes arrive, but no frame: {cause or f'is the line set to {link}?'}"


def why_silent(link: Link, last: bytes = b"") -> str:
    """Return a sentence that says why nothing arrives on an open line set to *link*; *last* came before."""
    if last[-1:] == bytes([XOFF]) and link.handshake != "xonxoff":
        return f"nothing arrives on the open line since the device sent XOFF: {_try(handshake='xonxoff')}"
    if link.handshake == "rtscts":
        without = _try(handshake="none")
        return (
            "nothing arrives on the open line: is the device on, and does the cable lead RTS and CTS? "
            f"If it does not, {without}"
        )
    return (
        "nothing arrives on the open line: is the device on, its output switched on, the cable the right one?"
    )


def _cause(seen: bytes, link: Link) -> str | None:
    return (
        _resting_low(seen)
        or _parity_in_bit_7(seen, link)
        or _read_too_fast(seen, link)
        or _flow_control(seen, link)
        or _other_text(seen)
        or _shares(seen, link)
    )


def _resting_low(seen: bytes) -> str | None:
    if seen.count(0) < 0.95 * len(seen):
        return None
    return (
        "nearly all of them are NUL, as from a line that rests the wrong way round (TTL or inverted adapter, "
        "two wires swapped) or is read far too fast"
    )


def _parity_in_bit_7(seen: bytes, link: Link) -> str | None:
    if link.bits != 8 or _share_of_text(bytes(byte & 0x7F for byte in seen)) < 0.9:
        return None
    high = sum(byte > 0x7F for byte in seen) / len(seen)
    odd = sum(byte.bit_count() % 2 for byte in seen) / len(seen)
    if high > 0.99:
        return _named("bit 7 is always set, and the rest is text", replace(link, bits=7, parity="M"))
    if not 0.05 < high < 0.95:
        return None
    if odd < 0.01:
        return _named("bit 7 is the even parity of the others", replace(link, bits=7, parity="E"))
    if odd > 0.99:
        return _named("bit 7 is the odd parity of the others", replace(link, bits=7, parity="O"))
    return None


def _read_too_fast(seen: bytes, link: Link) -> str | None:
    """Every bit of a slower sender is seen several times: no bit stands alone between two others."""
    runs = [_shortest_inner_run(byte) for byte in seen]
    if sum(run > 0 for run in runs) >= 0.05 * len(seen):
        fits = [times for times in (4, 3, 2) if sum(0 < run < times for run in runs) <= 0.05 * len(runs)]
    else:  # hardly a byte holds a whole bit of the sender: the start bit goes on into it, or its second half
        firsts = Counter((byte & -byte).bit_length() for byte in seen if byte)
        total = firsts.total()
        fits = [
            times
            for times in (8, 6)
            if firsts[times] >= 0.2 * total and firsts[times] + firsts[times // 2] >= 0.9 * total > 0
        ]
    for times in fits:
        slower = link.baud // times
        if slower in RATES and slower * times == link.baud:
            return _named(f"each bit is seen {times} times", replace(link, baud=slower))
    return None


def _shortest_inner_run(byte: int) -> int:
    """Return the length of the shortest run of equal bits that has a bit on either side; 0 without one.

    The start bit, a 0, stands before the first.
    """
    bits = [0, *(byte >> place & 1 for place in range(8))]
    lengths = [len(list(run)) for _, run in groupby(bits)]
    return min(lengths[1:-1], default=0)


def _flow_control(seen: bytes, link: Link) -> str | None:
    marks = seen.count(XON) + seen.count(XOFF)
    if link.handshake != "none" or not marks:
        return None
    if _share_of_text(bytes(byte for byte in seen if byte not in (XON, XOFF))) < 0.98:
        return None
    return f"the device sends XON and XOFF between its text: {_try(handshake='xonxoff')}"


def _other_text(seen: bytes) -> str | None:
    if _share_of_text(seen) < 0.98:
        return None
    return (
        "readable text, so the line's settings are right: is it another model, or another output format in "
        "the device's menu? `infusionlog probe` tells which adapter reads it"
    )


def _shares(seen: bytes, link: Link) -> str:
    high, nul = sum(byte > 0x7F for byte in seen) / len(seen), seen.count(0) / len(seen)
    return (
        f"is the line set to {link}? {high:.0%} of the bytes have bit 7 set, {nul:.0%} are NUL; at another "
        "baud rate or parity every byte is wrong. `infusionlog probe` tries the others"
    )


def _named(mark: str, likely: Link) -> str:
    said = _try(baud=likely.baud, bits=likely.bits, parity=likely.parity)
    return f"{mark}, as from a device that is set to {likely}: {said}"


def _try(**settings: int | str) -> str:
    query = "&".join(f"{key}={value}" for key, value in settings.items())
    return f"give the address the ending ?{query}"


def _share_of_text(seen: bytes) -> float:
    return sum(byte in TEXT for byte in seen) / len(seen) if seen else 0.0
