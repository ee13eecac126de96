"""`protocol`: the clinic's monitoring protocols; `due`: what they expect of a session; `paper-sheet`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from logger.cli.options import (
    AsJson,
    Author,
    Database,
    RoomOption,
    SessionOption,
    asked_secrets,
    author_name,
    ledger,
    say,
    say_aside,
    say_json,
    writing,
)

if TYPE_CHECKING:
    from datetime import datetime

    from analysis.schedule import Due
    from logger.settings import Settings

protocol = typer.Typer(
    no_args_is_help=True,
    help="The monitoring protocols: list, show in words, check, approve a clinic's copy.",
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A protocol file.")]


@protocol.command("list")
def list_protocols(as_json: AsJson = False) -> None:
    """List every profile that a session can run under, the clinic's own first.

    The status is 1 if a file is wrong.

    Example: infusionlog protocol list
    """
    from dataclasses import asdict

    from logger.entering.protocols import listed
    from logger.settings import load_settings

    found = list(listed(load_settings()))
    if as_json:
        say_json([{**asdict(one), "file": str(one.file)} for one in found])
    else:
        for one in found:
            whose = "own" if one.own else "shipped"
            if one.wrong:
                say(f"WRONG  {one.file}, {one.wrong}")
            else:
                say(
                    f"{one.profile:<20} {whose:<8} {one.approval}; {one.label}; {one.file}, {one.digest[:12]}"
                )
    if any(one.wrong for one in found):
        raise typer.Exit(1)


@protocol.command("show")
def show(
    profile: Annotated[str, typer.Argument(metavar="ID", help="As `protocol list` has it.")],
    as_json: AsJson = False,
) -> None:
    """Show what a profile expects when, in words, with the source and the status of each number.

    Example: infusionlog protocol show iv_ketamine_40min
    """
    import tomllib
    from dataclasses import asdict

    from analysis.protocol import read_protocol
    from analysis.protocol.words import expectations, lines_in_words, numbers
    from logger.entering.protocols import chosen
    from logger.settings import load_settings

    pinned = chosen(load_settings(), profile)
    if not as_json:
        for line in lines_in_words(pinned.text, profile):
            say(line)
        say(f"digest {pinned.digest}")
        return
    read = read_protocol(tomllib.loads(pinned.text), profile)
    say_json(
        {
            "profile": profile,
            "label": read.label,
            "digest": pinned.digest,
            "approved_by": read.approved_by,
            "approved_at": read.approved_at,
            "schedule": [asdict(one) for one in expectations(read)],
            "numbers": [asdict(one) for one in numbers(pinned.text, profile)],
        }
    )


@protocol.command("check")
def check(file: File, as_json: AsJson = False) -> None:
    """Say whether a protocol file may be used, with its digest, or what is wrong in which line.

    Example: infusionlog protocol check clinic.toml
    """
    from dataclasses import asdict

    from analysis.protocol.checks import problems
    from logger.entering.protocols import read_text
    from logger.settings import PinnedProtocol

    text = read_text(file)
    found, digest = problems(text), PinnedProtocol("", text).digest
    if as_json:
        say_json({"ok": not found, "digest": digest, "problems": [asdict(one) for one in found]})
    elif found:
        for one in found:
            say(f"{file}, {one}")
    else:
        say(f"{file}: ok, digest {digest}")
    if found:
        raise typer.Exit(1)


@protocol.command("approve")
def approve(
    file: File,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Name and role, as it will be printed.")],
    clinic: Annotated[str | None, typer.Option("--clinic", metavar="NAME")] = None,
    author: Author = None,
    database: Database = None,
) -> None:
    """Approve a protocol file for this clinic: sessions run under its copy, with name and time, from now on.

    The approval is recorded in the ledger too, where there is one.

    Example: infusionlog protocol approve clinic.toml --by "A. Example, medical director"
    """
    import tomllib
    from datetime import datetime

    from logger.entering import protocols
    from logger.settings import PinnedProtocol, database_path, load_settings

    settings = load_settings(database=database)
    at = datetime.now(settings.clinic_zone()).replace(microsecond=0)
    text = protocols.approved(protocols.read_text(file), str(file), by, at, clinic)
    place, digest = protocols.place_of_copy(settings, file), PinnedProtocol("", text).digest
    if database is not None or database_path(settings.database).exists():
        said = {
            "digest": digest,
            "title": tomllib.loads(text)["meta"]["title"],
            "approved_by": by,
            "approved_at": at.isoformat(),
        }
        say(f"recorded as {_recorded(settings, author_name(author), said)} in {settings.database}")
    else:
        say_aside(f"{settings.database}: no ledger there yet, so the approval stands in the file alone")
    protocols.put(text, place)
    say(f"{place}: approved by {by}, {at.isoformat()}, digest {digest}")


def _recorded(settings: Settings, author: str, said: dict[str, Any]) -> str:
    with ledger(settings.database) as (_, desk):
        secrets = asked_secrets(desk.status().users, author, {})
        return desk.append("system", "protocol.approved", author, said, secrets).ref


def due(
    session: SessionOption = None,
    room: RoomOption = None,
    every: Annotated[bool, typer.Option("--all", help="What is met, and what does not apply, too.")] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """List what the protocol expects to be on record: due, late or missed, and by which record it was met.

    It speaks of entries, never of values, and calls nobody.

    Example: infusionlog due --all
    """
    from zoneinfo import ZoneInfo

    from analysis.schedule import State, schedule_of
    from analysis.timeline import timeline_of
    from logger.clock import moment
    from logger.entering.sessions import choose
    from logger.reviewing.frames import build

    with ledger(database) as (_, desk):
        status = desk.status()
        file = desk.file(choose(status.sessions, session, room, writing=False)["id"])
    made = build(file)
    zero, zone = timeline_of(made).zero, ZoneInfo(made.zone)
    found = schedule_of(made, moment(status.now))
    if as_json:
        say_json({"session": made.id, "due": [_due_json(one, zero, zone) for one in found]})
        return
    counts = ", ".join(f"{sum(one.state is state for one in found)} {_state(state)}" for state in State)
    say(f"session {made.id}, {made.protocol_id}: {counts}")
    for one in found:
        if every or one.state in (State.DUE, State.LATE, State.MISSED):
            say(_due_line(one, zero, zone))


def paper_sheet(
    profile: Annotated[str, typer.Option("--protocol", metavar="ID", help="As `protocol list` has it.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.pdf|png|svg")],
) -> None:
    """Draw a blank form with the due times of a profile, for a power cut.

    What is written on it is entered afterwards with `copy-paper`.

    Example: infusionlog paper-sheet --protocol iv_ketamine_40min --out sheet.pdf
    """
    import tomllib

    from analysis.page import save
    from analysis.paper_sheet import draw_paper_sheet
    from analysis.protocol import read_protocol
    from logger.entering.protocols import chosen
    from logger.settings import load_settings

    pinned = chosen(load_settings(), profile)
    figures = draw_paper_sheet(read_protocol(tomllib.loads(pinned.text), profile), pinned.digest)
    with writing(out):
        for path in save(figures, out):
            say(str(path))


def _due_json(one: Due, zero: datetime, zone: Any) -> dict[str, Any]:
    times = {name: _moment(getattr(one, name), zero, zone) for name in ("at", "opens", "closes")}
    return {
        "parameter": one.parameter,
        "phase": one.phase,
        "mode": one.mode,
        **{name: at.isoformat(timespec="seconds") if at else None for name, at in times.items()},
        "state": one.state,
        "late_by_min": one.late_by_min,
        "by": list(one.by),
        "why": one.why,
    }


def _due_line(one: Due, zero: datetime, zone: Any) -> str:
    at, opens, closes = (_moment(minute, zero, zone) for minute in (one.at, one.opens, one.closes))
    if at is not None:
        when = f"{at:%H:%M}"
    elif opens is not None:
        when = f"{opens:%H:%M}-{closes:%H:%M}" if closes else f"{opens:%H:%M}-"
    else:
        when = "-"
    state = _state(one.state)
    if one.late_by_min is not None:
        state = f"late by {one.late_by_min:.0f} min" + ("" if one.by else ", not on record yet")
    by = f"  {', '.join(one.by)}" if one.by else ""
    return f"{when:<12} {one.parameter:<13} {one.phase:<12} {state}{by}{f'  ({one.why})' if one.why else ''}"


def _state(state: Any) -> str:
    return str(state).replace("_", " ")


def _moment(minute: float | None, zero: datetime, zone: Any) -> datetime | None:
    from datetime import timedelta

    return None if minute is None else (zero + timedelta(minutes=minute)).astimezone(zone)
