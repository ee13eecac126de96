"""A host's side of the dialogue with an IntelliVue monitor: what it says, and when.

release, connect -> accept -> MDS create event, which has to be answered -> polls, and something every few
seconds so that the monitor does not drop a silent host -> release. A monitor that does not grant numerics
every second, refuses them, or leaves the question unanswered, is asked for them one by one. Which waves it
sends is left to it: its priority list is never set.

Source: Philips IntelliVue Data Export Interface; a recorded dialogue (intellipy).
"""

from __future__ import annotations

import re
from enum import Enum

from devices.adapters._intellivue_frames import (
    ALARM,
    MDS,
    NUMERIC,
    SECONDS_OF_NUMBERS,
    WAVE,
    association_request,
    extended_poll,
    framed,
    mds_create_result,
    release_request,
    single_poll,
)

KEEP_ALIVE = 5.0
"""Seconds between two questions: a monitor may drop a host that was silent for 10."""
NUMBERS_FOR = 60
"""Seconds that numerics are asked for at once; asked again when half of them are over."""
PATIENCE = 10.0
"""Seconds to wait for an answer, or for another try after a refusal."""
EACH = 1.0
"""Seconds between two single questions for numerics."""

CONNECT, RELEASE = association_request(), release_request()
INVOCATION = 1
NUMBERS = extended_poll(INVOCATION, NUMERIC, NUMBERS_FOR)
ALARMS, ALIVE = single_poll(2, ALARM), single_poll(3, MDS)

NUMBERS_ONCE = single_poll(5, NUMERIC)
WAVES = extended_poll(4, WAVE, NUMBERS_FOR)

_ANY = rb"(?:[^\x7d\xc0\xc1]|\x7d[\xe0\xe1\x5d])"  # a byte inside a frame, escaped where it has to be
_ANSWER = mds_create_result(0)
PAYLOADS = (CONNECT, RELEASE, NUMBERS, NUMBERS_ONCE, ALARMS, ALIVE)
ON_RS232 = (
    *(re.compile(re.escape(framed(payload))) for payload in PAYLOADS),
    re.compile(
        re.escape(framed(_ANSWER)[:5] + _ANSWER[:8])
        + _ANY
        + _ANY
        + re.escape(_ANSWER[10:])
        + _ANY
        + _ANY
        + b"\xc1"
    ),
)
"""All that may be sent on RS-232: six messages, and the answer to an event of any number, with its check."""
ON_NETWORK = (
    *(re.compile(re.escape(payload)) for payload in PAYLOADS),
    re.compile(re.escape(_ANSWER[:8]) + rb"[\x00-\xff]{2}" + re.escape(_ANSWER[10:])),
)
"""The same without frames."""
WAVES_ON_RS232, WAVES_ON_NETWORK = ((re.compile(re.escape(raw)),) for raw in (framed(WAVES), WAVES))
"""What may be sent besides where waves are wanted: the poll for them."""


class Stage(Enum):
    """How far the dialogue is."""

    CLOSED = "closed"
    ASSOCIATED = "associated"
    SERVED = "served"


class Dialogue:
    """Remembers what was said to one monitor; seconds are those since the line was opened.

    Args:
        polls: what is asked for again and again, for a minute each time.
    """

    def __init__(self, polls: tuple[bytes, ...] = (NUMBERS,)) -> None:
        self._polls = polls
        self.stage = Stage.CLOSED
        self._now = 0.0
        self._said = 0.0
        self._numbers = self._alive = -float(NUMBERS_FOR)
        self._heard = 0.0
        self._one_by_one = False
        self._asked_once = self._numbered = 0.0

    def opening(self) -> list[bytes]:
        """Return the end of an association that may be left over, and the request for a new one."""
        self.stage, self._said, self._heard = Stage.CLOSED, self._now, self._now
        return [RELEASE, CONNECT]

    def due(self, elapsed: float) -> list[bytes]:
        """Return what has to be said now."""
        self._now = elapsed
        if self.stage is not Stage.SERVED:
            return self.opening() if elapsed - self._said >= PATIENCE else []
        if elapsed - self._heard >= PATIENCE:
            return self.opening()
        said: list[bytes] = []
        if elapsed - self._numbers >= NUMBERS_FOR / 2:
            self._numbers = elapsed
            said += [poll for poll in self._polls if poll != NUMBERS or not self._one_by_one]
        if elapsed - self._numbered >= PATIENCE:
            self._one_by_one = True
        if self._one_by_one and elapsed - self._asked_once >= EACH:
            self._asked_once = elapsed
            said.append(NUMBERS_ONCE)
        if elapsed - self._alive >= KEEP_ALIVE:
            self._alive = elapsed
            said += [ALARMS, ALIVE]
        return said

    def accepted(self, extended: int) -> None:
        """The monitor has agreed to an association, and grants these *extended* polls in it."""
        self.stage, self._said = Stage.ASSOCIATED, self._now
        self._one_by_one = not extended & SECONDS_OF_NUMBERS

    def refused(self, invocation: int) -> None:
        """The monitor answers a question with an error."""
        self._one_by_one |= invocation == INVOCATION

    def numbered(self) -> None:
        """Numerics came."""
        self._numbered = self._now

    def served(self) -> None:
        """The monitor has told what it is, and is answered: it can be asked now."""
        if self.stage is not Stage.SERVED:
            self._numbers = self._alive = self._now - NUMBERS_FOR
            self._numbered = self._now
        self.stage = Stage.SERVED

    def ended(self) -> None:
        """The monitor has refused, ended or broken off the association."""
        if self.stage is not Stage.CLOSED:
            self._said = self._now
        self.stage = Stage.CLOSED

    def heard(self) -> None:
        """A whole message came."""
        self._heard = self._now
