"""What a handover has to list: the side effects that have not ended."""

from __future__ import annotations

from collections.abc import Iterable

from logger.entering.standing import standing
from logger.ledger.models import Written


def open_effects(records: Iterable[Written]) -> list[str]:
    """Return the terms of side effects that were reported and have not ended, the oldest first.

    A report that was entered anew counts as what it says now; withdrawn and moved away, as nothing.
    """
    open_now: dict[str, None] = {}
    for one in standing(records):
        if one.kind == "effect.report":
            open_now[one.body["term"]] = None
        elif one.kind == "effect.resolved":
            open_now.pop(one.body["term"], None)
    return list(open_now)
