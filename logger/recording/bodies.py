"""How what a decoder gives stands in records: a reading's value, and unread bytes that belong together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from devices.contract import Event, Quality, Reading, Unread
from logger.clock import moment
from logger.recording.cuff import Cycle


def joined(events: Sequence[Event]) -> Sequence[Event]:
    """Return the events of one chunk with neighbouring fragments that are unread for one reason made one.

    A line of rubbish would else fill the ledger with a record for every few of its bytes.
    """
    if len(events) < 2:
        return events
    found: list[Event] = []
    for event in events:
        last = found[-1] if found else None
        if isinstance(event, Unread) and isinstance(last, Unread) and last.why == event.why:
            found[-1] = Unread(last.raw + event.raw, event.why)
        else:
            found.append(event)
    return found


def value_of(reading: Reading, cycle: Cycle | None) -> dict[str, Any]:
    """Return a reading as a record holds it; *cycle* says what a cuff reading is."""
    value: dict[str, Any] = {"vital": reading.vital, "value": reading.value}
    quality, reason, repeat = reading.quality, reading.reason, reading.repeat
    if cycle is not None:
        repeat = cycle.repeat
        if cycle.held:
            quality, reason = Quality.INVALID, "held"
        if cycle.measured is not None:
            value["measured_at"] = moment(cycle.measured).isoformat()
        if cycle.since is not None:
            value["measured_from"] = moment(cycle.since).isoformat()
    if reading.measured_at is not None:
        value["device_measured_at"] = reading.measured_at.isoformat()
    optional = {
        "reason": reason,
        "variant": reading.variant,
        "unit": reading.unit,
        "measured_at_from": reading.measured_at_from,
        "repeat_by": reading.repeat_by,
    }
    value |= {name: said for name, said in optional.items() if said}
    if quality is not Quality.GOOD:
        value["quality"] = quality.value
    if repeat:
        value["repeat"] = True
    return value
