"""What a fold says at one moment: for the board without any value, and whole for the room's own screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from analysis.protocol import CUFF_VITALS, Protocol
from analysis.wording import name_of, number, source_name
from devices.errors import UsageError
from devices.vocabulary import NIBP, unit_of
from logger.clock import moment
from logger.entering.beside import to_be_asked
from logger.web.due import lines_of
from logger.web.live.changes import Said
from logger.web.live.fold import Fold
from logger.web.live.kept import MANUAL, Cycle
from logger.web.live.state import (
    Live,
    LiveDevice,
    LiveDue,
    LiveFailed,
    LiveHeld,
    LiveInfusion,
    LivePlace,
    LiveVital,
)
from logger.web.rendering import initials

PRESSURE = "blood pressure"

UNITS = {"mm[Hg]": "mmHg", "Cel": "°C", "{score}": ""}
"""How people write a unit of the vocabulary that they don't write as UCUM does."""

PHASES = {
    "pre": "before the dose",
    "infusion": "infusion",
    "recovery": "after",
    "observation": "after the dose",
}
"""The phases of a session, where the protocol has no words of its own."""


def place(fold: Fold, now: datetime, recorder: str | None = None) -> LivePlace:
    """Return a session without any of its values; *recorder*: why the room's is not heard."""
    return LivePlace(**_place(fold, now, recorder))


def live(fold: Fold, now: datetime, recorder: str | None = None) -> Live:
    """Return a session with its last values."""
    vitals = [*_pressures(fold), *_others(fold)]
    return Live(
        **_place(fold, now, recorder),
        vitals=vitals,
        held=[
            LiveHeld(source=one.source, value=_pressure(one), at=moment(one.measured), ref=one.ref)
            for one in fold.cycles
            if one.state == "held"
        ],
        failed=list(_failed(fold)),
        demo=fold.is_unreal or fold.session.demo,
        chart=f"{len(fold.cycles)}.{len(fold.others)}.{int(now.timestamp()) // 60}",
        heads=dict(fold.heads),
    )


def _place(fold: Fold, now: datetime, recorder: str | None) -> dict[str, Any]:
    return {
        "session": fold.row["id"],
        "state": fold.row["state"],
        "now": now,
        "patient": _patient(fold),
        "phase": phase(fold, now),
        "opened_at": moment(fold.row["opened_at"]),
        "infusion": _infusion(fold),
        "devices": list(_devices(fold)),
        "recorder": recorder,
        "due": list(_due(fold, now)),
        "left": fold.session.ended_at is not None,
    }


def _patient(fold: Fold) -> str:
    called = initials(fold.patient)
    return called if called == fold.patient["id"] else f"{called} · {fold.patient['id']}"


def phase(fold: Fold, now: datetime) -> str:
    """Return where the session is, in the protocol's words."""
    if fold.session.ended_at is not None:
        return "left"
    minute = fold.minutes([round(now.timestamp() * 1e6)])
    has_end = any(one.ends == "infusion_end" for one in fold.protocol.phases)
    name = str(fold.timeline.phases(minute, has_end)[0])
    return next((one.label for one in fold.protocol.phases if one.id == name and one.label), PHASES[name])


def _infusion(fold: Fold) -> LiveInfusion:
    timeline = fold.timeline
    if not timeline.anchored:
        return LiveInfusion(state="none")
    drug = next((step.drug for step in timeline.dose if step.drug), "")
    begun = {"started_at": timeline.zero, "drug": drug}
    flows = timeline.flows
    if not flows:
        return LiveInfusion(state="given", since=timeline.zero, **begun)
    ran = sum((flow.end - flow.start) * 60 for flow in flows if flow.end is not None)
    last = flows[-1]
    state: Literal["running", "paused", "ended"] = "running"
    if last.end is not None:
        state = "ended" if timeline.infusion_end is not None else "paused"
    since = timeline.zero + timedelta(minutes=last.start if last.end is None else last.end)
    return LiveInfusion(state=state, since=since, ran_s=round(ran, 3), **begun)


def _devices(fold: Fold) -> Iterator[LiveDevice]:
    open_gaps = {one.source: one for one in fold.gaps if one.end is None}
    asks = to_be_asked(fold.others)
    for source in fold.devices:
        heard, gap = fold.heard.get(source), open_gaps.get(source)
        yield LiveDevice(
            source=source,
            heard_at=None if heard is None else moment(heard),
            silent_since=None if gap is None else gap.start,
            why="" if gap is None else gap.cause.replace("_", " "),
            ask=source in asks,
        )


def _due(fold: Fold, now: datetime) -> Iterator[LiveDue]:
    try:
        dues = fold.due(now)
    except UsageError:  # the protocol is not to be read: the page's banner says so
        return
    for line in lines_of(dues, fold.protocol, fold.timeline.zero, now):
        if line.state in ("late", "due now"):
            at = None if line.at is None else moment(line.at)
            yield LiveDue.model_validate({"label": line.label, "at": at, "state": line.state})


# The values.


def _pressures(fold: Fold) -> Iterator[LiveVital]:
    """Yield the last cycle with numbers of each cuff."""
    last: dict[tuple[str, str], Cycle] = {}
    for one in fold.cycles:
        key = (one.source, one.variant)
        if one.state == "valid" and (key not in last or one.measured >= last[key].measured):
            last[key] = one
    for one in last.values():
        yield LiveVital(
            key=f"{one.source}/nibp/{one.variant}",
            label=PRESSURE,
            unit="mmHg",
            source=source_name(one.source) if len(last) > 1 or one.source == MANUAL else "",
            value=_pressure(one),
            why="" if one.mean is None else f"mean {number(one.mean)}",
            at=moment(one.measured),
            since=None if one.since is None else moment(one.since),
            stale_at=_stale(fold.protocol, "nibp_sys", one.measured),
            by_hand=one.by_hand,
        )


def _others(fold: Fold) -> Iterator[LiveVital]:
    """Yield the last value of every other series, in the protocol's order."""
    order = [vital for one in fold.protocol.parameters.values() for vital in one.vitals]
    known = {key: kept.newest for key, kept in fold.series.items() if key[1] not in NIBP and kept.newest}
    several = [key[1] for key in known]
    for key in sorted(
        known, key=lambda key: (order.index(key[1]) if key[1] in order else 99, *key[1:], key[0])
    ):
        said, (source, vital, variant) = known[key], key
        unit = unit_of(vital) or ""
        yield LiveVital(
            key="/".join(key),
            label=name_of(vital).replace("_", " ") + (f", {variant.replace('_', ' ')}" if variant else ""),
            unit=UNITS.get(unit, unit),
            source=source_name(source) if several.count(vital) > 1 or source == MANUAL else "",
            value=number(said.value) if said.is_valid and said.value is not None else "",
            why=_why(said),
            at=moment(said.measured),
            stale_at=_stale(fold.protocol, vital, said.measured),
            by_hand=said.by_hand,
        )


def _why(said: Said) -> str:
    if said.is_valid:
        return "" if said.quality == "good" else said.quality
    reason = said.reason or ("no value" if said.value is None else "not valid")
    return reason.replace("_", " ")


def _failed(fold: Fold) -> Iterator[LiveFailed]:
    last = {one.source: one for one in sorted(fold.cycles, key=lambda one: one.measured)}
    for one in last.values():
        if one.state == "failed":
            yield LiveFailed(source=one.source, at=moment(one.measured))


def _pressure(cycle: Cycle) -> str:
    said = ("–" if one is None else number(one) for one in (cycle.systolic, cycle.diastolic))
    return "/".join(said)


def _stale(protocol: Protocol, vital: str, measured: int) -> datetime | None:
    of = CUFF_VITALS if vital in CUFF_VITALS else (vital,)
    ages: Sequence[float] = [
        one.max_display_age_s
        for one in protocol.parameters.values()
        if one.max_display_age_s is not None and set(of) & set(one.vitals)
    ]
    return moment(measured + round(min(ages) * 1e6)) if ages else None
