"""`verify`: what can be said of a ledger's wholeness, and what could not be checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from logger import audit
from logger.capture import sealed
from logger.desk import SessionFile
from logger.errors import LedgerBroken
from logger.models import Written

Answer = dict[str, Any]


def verify_session(file: SessionFile, folder: Path) -> Answer:
    """Return the verdict over one session, in the form of the contract.

    Args:
        file: the session with all its records.
        folder: the database's folder, where the raw captures stand.
    """
    session = str(file.row["id"])
    not_checked = [
        "no checkpoint: the chain can't show that its last records were cut off",
        "the patient's name and birth: no record holds them",
    ]
    broken: LedgerBroken | None = None
    chains: list[audit.Chain] = []
    records = sorted(file.records, key=lambda record: (record.writer, record.seq))
    try:
        chains = audit.verify(records)
        if not chains:
            raise LedgerBroken(session, "-", 0, "missing: the session has no record")
        _check_row(session, file)
        not_checked += _check_captures(session, file, folder)
    except LedgerBroken as error:
        broken = error
    closed_for = _closed_for(records, chains)
    open_chains = [chain for chain in chains if not chain.closed and chain.writer not in closed_for]
    if open_chains and file.row["state"] != "open":
        broken = broken or LedgerBroken(
            session,
            open_chains[0].writer,
            open_chains[0].records,
            "missing: the session is closed, its chain is not",
        )
    elif open_chains:
        not_checked.append("the session is open: no closing record counts its chain yet")
    return {
        "session": session,
        "ok": broken is None,
        "writers": [
            {"writer": chain.writer, "records": chain.records, "head": chain.head} for chain in chains
        ],
        "first_broken": None
        if broken is None
        else {"writer": broken.writer, "seq": broken.seq, "what": broken.what},
        "not_checked": not_checked,
    }


def _closed_for(records: Sequence[Written], chains: Sequence[audit.Chain]) -> set[str]:
    """Return the writers whose chain another writer closed, with the count and digest that it has."""
    heads = {record.ref: record.digest for record in records}
    said = [json.loads(record.payload) for record in records if record.kind == "session.close_without"]
    return {
        body["writer"]
        for body in said
        if heads.get(f"{body['writer']}:{body['count'] - 1}") == body["head"]
        and any(chain.writer == body["writer"] for chain in chains)
    }


def _check_row(session: str, file: SessionFile) -> None:
    """Compare what lists and pages take from the session's row with what its records say."""
    opened = next((record for record in file.records if record.kind == "session.open"), None)
    if opened is None:
        raise LedgerBroken(session, "-", 0, "missing: no record opens the session")
    said = {"clock_speed": 1.0, "demo": False, **json.loads(opened.payload), "opened_at": opened.at}
    row = {**file.row, "demo": bool(file.row["demo"])}
    for name in (
        "room",
        "patient",
        "protocol",
        "protocol_digest",
        "zone",
        "clock_speed",
        "demo",
        "opened_at",
    ):
        if row[name] != said[name]:
            what = f"the session's row says {name} {row[name]}, this record {said[name]}"
            raise LedgerBroken(session, opened.writer, opened.seq, what)
    if row["state"] == "open" and (end := next((r for r in file.records if r.kind == "session.end"), None)):
        raise LedgerBroken(
            session, end.writer, end.seq, "the session's row says that it is open, this record ends it"
        )
    if hashlib.sha256(file.protocol.encode()).hexdigest() != said["protocol_digest"]:
        raise LedgerBroken(session, opened.writer, opened.seq, "the protocol's text is not the one it names")


def _check_captures(session: str, file: SessionFile, folder: Path) -> list[str]:
    missing = []
    for record in file.records:
        body: Mapping[str, Any] = json.loads(record.payload) if record.kind == "link" else {}
        if body.get("event") != "capture_closed":
            continue
        path = folder / body["file"]
        if not path.exists():
            missing.append(f"raw bytes {body['file']} are not here")
        elif sealed(path).sha256 != body["sha256"]:
            raise LedgerBroken(
                session, record.writer, record.seq, f"the raw bytes {body['file']} are altered"
            )
    return missing


def verify_sessions(files: Iterable[SessionFile], folder: Path) -> Answer:
    """Return the verdict over several sessions; over none it is not ok."""
    verdicts = [verify_session(file, folder) for file in files]
    return {"ok": bool(verdicts) and all(verdict["ok"] for verdict in verdicts), "sessions": verdicts}


def verdict_lines(verdict: Answer) -> list[str]:
    """Return a session's verdict as a person reads it."""
    lines = []
    if verdict["ok"]:
        walked = ", ".join(
            f"{one['records']} records by {one['writer']} up to {one['head'][:16]}"
            for one in verdict["writers"]
        )
        lines.append(f"{verdict['session']}  whole: {walked}")
    else:
        first = verdict["first_broken"]
        lines.append(
            f"{verdict['session']}  BROKEN at record {first['writer']}:{first['seq']}: {first['what']}"
        )
    return lines + [f"    not checked: {what}" for what in verdict["not_checked"]]
