"""A line that another computer polls: its answers are no answers to questions that were never sent."""

from __future__ import annotations

import json

import pytest
from ledgers import NOON, open_session

from logger.clock import SECOND
from logger.recording.line import Opened
from logger.recording.running import RunningSession
from logger.recording.source import Chunk

NOWHERE = "socket://127.0.0.1:9"


class Overheard:
    """A running session that hears a pump; what arrives is told to it by hand."""

    def __init__(self, desk, *, receive_only: bool) -> None:
        row = desk.store.session(open_session(desk))
        self.running = RunningSession(row, desk.store, desk.clock, lambda *_: None, lambda _: None)
        self.running.listen("pump", "harvard", NOWHERE, NOON, receive_only=receive_only)
        self.running.devices["pump"].line.end()
        self.at = NOON
        self._take(Opened(self.at, NOWHERE, None, b""))

    def _take(self, what):
        return self.running.take("pump", self.running.devices["pump"].line, what)

    def hears(self, text: str) -> dict[str, float | None]:
        """Return what is read of a reply two seconds later."""
        for _ in range(2):
            self.at += SECOND
            self.running.look(self.at)
        entries = self._take(Chunk(f"\r\n{text}\r\n>".encode(), self.at))
        (frame,) = [json.loads(entry.payload) for entry in entries if entry.kind == "reading"]
        return {value["vital"]: value["value"] for value in frame["readings"]}


@pytest.mark.parametrize(("receive_only", "read"), [(False, {"flow_rate": 60.0}), (True, {})])
def test_a_number_is_read_only_by_who_has_asked_for_it(desk, receive_only, read):
    line = Overheard(desk, receive_only=receive_only)
    line.hears("ML/H")
    line.hears("60.000")
    assert line.hears("ML/H") == read
