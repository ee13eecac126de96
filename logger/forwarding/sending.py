"""The recorder's side of forwarding: reads its ledger through the control socket and posts what is new.

It never opens the ledger, and what it does or fails to do stops no recording. Its place in each stream is
what the server said last; nothing is kept on the disk.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from devices.errors import InfusionlogError
from devices.program import program
from logger.clock import boottime
from logger.entering.control import RemoteDesk, name_of
from logger.entering.desk import Status, is_aside
from logger.errors import OwnerSilent, ServerRefuses, ServerSilent
from logger.forwarding.bringing import Bringing
from logger.forwarding.calling import Server
from logger.forwarding.clocks import Comparison
from logger.forwarding.messages import AT_ONCE, FORWARDING, SESSIONS_AT_ONCE, Answer, Ask
from logger.kinds import SYSTEM
from logger.ledger import feed
from logger.ledger.owner import Notice
from logger.people.accounts import FORWARD

LOOK_EVERY = 0.1
"""Seconds between two looks at what the recorder has new."""

POST_EVERY = 0.5
"""Seconds between two posts where nothing is new: how the server knows that the recorder is there."""

BACKOFF = (0.5, 1.0, 2.0, 5.0)
"""Seconds until a server that can't be heard is tried again; the last one repeats."""

NEW_STREAM = 200
"""Records up to which a stream that appears is sent at once, without asking what the server has of it."""

Tell = Callable[[str], None]
Seqs = dict[str, dict[str, int]]


class Place:
    """How far the server has what the recorder has. Forgotten where the server is another one than before."""

    def __init__(self) -> None:
        self.position = ""
        self.heads: dict[str, Mapping[str, tuple[int, str]]] = {}
        self.there: Seqs = {}
        self.open: set[str] = set()
        self.behind: dict[str, None] = {}
        self.unknown: dict[str, None] = {}
        self.ended: set[str] = set()
        self.over: list[str] = []
        self.is_whole = False

    def learn(self, status: Status) -> None:
        """Take down what changed in the recorder's ledger."""
        self.position = status.position
        for row in status.sessions:
            is_open = row["state"] == "open"
            (self.open.add if is_open else self.open.discard)(str(row["id"]))
            (self.ended.discard if is_open else self.ended.add)(str(row["id"]))
        for stream, ends in status.heads.items():
            if stream == SYSTEM:
                continue  # it speaks of the recorder's own ledger: its users, its settings, who looked at it
            if self.is_whole and stream not in self.heads and _count(ends) <= NEW_STREAM:
                self.there[stream] = {}
                if not is_aside(stream):
                    self.unknown[stream] = None
            self.heads[stream] = ends
            self.behind[stream] = None
        self.is_whole = self.is_whole or len(status.heads) < feed.AT_ONCE

    def compared(self) -> dict[str, Mapping[str, tuple[int, str]]]:
        """Return the heads of streams of which it is not known what the server has."""
        asked = (stream for stream in self.behind if stream not in self.there)
        return {stream: self.heads[stream] for stream in islice(asked, feed.AT_ONCE)}

    def wanted(self) -> Seqs:
        """Return after which records the server lacks some."""
        known = (stream for stream in self.behind if stream in self.there)
        return {
            stream: self.there[stream]
            for stream in islice((one for one in known if self._lacks(one)), AT_ONCE)
        }

    def heard(self, answer: Answer) -> None:
        """Take down what the server has."""
        for session in answer.unknown:
            self.unknown[session] = None
            self.there[session] = {}
        for stream, seen in answer.seen.items():
            self.there[stream] = seen
            if not self._lacks(stream):
                self.behind.pop(stream, None)
                if stream in self.ended:
                    self.over.append(stream)
                    self.ended.discard(stream)

    def _lacks(self, stream: str) -> bool:
        there = self.there[stream]
        return any(there.get(writer, -1) + 1 < count for writer, (count, _) in self.heads[stream].items())


class Forwarder:
    """Forwards one ledger to one server, until it is stopped.

    Args:
        database: the ledger's file; its captures stand beside it.
        notice: returns how the ledger's owner is reached just now, None: nobody owns it.
        server: where it goes.
        tell: takes one line for people; no patient text goes there.
    """

    def __init__(
        self, database: Path, notice: Callable[[], Notice | None], server: Server, tell: Tell
    ) -> None:
        self._notice, self._server, self._tell = notice, server, tell
        self._captures = Bringing(database, server.again(), tell)
        self._desk: RemoteDesk | None = None
        self._stopped = threading.Event()
        self._anew()
        self._done: dict[str, dict[str, Any]] = {}
        self._answered: set[str] = set()
        self._told: dict[str, str] = {}
        self._writer, self._epoch, self._posted_at, self._tries = "", "", 0.0, 0
        self._program = program()

    def _anew(self) -> None:
        self._place, self._clocks = Place(), Comparison()

    def stop(self) -> None:
        """Ask the loop to end, from any thread."""
        self._stopped.set()

    def run(self) -> None:
        """Forward until stopped. A server that can't be heard is tried again and again."""
        while not self._stopped.is_set():
            self._stopped.wait(self.round())

    def round(self) -> float:
        """Take a step, and return after how many seconds the next one is due."""
        try:
            more = self.step()
        except (ServerSilent, ServerRefuses) as error:
            self._say("server", f"{error}; what is recorded is kept and sent when it can be")
            self._anew()
            self._tries += 1
            return BACKOFF[min(self._tries, len(BACKOFF)) - 1]
        if self._tries:
            self._say("server", f"{self._server.url} is heard again")
        self._tries = 0
        return 0.0 if more else LOOK_EVERY

    def close(self) -> None:
        """Hang up on both sides."""
        self._captures.stop()
        self._server.close()
        self._hang_up()

    def step(self) -> bool:
        """Look once, post what is new or due; return whether there is more to send at once.

        Raises:
            ServerSilent, ServerRefuses: nothing is known to have arrived; the next step goes on from there.
        """
        try:
            said = self._said()
        except OwnerSilent as error:
            self._hang_up()
            self._say("recorder", f"the recorder does not answer ({error}); it is looked for again")
            said = {"recording": False}
        now = time.monotonic()
        idle = not any(said.get(what) for what in ("records", "heads", "sessions", "results"))
        if idle and now - self._posted_at < POST_EVERY:
            return False
        self._posted_at = now
        sent_at = boottime()
        answer = self._server.post(
            {"version": FORWARDING, "program": self._program, "writer": self._writer, **said}
        )
        self._clocks.server_said(answer.now, sent_at, boottime())
        return self._heard(answer, said)

    # What there is to say.

    def _said(self) -> dict[str, Any]:
        desk = self._reached()
        place = self._place
        status = desk.changes(place.position)
        self._clocks.recorder_said(status.now, boottime())
        self._writer = status.writer
        place.learn(status)
        said: dict[str, Any] = {"open": sorted(place.open), "devices": list(status.devices)}
        if results := list(self._done.values()):
            said["results"] = results
        if heads := place.compared():
            said["heads"] = heads
        said |= self._new_sessions(desk)
        if wanted := place.wanted():
            said["records"] = desk.rows_after(wanted, AT_ONCE)
        if clock := self._clocks.found():
            said["clock"] = clock
        said["waiting"] = len(place.behind)
        return said

    def _new_sessions(self, desk: RemoteDesk) -> dict[str, Any]:
        """Return the rows, patients and protocols of sessions that the server does not know."""
        sessions: list[dict[str, Any]] = []
        protocols: dict[str, str] = {}
        for session in islice(self._place.unknown, SESSIONS_AT_ONCE):
            after = {writer: count - 1 for writer, (count, _) in self._place.heads[session].items()}
            file = desk.file(session, after)
            sessions.append({"row": file.row, "patient": file.patient})
            protocols[str(file.row["protocol_digest"])] = file.protocol
        return {"sessions": sessions, "protocols": protocols} if sessions else {}

    def _reached(self) -> RemoteDesk:
        if self._desk is None:
            notice = self._notice()
            if notice is None or not notice.port:
                raise OwnerSilent("it does not run")
            self._desk = RemoteDesk(notice)
            self._anew()
            self._say("recorder", f"the recorder is heard: process {notice.pid}")
        return self._desk

    def _hang_up(self) -> None:
        if self._desk is not None:
            self._desk.close()
            self._desk = None

    # What the server says.

    def _heard(self, answer: Answer, said: Mapping[str, Any]) -> bool:
        if answer.epoch != self._epoch:
            again = bool(self._epoch)
            self._epoch = answer.epoch
            if again:  # another server process: it may have less than the one before
                self._anew()
                return True
        for one in said.get("sessions", ()):
            self._place.unknown.pop(one["row"]["id"], None)
        self._place.heard(answer)
        while self._place.over:
            self._captures.bring(self._place.over.pop())
        if "clock" in said:
            self._clocks.told()
        for id in answer.results:
            self._done.pop(id, None)
        for sentence in answer.holes:
            self._say(sentence, sentence)
        if self._desk is None:
            return False
        try:
            did = self._do(self._desk, answer)
        except OwnerSilent:
            self._hang_up()
            return False
        return did or bool(self._place.behind)

    def _do(self, desk: RemoteDesk, answer: Answer) -> bool:
        for ended in answer.ended:
            told = {"ended_at": ended.ended_at, "ref": ended.ref}
            self._record(desk, ended.session, "session.ended_elsewhere", told)
        for wanted in answer.devices:
            self._record(desk, wanted.session, "device", wanted.device)
        if why := answer.refused.get(self._writer):
            refused = {"writer": self._writer, "by": self._server.url[:120], "why": why}
            self._say(
                "writer", f"the server refuses writer {self._writer}: {why}; recording goes on as another"
            )
            self._record(desk, SYSTEM, "writer.refused", refused)
        asks = [ask for ask in answer.asks if ask.id not in self._done and ask.id not in self._answered]
        for ask in asks:
            self._done[ask.id] = self._answer(desk, ask)
            self._answered.add(ask.id)
        return bool(asks)

    def _answer(self, desk: RemoteDesk, ask: Ask) -> dict[str, Any]:
        try:
            written = desk.append(ask.session, ask.kind, ask.author, ask.payload)
        except OwnerSilent:
            raise
        except InfusionlogError as error:
            return {"id": ask.id, "error": str(error), "kind": name_of(error)}
        return {"id": ask.id, "ok": asdict(written)}

    def _record(self, desk: RemoteDesk, session: str, kind: str, payload: Mapping[str, Any]) -> None:
        try:
            desk.append(session, kind, FORWARD, payload)
        except OwnerSilent:
            raise
        except InfusionlogError as error:  # done already, or not to be done: said once
            self._say(f"{session} {kind}", f"{session}: {kind}: {error}")

    def _say(self, about: str, sentence: str) -> None:
        if self._told.get(about) != sentence:
            self._told[about] = sentence
            self._tell(sentence)


def _count(ends: Mapping[str, tuple[int, str]]) -> int:
    return sum(count for count, _ in ends.values())
