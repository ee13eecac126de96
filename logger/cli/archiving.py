"""The commands of the archive: columnar copies of closed sessions, and questions in SQL across them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from logger.cli.options import AsJson, Database, author_name, ledger, say, say_aside, say_json, writing

if TYPE_CHECKING:
    from logger.entering.desk import Desk


def archive(
    session: Annotated[
        list[str] | None, typer.Argument(metavar="[SESSION]...", help="Else all closed ones.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare the copies with the ledger, value by value.")
    ] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Make the columnar copies of closed sessions that are missing or stale.

    With --check the status is 1 where one differs from the ledger, or is missing.

    Example: infusionlog archive --check
    """
    from logger.reviewing.archiving import compare, refresh

    with ledger(database) as (settings, desk):
        folder, only = settings.archive_folder(), _chosen(desk, session)
        if check:
            compared = list(compare(desk, folder, only))
        else:
            with writing(folder):
                made = list(refresh(desk, folder, only))
    if check:
        told: list[dict[str, Any]] = [
            {"session": one.session, "file": str(one.path), "differs": list(one.differs)} for one in compared
        ]
        lines = [
            f"{one.session}  {'DIFFERS: ' + ', '.join(one.differs) if one.differs else 'equal'}"
            for one in compared
        ]
    else:
        told = [
            {"session": one.session, "file": one.path and str(one.path), "made": one.made, "why": one.why}
            for one in made
        ]
        lines = [f"{one.session}  {'made: ' if one.made else ''}{one.why or 'up to date'}" for one in made]
    if as_json:
        say_json(told)
    else:
        for line in lines:
            say(line)
        if not lines:
            say_aside("no copy to compare" if check else "no session in this ledger")
    if any(one.get("differs") for one in told):
        raise typer.Exit(1)


def ask(
    question: Annotated[
        str, typer.Argument(metavar="SQL", help="One SELECT over readings, frames, events, sessions.")
    ],
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the answer as a table.")
    ] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Ask all closed sessions at once, in SQL; stale copies are made anew first.

    The tables are readings, frames, events, sessions, counted and records: see docs/archive.md.

    Example: infusionlog ask "SELECT session, max(value) FROM readings WHERE valid GROUP BY session"
    """
    from analysis.archive.asking import ask as answer
    from logger.keeping.access import log_access
    from logger.reviewing.archiving import refresh

    with ledger(database) as (settings, desk):
        folder = settings.archive_folder()
        with writing(folder):
            files = [one.path for one in refresh(desk, folder) if one.path]
        log_access(desk, "viewed", author_name(None), what=f"ask: {len(files)} sessions")
    found = answer(files, question)
    rows = [{name: _cell(value) for name, value in row.items()} for row in found.to_pylist()]
    if csv:
        _write(csv, found.column_names, rows)
        say(str(csv))
    elif as_json:
        say_json(rows)
    else:
        for line in _lines(found.column_names, rows):
            say(line)
    if not rows:
        say_aside(f"no row; asked were {len(files)} closed sessions")


def _chosen(desk: Desk, session: list[str] | None) -> set[str] | None:
    from logger.entering.sessions import choose

    rows = desk.status().sessions
    return {str(choose(rows, one, writing=False)["id"]) for one in session} if session else None


def _cell(value: Any) -> Any:
    return value if isinstance(value, int | float | str | None) else str(value)


def _write(path: Path, columns: list[str], rows: list[dict[str, Any]]) -> None:
    import csv as tables

    with writing(path), path.open("w", encoding="utf-8", newline="") as file:
        path.chmod(0o600)
        table = tables.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def _lines(columns: list[str], rows: list[dict[str, Any]]) -> list[str]:
    """Return the rows as a table of text; nothing is a dash."""
    texts = [columns, *(["-" if row[name] is None else str(row[name]) for name in columns] for row in rows)]
    widths = [max(len(row[place]) for row in texts) for place in range(len(columns))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    ]
