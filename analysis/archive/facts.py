"""What a session's file says of it beside its rows: the JSON in the file's metadata."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import orjson
import pandas as pd

from analysis.archive.columns import VERSION, VitalColumns
from analysis.session import GAPS, Head, Session, table
from analysis.timeline import Timeline

Run = tuple[str, int, int]
"""Records of one writer that follow each other: its id, the first number, the last one."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One row of `Session.gaps`; *end* None: still open at the end of the records."""

    source: str
    start: datetime
    end: datetime | None
    cause: str


@dataclass(frozen=True, slots=True)
class Counted:
    """The series of a vital that figures are computed of: as `analysis.series.primary` chooses it.

    Attributes:
        name: of its columns.
        source: of the rows that count.
        hold_s: for how many seconds a value may stand by the protocol, 0: for no time; *hold_after_s*: one
            that was measured after the infusion's end.
        alone: these columns hold values of no other source.
    """

    name: str
    source: str
    hold_s: float
    hold_after_s: float
    alone: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of a session once. Names as in `Session`; times are UTC.

    Attributes:
        version: of the form of the file.
        made_by: the program and its version.
        patient: the clinic's id of the patient, and nothing else of them.
        frames, events: how many rows there are of readings and, after them, of everything else.
        minute_zero: the anchor, or the opening where *anchored* is false; *infusion_end*: of the last one.
        counted: by vital.
    """

    version: int
    made_by: str
    session: str
    patient: str
    room: str
    zone: str
    state: str
    opened_at: datetime
    ended_at: datetime | None
    closed_at: datetime | None
    protocol_id: str
    course: str
    number: str
    banners: tuple[str, ...]
    demo: bool
    clock_speed: float
    heads: tuple[Head, ...]
    frames: int
    events: int
    vitals: tuple[VitalColumns, ...]
    primary: Mapping[str, str]
    gaps: tuple[Gap, ...]
    demo_records: tuple[Run, ...]
    minute_zero: datetime
    anchored: bool
    infusion_end: datetime | None
    counted: Mapping[str, Counted]


def facts_of(
    session: Session,
    timeline: Timeline,
    vitals: tuple[VitalColumns, ...],
    counted: Mapping[str, Counted],
    **more: Any,
) -> Facts:
    """Return what a session's file says of it; *more* are the fields that only its writer knows."""
    infusion_end = timeline.infusion_end
    return Facts(
        version=VERSION,
        session=session.id,
        patient=session.patient.id,
        room=session.room,
        zone=session.zone,
        state=session.state,
        opened_at=session.opened_at,
        ended_at=session.ended_at,
        closed_at=session.closed_at,
        protocol_id=session.protocol_id,
        course=session.course,
        number=session.number,
        banners=session.banners,
        demo=session.demo,
        clock_speed=session.clock_speed,
        heads=session.heads,
        vitals=vitals,
        primary=session.primary,
        gaps=tuple(
            Gap(source, start, None if end is pd.NaT else end, cause)
            for source, start, end, cause in zip(
                *(session.gaps[name].to_list() for name in GAPS), strict=True
            )
        ),
        demo_records=tuple(_runs(session.demo_records)),
        minute_zero=timeline.zero,
        anchored=timeline.anchored,
        infusion_end=None if infusion_end is None else moment_of(timeline, infusion_end),
        counted=counted,
        **more,
    )


def moment_of(timeline: Timeline, minute: float) -> datetime:
    """Return a minute as a time in UTC."""
    moment: datetime = timeline.moment_of(minute).astype(datetime)
    return moment.replace(tzinfo=UTC)


def as_text(facts: Facts) -> bytes:
    """Return the facts as JSON."""
    return orjson.dumps(facts, default=datetime.isoformat)  # a Timestamp is a datetime of its own kind


def from_json(said: Mapping[str, Any]) -> Facts:
    """Return the facts that `as_text` wrote."""
    times = {
        name: _time(said[name])
        for name in ("opened_at", "ended_at", "closed_at", "minute_zero", "infusion_end")
    }
    return Facts(
        **{
            **said,
            **times,
            "banners": tuple(said["banners"]),
            "heads": tuple(Head(**one) for one in said["heads"]),
            "vitals": tuple(
                VitalColumns(**{**one, "aspects": tuple(one["aspects"])}) for one in said["vitals"]
            ),
            "gaps": tuple(
                Gap(**{**one, "start": _time(one["start"]), "end": _time(one["end"])}) for one in said["gaps"]
            ),
            "demo_records": tuple((writer, first, last) for writer, first, last in said["demo_records"]),
            "counted": {vital: Counted(**one) for vital, one in said["counted"].items()},
        }
    )


def gaps_table(facts: Facts) -> pd.DataFrame:
    """Return `Session.gaps`."""
    return table([{name: getattr(gap, name) for name in GAPS} for gap in facts.gaps], GAPS)


def demo_records(facts: Facts) -> tuple[str, ...]:
    """Return `Session.demo_records`."""
    return tuple(
        f"{writer}:{seq}" for writer, first, last in facts.demo_records for seq in range(first, last + 1)
    )


def _runs(references: Sequence[str]) -> Iterator[Run]:
    """Yield references as runs: two hours of a simulator are 7,200 of them, and one run."""
    split = [(writer, int(seq)) for writer, _, seq in (one.rpartition(":") for one in references)]
    for (writer, _), run in groupby(enumerate(split), key=lambda one: (one[1][0], one[1][1] - one[0])):
        numbers = [seq for _, (_, seq) in run]
        yield writer, numbers[0], numbers[-1]


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
