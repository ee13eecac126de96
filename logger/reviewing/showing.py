"""`show`: everything about one session, as text and as JSON."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.metrics import figures_table
from analysis.protocol import UnknownProfile
from analysis.session import Session
from devices.vocabulary import Vital
from logger.entering.desk import SessionFile
from logger.reviewing.frames import build
from logger.reviewing.wave_tables import counts_of

QUIET = {"link", "clock", "unread"}
"""Kinds of which `show` as text lists only those that matter to a person."""


def shown(file: SessionFile) -> dict[str, Any]:
    """Return what `show --json` adds to the session's row."""
    session = build(file)
    return {
        "protocol": session.protocol_id,
        "zone": session.zone,
        "banners": list(session.banners),
        "readings": _counts(session),
        "cuffs": [_reading(reading) for _, reading in _cuffs(session).iterrows()],
        "held": [_reading(reading) for _, reading in _held(session).iterrows()],
        "by_hand": [_reading(reading) for _, reading in _by_hand(session).iterrows()],
        "figures": _figures(session),
        "events": [_event(event) for _, event in session.events.iterrows()],
        "waves": counts_of(file),
        "gaps": [_gap(gap) for _, gap in session.gaps.iterrows()],
        "heads": [
            {"writer": head.writer, "records": head.count, "head": head.digest} for head in session.heads
        ],
    }


def lines(file: SessionFile) -> list[str]:
    """Return a session as a person reads it."""
    session = build(file)
    out = [
        f"session   {session.id}  {session.state}",
        f"patient   {session.identifiers[0]}, {session.identifiers[1]}",
        f"room      {session.room}; protocol {session.protocol_id}; zone {session.zone}",
        *(f"!         {banner}" for banner in session.banners),
        "",
        *(_count_line(count) for count in _counts(session)),
    ]
    if session.readings.empty:
        out.append("no reading was recorded")
    out += [_wave_line(count) for count in counts_of(file)]
    out += ["", *(_gap_line(session, gap) for _, gap in session.gaps.iterrows())]
    told = session.events[~session.events["kind"].isin(QUIET)]
    out += [_event_line(session, event) for _, event in told.iterrows()]
    for readings in (_cuffs(session), _by_hand(session), _held(session)):
        out += [_reading_line(session, reading) for _, reading in readings.iterrows()]
    return [
        *out,
        "",
        *(f"chain     {head.writer}: {head.count} records, {head.digest}" for head in session.heads),
    ]


def _figures(session: Session) -> list[dict[str, Any]]:
    """Return every figure of the session: docs/figures.md; none where its protocol is not to be read."""
    try:
        found = figures_table(session).drop(columns="session")
    except UnknownProfile:
        return []
    rows = found.astype(object).where(found.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def _cuffs(session: Session) -> pd.DataFrame:
    """Return the cuff's pressures that a device gave, each with the reference that amends or excludes it."""
    rows = session.readings
    shown = (
        rows["vital"].isin([Vital.NIBP_SYS, Vital.NIBP_DIA])
        & (rows["entered_by"] == "")
        & (rows["reason"] != "held")
    )
    return rows[shown]


def _held(session: Session) -> pd.DataFrame:
    return session.readings[session.readings["reason"] == "held"]


def _by_hand(session: Session) -> pd.DataFrame:
    return session.readings[session.readings["entered_by"] != ""]


def _reading(reading: pd.Series) -> dict[str, Any]:
    return {
        "ref": _ref(reading),
        "at": reading["at"].isoformat(),
        "measured_at": reading["measured_at"].isoformat(),
        "vital": reading["vital"],
        "value": None if pd.isna(reading["value"]) else float(reading["value"]),
        "unit": reading["unit"],
        "reason": reading["reason"] or None,
        "source": reading["source"],
        "entered_by": reading["entered_by"] or None,
        "excluded": bool(reading["excluded"]),
        "superseded_by": reading["superseded_by"] or None,
    }


def _counts(session: Session) -> list[dict[str, Any]]:
    counts = []
    for (source, vital, variant), rows in session.readings.groupby(["source", "vital", "variant"], sort=True):
        good = rows[
            rows["value"].notna()
            & (rows["quality"] != "invalid")
            & ~rows["excluded"]
            & (rows["superseded_by"] == "")
        ]["value"]
        counts.append(
            {
                "source": source,
                "vital": vital,
                "variant": variant,
                "readings": len(rows),
                "usable": len(good),
                "unit": rows["unit"].iloc[0],
                "lowest": None if good.empty else float(good.min()),
                "highest": None if good.empty else float(good.max()),
                "last": None if good.empty else float(good.iloc[-1]),
            }
        )
    return counts


def _count_line(count: dict[str, Any]) -> str:
    name = count["vital"] + (f"/{count['variant']}" if count["variant"] else "")
    said = f"{count['source']:<16} {name:<26} {count['usable']:>6} of {count['readings']:<6}"
    if count["usable"]:
        lowest, highest, last = (f"{count[name]:g}" for name in ("lowest", "highest", "last"))
        said += f" lowest {lowest}, highest {highest}, last {last} {count['unit']}"
    return said


def _wave_line(count: dict[str, Any]) -> str:
    name = count["wave"] + (f"/{count['variant']}" if count["variant"] else "")
    rates = ", ".join(f"{rate:g}" for rate in count["rates"])
    parts = "without a gap" if count["parts"] == 1 else f"in {count['parts']} parts"
    return f"{count['source']:<16} {name:<26} {count['samples']:>6} samples, {rates} a second, {parts}"


def _event(event: pd.Series) -> dict[str, Any]:
    return {
        "ref": _ref(event),
        "at": event["at"].isoformat(),
        "happened_at": event["happened_at"].isoformat(),
        "kind": event["kind"],
        "author": event["author"],
        "summary": event["summary"],
        "late_by_s": None if pd.isna(event["late_by_s"]) else float(event["late_by_s"]),
        "superseded_by": event["superseded_by"] or None,
    }


def _gap(gap: pd.Series) -> dict[str, Any]:
    return {
        "source": gap["source"],
        "start": gap["start"].isoformat(),
        "end": None if pd.isna(gap["end"]) else gap["end"].isoformat(),
        "cause": gap["cause"],
    }


def _event_line(session: Session, event: pd.Series) -> str:
    late = "" if pd.isna(event["late_by_s"]) else f"  LATE (entered {event['late_by_s'] / 60:.0f} min after)"
    start = f"{_clock(session, event['happened_at'])}  {_ref(event):<16} {event['author']:<12}"
    return f"{start} {event['summary']}{late}"


def _reading_line(session: Session, reading: pd.Series) -> str:
    value = "no value" if pd.isna(reading["value"]) else f"{reading['value']:g} {reading['unit']}"
    remarks = [
        reading["reason"],
        f"corrected by {reading['superseded_by']}" if reading["superseded_by"] else "",
        "excluded" if reading["excluded"] else "",
    ]
    said = ", ".join(filter(None, remarks))
    return (
        f"{_clock(session, reading['measured_at'])}  {_ref(reading):<16} "
        f"{reading['entered_by'] or reading['source']:<12} {reading['vital']} {value}"
        + (f" ({said})" if said else "")
    )


def _gap_line(session: Session, gap: pd.Series) -> str:
    end = "still" if pd.isna(gap["end"]) else _clock(session, gap["end"])
    return f"{_clock(session, gap['start'])}  not heard: {gap['source']} until {end}: {gap['cause']}"


def _ref(row: pd.Series) -> str:
    return f"{row['writer']}:{row['seq']}"


def _clock(session: Session, at: pd.Timestamp) -> str:
    return f"{at.tz_convert(session.zone):%H:%M:%S}"
