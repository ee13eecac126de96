"""The command that takes in what was recorded elsewhere: by this program, or by another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from logger.cli.options import AsJson, Author, Database, asked_secrets, author_name, say, say_aside, say_json

if TYPE_CHECKING:
    from logger.entering.desk import LedgerDesk
    from logger.entering.opening import Opening


def import_(
    source: Annotated[
        Path, typer.Argument(metavar="FILE|FOLDER", help="A .csv or .vital file, or a folder `export` made.")
    ],
    room: Annotated[
        str | None, typer.Option("--room", metavar="ROOM", help="For a file: where it was.")
    ] = None,
    patient: Annotated[
        str | None, typer.Option("--patient", metavar="ID", help="For a file: whose it is.")
    ] = None,
    protocol: Annotated[
        str | None, typer.Option("--protocol", metavar="ID", help="For a file: what it is judged by.")
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(
            "--zone", metavar="ZONE", help="For a file: the clinic's, also of times without an offset."
        ),
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="For a file: its numbers are no patient's.")] = False,
    again: Annotated[bool, typer.Option("--again", help="For a file that was imported before.")] = False,
    author: Author = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Take in sessions recorded elsewhere, so that they can be charted; each says where it came from.

    A folder that `export --format csv` made is checked and copied, record by record, where its session is not
    here already; where there are users, an administrator brings it in. A file of another
    program becomes a session of its own, under the patient and protocol that you name.

    Example: infusionlog import old.vital --room 1 --patient P-0007 --protocol iv_ketamine_40min
    """
    from devices.errors import UsageError
    from logger.attesting.checkpoints import Places
    from logger.entering.opening import Opening
    from logger.entering.protocols import chosen
    from logger.entering.sessions import open_ledger
    from logger.settings import load_settings

    named = {"--room": room, "--patient": patient, "--protocol": protocol}
    if source.is_dir() and any([*named.values(), zone, demo, again]):
        raise UsageError(f"{source}: a folder of ours says room, patient and protocol itself; name it alone")
    if not source.is_dir() and (lacking := [option for option, given in named.items() if not given]):
        raise UsageError(f"{source}: of which session is it? Give {', '.join(lacking)}")
    settings, name = load_settings(database=database), author_name(author)
    where = _zone(zone) if zone else settings.clinic_zone()
    desk = open_ledger(settings.database, create=True, places=Places.of(settings), tell=say_aside)
    try:
        secrets = asked_secrets(desk.status().users, name, {})
        if room and patient and protocol:
            opening = Opening(
                room, patient, chosen(settings, protocol), where, name, demo=demo, secrets=secrets
            )
            answers = iter([_file(desk, source, opening, again=again, stated_zone=bool(zone))])
        else:
            answers = _folder(desk, source, name, secrets)
        came = list(answers)
    finally:
        desk.close()
    if as_json:
        say_json(came)
    for answer in () if as_json else came:
        say("{session}: {said}".format(**answer))
        for line in (
            *answer["not_imported"],
            *answer["questionable"],
            *answer["not_checked"],
            *answer["problems"],
        ):
            say_aside(f"  {line}")
    if any(answer["problems"] for answer in came):
        raise typer.Exit(1)


def _folder(
    desk: LedgerDesk, source: Path, author: str, secrets: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    from logger.keeping.own_exports import folders_of, take_back

    for folder in folders_of(source):
        came = take_back(desk, folder, author, secrets)
        yield {
            "session": came.session,
            "said": f"{came.received.records} new records, {came.received.duplicates} were here already",
            "records": came.received.records,
            "known": came.received.duplicates,
            "not_imported": list(came.not_held),
            "questionable": [],
            "not_checked": list(came.not_checked),
            "problems": [*came.received.holes, *came.received.forks],
        }


def _file(
    desk: LedgerDesk, source: Path, opening: Opening, *, again: bool, stated_zone: bool
) -> dict[str, Any]:
    from logger.keeping.access import log_access
    from logger.keeping.importing import import_file

    made = import_file(desk, source, opening, again=again, stated_zone=stated_zone)
    log_access(desk, "imported", opening.author, made.session, f"a {source.suffix} file")  # never its name
    return {
        "session": made.session,
        "said": f"{made.values} values of {source.name}, not recorded by infusionlog",
        "values": made.values,
        "not_imported": [f"not imported: {line}" for line in made.not_imported],
        "questionable": list(made.strange),
        "not_checked": list(made.not_checked),
        "problems": [],
    }


def _zone(name: str) -> ZoneInfo:
    from devices.errors import UsageError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"--zone {name}: is no time zone; write it as Europe/Vienna") from error
