"""The readings of a session that stand, kept small: arrays of times and values, and the cuff's cycles."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from devices.vocabulary import NIBP
from logger.clock import microseconds
from logger.entering.standing import Body, arrival
from logger.ledger.models import Written
from logger.web.live.changes import Said

Key = tuple[str, str, str]
"""Source, vital and variant: two sources of one vital are two series."""

MANUAL = "manual"


@dataclass(slots=True)
class Kept:
    """The valid readings of one series, in the order in which they came; times are microseconds UTC.

    Attributes:
        measured, since: when each was measured; *since* is 0 where the time is known.
        values: in the vital's unit.
        writers, seqs: the record of each; *writers* counts those of the session.
        newest: the last one by its time, valid or not.
    """

    measured: array[int] = field(default_factory=lambda: array("q"))
    since: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))
    writers: array[int] = field(default_factory=lambda: array("H"))
    seqs: array[int] = field(default_factory=lambda: array("q"))
    newest: Said | None = None

    def take(self, said: Said, writer: int, seq: int) -> None:
        """Take down a reading; one that does not stand leaves no trace."""
        if said.gone or said.excluded:
            return
        if self.newest is None or said.measured >= self.newest.measured:
            self.newest = said
        if said.is_valid and said.value is not None:
            self.measured.append(said.measured)
            self.since.append(said.since or 0)
            self.values.append(said.value)
            self.writers.append(writer)
            self.seqs.append(seq)


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cuff cycle that was not withdrawn or moved away; a number that it does not have is None.

    Attributes:
        state: ``valid``, ``held``, ``failed``, ``excluded`` or ``invalid``.
        measured: microseconds UTC; *since*: of "taken between *since* and *measured*".
    """

    source: str
    variant: str
    state: str
    measured: int
    since: int | None
    systolic: float | None
    diastolic: float | None
    mean: float | None
    by_hand: bool
    ref: str


def values_of(record: Written, body: Body) -> list[Said]:
    """Return what a reading record says, repeats of a cuff cycle left out."""
    at = arrival(record, body)
    stated = _microseconds(body.get("happened_at"))
    return [
        Said(
            source=body["source"],
            vital=value["vital"],
            variant=value.get("variant", ""),
            value=value["value"],
            quality=value.get("quality", "good"),
            reason=value.get("reason") or "",
            at=at,
            measured=_microseconds(value.get("measured_at")) or stated or at,
            since=_microseconds(value.get("measured_from")),
            by_hand=body["source"] == MANUAL,
        )
        for value in body["readings"]
        if "repeat" not in value
    ]


def cycles_of(ref: str, values: Iterable[Said]) -> list[Cycle]:
    """Return the cuff cycles that a record's values are: those of one cuff and one time belong together."""
    grouped: dict[tuple[str, int, str], dict[str, Said]] = {}
    for said in values:
        if said.vital in NIBP and not said.gone:
            grouped.setdefault((said.variant, said.measured, _state(said)), {})[said.vital] = said
    return [_cycle(ref, state, of) for (_, _, state), of in grouped.items() if of.keys() != {"nibp_pulse"}]


def _cycle(ref: str, state: str, of: Mapping[str, Said]) -> Cycle:
    first = next(iter(of.values()))
    systolic, diastolic, mean = (
        of[vital].value if vital in of else None for vital in ("nibp_sys", "nibp_dia", "nibp_map")
    )
    by_hand = any(one.by_hand for one in of.values())
    place = (first.source, first.variant, state, first.measured, first.since)
    return Cycle(*place, systolic, diastolic, mean, by_hand, ref)


def _state(said: Said) -> str:
    if said.excluded:
        return "excluded"
    if said.reason in ("held", "failed"):
        return said.reason
    return "valid" if said.is_valid else "invalid"


def _microseconds(text: str | None) -> int | None:
    return None if text is None else microseconds(datetime.fromisoformat(text))
