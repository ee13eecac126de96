"""`decode`: what a capture says, one line of JSON an event."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, BinaryIO

from devices.contract import Adapter, Decoder, Event, Frame, Reading, Send, Unread, completed
from devices.vocabulary import unit_of


@dataclass(slots=True)
class Decoded:
    """Events as the contract of `decode --json` has them, and how many of them were frames.

    *waves*: each frame tells its waves too.
    """

    adapter: Adapter
    waves: bool = False
    frames: int = 0

    def lines(self, chunks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """Yield an event after the other; frame, unread and pending events tile the input."""
        decoder = (self.adapter.wanting_waves() if self.waves else self.adapter).decoder()
        offset = 0
        for event in chain.from_iterable(chain(map(decoder.feed, chunks), _last(decoder))):
            yield _line(event, offset) | (_waves(event) if self.waves else {})
            if not isinstance(event, Send):
                offset += len(event.raw)
            self.frames += isinstance(event, Frame)
        if pending := decoder.pending:
            yield {"event": "pending", "offset": offset, "length": len(pending)}


def _last(decoder: Decoder) -> Iterator[list[Event]]:
    """Yield what the end of the input completes, when it is reached."""
    yield completed(decoder)


def chunks_of(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield a file's bytes, *size* at a time."""
    while chunk := file.read(size):
        yield chunk


def text_line(line: dict[str, Any]) -> str:
    """Return an event as a person reads it."""
    if line["event"] == "send":
        return f"{'':>8}  send     {line['hex']}"
    place = f"{line['offset']:>8}  {line['event']:<8} {line['length']:>5} bytes"
    if line["event"] == "unread":
        return f"{place}  {line['why']}"
    if line["event"] == "pending":
        return f"{place}  unfinished"
    said = [line["device_time"] or ""] + [f"{state.upper()}" for state in line["states"]]
    return "  ".join([place, *filter(None, said), *map(_reading_text, line["readings"]), *_wave_texts(line)])


def _line(event: Event, offset: int) -> dict[str, Any]:
    if isinstance(event, Send):
        return {"event": "send", "hex": event.raw.hex()}
    if isinstance(event, Unread):
        return {"event": "unread", "offset": offset, "length": len(event.raw), "why": event.why}
    return {
        "event": "frame",
        "offset": offset,
        "length": len(event.raw),
        "device_time": event.device_time.isoformat() if event.device_time else None,
        "states": list(event.states),
        "readings": [_reading(reading) for reading in event.readings],
        "raw_flags": dict(event.raw_flags),
    }


def _waves(event: Event) -> dict[str, Any]:
    """Return what a frame's line says of its waves: samples are steps, the scale makes values of them."""
    if not isinstance(event, Frame):
        return {}
    return {
        "waves": [
            {
                "wave": wave.name,
                "variant": wave.variant,
                "rate": wave.rate,
                "scale": asdict(wave.scale) if wave.scale else None,
                "follows": wave.follows,
                "samples": list(wave.samples),
            }
            for wave in event.waves
        ]
    }


def _wave_texts(line: dict[str, Any]) -> list[str]:
    return [
        f"{wave['wave']}{'/' + wave['variant'] if wave['variant'] else ''} {len(wave['samples'])} samples"
        f"{'' if wave['follows'] else ' after a gap'}"
        for wave in line.get("waves", ())
    ]


def _reading(reading: Reading) -> dict[str, Any]:
    said: dict[str, Any] = {
        "vital": reading.vital,
        "value": reading.value,
        "unit": reading.unit or unit_of(reading.vital),
        "quality": reading.quality.value,
        "reason": reading.reason,
        "measured_at": reading.measured_at.isoformat() if reading.measured_at else None,
        "repeat": reading.repeat,
    }
    optional = {
        "variant": reading.variant,
        "measured_at_from": reading.measured_at_from,
        "age_s": reading.age,
        "repeat_by": reading.repeat_by,
    }
    return said | {name: value for name, value in optional.items() if value not in ("", None)}


def _reading_text(reading: dict[str, Any]) -> str:
    name = reading["vital"] + (f"/{reading['variant']}" if reading.get("variant") else "")
    value = "-" if reading["value"] is None else f"{reading['value']:g}"
    remarks = [
        reading["reason"] or "",
        "" if reading["quality"] == "good" else reading["quality"],
        "repeat" if reading["repeat"] else "",
    ]
    said = ", ".join(filter(None, remarks))
    return f"{name} {value}" + (f" ({said})" if said else "")


def json_line(line: dict[str, Any]) -> str:
    """Return an event as one line of JSON, keys in the contract's order."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))
