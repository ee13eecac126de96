"""The cuff cycles that devices gave, as the page to leave readings out lists them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import orjson

from logger.clock import microseconds
from logger.ledger.models import Written

PRESSURES = ("nibp_sys", "nibp_dia")


@dataclass(frozen=True, slots=True)
class Cuff:
    """A cuff cycle; *at* is when it was measured, microseconds UTC, else when it arrived.

    *held*: it may be the last patient's; *claimed*: somebody said that it is this one's. *left_out*: no
    figure counts it.
    """

    ref: str
    source: str
    at: int
    numbers: str
    held: bool
    claimed: bool
    left_out: bool


def cuffs_listed(records: Iterable[Written]) -> list[Cuff]:
    """Return the cuff cycles of devices among *records*, the newest first; repeats are none."""
    records = list(records)
    left_out: dict[str, bool] = {}
    claimed: set[str] = set()
    for record in records:
        if record.kind == "exclude":
            said = orjson.loads(record.payload)
            left_out[said.get("target", "")] = not said.get("undo", False)
        elif record.kind == "adopt":
            claimed.add(orjson.loads(record.payload)["target"])
    found = [
        _cuff(record, record.ref in claimed, left_out.get(record.ref, False))
        for record in records
        if record.kind == "reading" and '"nibp_sys"' in record.payload
    ]
    return sorted((one for one in found if one is not None), key=lambda one: one.at, reverse=True)


def _cuff(record: Written, claimed: bool, left_out: bool) -> Cuff | None:
    body = orjson.loads(record.payload)
    own = [one for one in body["readings"] if one["vital"] in PRESSURES and not one.get("repeat")]
    if not own or body["source"] == "manual":
        return None
    numbers = "/".join("–" if one["value"] is None else f"{one['value']:g}" for one in own)
    measured = own[0].get("measured_at")
    at = microseconds(datetime.fromisoformat(measured)) if measured else record.at
    held = any(one.get("reason") == "held" for one in own)
    return Cuff(record.ref, body["source"], at, numbers, held, claimed, left_out)
