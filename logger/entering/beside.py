"""Of which devices somebody beside the patient has to say whether it is this patient's monitor."""

from __future__ import annotations

import json
from collections.abc import Iterable

from logger.ledger.models import Written


def to_be_asked(records: Iterable[Written]) -> frozenset[str]:
    """Return the sources that are heard and that nobody has confirmed since it could have become another.

    A device is asked about after it was attached, after another one came on its line, and after each gap of
    a device that never says which one it is: whoever plugs it in again may plug in another. "No" and
    "different" confirm nothing.
    """
    asked: dict[str, bool] = {}
    identified: set[str] = set()
    heard: set[str] = set()
    for record in records:
        if record.kind not in ("device", "link", "check.monitor"):
            continue
        said = json.loads(record.payload)
        source = said["source"]
        if record.kind == "check.monitor":
            asked[source] = said["answer"] != "yes"
        elif record.kind == "device":
            identified.discard(source)
            heard.discard(source)
            asked[source] = True
            if said["event"] == "detached":
                del asked[source]
        elif said["event"] == "identified":
            identified.add(source)
            asked[source] = asked.get(source, True) or bool(said.get("cause"))
        elif said["event"] == "heard":
            proves = source in identified and not asked.get(source, True)
            heard.add(source)
            asked[source] = not proves
    return frozenset(source for source, open_ in asked.items() if open_ and source in heard)
