"""Signatures of a session: who gave which, over what, and what was changed after it.

A signature names the ends of all chains as they were when it was given. Whatever a person enters or corrects
beyond them was not in what they signed; so was a reading that came in later from another writer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from analysis.session import Session
from analysis.unchanging import UNCHANGING

MEANINGS = ("entry_complete", "review", "qa")
"""What a signature can mean, in the order in which they are given."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature.

    Attributes:
        not_recorded: what the protocol asks for and was not there, and *reason*: why it was signed so.
        changes: the records after it that it does not cover: ``writer:seq``.
    """

    meaning: str
    name: str
    role: str
    at: datetime
    author: str
    not_recorded: tuple[str, ...]
    reason: str
    reference: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signatures:
    """All signatures of a session by their time."""

    given: tuple[Signature, ...]

    def latest(self, meaning: str) -> Signature | None:
        """Return the last signature of *meaning*: an earlier one of the same meaning counts no more."""
        return next((each for each in reversed(self.given) if each.meaning == meaning), None)

    @property
    def standing(self) -> tuple[Signature, ...]:
        """Return the last signature of each meaning that was given."""
        found = (self.latest(meaning) for meaning in MEANINGS)
        return tuple(each for each in found if each is not None)

    @property
    def state(self) -> str:
        """Return ``DRAFT``, ``SIGNED``, or ``AMENDED AFTER SIGNATURE``: of one that stands."""
        if not self.given:
            return "DRAFT"
        return "AMENDED AFTER SIGNATURE" if any(each.changes for each in self.standing) else "SIGNED"


def signatures_of(session: Session) -> Signatures:
    """Return the session's signatures, each with what came after it."""
    events = session.events
    signed = (events["kind"] == "sign") & (events["superseded_by"] == "")
    # A ledger of an earlier program may hold a signature that was moved: it is over another session.
    signed &= events["payload"].map(lambda payload: "origin" not in payload).astype(bool)
    rows = events[signed].sort_values(["at", "writer", "seq"], kind="stable")
    if rows.empty:
        return Signatures(())
    covered = [{head["writer"]: head["count"] for head in payload["heads"]} for payload in rows["payload"]]
    least = {writer: min(counts.get(writer, 0) for counts in covered) for writer in set().union(*covered)}
    said = _changing(session, least)
    columns = (rows[name] for name in ("payload", "at", "author", "writer", "seq"))
    return Signatures(
        tuple(
            Signature(
                payload["meaning"],
                payload["name"],
                payload["role"],
                at.to_pydatetime(),
                author,
                tuple(payload.get("not_recorded", ())),
                payload.get("reason") or "",
                f"{writer}:{seq}",
                _after(said, payload),
            )
            for payload, at, author, writer, seq in zip(*columns, strict=True)
        )
    )


def _changing(session: Session, beyond: Mapping[str, int]) -> pd.DataFrame:
    """Return writer and seq of every record from *beyond* on that says something of the session, by time.

    *beyond* is of each writer the number that every signature covers: two hours of readings are not sorted
    for a few that came later.
    """
    events, readings = session.events, session.readings
    clinical = events[~events["kind"].str.startswith(UNCHANGING)]
    inside = readings["entered_by"] != ""
    if session.ended_at is not None:
        inside |= readings["measured_at"] <= pd.Timestamp(session.ended_at)
    inside &= readings["seq"] >= readings["writer"].map(beyond).fillna(0)
    columns = ["at", "writer", "seq"]
    both = pd.concat([clinical[columns], readings.loc[inside, columns]])
    return both.drop_duplicates(["writer", "seq"]).sort_values(columns, kind="stable")


def _after(said: pd.DataFrame, payload: Mapping[str, Any]) -> tuple[str, ...]:
    counts = {head["writer"]: head["count"] for head in payload["heads"]}
    covered = said["writer"].map(counts).fillna(0).to_numpy(dtype=np.int64)
    later = said[said["seq"].to_numpy() >= covered]
    return tuple(f"{writer}:{seq}" for writer, seq in zip(later["writer"], later["seq"], strict=True))
