"""A session's records folded into what a live page needs: as they come, or all at once, with the same end."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import orjson

from analysis.protocol import CUFF_VITALS, Protocol, read_protocol
from analysis.recorded import Points, recorded
from analysis.schedule import Due, dues
from analysis.session import Session
from analysis.timeline import Timeline, timeline_of
from logger.clock import microseconds
from logger.entering.attached import attached_devices
from logger.entering.desk import SessionFile
from logger.entering.ending import ABOUT_THE_END
from logger.entering.standing import OF_DEVICES
from logger.kinds import Device
from logger.ledger.models import Written
from logger.reviewing.frames import UNREAL, build
from logger.web.live.changes import CHANGES, Changes
from logger.web.live.kept import MANUAL, Cycle, Kept, Key, cycles_of, values_of

FROM_THE_LEDGER = CHANGES | ABOUT_THE_END | {"discharge", "session.patient"}
"""Kinds after which earlier records may say something else: the session is read anew."""

UNCOUNTED = OF_DEVICES | {"unread"}
"""Kinds that come by the second and change nothing but readings."""


class Gap(NamedTuple):
    """A time without a source; *end* is None while it lasts."""

    source: str
    start: datetime
    end: datetime | None
    cause: str


class Fold:
    """What is known of a session that is open, after all records that it was given.

    Attributes:
        row, patient: as the ledger has them.
        protocol: the session's own.
        series: the valid readings, by source, vital and variant.
        cycles: the cuff's cycles.
        heard: when the last frame of each source came, microseconds UTC.
        heads: of each writer, the last record that was taken.
        is_stale: a record came after which all has to be read anew.
        is_unreal: the last frame of a source was of its demo or test mode.
    """

    def __init__(self, file: SessionFile) -> None:
        self.row, self.patient = file.row, file.patient
        self.protocol: Protocol = read_protocol(tomllib.loads(file.protocol), file.row["protocol"])
        self.series: dict[Key, Kept] = {}
        self.cycles: list[Cycle] = []
        self.heard: dict[str, int] = {}
        self.heads: dict[str, int] = {}
        self.is_stale = self.is_unreal = False
        self._file, self._changes = file, Changes()
        self._others = [record for record in file.records if record.kind not in UNCOUNTED]
        for record in self._others:
            if record.kind in CHANGES:
                self._changes.take(record, orjson.loads(record.payload))
        left = self.session.ended_at
        self._left = None if left is None else microseconds(left)
        self._places: dict[str, int] = {}
        for record in file.records:
            self._take(record)

    def take(self, records: Iterable[Written]) -> None:
        """Take records that are new; those that were taken before are passed over."""
        for record in records:
            head = self.heads.get(record.writer, -1)
            # Two pages publish in either order: what comes before the one that it follows is read anew.
            self.is_stale |= record.seq > head + 1
            if record.seq > head:
                self._take(record)
                if record.kind not in UNCOUNTED:
                    self._others.append(record)
                    self.__dict__.pop("session", None)
                    self.__dict__.pop("timeline", None)
                    self.is_stale |= record.kind in FROM_THE_LEDGER

    def _take(self, record: Written) -> None:
        self.heads[record.writer] = record.seq
        if record.kind != "reading":
            return
        body = orjson.loads(record.payload)
        said = self._changes.applied(record.ref, values_of(record, body))
        if self._left is not None:  # what a device says of an empty chair
            said = [one for one in said if one.by_hand or one.measured <= self._left]
        place = self._places.setdefault(record.writer, len(self._places))
        for one in said:
            kept = self.series.setdefault((one.source, one.vital, one.variant), Kept())
            kept.take(one, place, record.seq)
        self.cycles += cycles_of(record.ref, said)
        source = body["source"]
        if source != MANUAL:
            self.heard[source] = max(self.heard.get(source, 0), record.at)
            self.is_unreal = bool(UNREAL & set(body.get("states", ())))

    # What is computed on the way.

    @cached_property
    def session(self) -> Session:
        """The session without its readings."""
        return build(replace(self._file, records=tuple(self._others)))

    @cached_property
    def timeline(self) -> Timeline:
        """The session's axis."""
        return timeline_of(self.session)

    @property
    def gaps(self) -> list[Gap]:
        """When a source was not heard."""
        rows: Any = self.session.gaps.astype(object).to_dict("records")
        return [
            Gap(str(g["source"]), g["start"], None if g["end"] != g["end"] else g["end"], str(g["cause"]))
            for g in rows
        ]

    @property
    def devices(self) -> Mapping[str, Device]:
        """The devices that the session has, by name."""
        return attached_devices(self._others)

    @property
    def others(self) -> list[Written]:
        """All records but those that come by the second."""
        return self._others

    def due(self, now: datetime) -> tuple[Due, ...]:
        """Return what the protocol expects, as `analysis.schedule.schedule_of` does."""
        points = recorded(self.session, self.protocol, self.timeline, {})
        for parameter in self.protocol.parameters.values():
            vitals = CUFF_VITALS[:1] if parameter.vitals == CUFF_VITALS else parameter.vitals
            measured = [self._points(kept) for (_, vital, _), kept in self.series.items() if vital in vitals]
            end = np.inf if self.timeline.end is None else self.timeline.end
            points[parameter.id] = Points.of([points[parameter.id], *measured]).between(-np.inf, end)
        opened = self.timeline.minute(self.session.opened_at)
        return dues(self.protocol, self.timeline, points, opened=opened, now=self.timeline.minute(now))

    def _points(self, kept: Kept) -> Points:
        minutes, since = (self.minutes(times) for times in (kept.measured, kept.since))
        known = np.asarray(kept.since) == 0
        straddling = [self.timeline.straddles(*two) for two in zip(since, minutes, strict=True)]
        sure = known | ~np.array(straddling, dtype=np.bool_)
        names = np.array([*self._places, ""], dtype=object)
        chosen = np.flatnonzero(sure)
        order = chosen[np.argsort(minutes[chosen], kind="stable")]
        return Points(
            minutes[order],
            np.where(known, minutes, since)[order],
            names[np.asarray(kept.writers, dtype=np.int64)][order],
            np.asarray(kept.seqs, dtype=np.int64)[order],
        )

    def minutes(self, times: Any) -> Any:
        """Return times in microseconds UTC as minutes since the session's zero."""
        return (np.asarray(times, dtype=np.int64) - microseconds(self.timeline.zero)) / 60e6
