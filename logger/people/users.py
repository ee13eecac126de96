"""What the stream ``system`` says about users: for lists, rules and the auditor's file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from logger.clock import moment
from logger.ledger.models import Written


def user_list(records: Iterable[Written]) -> list[dict[str, Any]]:
    """Return of every user: name, printed name, role, whether active, since when, and the dated facts.

    ``periods`` are the times in which the user was active and of which role: ``{"role", "from", "to"}``,
    ISO 8601, ``to`` None where it lasts.
    """
    users: dict[str, dict[str, Any]] = {}
    for record in records:
        if not record.kind.startswith("user."):
            continue
        body, at = json.loads(record.payload), moment(record.at).isoformat()
        if record.kind == "user.added":
            row = {field: body[field] for field in ("user", "full_name", "role")}
            period = {"role": body["role"], "from": at, "to": None}
            users[body["user"]] = {**row, "active": True, "periods": [period], "facts": []}
        elif record.kind == "user.fact" and body["user"] in users:
            users[body["user"]]["facts"].append({k: body[k] for k in ("fact", "on", "what") if k in body})
        elif record.kind == "user.changed" and body["user"] in users:
            _change(users[body["user"]], body, at)
    return sorted(users.values(), key=lambda row: str(row["user"]))


def _change(row: dict[str, Any], body: dict[str, Any], at: str) -> None:
    before = (row["role"], row["active"])
    row |= {field: body[field] for field in ("full_name", "role", "active") if field in body}
    if before == (row["role"], row["active"]):
        return
    if before[1]:
        row["periods"][-1]["to"] = at
    if row["active"]:
        row["periods"].append({"role": row["role"], "from": at, "to": None})
