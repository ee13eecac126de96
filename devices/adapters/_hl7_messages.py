"""HL7 version 2 messages: how a stream is cut into them, what a message is made of, how one is acknowledged.

Source: HL7 v2.6 chapter 2 (messages, acknowledgement modes), HL7 "MLLP" transport, IHE PCD TF-2.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from devices.contract import Frame
from devices.framing import Piece

START = re.compile(rb"\x0b?MSH\|\^~\\&")
"""A message's first bytes, in MLLP or not: IHE PCD-01 allows no other separators."""
END = re.compile(rb"\x1c|" + START.pattern)
STRAY = 1024
"""Bytes outside of messages that are looked at before they are given back."""
LONGEST = 65536
"""Most bytes of a message: 500 observations of 130 bytes, those of a big bedside monitor."""

SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}(\|.*)?")
CONTROL = re.compile(rb"[\x00-\x08\x0c\x0e-\x1f\x7f]")
TIME = re.compile(r"(\d{12}|\d{14})(?:\.(\d{1,6})\d*)?([+-]\d{4})?")
CHARSETS = {"UNICODE UTF-8": "utf-8", "8859/1": "latin-1", "GB 18030-2000": "gb18030", "GBK": "gb18030"}
"""MSH-18; without it UTF-8, which ASCII is."""

ACKNOWLEDGEMENT = re.compile(
    rb"\x0bMSH\|\^~\\&\|INFUSIONLOG\|\|\|\|(\d{12}|\d{14})?\|\|ACK\^R01\^ACK\|([\w.:/-]{1,50})\|[PTD]\|"
    rb"2\.\d(\.\d)?\rMSA\|AA\|\2\r\x1c\r",
    re.ASCII,
)
"""Every byte string that `acknowledgement` makes, and no other."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message's segments, each split at its bars: field n is ``[n]``, but ``[n - 1]`` in MSH."""

    segments: tuple[tuple[str, ...], ...]
    wrapped: bool

    def header(self, number: int) -> str:
        """Return field MSH-*number*, empty where it is absent."""
        return field(self.segments[0], number - 1)


def field(segment: tuple[str, ...], number: int) -> str:
    """Return a segment's field, empty where it is absent or HL7's null (two quotation marks)."""
    text = segment[number].strip() if number < len(segment) else ""
    return "" if text == '""' else text


def component(text: str, number: int) -> str:
    """Return component *number* (from 1) of a field, empty where it is absent."""
    parts = text.split("^")
    return parts[number - 1].strip() if number <= len(parts) else ""


def claimed(text: str) -> datetime | None:
    """Return an HL7 time without its offset, which is part of the claim and kept elsewhere; None for none."""
    match = TIME.fullmatch(text)
    if match is None:
        return None
    digits, fraction = match[1].ljust(14, "0"), (match[2] or "").ljust(6, "0")
    month, day, hour, minute, second = (int(digits[at : at + 2]) for at in range(4, 14, 2))
    try:
        return datetime(int(digits[:4]), month, day, hour, minute, second, int(fraction))  # noqa: DTZ001
    except ValueError:
        return None


def offset_of(text: str) -> str:
    """Return the offset from UTC that an HL7 time claims, empty where it claims none."""
    match = TIME.fullmatch(text)
    return (match[3] or "") if match else ""


def cut(held: bytes, at: int, read: Callable[[bytes], Frame | str]) -> Piece | None:
    """Return the message that begins here; one without MLLP ends where the next begins."""
    begin = START.match(held, at)
    if begin is None:
        found = START.search(held, at, at + STRAY + 8)
        if found:
            return found.start() - at, "before the start of a message"
        return (STRAY, f"no message in {STRAY} bytes") if len(held) - at >= STRAY + 8 else None
    mark = END.search(held, begin.end(), at + LONGEST)
    if mark is None:
        return (LONGEST, f"a message of more than {LONGEST} bytes") if len(held) - at >= LONGEST else None
    if mark[0] != b"\x1c":
        if held[at] == 0x0B:
            return mark.start() - at, "a message without its end"
        return mark.start() - at, read(held[at : mark.start()])
    if len(held) == mark.end():  # the CR that belongs to it may still come
        return None
    end = mark.end() + (held[mark.end()] == 0x0D)
    return end - at, read(held[at:end])


def message_of(raw: bytes) -> Message | str:
    """Return the message of these bytes, MLLP's included, or why they are none."""
    wrapped = raw[:1] == b"\x0b"
    text = raw.removeprefix(b"\x0b").removesuffix(b"\r").removesuffix(b"\x1c")
    if CONTROL.search(text):
        return "a control character inside a message"
    lines = [line for line in re.split(rb"[\r\n]+", text) if line]
    header = lines[0].decode("latin-1").split("|")
    charset = CHARSETS.get(field(tuple(header), 17).split("~")[0], "utf-8")
    decoded = [line.decode(charset, "replace") for line in lines]
    if (bad := next((line for line in decoded if not SEGMENT.fullmatch(line)), None)) is not None:
        return f"segment {decoded.index(bad) + 1} of the message is none"
    return Message(tuple(tuple(line.split("|")) for line in decoded), wrapped)


def acknowledgement(message: Message) -> bytes | None:
    """Return the ACK^R01 that the sender waits for; None where it asks for none, or names nothing to say.

    It waits where MSH-15 or MSH-16 says AL (always) or SU (success), and where both are empty: HL7's
    original mode. Without MLLP there is nobody to answer.
    """
    asked = {message.header(15), message.header(16)}
    if not message.wrapped or (not asked & {"AL", "SU"} and asked != {""}):
        return None
    sent, identity = message.header(7), message.header(10)
    sent = sent if re.fullmatch(r"\d{12}|\d{14}", sent, re.ASCII) else ""
    processing = message.header(11) if message.header(11) in ("P", "T", "D") else "P"
    version = component(message.header(12), 1)
    version = version if re.fullmatch(r"2\.\d(\.\d)?", version, re.ASCII) else "2.6"
    header = rf"MSH|^~\&|INFUSIONLOG||||{sent}||ACK^R01^ACK|{identity}|{processing}|{version}"
    raw = b"\x0b" + f"{header}\rMSA|AA|{identity}\r".encode() + b"\x1c\r"
    return raw if ACKNOWLEDGEMENT.fullmatch(raw) else None
