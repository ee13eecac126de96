"""The commands that copy what was recorded, prove it, and let it go when its time has passed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from logger.cli.options import (
    AsJson,
    Author,
    Database,
    Reason,
    SessionArgument,
    asked_secrets,
    author_name,
    ledger,
    say,
    say_aside,
    say_json,
    writing,
)

if TYPE_CHECKING:
    from logger.entering.desk import Desk
    from logger.keeping.backups import Copied


def export(
    session: Annotated[
        list[str] | None, typer.Argument(metavar="[SESSION]...", help="Ids, beginnings of them, or last.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder.")] = Path(
        "infusionlog-export"
    ),
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="FORMAT", help="csv, edf, fhir, hl7, vital, wfdb; a wrong name lists all."
        ),
    ] = "csv",
    patient: Annotated[
        str | None, typer.Option("--patient", metavar="ID", help="All sessions of this patient.")
    ] = None,
    with_identity: Annotated[
        bool, typer.Option("--with-identity", help="Also name and birth, where the format has a place.")
    ] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Copy sessions for other programs: csv (with a script that checks it), edf, vital, wfdb and others.

    Several sessions, and those of a patient, each get a folder of their own. A README.txt says what is in it,
    and what its format can't hold.

    Example: infusionlog export last --format edf --out export
    """
    from devices.errors import UsageError
    from logger.keeping.access import log_access
    from logger.reviewing.exporting import export_course
    from logger.reviewing.formats import TABLES, Exported, export_as, known_formats

    if form not in known_formats():
        raise UsageError(f"--format {form}: known are {', '.join(known_formats())}")
    if bool(session) == bool(patient):
        raise UsageError("export: name sessions, or a patient with --patient; one of the two")
    if form == TABLES and with_identity and not patient:
        raise UsageError(
            "--with-identity: a session's tables name nobody; `export --patient` does, in patient.txt"
        )
    now = datetime.now(UTC)
    with ledger(database) as (_, desk), writing(out):
        chosen = _chosen(desk, session, patient)
        named = " with identity" if with_identity else ""
        for one in chosen:
            log_access(desk, "exported", author_name(None), one, f"{form}{named} to {out.absolute()}")
        if patient and form == TABLES:
            files = (desk.file(one) for one in chosen)
            made = [Exported("", tuple(export_course(desk.file(chosen[0]).patient, files, out, now)))]
        else:
            folders = [out if len(chosen) == 1 else out / one for one in chosen]
            made = [
                export_as(form, desk.file(one), folder, now, with_identity=with_identity)
                for one, folder in zip(chosen, folders, strict=True)
            ]
    if as_json:
        copies = [(one.session, [str(path) for path in one.paths], list(one.not_held)) for one in made]
        say_json([{"session": s, "format": form, "paths": p, "not_held": n} for s, p, n in copies])
        return
    for copy in made:
        for path in copy.paths:
            say(str(path))
        if copy.not_held:
            say_aside(
                f'{form} does not hold all of the session: see README.txt, "What this format does not hold"'
            )


def _chosen(desk: Desk, session: list[str] | None, patient: str | None) -> list[str]:
    from logger.entering.sessions import choose
    from logger.errors import NoSuchSession

    rows = desk.status().sessions
    if patient is None:
        chosen = [str(choose(rows, one, writing=False)["id"]) for one in session or ()]
        return list(dict.fromkeys(chosen))
    found = [str(row["id"]) for row in rows if row["patient"] == patient]
    if not found:
        raise NoSuchSession(f"no session of patient {patient}; `infusionlog sessions` lists the patients")
    return found


def checkpoint(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="A file of its own, to be kept elsewhere.")
    ] = None,
    rotate: Annotated[bool, typer.Option("--rotate", help="Begin a new key first.")] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Sign a checkpoint over all chains now. `verify --checkpoint FILE` compares the ledger with it.

    Example: infusionlog checkpoint --out checkpoint.jsonl
    """
    from logger.attesting.checkpoints import Places, copy_elsewhere, sign, write_alone
    from logger.attesting.keys import Signer
    from logger.errors import CantWrite, NoSuchSession
    from logger.keeping.access import log_access

    with ledger(database) as (settings, desk):
        places = Places.of(settings)
        if out and out.exists():
            raise CantWrite(f"{out}: is there already, and a checkpoint is never written over; name another")
        if not desk.status().sessions:
            raise NoSuchSession(f"{settings.database}: there is no session to sign for; nothing was signed")
        what = ("rotate " if rotate else "") + (str(out.absolute()) if out else "log")
        log_access(desk, "checkpoint", author_name(None), what=what)
        status = desk.status(heads=True)
        if rotate:
            Signer(places.keys).rotate(status.now)
        made = sign(places, status.writer, status.heads, status.now)
        if out:
            with writing(out):
                write_alone(places, made, out)
        copy_elsewhere(places, status.writer)
    heads = sum(len(writers) for writers in made.heads.values())
    answer = {
        "number": made.number,
        "at": made.at,
        "heads": heads,
        "digest": made.digest,
        "key": made.key,
        "file": str(out or places.log(status.writer)),
    }
    if as_json:
        say_json(answer)
    else:
        say(f"checkpoint {made.number} over {heads} heads, {made.digest}")
        say(f"signed by key {made.key}, in {answer['file']}")


def access(
    user: Annotated[str | None, typer.Option("--user", metavar="NAME")] = None,
    session: Annotated[str | None, typer.Option("--session", metavar="ID")] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME")] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """List who looked at what, took it out, signed in, or tried to.

    Example: infusionlog access --session last --from 2026-11-01
    """
    from dataclasses import asdict

    from logger.clock import moment
    from logger.entering.sessions import choose
    from logger.keeping.access import accesses, log_access
    from logger.kinds import SYSTEM
    from logger.times import stated_time

    with ledger(database) as (settings, desk):
        status = desk.status()
        if session == "last":
            session = str(choose(status.sessions, session, writing=False)["id"])
        now, zone = moment(status.now), settings.clinic_zone()
        span = [None if text is None else stated_time(text, now, zone) for text in (start, end)]
        log_access(desk, "viewed", author_name(None), what="access log")
        seen = list(accesses(desk.file(SYSTEM).records, user, session, span[0], span[1]))
    if as_json:
        say_json([{**asdict(one), "at": one.at.isoformat()} for one in seen])
        return
    for one in seen:
        local: dict[str, Any] = asdict(one) | {"at": one.at.astimezone(zone)}
        said = "{at:%Y-%m-%d %H:%M:%S}  {user:<12} {event:<14} {session:<36}  {what}".format(**local)
        say(said.rstrip())
    if not seen:
        say_aside("nothing of this kind in the access log")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A ledger file: made, or brought up to date.")],
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Copy the ledger and its raw captures, also while it is recorded. The status is 1 where it is not whole.

    Example: infusionlog backup stick/clinic.db
    """
    from logger.keeping.backups import backup as copy_to
    from logger.settings import database_path

    with ledger(database) as (settings, desk), writing(file):
        copied = copy_to(desk, database_path(settings.database), file, author_name(None))
    _say_copied(copied, file, as_json=as_json)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` wrote.")],
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Make a new ledger of a backup, on this machine or another, and verify it.

    Example: infusionlog restore stick/clinic.db --database sqlite:///clinic.db
    """
    from logger.keeping.backups import restore as make_of
    from logger.keeping.verifying import answer_lines
    from logger.settings import database_path, load_settings

    url = load_settings(database=database).database
    with writing(database_path(url)):
        copied, answer = make_of(file, url, author_name(None))
    if not as_json:
        for line in answer_lines(answer):
            say(line)
    _say_copied(copied, database_path(url), as_json=as_json, verified=bool(answer["ok"]))


def _say_copied(copied: Copied, where: Path, *, as_json: bool, verified: bool = True) -> None:
    answer = {
        "file": str(where),
        "sessions": copied.sessions,
        "records": copied.received.records,
        "known": copied.received.duplicates,
        "captures": copied.captures,
        "problems": list(copied.problems),
        "ok": verified and not copied.problems,
    }
    if as_json:
        say_json(answer)
    else:
        new = f"{copied.received.records} new records, {copied.captures} captures"
        say(f"{where}: {copied.sessions} sessions; {new}")
        for problem in copied.problems:
            say_aside(f"PROBLEM: {problem}")
    if not answer["ok"]:
        raise typer.Exit(1)


def purge(
    session: SessionArgument,
    reason: Reason,
    author: Author = None,
    database: Database = None,
) -> None:
    """Remove a session whose time of keeping has passed. Its tombstone stays, and checkpoints still verify.

    Example: infusionlog purge 01a2 --reason "kept for 10 years"
    """
    from logger.attesting.checkpoints import Places
    from logger.entering.sessions import choose, open_ledger
    from logger.keeping.purging import purge as remove
    from logger.settings import load_settings

    settings, name = load_settings(database=database), author_name(author)
    desk = open_ledger(settings.database, places=Places.of(settings), tell=say_aside)
    try:
        secrets = asked_secrets(desk.status().users, name, {})
        desk.people.admit(name, "purged", secrets)
        chosen = str(choose(desk.status().sessions, session, writing=False)["id"])
        ref = remove(desk, chosen, reason, name, settings.retention_years, settings.archive_folder())
    finally:
        desk.close()
    say(f"{chosen} is removed; its tombstone is {ref} in system")
