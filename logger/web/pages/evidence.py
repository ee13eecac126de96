"""A record as it is stored, what names it since, and who looked at what."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from logger import kinds
from logger.clock import microseconds
from logger.errors import BadEntry, NoSuchRecord
from logger.keeping.access import Seen, accesses
from logger.ledger.audit import digest_of
from logger.ledger.finding import naming, newest_of
from logger.ledger.models import Written
from logger.web.clinic import Clinic
from logger.web.guards import TheClinic, visitor_with
from logger.web.pages.auditing import page_of
from logger.web.pages.signing_in import sentence
from logger.web.rendering import Link, render
from logger.web.session_view import place_for
from logger.web.visits import Visitor

router = APIRouter()
LINKS = (Link("Access log", "/access", ("qa", "admin")),)
Reader = Annotated[Visitor, Depends(visitor_with("nurse", "physician", "qa"))]
Looker = Annotated[Visitor, Depends(visitor_with("qa", "admin"))]

LINES = 100
"""Lines of the access log on a page."""
IN_A_TABLE = 100_000
"""Lines of the access log in one CSV file, the newest."""


@router.get("/sessions/{session}/records/{ref}")
def record(request: Request, session: str, ref: str, visitor: Reader, clinic: TheClinic) -> Response:
    """Show one record of a session, or of what stands beside it, as it is stored."""
    row = clinic.row(session)
    writer, _, seq = ref.partition(":")
    number = int(seq) if seq.isdecimal() and len(seq) < 12 else -1
    streams = (session, kinds.ROOM + row["room"], kinds.SYSTEM)
    with clinic.desk() as desk:
        found = [desk.store.record(one, writer, number) for one in streams] if number >= 0 else []
        there = next((one for one in found if one is not None), None)
        if there is None:
            raise NoSuchRecord(f"no record of {session} has this reference")
        before = desk.store.record(there.session, writer, number - 1) if number else None
        later = naming(desk.store, there.session, there.ref)
        tail = desk.store.record(there.session, writer, number + 1)
    clinic.saw(visitor, "viewed", session, f"record {there.ref}")
    values: dict[str, Any] = {"session": row, "place": place_for(clinic, visitor, row), "record": there}
    values |= {"body": json.loads(there.payload), "before": before, "after": tail, "later": later}
    return render(request, visitor, "qa/record.html", **values, whole=_whole(there, before))


def _whole(record: Written, before: Written | None) -> bool:
    """Return whether a record's digest follows from what it says and from the record before it."""
    start = "" if before is None else before.digest
    said = (record.session, record.writer, record.seq, record.at, record.kind, record.author, record.payload)
    return digest_of(start, *said) == record.digest


@router.get("/access")
def access(request: Request, visitor: Looker, clinic: TheClinic) -> Response:
    """List who looked at what, took it out, signed in, or tried to."""
    error, page, status = "", page_of(request), 200
    asked = dict(request.query_params)
    try:
        seen, count = _seen(clinic, asked, LINES, (page - 1) * LINES)
    except BadEntry as wrong:
        seen, count, error, status = [], 0, sentence(wrong), 422
    values: dict[str, Any] = {"asked": asked, "seen": seen, "count": count, "page": page, "error": error}
    kept = "&".join(
        f"{name}={asked[name]}" for name in FIELDS if asked.get(name, "").replace("-", "").isalnum()
    )
    values |= {"pages": -(-count // LINES), "kept": kept}
    return render(request, visitor, "qa/access.html", status=status, **values)


@router.get("/access.csv")
def access_table(request: Request, visitor: Looker, clinic: TheClinic) -> Response:
    """Return the access log as a table."""
    try:
        seen, _ = _seen(clinic, dict(request.query_params), IN_A_TABLE, 0)
    except BadEntry as wrong:
        return render(
            request,
            visitor,
            "refused.html",
            status=422,
            title="No table",
            sentence=sentence(wrong),
            kept=[],
            again=False,
        )
    clinic.saw(visitor, "exported", what="access log")
    table = io.StringIO()
    lines = csv.writer(table)
    lines.writerow(("at", "user", "event", "session", "what", "record"))
    lines.writerows((o.at.isoformat(), o.user, o.event, o.session, o.what, o.ref) for o in seen)
    saved = {"content-disposition": 'attachment; filename="access-log.csv"'}
    return Response(table.getvalue(), media_type="text/csv; charset=utf-8", headers=saved)


FIELDS = ("user", "session", "event", "from", "to")


def _seen(clinic: Clinic, asked: dict[str, str], limit: int, offset: int) -> tuple[list[Seen], int]:
    """Return lines of the access log, newest first, and how many there are.

    Raises:
        BadEntry: a day is none.
    """
    said = {name: asked.get(name, "").strip() for name in FIELDS}
    parts = [f'"{name}":{json.dumps(said[name])}' for name in ("user", "event") if said[name]]
    parts += [f'"session":"{said["session"]}'] if said["session"] else []
    start, end = _day(clinic, said["from"]), _day(clinic, said["to"], 1)
    with clinic.desk() as desk:
        found, count = newest_of(
            desk.store, kinds.SYSTEM, ["access"], parts, start=start, end=end, limit=limit, offset=offset
        )
    return list(accesses(found)), count


def _day(clinic: Clinic, text: str, later: int = 0) -> int | None:
    try:
        day = date.fromisoformat(text) + timedelta(later) if text else None
    except (ValueError, OverflowError) as error:
        raise BadEntry(f"{text[:20]} is no date; write it as 2026-11-30") from error
    return None if day is None else microseconds(datetime.combine(day, time(), clinic.zone()))
