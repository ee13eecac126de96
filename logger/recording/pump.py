"""Tells what changed at an infusion pump: it runs or stands, at which rate, with which drug, under an alarm.

A pump goes on saying the same thing every few seconds. Each change becomes one fact, whose author is the
device: a person's ``dose`` entry stays beside it, and neither is made from the other. What adapters say of a
pump: a state (``running``, ``stopped`` ...), ``alarm`` or ``no_alarm``, and the raw flags ``alarm`` and
``drug``; behind each may stand the slot of a pump in a rack. Rate and volumes are readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from devices.vocabulary import PumpValue
from logger.clock import SECOND, moment

MOTIONS = frozenset(
    (
        *("running", "stopped", "paused", "waiting", "stalled", "withdrawing", "purging"),
        *("bolus", "kvo", "standby", "off"),
    )
)
"""The states that say what the pump does; several can hold at once (running, bolus)."""

STILL_AFTER = 60 * SECOND
"""Microseconds without growth after which the volume of a pump that has no word for running stands still.

Volumes count in steps of 0.001 to 0.01 mL: at 1 mL/h one of 0.01 mL takes 36 s.
"""


FRESH = 10 * SECOND
"""Microseconds for which a volume stands beside a state: pumps tell one after the other, within seconds."""


class Told(Protocol):
    """A reading, as a decoder gives it or as a record holds it."""

    @property
    def vital(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> float | None: ...  # noqa: D102
    @property
    def variant(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Fact:
    """One change: the kind of record that it becomes, and what the record says besides its source."""

    kind: str
    said: Mapping[str, Any]


@dataclass(slots=True)
class _Known:
    """The last word about one thing, and when it was last said."""

    word: Any = None
    at: int | None = None

    def changed(
        self, kind: str, name: str, word: Any, at: int, more: Mapping[str, Any] | None = None
    ) -> list[Fact]:
        """Take a *word*, None for none; return the fact that it is another than before, if it is.

        ``was`` is the word before, ``since`` when it was last said: the change lies between. An empty word
        (no alarm) is no fact where nothing was before it.
        """
        if word is None:
            return []
        before, since = self.word, self.at
        self.word, self.at = word, at
        if before == word or (word == "" and before is None):
            return []
        said = {**({name: word} if word != "" else {}), **(more or {})}
        if before not in (None, ""):
            said["was"] = before
        if since is not None:
            said["since"] = moment(since).isoformat()
        return [Fact(kind, said)]


@dataclass(slots=True)
class _Pump:
    """One pump: alone on its line, or in a slot of a rack."""

    motion: _Known = field(default_factory=_Known)
    rate: _Known = field(default_factory=_Known)
    alarm: _Known = field(default_factory=_Known)
    drug: _Known = field(default_factory=_Known)
    has_words: bool = False
    volume: float | None = None
    volume_at: int = 0
    to_give: float | None = None
    grown_at: int | None = None


class PumpWatch:
    """The pump or pumps of one device in one session."""

    def __init__(self) -> None:
        self._pumps: dict[str, _Pump] = {}

    def hear(
        self, at: int, readings: Sequence[Told], states: Iterable[str], flags: Mapping[str, str]
    ) -> list[Fact]:
        """Return what one frame changes; *at* is its arrival, microseconds UTC.

        The first word about a thing is a change too, from nothing known.
        """
        slots = {reading.variant.partition(" ")[0] for reading in readings}
        alone = next(iter(slots)) if len(slots) == 1 else ""
        words: dict[str, set[str]] = {}
        for state in states:
            word, _, slot = state.partition(" ")
            words.setdefault(slot or alone, set()).add(word)
        texts: dict[str, dict[str, str]] = {}
        for name, text in flags.items():
            what, _, slot = name.partition(" ")
            if what in ("alarm", "drug"):
                texts.setdefault(slot or alone, {})[what] = text
        facts: list[Fact] = []
        for slot in sorted(slots | words.keys() | texts.keys()):
            pump = self._pumps.setdefault(slot, _Pump())
            here = {str(one.vital): one.value for one in readings if one.variant == slot}
            said = _hear(pump, at, here, words.get(slot, set()), texts.get(slot, {}))
            facts += [Fact(one.kind, {**({"slot": slot} if slot else {}), **one.said}) for one in said]
        return facts


def _hear(
    pump: _Pump, at: int, numbers: Mapping[str, float | None], words: set[str], texts: Mapping[str, str]
) -> list[Fact]:
    grew = _volume(pump, at, numbers)
    facts = pump.drug.changed("pump.drug", "drug", texts.get("drug", "").strip() or None, at)
    facts += pump.rate.changed("pump.rate", "ml_h", numbers.get(PumpValue.FLOW_RATE), at)
    motion = ", ".join(sorted(words & MOTIONS))
    pump.has_words |= bool(motion)
    by_volume = {} if pump.has_words else {"by": "volume"}
    fresh = pump.volume if at - pump.volume_at <= FRESH else None
    volumes = {"delivered_ml": fresh, "vtbi_ml": pump.to_give}
    more = {**by_volume, **{name: value for name, value in volumes.items() if value is not None}}
    facts += pump.motion.changed("pump.state", "state", motion or _by_volume(pump, at, grew), at, more)
    if "alarm" in words:
        facts += pump.alarm.changed("pump.alarm", "text", texts.get("alarm", "").strip() or "alarm", at)
    elif "no_alarm" in words or motion:
        facts += pump.alarm.changed("pump.alarm", "text", "", at)
    return facts


def _volume(pump: _Pump, at: int, numbers: Mapping[str, float | None]) -> bool:
    """Take the volumes of a frame; return whether more was delivered than when it was last told."""
    to_give, given = numbers.get(PumpValue.VTBI), numbers.get(PumpValue.VOL_DELIVERED)
    pump.to_give = pump.to_give if to_give is None else to_give
    if given is None:
        return False
    grew = pump.volume is not None and given > pump.volume
    if given != pump.volume:
        pump.grown_at = at
    pump.volume, pump.volume_at = given, at
    return grew


def _by_volume(pump: _Pump, at: int, grew: bool) -> str | None:
    """Return what the volume tells of a pump that has no word for it: it grows, or did not for a while."""
    if pump.has_words or pump.grown_at is None:
        return None
    if grew:
        return "running"
    return "stopped" if at - pump.grown_at >= STILL_AFTER else None
