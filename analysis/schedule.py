"""What is due to be recorded when, and whether it was: the list for the nurse, the page and the QA rules.

It speaks of documentation alone. No value enters it: it is no alarm, and what is missed says nothing of the
patient. Due times come from the phases of the session's profile; the modes are those of the protocol file:

``every``          met where no gap between readings, from the start of the phase to its end, is longer than
                   ``max_gap_min``; a due time is judged by the gap that it lies in.
``at``, ``final``  met where something was measured in [due - before, due + after].
``at_least_once``  met where ``count`` measurements lie in the window before the anchor.
``continuous``     met where no gap is longer than ``max_gap_min``.

One record may meet several dues. What would be due after the end of its phase is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import numpy as np

from analysis.protocol import Protocol, read_protocol
from analysis.protocol.file import Phase, Schedule
from analysis.recorded import INSTANT, NOTHING, Points, recorded
from analysis.series import cut
from analysis.session import Session
from analysis.timeline import Timeline, timeline_of


class State(StrEnum):
    """How a due stands."""

    DUE = "due"
    MET = "met"
    LATE = "late"
    MISSED = "missed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that the protocol expects to be on record. Minutes since the anchor.

    Attributes:
        at: when it is due; None where only a stretch is, or where its event has not happened.
        opens, closes: when a record meets it; None where that is not known yet.
        late_by_min: after *at*, where it is late: of the record, or so far where there is none yet.
        by: the records that meet it, or that came late: ``writer:seq``.
        why: what the state alone does not say.
    """

    parameter: str
    phase: str
    mode: str
    at: float | None
    opens: float | None
    closes: float | None
    state: State
    late_by_min: float | None = None
    by: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A phase as the session had it, in minutes.

    *end* is None while it lasts. *until* is the end of the reading window, or now while that is open.
    """

    phase: str
    start: float
    end: float | None
    until: float
    live: bool

    @property
    def reach(self) -> float:
        """Return how far the phase reached: its end, or now."""
        return self.until if self.end is None else self.end

    def limit(self, following: float, closes: float) -> float:
        """Return until when what came too late is late and not missed: until the next due, or the end.

        The last due of a phase that lasts has no such limit.
        """
        if self.end is not None:
            return max(closes, min(following, self.end))
        return max(closes, following)


def schedule_of(session: Session, now: datetime | None = None) -> tuple[Due, ...]:
    """Return everything that the session's protocol expects, by its time.

    Args:
        session: in any state.
        now: while the session is open; without it, the time of its newest record.

    Raises:
        UnknownProfile: the session's protocol has no profile of its name.
    """
    protocol, timeline = read_protocol(session.protocol, session.protocol_id), timeline_of(session)
    wanted = frozenset(vital for parameter in protocol.parameters.values() for vital in parameter.vitals)
    points = recorded(session, protocol, timeline, cut(session, timeline, wanted))
    newest = [table["at"].max() for table in (session.readings, session.events) if len(table)]
    moment = now or max([session.opened_at, *newest])
    opened = timeline.minute(session.opened_at)
    return dues(protocol, timeline, points, opened=opened, now=timeline.minute(moment))


def dues(
    protocol: Protocol, timeline: Timeline, points: Mapping[str, Points], *, opened: float, now: float
) -> tuple[Due, ...]:
    """Return what `schedule_of` does from what it computes on the way; *opened* and *now* are minutes."""
    until = now if timeline.end is None else timeline.end
    happened = _happened(timeline, opened)
    found = [
        due
        for phase in protocol.phases
        for schedule in phase.schedule
        for parameter in schedule.params
        for due in _dues_of(phase, schedule, parameter, points, timeline, happened, until)
    ]
    places = {name: i for i, name in enumerate(protocol.parameters)}
    return tuple(
        sorted(
            found,
            key=lambda due: (
                min((m for m in (due.at, due.closes) if m is not None), default=np.inf),
                places.get(due.parameter, len(places)),
            ),
        )
    )


def _happened(timeline: Timeline, opened: float) -> dict[str, float | None]:
    """Return when each event that a phase can start or end with happened; None: not, or not yet."""
    anchor = 0.0 if timeline.anchored else None
    return {
        "session_open": opened,
        **dict.fromkeys(("infusion_start", "first_device", "injection", "swallowed"), anchor),
        "infusion_end": timeline.infusion_end if timeline.anchored else None,
        "discharge": timeline.end,
    }


def _dues_of(
    phase: Phase,
    schedule: Schedule,
    parameter: str,
    points: Mapping[str, Points],
    timeline: Timeline,
    happened: Mapping[str, float | None],
    until: float,
) -> Iterator[Due]:
    """Yield the dues of one parameter of one schedule; none of a phase that has yet to begin."""
    live, start, end = timeline.end is None, happened[phase.starts], happened[phase.ends]
    own = points.get(parameter, NOTHING)
    absent = "no dose" if not timeline.anchored else f"no {phase.starts if start is None else phase.ends}"
    if schedule.mode == "final" and timeline.anchored and (not live or start is not None):
        yield _final(phase.id, schedule, parameter, own, timeline.end)
    elif not live and (not timeline.anchored or start is None or end is None):
        why = f"{absent.replace('_', ' ')} on record"
        yield Due(parameter, phase.id, schedule.mode, None, None, None, State.NOT_APPLICABLE, why=why)
    elif start is not None and start <= until:
        stretch = Stretch(phase.id, start, end if end is None else min(end, until), until, live)
        if schedule.mode == "at_least_once":
            yield _once(stretch, schedule, parameter, own, None if end is None else 0.0)
        elif schedule.mode == "continuous":
            yield from _continuous(stretch, schedule, parameter, own)
        elif schedule.mode == "every":
            yield from _every(stretch, schedule, parameter, own)
        elif schedule.mode == "at":
            yield from _at(stretch, schedule, parameter, own)


def _once(stretch: Stretch, schedule: Schedule, parameter: str, points: Points, anchor: float | None) -> Due:
    """Judge the window before the anchor; while there is no anchor, as if it were now."""
    end = stretch.until if anchor is None else anchor
    wanted, start = schedule.count or 1, stretch.start
    if schedule.window_before_anchor_min is not None:
        start = end - schedule.window_before_anchor_min
    inside = points.within(start, end)
    by = inside[-max(wanted, schedule.preferred_count or 0) :].references
    state = State.DUE if anchor is None else State.MISSED
    if len(inside) >= wanted:
        state = State.MET
    why = "" if state is State.MET else f"{len(inside)} of {wanted}"
    return Due(parameter, stretch.phase, schedule.mode, anchor, start, end, state, None, by, why)


def _final(phase: str, schedule: Schedule, parameter: str, points: Points, leaving: float | None) -> Due:
    """Judge the window before the patient leaves."""
    window = schedule.window_before_discharge_min
    if leaving is None or window is None:
        why = "" if window is None else f"in the {window:g} min before leaving"
        return Due(parameter, phase, schedule.mode, None, None, None, State.DUE, why=why)
    opens = leaving - window
    last = points.within(opens, leaving)[-1:]
    state = State.MET if len(last) else State.MISSED
    return Due(parameter, phase, schedule.mode, leaving, opens, leaving, state, None, last.references)


def _continuous(stretch: Stretch, schedule: Schedule, parameter: str, points: Points) -> Iterator[Due]:
    """Judge the longest time without a value, from the start of the phase to its end."""
    if schedule.max_gap_min is None:
        return
    inside = points.between(stretch.start, stretch.reach)
    low, high = inside.gap(stretch.start, stretch.reach)
    held = high - low <= schedule.max_gap_min + INSTANT
    by = (*inside.between(low, low).references, *inside.between(high, high).references)
    state, why = State.MET, f"longest gap {high - low:.1f} min, from minute {low:.1f}"
    if not held:
        state = State.MISSED
    elif stretch.end is None:
        state = State.DUE
    elif not len(inside):
        state, why = State.NOT_APPLICABLE, _TOO_SHORT
    yield Due(parameter, stretch.phase, schedule.mode, None, stretch.start, stretch.end, state, None, by, why)


_TOO_SHORT = "the phase was over before anything had to be on record"


def _every(stretch: Stretch, schedule: Schedule, parameter: str, points: Points) -> Iterator[Due]:
    """Judge each due time by the gap between two readings that it lies in."""
    if schedule.interval_min is None or schedule.max_gap_min is None:
        return
    first = stretch.start + (schedule.offset_min or 0.0)
    count = int((stretch.reach + INSTANT - first) // schedule.interval_min) + 1
    for k in range(max(count, 0) + (stretch.end is None)):
        at, following = (first + n * schedule.interval_min for n in (k, k + 1))
        before = points.between(stretch.start, at)[-1:]
        after = points.between(at, stretch.reach)[:1]
        low = float(before.minutes[0]) if len(before) else stretch.start
        closes = max(low + schedule.max_gap_min, at)
        by = _nearest(before, after, at).references
        due = Due(parameter, stretch.phase, schedule.mode, at, low, closes, State.MET, None, by)
        high = float(after.minutes[0]) if len(after) else stretch.end
        if high is not None and high - low <= schedule.max_gap_min + INSTANT:
            yield due if by else replace(due, state=State.NOT_APPLICABLE, why=_TOO_SHORT)
        else:
            yield _overdue(due, stretch, after, stretch.limit(following, closes))


def _nearest(before: Points, after: Points, at: float) -> Points:
    """Return the one of two that is nearer to a time, the earlier where they are as near."""
    return min(
        (one for one in (before, after) if len(one)), key=lambda one: abs(one.minutes[0] - at), default=before
    )


def _at(stretch: Stretch, schedule: Schedule, parameter: str, points: Points) -> Iterator[Due]:
    """Judge each due time by its window."""
    minutes = [stretch.start + minute for minute in schedule.at_min]
    for at, following in zip(minutes, [*minutes[1:], np.inf], strict=True):
        if stretch.end is not None and at > stretch.end + INSTANT:
            return
        opens, closes = at - (schedule.tol_before_min or 0.0), at + (schedule.tol_after_min or 0.0)
        due = Due(parameter, stretch.phase, schedule.mode, at, opens, closes, State.MET)
        inside = points.within(opens, closes)
        if len(inside):
            yield replace(due, by=inside.nearest(at).references)
        else:
            after = points.between(closes, np.inf)[:1]
            yield _overdue(due, stretch, after, stretch.limit(following, closes))


def _overdue(due: Due, stretch: Stretch, after: Points, limit: float) -> Due:
    """Judge a due that nothing met: whether something came *after*, or may still come, until *limit*."""
    at, closes = due.at or 0.0, due.closes or 0.0
    if len(after) and after.minutes[0] <= limit + INSTANT:
        late = float(after.minutes[0]) - at
        return replace(due, state=State.LATE, late_by_min=late, by=after.references)
    if stretch.live and stretch.until <= closes + INSTANT:
        return replace(due, state=State.DUE, by=())
    if stretch.live and stretch.until <= limit:
        return replace(due, state=State.LATE, late_by_min=stretch.until - at, by=())
    return replace(due, state=State.MISSED, by=())
