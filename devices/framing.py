"""How a stream of bytes is cut into records: one loop for every protocol, and the checks they share.

A protocol says what the bytes at one place are (its *cut*); the loop here keeps what is not yet decided,
and sees to it that every byte ends in exactly one event, whatever the chunks were. A cut must decide from
the bytes alone and must not ask for more of them than the longest record has: that keeps `pending` small.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from devices.contract import Event, Frame, Send, Unread

Piece = tuple[int, Frame | str]
"""How many bytes a cut takes, and what they are: a frame, or why they are none."""

Cut = Callable[[bytes, int], Piece | None]
"""Looks at the bytes from an index on; None means that it has to see more of them."""


class Stream:
    """A decoder made of one cut; see `devices.contract.Decoder`.

    Attributes:
        answers: what the piece that is being cut calls for; the cut adds, and they follow the piece.
    """

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._held = b""
        self.answers: list[Send] = []

    @property
    def pending(self) -> bytes:
        """The bytes taken and not yet given back in an event."""
        return self._held

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes; return what they complete."""
        held = self._held + chunk if self._held else bytes(chunk)
        events: list[Event] = []
        at, end, cut = 0, len(held), self._cut
        while at < end and (piece := cut(held, at)) is not None:
            length, what = piece
            events.append(what if isinstance(what, Frame) else Unread(held[at : at + length], what))
            at += length
            if self.answers:
                events += self.answers
                self.answers.clear()
        self._held = held[at:] if at else held
        return events


class Unbroken:
    """A cut of a protocol that counts nothing: its waves follow one another while every byte is read."""

    def __init__(self, cut: Cut) -> None:
        self._cut, self._unbroken = cut, False

    def __call__(self, held: bytes, at: int) -> Piece | None:
        """Return what the cut says, and in a frame with waves whether their samples follow."""
        piece = self._cut(held, at)
        if piece is None:
            return None
        length, what = piece
        if isinstance(what, str):
            self._unbroken = False
        elif what.waves:
            waves = tuple(replace(wave, follows=self._unbroken) for wave in what.waves)
            self._unbroken, what = True, replace(what, waves=waves)
        return length, what


class Every:
    """The turns of a question: one in so many seconds, however often it is asked for them.

    Turns that were missed are one.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = self._next = seconds

    def due(self, elapsed: float) -> bool:
        """Return whether the next turn has come, *elapsed* seconds after opening, and take it."""
        if elapsed < self._next:
            return False
        self._next = (elapsed // self._seconds + 1) * self._seconds
        return True


def sum8(part: bytes) -> int:
    """Return the sum of the bytes, modulo 256."""
    return sum(part) & 0xFF


def xor8(part: bytes) -> int:
    """Return the exclusive or of the bytes."""
    value = 0
    for byte in part:
        value ^= byte
    return value


CHECKSUMS: dict[str, Callable[[bytes], int]] = {
    "sum8": sum8,
    "xor8": xor8,
    "twos8": lambda part: -sum(part) & 0xFF,
}
"""The one-byte checksums that a line profile can name."""
