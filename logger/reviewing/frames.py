"""The hand-over from the ledger to the analysis: records of a session become its tidy tables."""

from __future__ import annotations

import gc
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import pandas as pd

from analysis.protocol import Protocol, read_protocol
from analysis.session import EVENTS, GAPS, READINGS, Head, Patient, Session, table
from devices.vocabulary import unit_of
from logger.clock import SECOND, moment
from logger.entering.desk import SessionFile
from logger.entering.ending import late
from logger.entering.site_results import unchecked
from logger.entering.standing import OF_DEVICES, Body, Judgement, arrival, judged
from logger.entering.summaries import summary
from logger.ledger.models import Written
from logger.reviewing.corrections import corrected

MANUAL = "manual"
"""The source of what a person read and typed."""

UNREAL = frozenset({"demo", "test"})
"""States in which a device's numbers are no patient's."""

APART = 1.0
"""Seconds between two writers' clocks from which the page says so: it prints no smaller ones."""

PLAIN = 2
"""Fields of a value that is good and has nothing more to say: its vital and its number."""


def build(file: SessionFile) -> Session:
    """Return a session's value from its file in the ledger.

    Repeats of a cuff cycle are left out; amendments, exclusions and claims of held readings are applied
    and the values they replace stay, marked.
    """
    with _uncollected():
        return _built(file)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python's collector still: two hours are 80,000 small objects without a cycle among them.

    In a process with a large heap it would walk all of it several times (measured: 156 ms become 270).
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _built(file: SessionFile) -> Session:
    row = file.row
    protocol = tomllib.loads(file.protocol)
    pinned = read_protocol(protocol, row["protocol"])
    limit = pinned.late_entry_min
    late = np.inf if limit is None else limit * 60
    heard = [record for record in file.records if record.kind == "reading"]
    bodies: list[Body] = orjson.loads("[" + ",".join(record.payload for record in heard) + "]")
    others = [
        (record, orjson.loads(record.payload)) for record in file.records if record.kind not in OF_DEVICES
    ]
    readings = _readings(heard, bodies, late)
    readings["uncertain"] |= _clock_behind(readings, others)
    readings = corrected(readings, others)
    events = _events(others, late, judged(others))
    left_at = _left_at(events)
    if left_at is not None:  # what a device says of an empty chair belongs to no session
        empty = (readings["measured_at"] > left_at) & (readings["entered_by"] == "")
        readings = readings[~empty].reset_index(drop=True)
    unreal = [
        one.ref for one, body in zip(heard, bodies, strict=True) if UNREAL & set(body.get("states", ()))
    ]
    demo = bool(row["demo"] or unreal)
    demo = demo or any(str(body.get("url")).startswith("simulate:") for _, body in others)
    return Session(
        id=row["id"],
        identifiers=_identifiers(file.patient),
        patient=Patient(file.patient["id"], file.patient["name"] or "", file.patient["born"] or ""),
        room=row["room"],
        zone=row["zone"],
        state=row["state"],
        opened_at=_began(others) or moment(row["opened_at"]),
        ended_at=left_at or _moment(row["ended_at"]),
        closed_at=_moment(row["closed_at"]),
        protocol_id=row["protocol"],
        protocol=protocol,
        readings=readings,
        events=events,
        gaps=_gaps(others),
        heads=_heads(file.records),
        primary=_primary(readings, others),
        banners=(
            *_banners(others, bodies, pinned, unchecked(file.records, file.checks), demo=demo),
            *_of_writers(file.records, others),
        ),
        demo=demo,
        demo_records=tuple(unreal),
        clock_speed=row["clock_speed"],
        **_course(others),
    )


def _readings(records: Sequence[Written], bodies: Sequence[Body], late: float) -> pd.DataFrame:
    kept = [[value for value in body["readings"] if "repeat" not in value] for body in bodies]
    counts = np.fromiter((len(values) for values in kept), dtype=np.int64, count=len(kept))
    values = [value for frame in kept for value in frame]

    def each(per_record: Iterable[Any], kind: str) -> np.ndarray[Any, Any]:
        return np.repeat(np.array(list(per_record), dtype=kind), counts)

    at = each(map(arrival, records, bodies), "int64").astype("datetime64[us]")
    stated = each((_utc(body.get("happened_at")) for body in bodies), "datetime64[us]")
    said = [(place, value) for place, value in enumerate(values) if len(value) > PLAIN]

    def some(name: str, default: str) -> np.ndarray[Any, Any]:
        column = np.full(len(values), default, dtype=object)
        for place, value in said:
            if name in value:
                column[place] = value[name]
        return column

    def when(name: str) -> np.ndarray[Any, Any]:
        column = np.full(len(values), np.datetime64("NaT"), dtype="datetime64[us]")
        for place, value in said:
            if name in value:
                column[place] = _utc(value[name])
        return column

    own = when("measured_at")
    measured = np.where(np.isnat(own), np.where(np.isnat(stated), at, stated), own)
    by_hand = each((body["source"] == MANUAL for body in bodies), "bool")
    waited = (at - stated) / np.timedelta64(1, "s")
    vitals = [value["vital"] for value in values]
    units, local = {vital: unit_of(vital) or "" for vital in set(vitals)}, some("unit", "")
    columns = {
        "writer": each((record.writer for record in records), "object"),
        "seq": each((record.seq for record in records), "int64"),
        "at": _zoned(at),
        "measured_at": _zoned(measured),
        "measured_from": _zoned(when("measured_from")),
        "device_time": each((body.get("device_time", "NaT") for body in bodies), "datetime64[us]"),
        "vital": vitals,
        "variant": some("variant", ""),
        "value": np.array([value["value"] for value in values], dtype="float64"),
        "unit": np.where(local == "", [units[vital] for vital in vitals], local),
        "quality": some("quality", "good"),
        "reason": some("reason", ""),
        "source": each((body["source"] for body in bodies), "object"),
        "entered_by": np.where(by_hand, each((record.author for record in records), "object"), ""),
        "excluded": np.zeros(len(values), dtype=bool),
        "superseded_by": np.full(len(values), "", dtype=object),
        "uncertain": each(("uncertain" in body for body in bodies), "bool"),
        "late_by_s": np.where(by_hand & (waited > late), waited, np.nan),
    }
    return table(columns, READINGS)


def _clock_behind(readings: pd.DataFrame, others: Sequence[tuple[Written, Body]]) -> pd.Series:
    """Return which readings came while the logger's clock stood behind its own records, or was wrong."""
    behind = pd.Series(False, index=readings.index)
    since: int | None = None
    began = 0
    for record, body in others:
        if record.kind == "clock" and body["event"] in {"opened", "reboot"}:
            began = record.at
        if record.kind == "clock" and body.get("uncertain"):
            # A step that shows that the clock was wrong speaks of all its times, not of those from here on.
            since = since or (began if body["event"] == "stepped" else record.at)
        elif record.kind == "clock" and body["event"] == "synchronised" and since is not None:
            behind |= readings["at"].between(moment(since), moment(record.at))
            since = None
    return behind if since is None else behind | (readings["at"] >= moment(since))


def _events(others: Sequence[tuple[Written, Body]], late: float, judgement: Judgement) -> pd.DataFrame:
    superseded = judgement.superseded
    rows = [_event(record, record.kind, body, late, superseded) for record, body in others]
    rows += [_event(*anew, late, superseded) for anew in judgement.anew]
    if _began(others) is not None:  # whoever imports years after is no nurse who enters late
        rows = [row | {"late_by_s": np.nan} if row["kind"] == "session.end" else row for row in rows]
    return table(sorted(rows, key=lambda row: (row["at"], row["writer"], row["seq"])), EVENTS)


def _event(
    record: Written, kind: str, body: Body, late: float, superseded: Mapping[str, str]
) -> dict[str, Any]:
    at = moment(record.at)
    stated = body.get("happened_at") or body.get("origin", {}).get("at")
    happened = datetime.fromisoformat(stated) if stated else at
    waited = (at - happened).total_seconds()
    return {
        "writer": record.writer,
        "seq": record.seq,
        "at": at,
        "happened_at": happened,
        "kind": kind,
        "author": record.author,
        "late_by_s": waited if waited > late else np.nan,
        "summary": summary(kind, body),
        "superseded_by": superseded.get(record.ref, ""),
        "payload": body,
    }


def _began(others: Sequence[tuple[Written, Body]]) -> datetime | None:
    """Return when an imported session began, by its first reading; None for what was recorded here."""
    return next((_time(body["first"]) for record, body in others if record.kind == "session.import"), None)


def _left_at(events: pd.DataFrame) -> datetime | None:
    """Return when the patient left, by the last discharge that holds; None where none is on record."""
    left = events[(events["kind"] == "discharge") & (events["superseded_by"] == "")]
    return None if left.empty else left["happened_at"].iloc[-1].to_pydatetime()


def _course(others: Sequence[tuple[Written, Body]]) -> dict[str, str]:
    """Return where the session stands in its course, in words; nothing where nobody said so.

    What it said under a wrong patient is not the right one's.
    """
    said = [body for record, body in others if record.kind in ("session.open", "session.patient")]
    course = said[-1].get("course") if said else None
    if course is None:
        return {}
    planned = f" of {course['planned']}" if "planned" in course else ""
    return {"course": course["phase"].capitalize(), "number": f"{course['number']}{planned}"}


def _gaps(others: Sequence[tuple[Written, Body]]) -> pd.DataFrame:
    open_gaps: dict[str, Body] = {}
    sources: set[str] = set()
    gone: set[str] = set()
    rows: list[Body] = []
    for record, body in others:
        if record.kind == "device":
            attached = body["event"] == "attached"
            (sources.add if attached else sources.discard)(body["source"])
            (gone.discard if attached else gone.add)(body["source"])
            if not attached and body["source"] in open_gaps:  # nobody expects anything of it from here on
                rows.append({**open_gaps.pop(body["source"]), "end": moment(record.at)})
        elif record.kind in {"session.pause", "session.resume"}:
            since = _time(body["since"]) if "since" in body else moment(record.at)
            for source in sources:
                open_gaps.setdefault(source, {"source": source, "start": since, "cause": body["cause"]})
        elif record.kind == "link" and body["event"] in {"silent", "lost"} and body["source"] not in gone:
            gap = open_gaps.setdefault(
                body["source"], {"source": body["source"], "start": _time(body["since"])}
            )
            gap.setdefault("cause", body["cause"])
        elif record.kind == "link" and body["event"] == "heard" and body["source"] in open_gaps:
            rows.append({**open_gaps.pop(body["source"]), "end": moment(record.at)})
    rows += [{**gap, "end": None} for gap in open_gaps.values()]
    return table(sorted(rows, key=lambda gap: gap["start"]), GAPS)


def _heads(records: Iterable[Written]) -> tuple[Head, ...]:
    last = {record.writer: Head(record.writer, record.seq + 1, record.digest) for record in records}
    return tuple(last.values())


def _primary(readings: pd.DataFrame, others: Sequence[tuple[Written, Body]]) -> dict[str, str]:
    named: dict[str, str] = {}
    for record, body in others:
        if record.kind == "session.open":
            named |= body.get("primary", {})
    heard = readings[readings["source"] != MANUAL].drop_duplicates("vital")
    return dict(zip(heard["vital"], heard["source"], strict=True)) | named


def _banners(
    others: Sequence[tuple[Written, Body]],
    bodies: Sequence[Body],
    protocol: Protocol,
    unchecked: Sequence[str],
    *,
    demo: bool,
) -> tuple[str, ...]:
    devices = [body for record, body in others if record.kind == "device" and body["event"] == "attached"]
    imports = [one for one in others if one[0].kind == "session.import"]
    experimental = sorted({body["adapter"] for body in devices if body.get("experimental")})
    stalled = any("uncertain" in body for body in bodies)
    clock = any(record.kind == "clock" and body.get("uncertain") for record, body in others)
    said = {
        "DEMO: no patient; the numbers come from a simulator or a device in demo mode": demo,
        "Protocol not approved by this clinic": not protocol.approved_by,
        f"Protocol read in part, without {', '.join(protocol.left_out)}": bool(protocol.left_out),
        f"Experimental adapter: {', '.join(experimental)}": bool(experimental),
        "Time uncertain: the logger's clock was wrong, or stood behind its own records": clock,
        "Some arrival times are uncertain: the reader stood still": stalled,
        f"Not checked at this site: {', '.join(unchecked)}": bool(unchecked),
    }
    return (*map(_imported, imports), *(text for text, holds in said.items() if holds))


def _of_writers(records: Sequence[Written], others: Sequence[tuple[Written, Body]]) -> Iterator[str]:
    """Yield what is to be known of a session that several writers recorded."""
    for writer, number in late(records).items():
        yield f"{number} records of {writer} arrived after the session was closed without them"
    ahead = {
        body["writer"]: body["ahead_s"]
        for record, body in others
        if record.kind == "clock" and body["event"] == "compared"
    }
    for writer, seconds in sorted(ahead.items()):
        if abs(seconds) >= APART:
            yield f"Two clocks: that of {writer} is ahead by {seconds:+.1f} s"


def _imported(imported: tuple[Written, Body]) -> str:
    record, body = imported
    day = moment(record.at).date()
    return f"Imported from {body['file']} on {day} by {record.author}: not recorded by infusionlog"


def _identifiers(patient: Mapping[str, Any]) -> tuple[str, str]:
    second = f"born {patient['born']}" if patient["born"] else f"id {patient['id']}"
    return patient["name"] or f"Patient {patient['id']}", second


def _utc(text: str | None) -> str:
    """Return an ISO time as numpy reads it: UTC without offset, or NaT."""
    if text is None:
        return "NaT"
    if text.endswith("+00:00"):
        return text[:-6]
    return _time(text).astimezone(tz=moment(SECOND).tzinfo).replace(tzinfo=None).isoformat()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _zoned(times: np.ndarray[Any, Any]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(times).tz_localize("UTC")


def _moment(at: int | None) -> datetime | None:
    return None if at is None else moment(at)
