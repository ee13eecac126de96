"""Recorders that forward to a server: who may, when they came, and what was refused of them.

They stand in the stream ``system``; a token stands nowhere, only its digest.
"""

from __future__ import annotations

from pydantic import Field

from logger.kinds.base import Digest, Name, Payload, Text


class RecorderEnrolled(Payload):
    """From now on the one who shows the token of this digest is *recorder*; an earlier token of it is void.

    *rooms*: the rooms it hears; none named: all that no other recorder hears.
    """

    recorder: Name
    token: Digest
    rooms: tuple[Name, ...] = ()


class RecorderDismissed(Payload):
    """Nothing is taken of this recorder any more."""

    recorder: Name
    reason: Text


class RecorderConnected(Payload):
    """A recorder came, or came again: by which *writer* it records, and how its clock stands to the server's.

    *ahead_s*: by how much the recorder's clock is ahead, give or take *within_s*.
    """

    recorder: Name
    writer: Name
    program: Name
    ahead_s: float | None = None
    within_s: float | None = Field(default=None, ge=0)


class WriterRefused(Payload):
    """Server *by* refuses what this ledger's *writer* wrote, *why*: it goes on as another writer."""

    writer: Name
    by: Name
    why: Text


RECORDERS: dict[str, type[Payload]] = {
    "recorder.enrolled": RecorderEnrolled,
    "recorder.dismissed": RecorderDismissed,
    "recorder.connected": RecorderConnected,
    "writer.refused": WriterRefused,
}

ENROLMENT = frozenset({"recorder.enrolled", "recorder.dismissed"})
"""What an administrator says of recorders; the program itself says the rest."""
