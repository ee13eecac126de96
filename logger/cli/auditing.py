"""The commands of QA: the rules over any set of sessions, and what was decided about a verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    writing,
)

if TYPE_CHECKING:
    from logger.entering.desk import Desk
    from logger.reviewing.auditing import Run
    from logger.reviewing.auditing_words import Report

Sessions = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SESSION]...", help="Ids, beginnings, or last; else all but demonstrations."),
]


def audit(
    session: Sessions = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Opened on that day, or later.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Opened on that day, or before.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Status 1 where a rule failed, or a session could not be judged.")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="The matrix; the rates stand beside it.")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw rules, rates, gaps and lateness there.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Print what passes and does not apply too.")] = False,
    by: Annotated[str | None, typer.Option(metavar="month|room|device", help="Part the rates.")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Judge demonstrations too; they count nowhere.")
    ] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Judge N of the sessions, drawn at random.")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="S", help="Draw the same sample again.")] = None,
    appointments: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="room,date,patient: lists what was never logged.")
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Walk the chains first.")] = False,
    repeat: Annotated[
        str | None, typer.Option(metavar="REF", help="Run an earlier audit again, as it stood then.")
    ] = None,
    runs: Annotated[bool, typer.Option("--runs", help="List the audits on record.")] = False,
    author: Author = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Judge sessions by the QA rules R01 to R60, and say how often each rule was kept.

    Example: infusionlog audit --from 2026-11-01 --to 2026-11-30 --strict
    """
    from random import SystemRandom

    from logger.clock import moment
    from logger.keeping.access import log_access
    from logger.reviewing import auditing, auditing_words

    with ledger(database) as (settings, desk):
        if runs:
            _list_runs(desk, as_json)
            return
        if repeat:
            _repeat(desk, repeat, as_json)
            return
        asked = auditing_words.Asked(tuple(session or ()), start, end, demo, sample, seed)
        chosen = auditing_words.choose_sessions(desk, asked, SystemRandom().randrange(10**9))
        if verify:
            _verify(desk, settings, chosen.sessions)
        report = auditing_words.Report(
            auditing.run(desk, chosen.sessions, moment(desk.status().now)), chosen, desk, appointments
        )
        log_access(desk, "audited", author_name(author), what=f"{len(chosen.sessions)} sessions")
        report.ref = _record(desk, report.run, chosen, author_name(author))
    if csv is not None:
        with writing(csv):
            csv.write_text(report.csv, encoding="utf-8")
            csv.with_name(f"{csv.stem}-rates.csv").write_text(report.rates_csv, encoding="utf-8")
    if pictures is not None and report.run.judged:
        _draw(report, pictures, quiet=as_json)
    if as_json:
        say_json(report.as_json(by))
    else:
        for line in report.lines(every=every, by=by):
            say(line)
    if not report.run.judged:
        say_aside("no session could be judged: each is named above, with the reason")
        raise typer.Exit(3)
    if strict and (report.failed or report.run.left_out):
        raise typer.Exit(1)


def finding(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="An id, its beginning, or last.")],
    rule: Annotated[str, typer.Argument(metavar="RULE", help="R01 to R60.")],
    disposition: Annotated[str, typer.Option(metavar="open|accepted|action", help="What QA decided.")],
    reason: Reason,
    evidence: Annotated[list[str] | None, typer.Option(metavar="REF", help="A record that shows it.")] = None,
    author: Author = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Record what QA decided about a verdict; it stands beside the verdict, never instead of it.

    Example: infusionlog finding last R31 --disposition accepted --reason "power cut, entered from paper"
    """
    from analysis.rules import RULES
    from logger.clock import moment
    from logger.entering.sessions import choose
    from logger.errors import BadEntry
    from logger.kinds import SYSTEM

    if rule.upper() not in RULES:
        raise BadEntry(f"{rule} is no rule; they are R01 to R{len(RULES)}")
    with ledger(database) as (_, desk):
        status, name = desk.status(), author_name(author)
        row = choose(status.sessions, session, writing=False)
        said: dict[str, Any] = {
            "session": row["id"],
            "rule": rule.upper(),
            "disposition": disposition,
            "reason": reason,
            "evidence": list(evidence or ()),
        }
        written = desk.append(SYSTEM, "audit.finding", name, said, asked_secrets(status.users, name, {}))
    answer = {"session": SYSTEM, "writer": written.writer, "seq": written.seq}
    answer |= {"at": moment(written.at).isoformat(), "digest": written.digest}
    say_json(answer) if as_json else say(written.ref)


def _draw(report: Report, folder: Path, *, quiet: bool) -> None:
    """Draw the audit's pictures into *folder* and say which files they are."""
    from analysis.qa_pictures import draw_pictures, save_pictures

    drawn = draw_pictures(report.run.judged, report.made_by, len(report.run.left_out))
    with writing(folder):
        written = save_pictures(drawn, folder, report.made_by)
    for path in () if quiet else written:
        say(str(path))


def _record(desk: Desk, run: Run, chosen: Any, author: str) -> str | None:
    """Record the run under its author; where that can't be, say so: the audit itself is told all the same."""
    from logger.errors import AccessError, BadEntry, LedgerReadOnly
    from logger.kinds import SYSTEM

    users = desk.status().users
    if users and author not in users:
        say_aside(f"this audit is not on record: {author} is no user; give --author, with the role qa")
        return None
    payload = run.record(chosen.sample, chosen.seed, author if author in users else None)
    try:
        return desk.append(SYSTEM, "audit.run", author, payload, asked_secrets(users, author, {})).ref
    except (AccessError, BadEntry, LedgerReadOnly) as error:
        say_aside(f"this audit is not on record: {error}")
        return None


def _verify(desk: Desk, settings: Any, sessions: list[str]) -> None:
    from logger.attesting.checkpoints import Places, find
    from logger.attesting.keys import own_keys
    from logger.keeping.access import log_verified
    from logger.keeping.verifying import verify_ledger
    from logger.settings import database_path

    status, places = desk.status(heads=True), Places.of(settings)
    found = find(places, {status.writer, *(one for heads in status.heads.values() for one in heads)})
    folder = database_path(settings.database).parent
    own = own_keys(places.keys)
    answer = verify_ledger(desk, folder, sessions, found, own_keys=own)
    log_verified(desk, author_name(None), answer, found.vouching(own))


def _repeat(desk: Desk, ref: str, as_json: bool) -> None:
    """Run an earlier audit again and say whether it comes to the same; the status is 1 where not."""
    from logger.reviewing.auditing_words import repeated

    answer, lines = repeated(desk, ref)
    if as_json:
        say_json(answer)
    else:
        for line in lines:
            say(line)
    if not answer["same"]:
        raise typer.Exit(1)


def _list_runs(desk: Desk, as_json: bool) -> None:
    from logger.clock import moment
    from logger.reviewing.auditing import runs
    from logger.reviewing.auditing_words import counted

    found = runs(desk)
    if as_json:
        say_json(
            [
                {
                    "ref": record.ref,
                    "at": moment(record.at).isoformat(),
                    "author": record.author,
                    "sessions": list(said.sessions),
                    "rule_set": said.rule_set,
                    "seed": said.seed,
                }
                for record, said in found
            ]
        )
        return
    for record, said in found:
        seed = "" if said.seed is None else f", sample with seed {said.seed}"
        when = f"{moment(record.at):%Y-%m-%d %H:%M}"
        say(f"{record.ref}  {when}  {record.author}: {counted(len(said.sessions), 'session')}{seed}")
    if not found:
        say_aside("no audit is on record")
