"""The commands between a recorder and its server: `forward`, and on the server `recorders`."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Annotated, Any

import typer

from logger.cli.options import (
    AsJson,
    Author,
    Database,
    Reason,
    asked_secrets,
    author_name,
    ledger,
    say,
    say_aside,
    say_json,
)

recorders = typer.Typer(
    no_args_is_help=True, help="The recorders that a server takes records of: enrol, dismiss, list."
)

Clinic = Annotated[
    str | None,
    typer.Option("--clinic-database", metavar="URL", help="The server's ledger; else the setting."),
]
Recorder = Annotated[str, typer.Argument(metavar="NAME", help="What the recorder is called, as ward-2.")]


def forward(
    to: Annotated[str, typer.Option("--to", metavar="URL", help="The server, as https://clinic:8443.")],
    token_file: Annotated[
        Path | None, typer.Option("--token-file", metavar="FILE", help="Else INFUSIONLOG_TOKEN holds it.")
    ] = None,
    authority: Annotated[
        Path | None,
        typer.Option("--ca", metavar="FILE", help="The server's own certificate."),
    ] = None,
    database: Database = None,
) -> None:
    """Copy a recorder's records to a server while they are made, until it is stopped.

    What the server asks for (a session, a device) is done at the recorder. Without the network recording goes
    on; what was missed arrives afterwards. The token comes from `infusionlog recorders enrol` on the server.

    Example: infusionlog forward --to https://clinic.example:8443 --token-file token.txt
    """
    from logger.forwarding.alone import alone, with_parent
    from logger.forwarding.calling import Server, TokenSource
    from logger.forwarding.sending import Forwarder
    from logger.ledger.owner import read_notice
    from logger.settings import database_path, load_settings

    path = database_path(load_settings(database=database).database)
    server = Server(to, TokenSource(token_file, os.environ.get("INFUSIONLOG_TOKEN", "")), authority)
    with alone(path):
        forwarder = Forwarder(path, lambda: read_notice(path), server, say_aside)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: forwarder.stop())
        with_parent(forwarder.stop)
        say(f"forwarding {path} to {server.url}")
        try:
            forwarder.run()
        finally:
            forwarder.close()


@recorders.command("enrol")
def enrol(
    name: Recorder,
    room: Annotated[
        list[str] | None, typer.Option("--room", metavar="ROOM", help="May be repeated; none: all others.")
    ] = None,
    author: Author = None,
    clinic_database: Clinic = None,
) -> None:
    """Let a recorder forward to this server, and print its token: this once, and never again.

    Its forwarder shows the token. Enrolled again, it gets a new one and the old one is void.

    Example: infusionlog recorders enrol ward-2 --room 2 --room 3
    """
    from logger.forwarding.enrolling import digest_of, new_token

    token = new_token()
    said = {"recorder": name, "token": digest_of(token), "rooms": room or []}
    _enter("recorder.enrolled", said, author, clinic_database)
    say(token)


@recorders.command("dismiss")
def dismiss(name: Recorder, reason: Reason, author: Author = None, clinic_database: Clinic = None) -> None:
    """Take nothing of a recorder any more; what came stays.

    Example: infusionlog recorders dismiss ward-2 --reason "the PC was replaced"
    """
    say(_enter("recorder.dismissed", {"recorder": name, "reason": reason}, author, clinic_database))


@recorders.command("list")
def list_recorders(as_json: AsJson = False, clinic_database: Clinic = None) -> None:
    """List the recorders that may forward, with their rooms, writers and when they connected last.

    Example: infusionlog recorders list
    """
    from logger.forwarding.enrolling import listed

    with ledger(_url(clinic_database)) as (_, desk):
        found = listed(desk.file("system").records)
    if as_json:
        say_json(found)
        return
    for one in found:
        rooms = ", ".join(one["rooms"]) or "all rooms that no other one hears"
        last = one["connected_at"] or "never"
        say(f"{one['recorder']}  {rooms}  writers {', '.join(one['writers']) or '-'}  connected {last}")
    if not found:
        say_aside("no recorder is enrolled; `infusionlog recorders enrol NAME` does it")


def _url(clinic_database: str | None) -> str:
    from logger.settings import load_settings

    return load_settings(clinic_database=clinic_database).clinic_database


def _enter(kind: str, said: dict[str, Any], author: str | None, clinic_database: str | None) -> str:
    with ledger(_url(clinic_database), create=True) as (_, desk):
        name = author_name(author)
        secrets = asked_secrets(desk.status().users, name, {})
        return desk.append("system", kind, name, said, secrets).ref
