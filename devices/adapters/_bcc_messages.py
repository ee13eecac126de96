"""B. Braun BCC: how a message is written, and the two requests that are ever made.

    SOH length STX bed/1/1> text ETX sum EOT      length: of all bytes; sum: of those up to ETX, modulo 256
                                                  both five decimal digits; ETB instead of ETX: more follows

A ComDevice may be set to character stuffing, which keeps the letters of modem commands off the line: in the
finished message D is EX, E is EE, d is ex, e is ee. Length and sum are those of the message before that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ALIVE, GET = b"ADMIN:ALIVE", b"MEM:GET"
ANYBODY = b"1"
"""The bed that is addressed while the real one is not known."""
BED = rb"[^\x00-\x1f/>:]{1,40}"

_MESSAGE = re.compile(rb"\x01(\d{5})\x02([^\x00-\x1d\x1f\x7f]*)([\x03\x17])(\d{5})\x04")
_STUFFED = {b"D": b"EX", b"E": b"EE", b"d": b"ex", b"e": b"ee"}
_UNSTUFFED = {pair: letter for letter, pair in _STUFFED.items()}


@dataclass(frozen=True, slots=True)
class Part:
    """One message that came whole: the bed it is of, its text, and whether more of the answer follows.

    Attributes:
        stuffed: whether the message was; None where it has no letter that would show it.
    """

    bed: bytes
    text: str
    more: bool
    stuffed: bool | None


def request(what: bytes, bed: bytes, stuffing: bool) -> bytes:
    """Return a request; only `ALIVE` and `GET` are ever made."""
    message = written(bed + b"/1/1>" + what)
    return stuff(message) if stuffing else message


def written(body: bytes, more: bool = False) -> bytes:
    """Return the message of *body* (bed and text), not stuffed."""
    head = b"\x01%05d\x02" % (len(body) + 14) + body + (b"\x17" if more else b"\x03")
    return head + b"%05d\x04" % (sum(head) % 256)


def stuff(message: bytes) -> bytes:
    """Return a finished message as a line with stuffing carries it."""
    return re.sub(rb"[DEde]", lambda match: _STUFFED[match[0]], message)


def unstuff(message: bytes) -> bytes:
    """Return what *message* was before it was stuffed: read from left to right, for ``EEX`` is ``EX``."""
    return re.sub(rb"EX|EE|ex|ee", lambda match: _UNSTUFFED[match[0]], message)


def part(raw: bytes) -> Part | str:
    """Return what the bytes from SOH to EOT are, stuffed or not, or why they are no message."""
    plain = unstuff(raw)
    for stuffed, message in ((False, raw), (True, plain)):
        match = _MESSAGE.fullmatch(message)
        if match and int(match[1]) == len(message):
            if int(match[4]) != sum(message[:-6]) % 256:
                return f"checksum {int(match[4])}, expected {sum(message[:-6]) % 256}"
            header, _, text = match[2].partition(b">")
            shows = stuffed if re.search(rb"[DEde]", raw) else None
            return Part(header.split(b"/")[0], text.decode("utf-8", "replace"), match[3] == b"\x17", shows)
    match = _MESSAGE.fullmatch(plain)
    return f"a message of {len(plain)} bytes that says {int(match[1])}" if match else "no message's form"


MAY_ASK = tuple(
    re.compile(pattern)
    for pattern in (
        re.escape(request(ALIVE, ANYBODY, stuffing=False)),
        re.escape(request(ALIVE, ANYBODY, stuffing=True)),
        rb"\x01\d{5}\x02" + BED + rb"/1/1>MEM:GET\x03\d{5}\x04",
        rb"\x01\d{5}\x02" + BED + rb"/1/1>MEEM:GEET\x03\d{5}\x04",
    )
)
"""All that may ever be asked: is somebody there, and what do your pumps say? The ComDevice names the bed."""
