"""What people changed about readings, applied to one value after the other as they come.

The same judgement as `logger.reviewing.corrections` makes over a finished table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from logger.clock import microseconds
from logger.ledger.models import Written

Body = dict[str, Any]

CHANGES = frozenset({"amend", "adopt", "exclude", "move"})
"""Kinds after which a reading may say something else."""


@dataclass(frozen=True, slots=True)
class Said:
    """One value of a reading record, as it stands. Times are microseconds UTC.

    Attributes:
        at: its arrival or entry.
        measured: when it was measured, by the best knowledge.
        since: of "taken between *since* and *measured*", else None.
        gone: withdrawn or moved away.
    """

    source: str
    vital: str
    variant: str
    value: float | None
    quality: str
    reason: str
    at: int
    measured: int
    since: int | None
    by_hand: bool
    excluded: bool = False
    gone: bool = False

    @property
    def is_valid(self) -> bool:
        """Return whether it counts: as `analysis.series` has it."""
        known = self.value is not None and self.quality != "invalid" and self.reason != "held"
        return known and not (self.excluded or self.gone)


@dataclass(slots=True)
class Changes:
    """The changes of a session, in their order; each names the first record of what it speaks of."""

    _all: list[tuple[str | None, Written, Body]] = field(default_factory=list)
    _firsts: dict[str, str] = field(default_factory=dict)
    _spans: bool = False
    _of: set[str] = field(default_factory=set)

    def take(self, record: Written, body: Body) -> None:
        """Take down a change."""
        target: str | None = body.get("target")
        first = None if target is None else self._firsts.get(target, target)
        if first is not None:
            if record.kind in ("amend", "adopt"):
                self._firsts[record.ref] = first
            self._of.add(first)
        for ref in (body.get("refs") or ()) if record.kind == "move" else ():
            self._of.add(self._firsts.get(ref, ref))
        self._spans |= first is None
        self._all.append((first, record, body))

    def applied(self, ref: str, values: Iterable[Said]) -> list[Said]:
        """Return the values of the record *ref* as they stand after all changes."""
        if not self._spans and ref not in self._of:
            return list(values)
        return [self._one(ref, value) for value in values]

    def _one(self, ref: str, value: Said) -> Said:
        for first, record, body in self._all:
            if record.kind == "move":
                if body["direction"] == "out" and self._moved(ref, value, body):
                    value = replace(value, gone=True)
            elif first is None:
                if record.kind == "exclude" and value.at <= record.at and _within(value, body):
                    value = replace(value, excluded=not body.get("undo", False))
            elif first == ref:
                value = _changed(value, record, body)
        return value

    def _moved(self, ref: str, value: Said, body: Body) -> bool:
        if named := body.get("refs") or ([body["target"]] if "target" in body else []):
            return ref in {self._firsts.get(one, one) for one in named}
        start, end = _microseconds(body["start"]), _microseconds(body["end"])
        return value.source == body["source"] and start <= value.at <= end


def _changed(value: Said, record: Written, body: Body) -> Said:
    if record.kind == "exclude":
        return replace(value, excluded=not body.get("undo", False)) if value.at <= record.at else value
    if value.gone:
        return value
    if record.kind == "adopt":
        if value.reason != "held":
            return value
        return replace(
            value, reason="", quality="good", measured=_microseconds(body["taken_at"]), by_hand=True
        )
    if not body.get("changes"):
        return replace(value, gone=True)
    if value.vital not in body["changes"]:
        return value
    new = body["changes"][value.vital]
    value = replace(value, value=new, by_hand=True)
    if value.reason == "held":
        return value
    return replace(value, quality="good", reason="" if new is not None else "amended")


def _within(value: Said, body: Body) -> bool:
    if value.vital != body.get("vital"):
        return False
    start, end = (_microseconds(body[edge]) if body.get(edge) else None for edge in ("start", "end"))
    return (start is None or value.measured >= start) and (end is None or value.measured <= end)


def _microseconds(text: str) -> int:
    return microseconds(datetime.fromisoformat(text))
