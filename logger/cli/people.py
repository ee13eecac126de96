"""`user`: who may use the ledger, as an administrator and each user for themselves change it."""

from __future__ import annotations

import getpass
import os
import sys
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
    say_json,
)
from logger.errors import BadEntry

user = typer.Typer(no_args_is_help=True, help="The users of a ledger: add, change, let go, list.")

Name = Annotated[str, typer.Argument(metavar="USER", help="A name that was never anybody else's.")]
ROLES = "nurse|physician|qa|admin"


@user.command("add")
def add(
    name: Name,
    full_name: Annotated[str, typer.Option("--name", metavar="NAME", help="As signatures print it.")],
    role: Annotated[str, typer.Option("--role", metavar=ROLES)],
    author: Author = None,
    database: Database = None,
) -> None:
    """Add a user; the first one is an administrator. The password comes from the terminal.

    Without a terminal it comes from INFUSIONLOG_NEW_PASSWORD. Whoever is added chooses another one at the
    first sign-in.

    Example: infusionlog user add a.example --name "A. Example" --role nurse
    """
    said = {"user": name, "full_name": full_name, "role": role}
    say(_enter("user.added", said, author, database, new=f"{name}: first password: "))


@user.command("change")
def change(
    name: Name,
    reason: Reason,
    role: Annotated[str | None, typer.Option("--role", metavar=ROLES)] = None,
    full_name: Annotated[str | None, typer.Option("--name", metavar="NAME")] = None,
    left: Annotated[bool, typer.Option("--left", help="They may not use the ledger any more.")] = False,
    back: Annotated[bool, typer.Option("--back", help="They may use it again.")] = False,
    author: Author = None,
    database: Database = None,
) -> None:
    """Change a user's role or printed name, or let them go; nobody is ever deleted.

    Example: infusionlog user change a.example --left --reason "moved to another clinic"
    """
    if left and back:
        raise BadEntry("user change: either --left or --back")
    active = {(True, False): False, (False, True): True}.get((left, back))
    said = {"user": name, "role": role, "full_name": full_name, "active": active, "reason": reason}
    say(_enter("user.changed", said, author, database))


@user.command("password")
def password(
    name: Name,
    pin: Annotated[bool, typer.Option("--pin", help="The PIN instead: for second persons.")] = False,
    author: Author = None,
    database: Database = None,
) -> None:
    """Choose a new password or PIN; an administrator (--author) sets one for somebody who lost theirs.

    Example: infusionlog user password a.example
    """
    what = "pin" if pin else "password"
    new = f"{name}: new {'PIN' if pin else 'password'}: "
    say(_enter("user.secret", {"user": name, "what": what}, author or name, database, new=new))


@user.command("fact")
def fact(
    name: Name,
    what: Annotated[str, typer.Argument(metavar="trained|identity_verified|policy_accepted")],
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day, as 2026-11-20.")],
    text: Annotated[str | None, typer.Option("--what", help="In what, or by which document.")] = None,
    author: Author = None,
    database: Database = None,
) -> None:
    """Record that a user was trained, or that their identity was verified: for the auditor's file.

    Example: infusionlog user fact a.example trained --on 2026-11-20 --what "version 0.1, two hours"
    """
    say(_enter("user.fact", {"user": name, "fact": what, "what": text, "on": on}, author, database))


@user.command("list")
def listed(as_json: AsJson = False, database: Database = None) -> None:
    """List the users, those who left too, and what is on file about each.

    Example: infusionlog user list
    """
    from logger.people.users import user_list

    with ledger(database) as (_, desk):
        rows = user_list(desk.file("system").records)
    if as_json:
        say_json(rows)
        return
    if not rows:
        say("no users: every author is taken at their word; `infusionlog user add` adds the first")
    for row in rows:
        left = "" if row["active"] else "  left"
        say(f"{row['user']:<20} {row['role']:<10} {row['full_name']}{left}")
        for one in row["facts"]:
            say(f"{'':<20} {one['fact'].replace('_', ' ')} {one['on']} {one.get('what') or ''}".rstrip())


def _enter(
    kind: str, said: dict[str, Any], author: str | None, database: str | None, new: str | None = None
) -> str:
    from logger.people.accounts import NEW

    said = {field: value for field, value in said.items() if value is not None}
    with ledger(database, create=True) as (_, desk):
        name = author_name(author)
        secrets = asked_secrets(desk.status().users, name, {})
        if new is not None:
            secrets[NEW] = _new_secret(new)
        return desk.append("system", kind, name, said, secrets).ref


def _new_secret(prompt: str) -> str:
    given = os.environ.get("INFUSIONLOG_NEW_PASSWORD")
    if given is None and sys.stdin is not None and sys.stdin.isatty():
        given = getpass.getpass(prompt)
        if getpass.getpass("once more: ") != given:
            raise BadEntry("the two were not the same; nothing was changed")
    return given or ""
