"""Whether a session read from its file is the session that the ledger gives: compared as tables."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pandas as pd

from analysis.session import Session


def differing(archived: Session, recorded: Session) -> tuple[str, ...]:
    """Return the names of the attributes of `Session` in which two differ; tables in every row and dtype."""
    return tuple(
        one.name
        for one in fields(Session)
        if not _same(getattr(archived, one.name), getattr(recorded, one.name))
    )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, pd.DataFrame):
        return one.equals(other)
    return bool(one == other)
