"""The commands that correct: nothing is taken away, a new record names the old one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from logger.cli.options import (
    AsJson,
    At,
    Author,
    Confirmed,
    Database,
    Reason,
    RoomOption,
    Said,
    SessionOption,
    enters,
    ledger,
    record_entry,
    say_aside,
)
from logger.entering.fields import payload_of, typed_values
from logger.errors import BadEntry, NoSuchRecord
from logger.times import TimeText

if TYPE_CHECKING:
    from logger.entering.desk import SessionFile

Reference = Annotated[str, typer.Argument(metavar="REF", help="The record: writer:seq, as `show` lists it.")]


@enters
def amend(
    reference: Reference,
    values: Annotated[list[str], typer.Argument(metavar="VITAL=VALUE...")],
    reason: Reason,
    confirmed: Confirmed = False,
) -> Said:
    """Correct a reading; the old value stays, struck through.

    Example: infusionlog amend k3v0q9wd:512 nibp_sys=158 --reason "typed 185 for 158"
    """
    said = {"target": reference, "changes": typed_values(values), "reason": reason}
    return Said("amend", said | {"confirmed": confirmed})


@enters
def exclude(
    reason: Reason,
    reference: Annotated[str | None, typer.Argument(metavar="[REF]", help="One record.")] = None,
    vital: Annotated[str | None, typer.Option(help="Or all readings of this vital sign,")] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help="from here")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="to here.")] = None,
    artefact: Annotated[
        bool, typer.Option("--artefact", help="It came from movement, the line or the sensor.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take an exclusion back.")] = False,
) -> Said:
    """Leave readings out of every figure; charts go on showing them, crossed.

    Example: infusionlog exclude k3v0q9wd:512 --reason "cuff on the bent arm"
    """
    if (reference is None) == (vital is None):
        raise BadEntry("exclude: give either a REF, or --vital with --from and --to")
    span = {"start": start and TimeText(start), "end": end and TimeText(end)}
    said = {"target": reference, "vital": vital, "reason": reason, "artefact": artefact, "undo": undo}
    return Said("exclude", said | span)


@enters
def claim(
    reference: Reference,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When it was taken: hh:mm, -5, ISO 8601.")],
    reason: Reason = "this patient's",
    second: Annotated[str | None, typer.Option(metavar="NAME", help="The other person who looked.")] = None,
) -> Said:
    """Say of a held cuff reading that it is this patient's, and when it was taken.

    Example: infusionlog claim k3v0q9wd:7 --at 10:31 --second b.example
    """
    said: dict[str, Any] = {"target": reference, "reason": reason}
    return Said("adopt", said | ({"second": {"name": second}} if second else {}), time_field="taken_at")


@enters
def withdraw(reference: Reference, reason: Reason) -> Said:
    """Take an entry back that should not have been made; it stays readable, struck through.

    Example: infusionlog withdraw k3v0q9wd:512 --reason "mis-tap"
    """
    return Said("amend", {"target": reference, "withdrawn": True, "reason": reason})


def correct(
    reference: Reference,
    reason: Reason,
    fields: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE...", help="The whole entry anew.")],
    at: At = None,
    session: SessionOption = None,
    room: RoomOption = None,
    author: Author = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Enter a record anew that was wrong: a dose, a score, a side effect; readings have `amend`.

    Without --at it happened when the old one did. Of a score and of a discharge each answer is given by
    itself, as answers.1=4 and items.gait=no:unsteady.

    Example: infusionlog correct k3v0q9wd:40 term=nausea severity=moderate --reason "was not mild"
    """
    from logger.entering.sessions import choose

    with ledger(database) as (_, desk):
        row = choose(desk.status().sessions, session, room, writing=False)
        kind = _kind_of(reference, desk.file(row["id"]))
    if kind == "reading":
        raise BadEntry(f"{reference} is a reading: `infusionlog amend` takes its new values, as nibp_sys=142")
    entry = payload_of(kind, fields) | ({"happened_at": TimeText(at)} if at else {})
    said = Said("amend", {"target": reference, "entry": entry, "reason": reason})
    record_entry(
        said,
        at=None,  # a time that is given is when it happened, not when it was corrected
        session=row["id"],
        room=None,
        author=author,
        as_json=as_json,
        database=database,
    )


def _kind_of(reference: str, file: SessionFile) -> str:
    """Return the kind of the record that is meant; of an amendment the kind of what it amends."""
    records = {record.ref: record for record in file.records}
    found = records.get(reference)
    while found is not None and found.kind == "amend":
        reference = json.loads(found.payload)["target"]
        found = records.get(reference)
    if found is None:
        raise NoSuchRecord(f"{file.row['id']} has no record {reference}; `infusionlog show` lists them")
    return found.kind


@enters
def move(
    to: Annotated[str, typer.Option("--to", metavar="SESSION", help="Where it belongs: the whole id.")],
    reason: Reason,
    reference: Annotated[str | None, typer.Argument(metavar="[REF]", help="One record,")] = None,
    source: Annotated[str | None, typer.Option(help="or all readings of this device,")] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help="from here")] = None,
    end: Annotated[str | None, typer.Option("--until", metavar="TIME", help="to here.")] = None,
    second: Annotated[str | None, typer.Option(metavar="NAME", help="The other person who looked.")] = None,
) -> Said:
    """Move an entry, or the readings of a device, to the session where it belongs; both keep it.

    What was said of a reading goes with it. Waves, what a pump said and the raw bytes stay.

    Example: infusionlog move k3v0q9wd:40 --to 0199f0c8-... --reason "wrong room" --second b.example
    """
    said = {"direction": "out", "session": to, "target": reference, "source": source, "reason": reason}
    span = {"start": start and TimeText(start), "end": end and TimeText(end)}
    return Said("move", said | span | {"second": {"name": second} if second else None})


def rebind(
    was: Annotated[str, typer.Argument(metavar="WRONG", help="The pseudonym the session is under.")],
    patient: Annotated[str, typer.Argument(metavar="RIGHT", help="The pseudonym of the right patient.")],
    reason: Reason,
    second: Annotated[str | None, typer.Option(metavar="NAME", help="The other person who looked.")] = None,
    course: Annotated[
        str | None,
        typer.Option(metavar="COURSE:PHASE:N[/OF]", help="Where it stands in the right patient's course."),
    ] = None,
    session: SessionOption = None,
    room: RoomOption = None,
    author: Author = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Put a session under the right patient; who, when and why stays on record.

    What was taken out under the wrong name is listed: it has to be put right by people.

    Example: infusionlog rebind P001 P002 --reason "namesake" --second b.example
    """
    from logger.entering.opening import course_of
    from logger.entering.sessions import choose
    from logger.keeping.access import taken_out

    with ledger(database) as (_, desk):
        row = choose(desk.status().sessions, session, room, writing=False)
        if row["patient"] != was:
            raise BadEntry(f"session {row['id']} is of patient {row['patient']}, not {was}; look again")
        out = taken_out(desk, row["id"])
    place = course_of(course).model_dump(mode="json", exclude_none=True) if course else None
    said = {"was": was, "patient": patient, "reason": reason, "course": place}
    said |= {"second": {"name": second} if second else None}
    record_entry(
        Said("session.patient", said),
        at=None,
        session=row["id"],
        room=None,
        author=author,
        as_json=as_json,
        database=database,
    )
    for line in out:
        say_aside(f"taken out under the wrong name: {line}")


@enters
def attribute(reference: Reference, reason: Reason) -> Said:
    """Own an entry that was made when nobody could sign in.

    Example: infusionlog attribute k3v0q9wd:40 --reason "the program had locked me out"
    """
    return Said("attribute", {"target": reference, "reason": reason})
