"""What a simulated device is that speaks when it is spoken to, once or for as long as it is."""

from __future__ import annotations

import math
from typing import ClassVar

from devices.simulators.actor import Said, Scene, Streaming

_PATIENCE = 5.0  # seconds that a stream goes on without a word; assumed, no document says


class Answering:
    """Takes questions whole or in pieces, and says what `answer` returns; deaf while it is switched off."""

    faults: ClassVar = frozenset({"power_cycle"})

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


class Attended(Streaming):
    """Streams from being told to for as long as a word comes every few seconds; commands have one length."""

    command: ClassVar[int]
    """Bytes of a command."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._heard = b""
        self._until = -math.inf
        self._next = math.inf

    def due(self) -> float:
        """Return the second of its next record; infinite while nobody asked for the stream."""
        return self._next

    def send(self, until: float) -> list[Said]:
        """Return its records up to second *until*."""
        said: list[Said] = []
        while (t := self._next) <= until:
            if t > self._until or self.scene.shows("power_cycle", t):
                self._next = math.inf
                break
            said += self.record(t)
            self._next = self.following(t) if self.scene.shows("overload", t) else t + self.period
        return said

    def hear(self, raw: bytes, now: float) -> None:
        """Take commands, whole or in pieces; deaf while it is switched off."""
        if self.scene.shows("power_cycle", now):
            self._heard = b""
            return
        self._heard += raw
        while len(self._heard) >= self.command:
            command, self._heard = self._heard[2], self._heard[self.command :]
            self.obey(command, now)

    def obey(self, command: int, now: float) -> None:
        """Do what the third byte of a command says."""
        raise NotImplementedError

    def start(self, now: float) -> None:
        """Begin the stream, unless it runs."""
        if self._next == math.inf:
            self._next = now
        self.attend(now)

    def attend(self, now: float) -> None:
        """Go on streaming for a while."""
        self._until = now + _PATIENCE

    def stop(self) -> None:
        """End the stream."""
        self._next = math.inf
