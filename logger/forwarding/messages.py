"""What a recorder's forwarder and a server say to each other: one post, one answer, both JSON.

A post says what the recorder's ledger has and brings records; the answer says what of it is on the server's
disk now, and what the server asks for. The forwarder's place in a stream is always what the server said
last, so nothing is kept on either side: a server that was set back asks again, a record that comes twice is
one record.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

FORWARDING = 1
"""The version of this conversation. A server refuses another one with a sentence."""

AT_ONCE = 500
"""Records in one post: some 150 kB, with waves 1 MB."""

SESSIONS_AT_ONCE = 20
"""Sessions that are new to the server in one post: each brings its protocol's text once."""

LARGEST = 64 << 20
"""Bytes of the largest post, unpacked."""

Seqs = dict[str, dict[str, int]]
"""Of each stream and writer the last seq."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)  # a newer one may say more


class ClockSaid(_Said):
    """By how many seconds the recorder's clock is ahead of the server's, and within what."""

    ahead_s: float
    within_s: float


class Result(_Said):
    """What became of an ask: the record it made, or a sentence and the error's name."""

    id: str
    ok: dict[str, Any] | None = None
    error: str = ""
    kind: str = ""


class NewSession(_Said):
    """A session that the server has no row of."""

    row: dict[str, Any]
    patient: dict[str, Any]


class Post(_Said):
    """What a recorder says.

    Attributes:
        version: of the conversation.
        program: with its version.
        writer: of the recorder's ledger.
        recording: the recorder itself answers; else nothing below is known.
        heads: of streams of which the forwarder does not know what the server has: [count, digest].
        sessions: those that the server does not know, with their protocols' texts by digest.
        records: as the ledger's table holds them, each chain in its order.
        open: the ids of its open sessions; None: as before.
        devices: how each device is heard.
        clock: how the clocks stand to each other, once a connection.
        results: of asks, until the answer says that they came.
        waiting: how many streams are not copied to their end.
    """

    version: int
    program: str
    writer: str = ""
    recording: bool = True
    heads: dict[str, dict[str, tuple[int, str]]] = {}
    sessions: list[NewSession] = []
    protocols: dict[str, str] = {}
    records: list[tuple[str, str, int, int, str, str, str, str]] = []
    open: list[str] | None = None
    devices: list[dict[str, Any]] = []
    clock: ClockSaid | None = None
    results: list[Result] = []
    waiting: int = 0


class Ask(_Said):
    """What the recorder is to record and do: as a person says it at its own desk."""

    id: str
    session: str
    kind: str
    author: str
    payload: dict[str, Any]


class Ended(_Said):
    """A session that the recorder holds open and another writer has ended: when, and by which record."""

    session: str
    ended_at: str
    ref: str


class Wanted(_Said):
    """A device that a session is to have, or to have no more, by what was entered at the server."""

    session: str
    device: dict[str, Any]


class Answer(_Said):
    """What a server answers.

    Attributes:
        epoch: names the server's process; where it is another than before, the forwarder begins anew.
        now: the server's clock, microseconds UTC.
        seen: of each stream that was named or sent, what is on the server's disk.
        unknown: sessions of which the server has no row.
        holes: sentences about records that are missing before others; they are asked for by *seen*.
        refused: of each writer that the server takes nothing of any more, why.
        asks: what the recorder is to do, until its result comes.
        ended: sessions to let go of.
        devices: those to detach, whose patient was discharged, and to attach again, if that was withdrawn.
        results: the ids of the results that came.
    """

    epoch: str
    now: int
    seen: Seqs = {}
    unknown: list[str] = []
    holes: list[str] = []
    refused: dict[str, str] = {}
    asks: list[Ask] = []
    ended: list[Ended] = []
    devices: list[Wanted] = []
    results: list[str] = []
