"""The commands that look at what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from logger.cli.options import (
    AsJson,
    Database,
    SessionArgument,
    author_name,
    ledger,
    say,
    say_aside,
    say_json,
    writing,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logger.entering.desk import SessionFile


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
    from logger.reviewing.showing import lines, shown

    file = file_of(database, session, "viewed", "show")
    if as_json:
        say_json({**_listed({**file.row, "records": len(file.records)}), **shown(file)})
    else:
        for line in lines(file):
            say(line)


def verify(
    session: Annotated[
        list[str] | None, typer.Argument(metavar="[SESSION]...", help="Else all of them.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Signed checkpoints that were kept elsewhere.")
    ] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Check that no record was altered, removed or reordered. The status is 1 where one was.

    Example: infusionlog verify last
    """
    from logger.attesting.checkpoints import Places, find
    from logger.attesting.keys import own_keys
    from logger.entering.desk import is_aside
    from logger.entering.sessions import choose
    from logger.errors import NoSuchSession
    from logger.keeping.access import log_access, log_verified
    from logger.keeping.verifying import answer_lines, verify_ledger
    from logger.settings import database_path

    with ledger(database) as (settings, desk):
        status, user = desk.status(heads=True), author_name(None)
        places = Places.of(settings)
        writers = {writer for heads in status.heads.values() for writer in heads}
        found = find(places, {*writers, status.writer}, checkpoint)
        only = [choose(status.sessions, one, writing=False)["id"] for one in session or ()]
        folder = database_path(settings.database).parent
        own = own_keys(places.keys)
        answer = verify_ledger(desk, folder, only or None, found, own_keys=own)
        if all(is_aside(one["session"]) and one["ok"] for one in answer["sessions"]):
            raise NoSuchSession(f"{settings.database}: there is no session to verify; nothing was checked")
        log_access(desk, "verified", user, what=" ".join(only) or "all")
        log_verified(desk, user, answer, found.vouching(own))
    if as_json:
        say_json(answer)
    else:
        for line in answer_lines(answer):
            say(line)
    if not answer["ok"]:
        raise typer.Exit(1)


def chart(
    session: SessionArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.png|svg|pdf")],
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
    screen: Annotated[bool, typer.Option("--screen", help="Four trends for a screen, no page.")] = False,
    database: Database = None,
) -> None:
    """Draw the session page.

    Example: infusionlog chart last --out session.pdf
    """
    from analysis.page import draw_page, save
    from analysis.page.about import about_page
    from analysis.screen import draw_screen
    from logger.reviewing.frames import build

    made = build(file_of(database, session, "charted", out.name))
    figures = [draw_screen(made)] if screen else draw_page(made, paper)
    with writing(out):
        for path in save(figures, out, about_page(made)):
            say(str(path))


def doctor(as_json: AsJson = False, database: Database = None) -> None:
    """Look for what would let a recording down. The status is 1 where something would.

    Example: infusionlog doctor
    """
    from dataclasses import asdict

    from logger.keeping.doctor import examine
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


def file_of(database: str | None, session: str, event: str, what: str) -> SessionFile:
    """Return the session's file; that somebody looks at it goes into the access log first."""
    from logger.entering.sessions import choose
    from logger.keeping.access import log_access

    with ledger(database) as (_, desk):
        chosen = choose(desk.status().sessions, session, writing=False)["id"]
        log_access(desk, event, author_name(None), chosen, what)
        return desk.file(chosen)


def _iso(at: int | None, zone: str) -> str | None:
    from zoneinfo import ZoneInfo

    from logger.clock import moment

    return None if at is None else moment(at).astimezone(ZoneInfo(zone)).isoformat(timespec="milliseconds")
