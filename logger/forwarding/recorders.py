"""What a server knows of its recorders right now, and what it asks of them."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from logger.entering.control import error_of
from logger.errors import RecorderSilent
from logger.forwarding.enrolling import Enrolment
from logger.forwarding.messages import Ask, ClockSaid, Post, Result

SILENT_AFTER = 3.0
"""Seconds without a post after which a recorder counts as not heard: it posts every half second."""

ANSWERS_WITHIN = 8.0
"""Seconds that a page waits for what it asked of a recorder: a port that opens takes two."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A recorder as it was heard last.

    Attributes:
        name: as it is enrolled.
        writer, program: what its records carry, and which version it is.
        monotonic: seconds of this machine's monotonic clock of its last post.
        at: the same on the server's clock, microseconds UTC.
        recording: the recorder itself answered its forwarder.
        devices: how each device is heard (``session``, ``source``, ``heard_at``, ``silent_since``, ...).
        open: ids of its open sessions.
        clock: how its clock stands to the server's, None: not compared yet.
        waiting: streams whose last records are still to come.
        refused: of each of its writers that is refused, why.
    """

    name: str
    writer: str = ""
    program: str = ""
    monotonic: float = 0.0
    at: int = 0
    recording: bool = False
    devices: Sequence[Mapping[str, Any]] = ()
    open: frozenset[str] = frozenset()
    clock: ClockSaid | None = None
    waiting: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def age(self) -> float:
        """Return the seconds since its last post."""
        return time.monotonic() - self.monotonic

    @property
    def is_heard(self) -> bool:
        """Return whether it posts, and the recorder behind it records."""
        return self.recording and self.age < SILENT_AFTER


class Recorders:
    """The recorders of a server; pages and the receiving routes use it from their threads.

    Attributes:
        enrolment: who may forward; kept up to date by `logger.forwarding.receiving.Receiving`.
    """

    def __init__(self, enrolment: Enrolment | None = None) -> None:
        self.enrolment = enrolment or Enrolment()
        self._heard: dict[str, Heard] = {}
        self._asks: dict[str, dict[str, Ask]] = {}
        self._results: dict[str, Result] = {}
        self._changed = threading.Condition()

    # What pages want to know.

    def all(self) -> list[Heard]:
        """Return every enrolled recorder by its name, also one that was never heard."""
        return [self._heard.get(name, Heard(name)) for name in sorted(self.enrolment.recorders)]

    def of_room(self, room: str) -> Heard | None:
        """Return the recorder that hears a room, None where none is enrolled for it."""
        name = self.enrolment.of_room(room)
        return None if name is None else self._heard.get(name, Heard(name))

    def of_session(self, session: str, room: str) -> Heard | None:
        """Return the recorder that holds a session, else the one of its room."""
        holding = [one for one in self._heard.values() if session in one.open]
        return holding[0] if holding else self.of_room(room)

    def devices(self, session: str) -> list[Mapping[str, Any]]:
        """Return how each device of a session is heard, as its recorder said last."""
        return [row for one in self._heard.values() for row in one.devices if row["session"] == session]

    def silence(self, room: str) -> str | None:
        """Return in a sentence why a room's recorder is not heard, None where it is."""
        heard = self.of_room(room)
        if heard is None:
            return f"No recorder is enrolled for room {room}."
        if heard.is_heard:
            return None
        if not heard.monotonic:
            return f"Recorder {heard.name} was not heard since this server started."
        if heard.age < SILENT_AFTER:
            return f"Recorder {heard.name} does not run; its forwarder is heard. Start it there."
        return (
            f"Recorder {heard.name} was last heard {heard.age:.0f} s ago. "
            "It may be recording all the same: what is missing here then arrives later."
        )

    # What pages ask.

    def ask(
        self,
        recorder: str,
        session: str,
        kind: str,
        author: str,
        payload: Mapping[str, Any],
        within: float = ANSWERS_WITHIN,
    ) -> dict[str, Any]:
        """Have a recorder record and do something; return the record it made, which is here by then.

        Never call it while the ledger's lock is held: the answer could not come.

        Raises:
            RecorderSilent: no answer came in time; it may have been done all the same.
            InfusionlogError: what the recorder refused it with.
        """
        heard = self._heard.get(recorder, Heard(recorder))
        if not heard.is_heard:
            raise RecorderSilent(
                f"recorder {recorder} can't be heard; look whether it runs and the network is there. "
                "A session can be started without a monitor meanwhile"
            )
        one = Ask(id=secrets.token_hex(8), session=session, kind=kind, author=author, payload=dict(payload))
        until = time.monotonic() + within
        with self._changed:
            self._asks.setdefault(recorder, {})[one.id] = one
            while one.id not in self._results:
                if not self._changed.wait(until - time.monotonic()) and time.monotonic() >= until:
                    break
            self._asks[recorder].pop(one.id, None)
            result = self._results.pop(one.id, None)
        if result is None:
            raise RecorderSilent(
                f"recorder {recorder} did not answer within {within:g} s; it may have done it all the same: "
                "look before you try again"
            )
        if result.ok is None:
            raise error_of(result.kind, result.error)
        return result.ok

    def open_session(self, room: str, author: str, asked: Mapping[str, Any]) -> str:
        """Have a room's recorder open a session, or find the one that is open there; return its id.

        *asked* is as `logger.recording.service.Asked` has it, with the clinic's protocol and zone. Its row
        and first records are here by then. Raises as `ask` does.
        """
        opened = self.ask(self._in_room(room), "", "session.open", author, {"room": room, **asked})
        return str(opened["session"])

    def change_device(self, session: str, room: str, author: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """Have a session's recorder attach or detach a device (kind ``device``); raises as `ask` does."""
        holding = self.of_session(session, room)
        name = holding.name if holding else self._in_room(room)
        return self.ask(name, session, "device", author, said)

    def _in_room(self, room: str) -> str:
        name = self.enrolment.of_room(room)
        if name is None:
            raise RecorderSilent(
                f"no recorder is enrolled for room {room}; enrol one: infusionlog recorders enrol NAME"
            )
        return name

    # What the receiving routes do.

    def heard(self, name: str, post: Post, monotonic: float, at: int, refused: Mapping[str, str]) -> Heard:
        """Take down that a recorder posted; return how it was heard before."""
        with self._changed:
            before = self._heard.get(name, Heard(name))
            here = before.open if post.open is None else frozenset(post.open)
            self._heard[name] = Heard(
                name,
                post.writer or before.writer,
                post.program,
                monotonic,
                at,
                post.recording,
                tuple(post.devices),
                here if post.recording else before.open,
                post.clock or before.clock,
                post.waiting,
                dict(refused),
            )
        return before

    def answered(self, results: Sequence[Result]) -> None:
        """Hand over what became of asks; nobody waits for what came too late."""
        with self._changed:
            waited_for = {id for asks in self._asks.values() for id in asks}
            self._results |= {one.id: one for one in results if one.id in waited_for}
            self._changed.notify_all()

    def asked_of(self, name: str) -> list[Ask]:
        """Return what a recorder is to do and has not answered yet."""
        with self._changed:
            return [ask for ask in self._asks.get(name, {}).values() if ask.id not in self._results]
