"""The commands of a whole session: what is checked before, who is there, leaving, signing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from logger.cli.options import (
    AsJson,
    Author,
    Database,
    RoomOption,
    Said,
    SessionOption,
    asked_secrets,
    author_name,
    enters,
    ledger,
    say,
    say_json,
)
from logger.entering.fields import answer_of, payload_of
from logger.errors import BadEntry
from logger.times import TimeText

Fields = Annotated[
    list[str] | None,
    typer.Argument(metavar="FIELD=VALUE...", help="What is recorded; a wrong field names those there are."),
]
CHECKED = ("identity", "consent", "escort", "room", "medication", "weight", "intake")
OF_THE_COURSE = ("assessment", "factors")


@enters
def check(
    what: Annotated[str, typer.Argument(metavar="|".join((*CHECKED, *OF_THE_COURSE)))],
    fields: Fields = None,
) -> Said:
    """Record what was looked at before the dose.

    Example: infusionlog check identity identifiers=name,birth performed_by=a.example dosing_confirmed=yes
    """
    if what not in CHECKED + OF_THE_COURSE:
        raise BadEntry(f"check {what}: say one of {', '.join(CHECKED + OF_THE_COURSE)}")
    kind = f"{'course' if what in OF_THE_COURSE else 'check'}.{what}"
    return Said(kind, payload_of(kind, fields or []))


@enters
def enter(kind: Annotated[str, typer.Argument(metavar="KIND")], fields: Fields = None) -> Said:
    """Record anything that people enter, by its kind: the long way, for scripts and for what is rare.

    Example: infusionlog enter intervention what="oxygen 2 L" why="SpO2 90" given_by=a.example
    """
    return Said(kind, payload_of(kind, fields or []))


@enters
def discharge(
    decided_by: Annotated[str, typer.Option("--decided-by", metavar="NAME")],
    role: Annotated[str, typer.Option("--role", help="In which the protocol lets them decide.")],
    answers: Annotated[
        list[str] | None,
        typer.Argument(metavar="ITEM=yes|no[:REASON]...", help="The protocol's discharge items."),
    ] = None,
    escort: Annotated[bool, typer.Option("--escort/--no-escort", help="Somebody takes them home.")] = True,
    escort_reason: Annotated[str | None, typer.Option("--escort-reason")] = None,
    ready_at: Annotated[
        str | None, typer.Option("--ready-at", metavar="TIME", help="Would have been ready to leave.")
    ] = None,
    instructions: Annotated[bool, typer.Option("--instructions", help="Given in writing.")] = False,
) -> Said:
    """Record that the patient leaves: the reading window ends here. The clinician decides, not the program.

    Example: infusionlog discharge gait=yes --decided-by a.example --role physician --instructions
    """
    said = {
        "items": dict(_answer(text) for text in answers or []),
        "decided_by": {"name": decided_by},
        "role": role,
        "escort_present": escort,
        "escort_reason": escort_reason,
        "ready_at": TimeText(ready_at) if ready_at else None,
        "instructions_given": instructions,
    }
    return Said("discharge", said)


def _answer(text: str) -> tuple[str, dict[str, str | None]]:
    item, equals, said = text.partition("=")
    return item, answer_of(said if equals else text)


@enters
def not_treated(
    reason: Annotated[str, typer.Option("--reason", help="Why no dose was given.")],
) -> Said:
    """Record that the session ends before any dose.

    Example: infusionlog not-treated --reason "ate an hour ago"
    """
    return Said("session.not_treated", {"reason": reason})


def handover(
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="Who watches from now on.")],
    text: Annotated[str | None, typer.Option(help="What the other has to know.")] = None,
    session: SessionOption = None,
    room: RoomOption = None,
    author: Author = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Hand the watch over to a colleague: both say so, and the side effects still open are listed.

    Example: infusionlog handover --to b.example
    """
    from logger.entering.handing import open_effects
    from logger.entering.sessions import choose

    with ledger(database) as (_, desk):
        status, name = desk.status(), author_name(author)
        row = choose(status.sessions, session, room)
        effects = open_effects(desk.file(row["id"]).records)
        said = {"giver": {"name": name}, "taker": {"name": to}, "open_effects": effects, "text": text}
        secrets = asked_secrets(status.users, name, said)
        written = desk.append(row["id"], "staff.handover", name, said, secrets)
    say_json({"ref": written.ref, "open_effects": effects}) if as_json else say(
        f"{written.ref}  open: {', '.join(effects) or 'nothing'}"
    )


@enters
def sign(
    meaning: Annotated[str, typer.Option("--meaning", metavar="entry_complete|review|qa")],
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why something the protocol asks for is not there.")
    ] = None,
    seen: Annotated[
        str | None,
        typer.Option(metavar="DIGEST", help="The one at the foot of the page that you read."),
    ] = None,
) -> Said:
    """Sign a session that has ended, with your password: the signature is bound to its digests.

    Example: infusionlog sign --meaning review --session last
    """
    return Said("sign", {"meaning": meaning, "reason": reason, "seen": seen})


def accept_policy(author: Author = None, database: Database = None) -> None:
    """Print the signature policy and record that you accept it; needed once, before the first signature.

    Example: infusionlog accept-policy --author a.example
    """
    from datetime import UTC, datetime

    from logger.entering.signing import policy, policy_digest

    say(policy())
    with ledger(database) as (_, desk):
        status, name = desk.status(), author_name(author)
        today = datetime.now(UTC).date().isoformat()
        said = {"user": name, "fact": "policy_accepted", "on": today, "digest": policy_digest()}
        say(desk.append("system", "user.fact", name, said, asked_secrets(status.users, name, {})).ref)


def copy_paper(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with the columns at, kind, fields.")],
    session: SessionOption = None,
    room: RoomOption = None,
    author: Author = None,
    database: Database = None,
) -> None:
    """Enter what was written on the paper sheet, a line an entry; each carries the source paper.

    Every line is checked before the first is entered. *fields* are FIELD=VALUE, parted by semicolons.

    Example: infusionlog copy-paper sheet.csv --session last
    """
    from logger.clock import moment
    from logger.entering.paper import read_sheet
    from logger.entering.sessions import choose

    with ledger(database) as (settings, desk):
        status, name = desk.status(), author_name(author)
        row = choose(status.sessions, session, room, writing=False)
        entries = read_sheet(file, row, name, moment(status.now), settings.late_hours, payload_of)
        secrets = asked_secrets(status.users, name, {})
        for kind, payload in entries:
            say(desk.append(row["id"], kind, name, payload, secrets).ref)
