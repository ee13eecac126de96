"""Which streams of an open ledger changed since when: what somebody who copies it asks again and again.

It lives in the owner's memory. A position of another process is no position here: then every stream counts
as changed, and who copies compares the heads.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable

AT_ONCE = 500
"""Streams in one answer: a recorder that starts with ten thousand sessions does not stand still for them."""


class Feed:
    """The streams of a ledger in the order of their last change.

    Args:
        streams: returns the name of every stream; asked once, when somebody first wants to know.
    """

    def __init__(self, streams: Callable[[], Iterable[str]]) -> None:
        self._streams = streams
        self._begun = secrets.token_hex(4)
        self._position = 0
        self._changed: dict[str, int] | None = None

    def note(self, streams: Iterable[str]) -> None:
        """Take down that records of *streams* were committed."""
        if self._changed is None:
            return  # nobody has asked yet: every stream will count as changed
        for stream in streams:
            self._changed.pop(stream, None)
            self._position += 1
            self._changed[stream] = self._position

    def since(self, position: str) -> tuple[str, list[str]]:
        """Return the streams that changed since *position*, at most `AT_ONCE`, and the position after them.

        "", or a position of another process: from the beginning.
        """
        if self._changed is None:
            self._changed = {}
            self.note(self._streams())
        begun, _, number = position.partition(":")
        after = int(number) if begun == self._begun and number.isdecimal() else 0
        found: list[tuple[int, str]] = []
        for stream, at in reversed(self._changed.items()):
            if at <= after:
                break
            found.append((at, stream))
        page = found[::-1][:AT_ONCE]
        return f"{self._begun}:{page[-1][0] if page else after}", [stream for _, stream in page]
