"""What the session's infusion pumps said of themselves: when each ran, at which rate, and every word.

It stands beside the dose that a person entered and is never counted with it: no figure, no anchor and no
phase comes from a pump. A gap of its line is a gap here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from analysis.session import Session
from analysis.timeline import Timeline

RUNS = frozenset(("running", "bolus", "kvo"))
"""The words of a pump that delivers."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A stretch in which a pump said that it delivers."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Said:
    """One record of what a pump says; *text* names the pump."""

    minute: float
    text: str
    reference: str


@dataclass(frozen=True)
class Pump:
    """One pump, alone on its line or in a slot of a rack.

    Attributes:
        ran: stretches in which it said that it delivers and its line was heard.
        rates: those it was set to while it ran, mL/h, in order.
    """

    name: str
    said: tuple[Said, ...]
    ran: tuple[Ran, ...]
    rates: tuple[float, ...]


def pumps_of(session: Session, timeline: Timeline) -> tuple[Pump, ...]:
    """Return the session's pumps, in the order of their first word."""
    rows = session.events[session.events["kind"].str.startswith("pump.")]
    rows = rows.sort_values(["at", "writer", "seq"], kind="stable")
    names = [" ".join(filter(None, (body["source"], body.get("slot")))) for body in rows["payload"]]
    minutes = timeline.minutes(rows["at"])
    columns = [rows[c] for c in ("kind", "payload", "summary", "writer", "seq")]
    words = list(zip(names, minutes, *columns, strict=True))
    pumps = []
    for name in dict.fromkeys(names):
        own = [word for word in words if word[0] == name]
        said = tuple(Said(float(m), text, f"{writer}:{seq}") for _, m, _, _, text, writer, seq in own)
        ran: list[Ran] = []
        rates: list[float] = []
        since, rate = None, None
        for _, minute, kind, body, *_ in own:
            if kind == "pump.rate":
                rate = body["ml_h"]
            elif kind == "pump.state":
                runs = bool(RUNS & set(body["state"].split(", ")))
                if since is not None and not runs:
                    told = body.get("since")  # when it last said that it runs
                    stop = timeline.minute(datetime.fromisoformat(told)) if told else float(minute)
                    ran.append(Ran(since, max(stop, since)))
                    since = None
                elif since is None and runs:
                    since = float(minute)
            if since is not None and rate and rate not in rates[-1:]:
                rates.append(rate)
        source = own[0][3]["source"]
        if since is not None:
            ran.append(Ran(since, _last_heard(session, timeline, source, since)))
        heard = [piece for flow in ran for piece in _heard(session, timeline, source, flow)]
        pumps.append(Pump(name, said, tuple(heard), tuple(rates)))
    return tuple(pumps)


def _last_heard(session: Session, timeline: Timeline, source: str, since: float) -> float:
    """Return the minute of a source's last reading, at least *since*."""
    heard = timeline.minutes(session.readings.loc[session.readings["source"] == source, "at"])
    return max(float(heard[-1]) if len(heard) else since, since)


def _heard(session: Session, timeline: Timeline, source: str, flow: Ran) -> list[Ran]:
    """Return the parts of a stretch in which the pump's line was heard."""
    gaps = session.gaps[session.gaps["source"] == source]
    starts, ends = timeline.minutes(gaps["start"]), timeline.minutes(gaps["end"])
    parts: list[Ran] = []
    begin = flow.start
    for start, end in sorted(zip(starts, np.where(np.isnan(ends), np.inf, ends), strict=True)):
        if start < flow.end and end > begin:
            parts += [Ran(begin, float(start))] if start > begin else []
            begin = float(end)
    return [*parts, Ran(begin, flow.end)] if begin < flow.end else parts
