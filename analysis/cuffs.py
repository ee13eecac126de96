"""Cuff cycles: one reading each, with its pressures together and what was said of it later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.series import MANUAL
from analysis.session import Session
from analysis.timeline import Timeline
from analysis.wording import number

PRESSURES = ("nibp_sys", "nibp_dia", "nibp_map")


@dataclass(frozen=True, slots=True)
class Cuff:
    """One cuff cycle, or what was said of one; a number that it does not have is None.

    Attributes:
        state: ``valid``, ``held``, ``excluded``, ``superseded``, ``invalid`` or ``failed``.
        since: "taken between *since* and *minute*"; None where the time is known.
        by_hand: typed or amended by a person.
    """

    minute: float
    since: float | None
    source: str
    state: str
    systolic: float | None
    diastolic: float | None
    mean: float | None
    by_hand: bool
    late: bool
    reference: str

    @property
    def numberless(self) -> bool:
        """Return whether it has no pressure at all."""
        return self.systolic is None and self.diastolic is None and self.mean is None

    @property
    def highest(self) -> float:
        """Return its systolic, or of what it has the highest; NaN where it has none."""
        return max((v for v in (self.systolic, self.diastolic, self.mean) if v is not None), default=np.nan)

    def __str__(self) -> str:
        """Return the pressures as a clinic writes them: ``152/96``."""
        return "/".join("–" if v is None else number(v) for v in (self.systolic, self.diastolic))


def cuffs_of(session: Session, timeline: Timeline) -> tuple[Cuff, ...]:
    """Return every cuff cycle by its time: values of one source and one measurement time belong together.

    What was amended stands apart from what replaced it: two entries of one time, one ``superseded``.
    """
    rows = session.readings[session.readings["vital"].isin(PRESSURES)]
    minutes, since = timeline.minutes(rows["measured_at"]), timeline.minutes(rows["measured_from"])
    grouped: dict[tuple[str, str, float, str], list[int]] = {}
    columns = {name: rows[name].to_list() for name in rows.columns}
    for i, minute in enumerate(minutes):
        key = (columns["source"][i], columns["variant"][i], float(minute), _state(columns, i))
        grouped.setdefault(key, []).append(i)
    cycles = []
    for (source, _, minute, state), members in grouped.items():
        numbers = {columns["vital"][i]: columns["value"][i] for i in members}
        known = {vital: None if np.isnan(value) else float(value) for vital, value in numbers.items()}
        between = float(since[members[0]])
        cycles.append(
            Cuff(
                minute,
                None if np.isnan(between) else between,
                source,
                state,
                known.get("nibp_sys"),
                known.get("nibp_dia"),
                known.get("nibp_map"),
                source == MANUAL or any(columns["entered_by"][i] for i in members),
                any(not np.isnan(columns["late_by_s"][i]) for i in members),
                f"{columns['writer'][members[0]]}:{columns['seq'][members[0]]}",
            )
        )
    return tuple(sorted(cycles, key=lambda c: (c.minute, c.source, c.state)))


def _state(columns: Mapping[str, list[object]], i: int) -> str:
    if columns["superseded_by"][i]:
        return "superseded"
    if columns["excluded"][i]:
        return "excluded"
    if columns["reason"][i] in ("held", "failed"):
        return str(columns["reason"][i])
    absent = columns["value"][i] != columns["value"][i]
    return "invalid" if absent or columns["quality"][i] == "invalid" else "valid"
