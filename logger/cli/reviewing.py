"""The commands that look at what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from logger.cli.options import (
    AsJson,
    Database,
    SessionArgument,
    ledger,
    say,
    say_aside,
    say_json,
    writing,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logger.desk import SessionFile


def sessions(as_json: AsJson = False, database: Database = None) -> None:
    """List all sessions.

    Example: infusionlog sessions
    """
    with ledger(database) as (_, desk):
        rows = desk.status().sessions
    listed = [_listed(row) for row in rows]
    if as_json:
        say_json(listed)
        return
    for one in listed:
        demo = "  DEMO" if one["demo"] else ""
        who = f"{one['session']}  room {one['room']}  {one['patient']}"
        say(f"{who}  {one['state']:<6}  {one['opened_at'][:16]}  {one['records']} records{demo}")
    if not listed:
        say_aside("no session in this ledger")


def _listed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "session": row["id"],
        "room": row["room"],
        "patient": row["patient"],
        "state": row["state"],
        **{name: _iso(row[name], row["zone"]) for name in ("opened_at", "ended_at", "closed_at")},
        "records": row["records"],
        "demo": bool(row["demo"]),
    }


def show(session: SessionArgument, as_json: AsJson = False, database: Database = None) -> None:
    """Show everything about one session.

    Example: infusionlog show last
    """
    from logger.showing import lines, shown

    file = _file(database, session)
    if as_json:
        say_json({**_listed({**file.row, "records": len(file.records)}), **shown(file)})
    else:
        for line in lines(file):
            say(line)


def verify(
    session: Annotated[
        list[str] | None, typer.Argument(metavar="[SESSION]...", help="Else all of them.")
    ] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Check that no record was altered, removed or reordered. The status is 1 where one was.

    Example: infusionlog verify last
    """
    from logger.errors import NoSuchSession
    from logger.sessions import choose
    from logger.settings import database_path
    from logger.verifying import verdict_lines, verify_sessions

    with ledger(database) as (settings, desk):
        rows = desk.status().sessions
        chosen = (
            [choose(rows, one, writing=False)["id"] for one in session]
            if session
            else [row["id"] for row in rows]
        )
        if not chosen:
            raise NoSuchSession(f"{settings.database}: there is no session to verify; nothing was checked")
        verdict = verify_sessions((desk.file(one) for one in chosen), database_path(settings.database).parent)
    if as_json:
        say_json(verdict)
    else:
        for one in verdict["sessions"]:
            for line in verdict_lines(one):
                say(line)
    if not verdict["ok"]:
        raise typer.Exit(1)


def chart(
    session: SessionArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.png|svg|pdf")],
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
    database: Database = None,
) -> None:
    """Draw the session page.

    Example: infusionlog chart last --out session.pdf
    """
    from analysis.page import draw_page, save
    from logger.frames import build

    figures = draw_page(build(_file(database, session)), paper)
    with writing(out):
        for path in save(figures, out):
            say(str(path))


def doctor(as_json: AsJson = False, database: Database = None) -> None:
    """Look for what would let a recording down. The status is 1 where something would.

    Example: infusionlog doctor
    """
    from dataclasses import asdict

    from logger.doctor import examine
    from logger.settings import load_settings

    findings = list(examine(load_settings(database=database)))
    if as_json:
        say_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            verdict = {True: "ok", False: "MEND", None: "?"}[finding.ok]
            say(f"{verdict:<5} {finding.what:<14} {finding.says}")
    if any(finding.ok is False for finding in findings):
        raise typer.Exit(1)


def _file(database: str | None, session: str) -> SessionFile:
    from logger.sessions import choose

    with ledger(database) as (_, desk):
        return desk.file(choose(desk.status().sessions, session, writing=False)["id"])


def _iso(at: int | None, zone: str) -> str | None:
    from zoneinfo import ZoneInfo

    from logger.clock import moment

    return None if at is None else moment(at).astimezone(ZoneInfo(zone)).isoformat(timespec="milliseconds")
