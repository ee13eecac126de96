"""What a simulated device is that speaks when it is spoken to."""

from __future__ import annotations

import math

from devices.simulators.actor import Said, Scene


class Answering:
    """Takes questions whole or in pieces, and says what `answer` returns; deaf while it is switched off."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._heard = b""
        self._waiting: list[Said] = []

    def due(self) -> float:
        """Return the second of its next answer; infinite while it waits to be asked."""
        return self._waiting[0].at if self._waiting else math.inf

    def send(self, until: float) -> list[Said]:
        """Return its answers up to second *until*."""
        ready = [said for said in self._waiting if said.at <= until]
        self._waiting = self._waiting[len(ready) :]
        return [said for said in ready if not self.scene.shows("power_cycle", said.at)]

    def hear(self, raw: bytes, now: float) -> None:
        """Take what the logger sent; a question that has begun waits for its end."""
        if self.scene.shows("power_cycle", now):
            self._heard = b""
            return
        self._heard += raw
        while self._heard and (length := self.question(self._heard)):
            asked, self._heard = self._heard[:length], self._heard[length:]
            self._waiting += self.answer(asked, now)

    def question(self, heard: bytes) -> int:
        """Return the length of the question that *heard* begins with, 0 where its end is still to come."""
        raise NotImplementedError

    def answer(self, asked: bytes, now: float) -> list[Said]:
        """Return what it says to a question; nothing to one that it does not know."""
        raise NotImplementedError
