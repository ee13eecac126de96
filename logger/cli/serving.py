"""`serve`: the pages of a clinic."""

from __future__ import annotations

from typing import Annotated

import typer

from logger.cli.options import Database, author_name, say


def serve(
    host: Annotated[
        str | None, typer.Option("--host", metavar="HOST", help="Else this machine alone, 127.0.0.1.")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", metavar="N", help="Else 8420.")] = None,
    tls_cert: Annotated[
        str | None, typer.Option("--tls-cert", metavar="FILE.pem", help="The certificate to show.")
    ] = None,
    tls_key: Annotated[str | None, typer.Option("--tls-key", metavar="FILE.pem", help="Its key.")] = None,
    clinic_database: Annotated[
        str | None,
        typer.Option("--clinic-database", metavar="URL", help="The ledger of the pages, sqlite:///PATH."),
    ] = None,
    no_recorder: Annotated[
        bool, typer.Option("--no-recorder", help="Start no recorder on this machine.")
    ] = False,
    database: Database = None,
) -> None:
    """Serve the pages for nurses, physicians, QA and administrators, until it is stopped.

    It sees to it that a recorder runs on this machine too. The recorder goes on when the server ends.
    At the first run it prints a one-time code, with which the first administrator is made in the browser.

    Example: infusionlog serve --port 8420
    """
    from logger.settings import load_settings
    from logger.web.serving import serve as serve_pages

    given = {"host": host, "port": port, "tls_cert": tls_cert, "tls_key": tls_key}
    settings = load_settings(**given, clinic_database=clinic_database, database=database)
    serve_pages(settings, author_name(None), say, recorder=not no_recorder)
