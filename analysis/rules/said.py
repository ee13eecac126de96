"""The records of a session that are no readings, as small values in order of the time they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Said:
    """One record.

    Attributes:
        minute: when it happened. *entered*: when it was entered.
        superseded: an amendment has taken its place, or it was withdrawn.
        late: it is marked as late.
    """

    kind: str
    minute: float
    entered: float
    author: str
    payload: Mapping[str, Any]
    reference: str
    superseded: bool
    late: bool

    def person(self, field: str) -> str:
        """Return the name of the person in a field, "" where nobody is named."""
        return str((self.payload.get(field) or {}).get("name", ""))

    def authenticated(self, field: str) -> bool:
        """Return whether the person in a field gave their own password or PIN, or is the author."""
        named = self.payload.get(field) or {}
        return bool(named.get("authenticated")) or named.get("name") == self.author


@dataclass(frozen=True, slots=True)
class Typed:
    """One value that a person read and typed: when it was taken, and when it was *entered*."""

    minute: float
    entered: float
    vital: str
    value: float
    reference: str
    author: str
    superseded: bool
    late: bool


def all_said(events: pd.DataFrame, timeline: Timeline) -> tuple[Said, ...]:
    """Return every record of the table of events, by (minute, writer, seq)."""
    happened, entered = timeline.minutes(events["happened_at"]), timeline.minutes(events["at"])
    columns = {name: events[name].to_list() for name in events.columns if not name.endswith("at")}
    late = ~np.isnan(events["late_by_s"].to_numpy())
    found = [
        (
            happened[i],
            columns["writer"][i],
            columns["seq"][i],
            Said(
                kind,
                float(happened[i]),
                float(entered[i]),
                columns["author"][i],
                columns["payload"][i],
                f"{columns['writer'][i]}:{columns['seq'][i]}",
                columns["superseded_by"][i] != "",
                bool(late[i]),
            ),
        )
        for i, kind in enumerate(columns["kind"])
    ]
    return tuple(one[3] for one in sorted(found, key=lambda one: one[:3]))
