"""How the clocks of a recorder and its server stand to each other, measured through a third one between them.

The forwarder asks both for their time, again and again, and reads its own machine's clock before and after.
The server's answer was made somewhere in between: half of the shortest round trip is what is not known.
The recorder's answer is nearly there when it has been made.
"""

from __future__ import annotations

from logger.clock import SECOND

ENOUGH = 8
"""Answers of each that make a comparison."""


class Comparison:
    """One comparison for one connection; all times in microseconds."""

    def __init__(self) -> None:
        self._recorder: int | None = None
        self._server: tuple[int, int] | None = None
        self._answers = 0
        self._told = False

    def recorder_said(self, now: int, here: int) -> None:
        """Take down what the recorder's clock said in an answer that came *here*."""
        ahead = now - here
        self._recorder = ahead if self._recorder is None else max(self._recorder, ahead)

    def server_said(self, now: int, sent: int, here: int) -> None:
        """Take down what the server's clock said between *sent* and *here*."""
        self._answers += 1
        trip, ahead = here - sent, now - (sent + here) // 2
        if self._server is None or trip < self._server[0]:
            self._server = (trip, ahead)

    def found(self) -> dict[str, float] | None:
        """Return by how many seconds the recorder is ahead, and within what; None: not yet, or told."""
        if self._told or self._recorder is None or self._server is None or self._answers < ENOUGH:
            return None
        trip, ahead = self._server
        return {
            "ahead_s": round((self._recorder - ahead) / SECOND, 4),
            "within_s": round(trip / 2 / SECOND, 4),
        }

    def told(self) -> None:
        """The server knows."""
        self._told = True
