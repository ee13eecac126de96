"""What a live page is told, as JSON: the same from ``live.json`` and in each event of the stream."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class LiveVital(_Said):
    """The last value of one series.

    Attributes:
        key: names the series within a session.
        label, unit, source: in words; *source* empty where one source alone sends this vital.
        value: as it is shown; empty: there is none, and *why* says so.
        why: why there is no value, or what is to be known of it.
        at: when it was measured.
        since: of "taken between *since* and *at*".
        stale_at: from then on it is shown in brackets with its time; none where the protocol sets no age.
        by_hand: a person read and typed it.
    """

    key: str
    label: str
    unit: str
    source: str = ""
    value: str = ""
    why: str = ""
    at: datetime
    since: datetime | None = None
    stale_at: datetime | None = None
    by_hand: bool = False


class LiveHeld(_Said):
    """A cuff value that was on the line before: maybe another patient's. *ref* is its record."""

    source: str
    value: str
    at: datetime
    ref: str


class LiveFailed(_Said):
    """A cuff cycle that failed after the last reading of its source."""

    source: str
    at: datetime


class LiveDevice(_Said):
    """How a device is heard.

    Attributes:
        source: what the session calls it.
        heard_at: when its last record came.
        silent_since: since when it is not heard, none while it is.
        why: the cause, in words.
        ask: the person beside the patient has to be asked whether this is the patient's monitor.
    """

    source: str
    heard_at: datetime | None = None
    silent_since: datetime | None = None
    why: str = ""
    ask: bool = False


class LiveInfusion(_Said):
    """How far the dose is: *state* since *since*; *ran_s* seconds before that, where it was paused."""

    state: Literal["none", "running", "paused", "ended", "given"]
    started_at: datetime | None = None
    since: datetime | None = None
    ran_s: float = 0.0
    drug: str = ""


class LiveDue(_Said):
    """One entry that is due: what, and since when. Its value has no part in it."""

    label: str
    at: datetime | None
    state: Literal["due now", "late"]


class LivePlace(_Said):
    """A session without any of its values: what the board of rooms may show.

    Attributes:
        session: its id.
        state: ``open``, ``ended`` or ``closed``.
        now: the server's clock.
        patient: initials and the clinic's id.
        phase: in the protocol's words.
        opened_at: when it was opened.
        infusion: how far the dose is.
        devices: how each is heard.
        recorder: why the room's recorder is not heard, in a sentence; none where it is.
        due: entries that are due or late.
        left: the patient has left.
    """

    session: str
    state: str
    now: datetime
    patient: str
    phase: str
    opened_at: datetime
    infusion: LiveInfusion
    devices: list[LiveDevice]
    recorder: str | None = None
    due: list[LiveDue]
    left: bool = False


class Live(LivePlace):
    """A session as its room's own screen shows it.

    Attributes:
        vitals: the last value of each series.
        held: cuff values that nobody has claimed.
        failed: cuff cycles that failed since the last reading.
        demo: the numbers are a simulator's, or a device says that it is in its demo or test mode.
        chart: changes when the chart does; `/rooms/{room}/chart.svg` has it.
        heads: of each writer, the last record that is in this state.
    """

    vitals: list[LiveVital]
    held: list[LiveHeld]
    failed: list[LiveFailed]
    demo: bool
    chart: str
    heads: dict[str, int]
