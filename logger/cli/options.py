"""Options that several commands share, and what commands do before and after their one call."""

from __future__ import annotations

import functools
import getpass
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from logger.times import TimeText

if TYPE_CHECKING:
    from logger.entering.desk import Desk
    from logger.settings import Settings

Database = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="The ledger, sqlite:///PATH; else INFUSIONLOG_DATABASE."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SessionOption = Annotated[
    str | None,
    typer.Option("--session", metavar="ID", help="An id, its beginning, or last; else the open one."),
]
RoomOption = Annotated[str | None, typer.Option("--room", metavar="ROOM", help="The session of this room.")]
SessionArgument = Annotated[str, typer.Argument(metavar="SESSION", help="An id, its beginning, or last.")]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="When it happened: hh:mm, -5 (minutes ago), ISO 8601."),
]
Author = Annotated[
    str | None, typer.Option("--author", metavar="NAME", help="Who says so; else the login name.")
]
Confirmed = Annotated[
    bool, typer.Option("--confirmed", help="A number that looks mistyped is really so: you looked again.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]


def ask_about_dose(said: Mapping[str, Any]) -> None:
    """Ask about milligrams that do not agree with the milligrams per kilogram; whatever is meant is recorded.

    Raises:
        BadEntry: a person at the terminal says that it is not meant.
    """
    from logger.entering.questions import about_dose

    if not (question := about_dose(said)):
        return
    if sys.stdin is None or not sys.stdin.isatty():
        say_aside(f"recorded as typed: {question}; `infusionlog correct` enters it anew")
    elif not typer.confirm(f"{question}. Is that meant?"):
        from logger.errors import BadEntry

        raise BadEntry("dose: not recorded; enter it again")


AFTER_THE_END = frozenset(
    {"sign", "amend", "exclude", "adopt", "attribute", "move", "session.patient"}
    | {"followup", "rems.submitted", "gap.reason", "downtime", "effect.serious"}
)
"""Kinds that are entered into ended sessions too: the only one there is needs no --session."""


def say(text: str = "") -> None:
    """Print a line at once; who does not listen any more is told nothing, and the status still counts."""
    _print(sys.stdout, text)


def say_aside(text: str) -> None:
    """Print a line that is no answer: to standard error."""
    _print(sys.stderr, text)


def _print(stream: TextIO | None, text: str) -> None:
    if stream is None:  # it was closed before the program began
        return
    try:
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError:  # the reader went away: what is still buffered goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def say_json(value: Any) -> None:
    """Print a value as JSON."""
    say(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Turn the fault of a place where nothing can be written into a sentence."""
    from logger.errors import CantWrite

    try:
        yield
    except OSError as error:
        raise CantWrite(f"{out}: can't be written ({error.strerror or error}); name another place") from error


def author_name(author: str | None) -> str:
    """Return who enters: the name given, else the login name."""
    return author or getpass.getuser()


def asked_secrets(users: Sequence[str], author: str, payload: Mapping[str, Any]) -> dict[str, str]:
    """Return the passwords of the author and of other users whom an entry names, as they are given.

    They come from INFUSIONLOG_PASSWORD and INFUSIONLOG_SECOND_PASSWORD, else a terminal asks for them.
    Nobody is asked in a ledger without users. A second person who gives none is recorded as named only.
    """
    second = [
        str(value["name"])
        for value in [*payload.values(), *(payload.get("entry") or {}).values()]
        if isinstance(value, dict) and value.keys() <= {"name", "authenticated"} and value
    ]
    found: dict[str, str] = {}
    for name in dict.fromkeys([author, *second]):
        if name not in users:
            continue
        given = os.environ.get("INFUSIONLOG_PASSWORD" if name == author else "INFUSIONLOG_SECOND_PASSWORD")
        if given is None and sys.stdin is not None and sys.stdin.isatty():
            given = getpass.getpass(f"{name}: password{'' if name == author else ' or PIN (empty: none)'}: ")
        if given:
            found[name] = given
    return found


@contextmanager
def ledger(database: str | None, *, create: bool = False) -> Iterator[tuple[Settings, Desk]]:
    """Give the settings and the desk of the ledger that a command means."""
    from logger.attesting.checkpoints import Places
    from logger.entering.sessions import at_desk
    from logger.settings import load_settings

    settings = load_settings(database=database)
    with at_desk(settings.database, create=create, places=Places.of(settings)) as desk:
        yield settings, desk


@dataclass(frozen=True, slots=True)
class Said:
    """What a command that enters a record makes of its arguments: a kind and its payload.

    *time_field* is the payload's field for the time given with ``--at``.
    """

    kind: str
    payload: Mapping[str, Any]
    time_field: str = "happened_at"


@dataclass(frozen=True, slots=True)
class Entry:
    """A command that returns what was `Said`; its options are read only where it is named."""

    command: Callable[..., Said]


def enters(command: Callable[..., Said]) -> Entry:
    """Mark a command that returns what was `Said`: it gets the options that all entries share."""
    return Entry(command)


def entering_command(command: Callable[..., Said]) -> Callable[..., None]:
    """Return a command that records what *command* says, with the options that all entries share.

    A command that has a parameter ``at`` of its own gets no ``--at`` from here; what it was given counts.
    """
    shared: dict[str, Any] = {
        "at": At,
        "session": SessionOption,
        "room": RoomOption,
        "author": Author,
        "as_json": AsJson,
        "database": Database,
    }
    own = inspect.signature(command, eval_str=True).parameters
    added = {name: kind for name, kind in shared.items() if name not in own}

    @functools.wraps(command)
    def entering(**given: Any) -> None:
        choice: dict[str, Any] = {name: given.get(name) for name in shared}
        said = command(**{name: value for name, value in given.items() if name in own})
        record_entry(said, **choice)

    parameters = [*own.values()] + [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=kind,
            default=False if name == "as_json" else None,
        )
        for name, kind in added.items()
    ]
    entering.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    entering.__annotations__ = {one.name: one.annotation for one in parameters}
    return entering


def record_entry(
    said: Said,
    *,
    at: str | None,
    session: str | None,
    room: str | None,
    author: str | None,
    as_json: bool,
    database: str | None,
) -> None:
    """Record what was `Said` into the session that is meant, and print its reference."""
    from zoneinfo import ZoneInfo

    from logger.clock import moment
    from logger.entering.sessions import choose
    from logger.times import with_times

    with ledger(database) as (settings, desk):
        status, name = desk.status(), author_name(author)
        row = choose(status.sessions, session, room, writing=said.kind not in AFTER_THE_END)
        given = dict(said.payload) | ({said.time_field: TimeText(at)} if at is not None else {})
        payload = with_times(given, moment(status.now), ZoneInfo(row["zone"]), settings.late_hours)
        secrets = asked_secrets(status.users, name, payload)
        written = desk.append(row["id"], said.kind, name, payload, secrets)
    if lacking := json.loads(written.payload).get("not_recorded"):
        say_aside(f"not recorded in this session: {', '.join(lacking)}")
    answer = {
        "session": written.session,
        "writer": written.writer,
        "seq": written.seq,
        "at": moment(written.at).isoformat(),
        "digest": written.digest,
    }
    say(json.dumps(answer) if as_json else written.ref)
