"""The command line: reads arguments, calls one function, prints, returns a status.

What is heavy is imported where it is used, so that ``--help`` stays quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer

from devices.errors import InfusionlogError
from logger.cli import (
    archiving,
    auditing,
    care,
    copies,
    correcting,
    courses,
    entries,
    forms,
    forwarding,
    importing,
    literature,
    people,
    protocols,
    recording,
    reports,
    reviewing,
    scores,
    serving,
    site,
)
from logger.cli.options import Entry, entering_command, say_aside

COMMANDS: tuple[Callable[..., Any] | Entry, ...] = (
    recording.demo,
    recording.record,
    recording.recorder,
    forwarding.forward,
    entries.effect,
    entries.note,
    entries.mark,
    entries.dose,
    entries.vital,
    scores.score,
    care.check,
    care.enter,
    care.handover,
    care.discharge,
    care.not_treated,
    care.copy_paper,
    correcting.amend,
    correcting.correct,
    correcting.withdraw,
    correcting.exclude,
    correcting.claim,
    correcting.move,
    correcting.rebind,
    correcting.attribute,
    care.accept_policy,
    care.sign,
    entries.attach,
    entries.detach,
    entries.close,
    reviewing.sessions,
    reviewing.show,
    reviewing.verify,
    reviewing.chart,
    reports.report,
    courses.course,
    auditing.audit,
    auditing.finding,
    forms.rems,
    literature.literature,
    copies.export,
    archiving.archive,
    archiving.ask,
    importing.import_,
    copies.checkpoint,
    copies.access,
    copies.backup,
    copies.restore,
    copies.purge,
    protocols.due,
    protocols.paper_sheet,
    recording.devices,
    recording.probe,
    recording.capture,
    recording.decode,
    recording.simulate,
    reviewing.doctor,
    site.site_check,
    serving.serve,
)
GROUPS = {"user": people.user, "protocol": protocols.protocol, "recorders": forwarding.recorders}


def program(words: Sequence[str] | None = None) -> typer.Typer:
    """Return the program; of commands that *words* do not name only the name and the first line of help.

    Reading the options of every command takes half of the time that ``--help`` may take. Without *words*
    every command is whole.
    """
    app = typer.Typer(
        name="infusionlog",
        help="Records vital signs and side effects of supervised ketamine sessions, and draws the page a "
        "physician reviews. A recording aid, not an alarm: watch the patient and the bedside monitor.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for command in COMMANDS:
        plain = command.command if isinstance(command, Entry) else command
        name = plain.__name__.rstrip("_").replace("_", "-")
        if words is not None and name not in words:
            app.command(name)(_listed(plain.__doc__))
        else:
            app.command(name)(entering_command(plain) if isinstance(command, Entry) else plain)
    for name, group in GROUPS.items():
        if words is None or name in words:
            app.add_typer(group, name=name)
        else:
            app.command(name)(_listed(str(group.info.help)))
    return app


def _options(debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error.")) -> None:
    if debug:
        os.environ["INFUSIONLOG_DEBUG"] = "1"


def _listed(text: str | None) -> Callable[[], None]:
    """Return what stands for a command in a list of them."""

    def listed() -> None: ...

    listed.__doc__ = text
    return listed


def main() -> None:
    """Run a command; an error is one line on standard error and its exit status."""
    try:
        program(sys.argv[1:])()
    except InfusionlogError as error:
        _fail(error, error.exit_status)
    except Exception as error:  # the door: whatever it is, it gets a sentence
        _fail(error, 3, f"unexpected {type(error).__name__}: ")


def _fail(error: Exception, status: int, before: str = "") -> None:
    if os.environ.get("INFUSIONLOG_DEBUG"):
        raise error
    hint = "; run `infusionlog --debug ...` and report what it prints" if before else ""
    say_aside(f"infusionlog: {before}{' '.join(str(error).split())}{hint}")
    sys.exit(status)
