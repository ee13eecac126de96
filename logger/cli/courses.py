"""The command that shows all sessions of a patient side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from logger.cli.options import AsJson, Database, author_name, ledger, say, say_json, writing

if TYPE_CHECKING:
    import pandas as pd


def course(
    patient: Annotated[str, typer.Argument(metavar="PATIENT", help="The clinic's id of the patient.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.png|svg|pdf", help="Draw it; else it is printed.")
    ] = None,
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Show all sessions of a patient side by side: scores, doses, highest pressures, side effects, quality.

    Example: infusionlog course DEMO-C01 --out course.pdf
    """
    from analysis.course import about_course, course_of, course_table, draw_course, told
    from analysis.page import save
    from logger.errors import NoSuchSession
    from logger.keeping.access import log_access
    from logger.reviewing.frames import build

    with ledger(database) as (_, desk):
        ids = [row["id"] for row in desk.status().sessions if row["patient"] == patient]
        if not ids:
            raise NoSuchSession(
                f"no session of patient {patient} here; `infusionlog sessions` lists them all"
            )
        for session in ids:
            log_access(desk, "charted" if out else "viewed", author_name(None), session, "course")
        found = course_of(build(desk.file(session)) for session in ids)
    if out is not None:
        figures = draw_course(found, paper)
        with writing(out):
            written = save(figures, out, about_course(found))
        for path in () if as_json else written:
            say(str(path))
    if as_json:
        say_json(_rows(course_table(found)))
    elif out is None:
        for visit in found.visits:
            say(f"{visit.session}  {visit.name}\n  {told(visit)}")


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows; what is not said is null."""
    plain = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]
