"""A host's side of the dialogue with an IntelliVue monitor: what it says, and when.

release, connect -> accept -> MDS create event, which has to be answered -> polls, and something every few
seconds so that the monitor does not drop a silent host -> release. Which waves it sends is left to it: its
priority list is never set.

Source: Philips IntelliVue Data Export Interface; a recorded dialogue (intellipy).
"""

from __future__ import annotations

import re
from enum import Enum

from devices.adapters._intellivue_frames import (
    ALARM,
    MDS,
    NUMERIC,
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

CONNECT, RELEASE = association_request(), release_request()
NUMBERS, ALARMS, ALIVE = extended_poll(1, NUMERIC, NUMBERS_FOR), single_poll(2, ALARM), single_poll(3, MDS)

WAVES = extended_poll(4, WAVE, NUMBERS_FOR)

_ANY = rb"(?:[^\x7d\xc0\xc1]|\x7d[\xe0\xe1\x5d])"  # a byte inside a frame, escaped where it has to be
_ANSWER = mds_create_result(0)
PAYLOADS = (CONNECT, RELEASE, NUMBERS, ALARMS, ALIVE)
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
"""All that may be sent on RS-232: five messages, and the answer to an event of any number, with its check."""
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
            said += self._polls
        if elapsed - self._alive >= KEEP_ALIVE:
            self._alive = elapsed
            said += [ALARMS, ALIVE]
        return said

    def accepted(self) -> None:
        """The monitor has agreed to an association."""
        self.stage, self._said = Stage.ASSOCIATED, self._now

    def served(self) -> None:
        """The monitor has told what it is, and is answered: it can be asked now."""
        if self.stage is not Stage.SERVED:
            self._numbers = self._alive = self._now - NUMBERS_FOR
        self.stage = Stage.SERVED

    def ended(self) -> None:
        """The monitor has refused, ended or broken off the association."""
        if self.stage is not Stage.CLOSED:
            self._said = self._now
        self.stage = Stage.CLOSED

    def heard(self) -> None:
        """A whole message came."""
        self._heard = self._now
