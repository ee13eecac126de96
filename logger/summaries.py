"""One line for people about each record; what `show` lists, exports carry and the page prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Body = Mapping[str, Any]


def summary(kind: str, body: Body) -> str:
    """Return one line about a record of *kind* with the payload *body*; never empty."""
    line = _SUMMARIES.get(kind)
    return " ".join(line(body).splitlines()) if line else kind


def _effect(body: Body) -> str:
    text = f" ({body['text']})" if body.get("text") else ""
    return f"{_words(body['term'])}, {body['severity']}{text}"


def _infusion(verb: str) -> Callable[[Body], str]:
    def line(body: Body) -> str:
        amounts = [
            (body.get("drug"), ""),
            (body.get("mg"), " mg"),
            (body.get("mg_per_kg"), " mg/kg"),
            (body.get("ml_h"), " mL/h"),
            (body.get("reason"), ""),
        ]
        said = ", ".join(
            f"{value:g}{unit}" if isinstance(value, float | int) else f"{value}{unit}"
            for value, unit in amounts
            if value is not None
        )
        return f"Infusion {verb}: {said}" if said else f"Infusion {verb}"

    return line


def _amend(body: Body) -> str:
    changes = ", ".join(
        f"{vital} = {'no value' if value is None else f'{value:g}'}"
        for vital, value in body["changes"].items()
    )
    return f"{body['target']} corrected: {changes}; {body['reason']}"


def _exclude(body: Body) -> str:
    span = (f" {word} {body[end]}" for word, end in (("from", "start"), ("to", "end")) if body.get(end))
    what = body.get("target") or f"{body['vital']}{''.join(span)}"
    return f"{what} {'no longer excluded' if body.get('undo') else 'excluded'}: {body['reason']}"


def _link(body: Body) -> str:
    cause = f": {body['cause']}" if body.get("cause") else ""
    offset = f" {body['offset_s']:+.1f} s" if "offset_s" in body else ""
    return f"{body['source']} {_words(body['event'])}{offset}{cause}"


def _clock(body: Body) -> str:
    step = f" by {body['step_s']:+.1f} s" if "step_s" in body else ""
    kept = {True: "synchronised", False: "not synchronised"}.get(
        body.get("synchronised", None), "not known to be kept"
    )
    return f"Clock {body['event']}{step} ({kept})"


def _device(body: Body) -> str:
    adapter = f" ({body['adapter']} on {body['url']})" if body.get("adapter") else ""
    return f"{body['source']} {body['event']}{adapter}"


def _reading(body: Body) -> str:
    values = ", ".join(
        f"{value['vital']} {'-' if value['value'] is None else format(value['value'], 'g')}"
        + (f" ({value['reason']})" if value.get("reason") else "")
        for value in body["readings"]
    )
    return f"{body['source']}: {values or 'no value'}"


def _words(name: str) -> str:
    return name.replace("_", " ")


_SUMMARIES: dict[str, Callable[[Body], str]] = {
    "reading": _reading,
    "unread": lambda body: f"{body['source']}: {body['length']} bytes not read: {body['why']}",
    "link": _link,
    "clock": _clock,
    "device": _device,
    "session.open": lambda body: f"Session opened in room {body['room']}, protocol {body['protocol']}",
    "session.resume": lambda body: f"Recording resumed: {body['cause']}",
    "session.pause": lambda body: f"Recording paused: {body['cause']}",
    "session.end": lambda body: f"Session ended{': ' + body['reason'] if body.get('reason') else ''}",
    "close": lambda body: f"Chain closed after {body['count']} records",
    "session.close_without": lambda body: (
        f"Chain of {body['writer']} closed after {body['count']} records: {body['reason']}"
    ),
    "effect.report": _effect,
    "effect.resolved": lambda body: f"{_words(body['term'])} resolved",
    "effect.none": lambda _: "Asked: no side effect",
    "infusion.start": _infusion("started"),
    "infusion.pause": _infusion("paused"),
    "infusion.rate": _infusion("rate changed"),
    "infusion.end": _infusion("ended"),
    "note": lambda body: str(body["text"]),
    "mark": lambda body: str(body.get("text") or "Mark"),
    "amend": _amend,
    "exclude": _exclude,
    "adopt": lambda body: f"{body['target']} is this patient's, taken {body['taken_at']}: {body['reason']}",
    "storage": lambda _: "The disk was full: the reserve was given up",
}
