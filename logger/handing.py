"""What a handover has to list: the side effects that have not ended."""

from __future__ import annotations

import json
from collections.abc import Iterable

from logger.models import Written


def open_effects(records: Iterable[Written]) -> list[str]:
    """Return the terms of side effects that were reported and have not ended, the oldest first."""
    open_now: dict[str, None] = {}
    withdrawn = {
        json.loads(record.payload)["target"]
        for record in records
        if record.kind == "amend" and json.loads(record.payload).get("withdrawn")
    }
    for record in records:
        if record.ref in withdrawn or record.kind not in ("effect.report", "effect.resolved"):
            continue
        term = json.loads(record.payload)["term"]
        if record.kind == "effect.report":
            open_now[term] = None
        else:
            open_now.pop(term, None)
    return list(open_now)
