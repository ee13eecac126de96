"""Forms for people to fill in or send."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from logger.cli.options import Database, SessionArgument, author_name, ledger, say, writing
from logger.errors import BadEntry


def rems(
    session: SessionArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.csv|pdf")],
    database: Database = None,
) -> None:
    """Write the REMS form of a nasal session, filled in from the record: a draft that you check and send.

    Example: infusionlog rems last --out rems.pdf
    """
    from datetime import UTC, datetime

    from analysis.rems import due_of, is_asked, save_form
    from logger.entering.sessions import choose
    from logger.keeping.access import log_access
    from logger.reviewing.frames import build

    if out.suffix.lower() not in (".csv", ".pdf"):
        raise BadEntry(f"{out.name}: the form ends in .csv or .pdf")
    with ledger(database) as (_, desk):
        row = choose(desk.status().sessions, session, writing=False)
        made = build(desk.file(row["id"]))
        if not is_asked(made):
            raise BadEntry(f"session {row['id']}: its protocol is of no nasal spray; none is asked for")
        log_access(desk, "exported", author_name(None), row["id"], out.name)
    now = datetime.now(UTC)
    with writing(out):
        save_form(made, out, now)
    say(f"{out}: {due_of(made).said(now)}")
