"""What is asked of a Fresenius pump or base, and in which order; no other question is ever sent.

``DC`` opens the talk, ``LE;b`` has a base tell which slots hold a pump, ``LP`` is the drug, ``LE;dr`` is rate
and volume. Source: infupy's Fresenius backend (ISC).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

PUMP, BASE, IN_BASE = "DC", "0DC", "0LE;b"
SLOTS = ("1", "2", "3", "4", "5", "6", "7", "8")
ASKED = (PUMP, "LP", "LE;dr", BASE, IN_BASE, *(s + text for s in SLOTS for text in ("DC", "LP", "LE;dr")))
"""All that is ever asked: of a single pump, of the base, of the pumps in it."""

OTHER = {PUMP: BASE, BASE: PUMP}
"""What opens the talk where the one thing is not there."""
NO_SESSION = ("0D", "1E")
"""Errors that say that the talk is closed: with the base, with the pump."""
MODULES = re.compile(r"b([0-9A-F]{1,4})")


class Talk:
    """The questions of one connection, one at a time.

    Attributes:
        waiting: the question that has no answer yet; empty: none.
    """

    def __init__(self) -> None:
        self.waiting = ""
        self._opener = PUMP
        self._todo: list[str] = []
        self._round: list[str] = []

    def opened(self) -> str:
        """Return what opens the talk: a base's and a pump's word in turn, until one of them has answered."""
        self._opener = self._opener if self._round else OTHER[self._opener]
        self._todo, self._round, self.waiting = [], [], self._opener
        return self.waiting

    def following(self) -> str:
        """Return the next question; empty where there is none before an answer."""
        if self._todo:
            self.waiting = self._todo.pop(0)
        else:
            self._round = [*self._round[1:], *self._round[:1]]
            self.waiting = self._round[-1] if self._round else ""
        return self.waiting

    def answered(self, items: Sequence[str]) -> None:
        """Take the answer to the last question."""
        asked, self.waiting = self.waiting, ""
        if asked in OTHER:
            self._opener = asked
        if asked == PUMP:
            self._todo, self._round = ["LP"], ["LE;dr"]
        elif asked == BASE:
            self._todo, self._round = [IN_BASE], []
        elif asked == IN_BASE and items and (mask := MODULES.fullmatch(items[0])):
            slots = [slot for number, slot in enumerate(SLOTS) if int(mask[1], 16) >> number & 1]
            self._todo = [slot + text for slot in slots for text in ("DC", "LP")]
            self._round = [f"{slot}LE;dr" for slot in slots]

    def failed(self, error: str) -> None:
        """Take an error for an answer; a talk that is closed is opened again."""
        self.waiting = ""
        if error in NO_SESSION:
            self._todo = [self._opener]

    def refused(self) -> None:
        """Take a refusal by the line; where nobody has this address, the other one is tried."""
        self._todo = [OTHER[self.waiting]] if self.waiting in OTHER else self._todo
        self.waiting = ""
