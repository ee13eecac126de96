"""The bytes that came on a line since its last frame: what can be said of a silence."""

from __future__ import annotations

from devices.contract import Link
from devices.misread import ENOUGH, MOST, why_no_frame, why_silent


class StrangeBytes:
    """What a line brought since its last frame.

    Attributes:
        said: how much was known when its silence was recorded, 0 before; see `known`.
    """

    def __init__(self) -> None:
        self._seen, self._since, self._last = b"", 0, b""
        self.said = 0

    def came(self, raw: bytes, at: int) -> None:
        """Take the bytes of a chunk that arrived at *at*."""
        if not self._seen:
            self._since = at
        self._seen, self._last = (self._seen + raw)[-MOST:], raw[-1:]

    def understood(self) -> None:
        """A frame came: no byte is strange any more, and the next silence is a new one."""
        self._seen, self.said = b"", 0

    def forget(self) -> None:
        """The line is new; a silence that was said goes on."""
        self._seen = self._last = b""

    def known(self, since: int) -> int:
        """Return how much is known of a silence: 1 nothing arrives, 2 bytes do, 3 enough of them to judge.

        What began to arrive after *since* may be the beginning of a frame.
        """
        if not self._seen or self._since > since:
            return 1
        return 3 if len(self._seen) >= ENOUGH else 2

    def cause(self, link: Link) -> str:
        """Say why there is no frame on a line set to *link*, and remember that it was said."""
        return why_no_frame(self._seen, link) if self.said > 1 else why_silent(link, self._last)
