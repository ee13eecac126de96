"""The command that writes a session's report: the page with its details, or all of it as text and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from devices.errors import UsageError
from logger.cli.options import Database, SessionArgument, say, writing
from logger.cli.reviewing import file_of


class UnknownReport(UsageError):
    """A report's file has to end in .pdf or .html."""


def report(
    session: SessionArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.pdf|html")],
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
    database: Database = None,
) -> None:
    """Write the session's report: the page with all details (.pdf), or text and tables as well (.html).

    The HTML is one file that loads nothing, for a screen reader too; every figure has its definition in it.

    Example: infusionlog report last --out report.html
    """
    from logger.reviewing.frames import build

    if out.suffix.lower() not in (".pdf", ".html"):
        raise UnknownReport(f"{out.name}: a report ends in .pdf or .html; `infusionlog chart` makes pictures")
    made = build(file_of(database, session, "exported", out.name))
    if out.suffix.lower() == ".pdf":
        from analysis.page import draw_page, save
        from analysis.page.about import about_page

        figures = draw_page(made, paper)
        with writing(out):
            save(figures, out, about_page(made))
    else:
        from analysis.report import render_html, report_of

        said = render_html(report_of(made, paper))
        with writing(out):
            out.write_text(said, encoding="utf-8", newline="\n")
    say(str(out))
