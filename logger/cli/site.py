"""The command that compares a device with its own screen at this site."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    say_json,
)
from logger.errors import BadEntry

if TYPE_CHECKING:
    from logger.entering.desk import Desk
    from logger.entering.site_checks import Step, Typed
    from logger.kinds import DeviceChecked

ASKED: Mapping[Step, str] = {
    "cuff": "Take a pressure. When the screen shows it, type it (121/75)",
    "spo2": "Type the saturation that the screen shows now (97)",
    "held": "What pressure was on the screen when the session was opened (118/71)?",
    "failed": "Let a cuff measurement fail (hose off). Press Enter when the screen says so",
    "cable": "Pull the data cable, wait half a minute, plug it in. Press Enter when values come again",
}
TAKES: Mapping[Step, int] = {"cuff": 2, "spo2": 1, "held": 2, "failed": 0, "cable": 0}
"""What a person is asked, and how many numbers they type."""
FORMS = {2: "121/75", 1: "97", 0: "nothing"}
"""What so many numbers look like."""


def site_check(
    device: Annotated[str, typer.Argument(metavar="DEVICE", help="The device's name in the session.")],
    model: Annotated[str | None, typer.Option(help="As printed on the device.")] = None,
    serial: Annotated[str | None, typer.Option(help="As printed on the device.")] = None,
    firmware: Annotated[str | None, typer.Option(help="As its service screen says.")] = None,
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Typed values from a file, instead of a terminal.")
    ] = None,
    session: SessionOption = None,
    room: RoomOption = None,
    author: Author = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Compare ten cuff and ten SpO2 values of a device's screen with what is logged, and three events.

    Until a device has passed, every page says that it was not checked at this site. The result is a record
    of its room, under its author's own sign-in.

    Example: infusionlog site-check dinamap --model V100 --serial SN-1 --firmware R1.5
    """
    from devices.registry import adapter
    from logger.entering.attached import attached_devices
    from logger.entering.sessions import choose
    from logger.entering.site_checks import steps_for
    from logger.entering.site_results import result_of
    from logger.kinds import ROOM

    given = _file(answers) if answers else {}
    options = {"model": model, "serial": serial, "firmware": firmware}
    about = {name: str(text or given.get(name) or "") for name, text in options.items()}
    if absent := [name for name, text in about.items() if not text]:
        raise BadEntry(f"site-check: give --{absent[0]}, as it stands on the device or its service screen")
    if answers is None and not sys.stdin.isatty():
        raise BadEntry("site-check asks at a terminal; elsewhere give the typed values with --answers FILE")
    with ledger(database) as (settings, desk):
        status = desk.status()
        row = choose(status.sessions, session, room, writing=answers is None)
        attached = attached_devices(desk.file(row["id"]).records)
        if device not in attached:
            names = ", ".join(attached) or "none"
            raise BadEntry(f"{device} is no device of this session; there are: {names}")
        steps = steps_for(adapter(str(attached[device].adapter)))
        if not steps:
            raise BadEntry(
                f"{device} gives neither a cuff pressure nor a saturation: there is nothing to type"
            )
        who = author_name(author)
        secrets = asked_secrets(status.users, who, {})
        stated = _clock(row, status.now, settings.late_hours)
        typed = _typed(given, stated) if answers else _asked(desk, row["id"], device, steps)
        result = result_of(desk.file(row["id"]).records, device, steps, typed, {**about, "performed_by": who})
        written = desk.append(
            ROOM + row["room"], "device.checked", who, result.model_dump(mode="json"), secrets
        )
    if as_json:
        say_json({"record": written.ref, "digest": written.digest, **result.model_dump(mode="json")})
    else:
        _tell(result, written.ref)
    if not result.passed:
        raise typer.Exit(1)


def _tell(result: DeviceChecked, ref: str) -> None:
    for value in result.values:
        logged = f"logged {value.logged}" if value.logged else ""
        said = "agrees" if value.agrees else value.why or ""
        parts = (f"{value.at:%H:%M:%S} UTC", value.typed or "", logged, said, " ".join(value.refs))
        say(f"{value.step:<7} " + "  ".join(filter(None, parts)))
    verdict = "passed" if result.passed else f"NOT passed: {'; '.join(result.lacks)}"
    say(f"{result.source} ({result.adapter}, firmware {result.firmware}, {result.program}): {verdict}; {ref}")


def _clock(row: Mapping[str, Any], now: int, late_hours: int) -> Callable[[str], int]:
    from zoneinfo import ZoneInfo

    from logger.clock import microseconds, moment
    from logger.times import stated_time

    return lambda text: microseconds(stated_time(text, moment(now), ZoneInfo(row["zone"]), late_hours))


# From a terminal.


def _asked(desk: Desk, session: str, device: str, steps: Sequence[Step]) -> list[Typed]:
    """Ask for one value after the other; a step's disagreements are asked for once more, blind as before."""
    from logger.entering.site_checks import NEEDED, Typed, compare

    typed: list[Typed] = []
    say("Nothing of the log is shown before all is typed. An empty line ends a step early.")
    for step in steps:
        for number in range(1, NEEDED[step] + 1):
            of = f" {number} of {NEEDED[step]}" if NEEDED[step] > 1 else ""
            shown = _numbers(f"{step}{of}. {ASKED[step]}: ", step)
            if shown is None:
                break
            typed.append(Typed(step, desk.status().now, shown))
    values = compare(desk.file(session).records, device, typed)
    again: list[Typed] = []
    for one, value in zip(typed, values, strict=True):
        again.append(one)
        if not value.agrees and value.logged and TAKES[one.step]:
            question = f"{one.step} at {value.at:%H:%M:%S} UTC: you typed {one.text}, which was not logged. "
            shown = _numbers(question + "Mistyped? Then type what you saw, else Enter: ", one.step)
            again += [Typed(one.step, one.at, shown, again=True)] if shown else []
    return again


def _numbers(question: str, step: Step) -> tuple[float, ...] | None:
    """Return the numbers that a person types; None for an empty line where numbers were asked for."""
    while True:
        text = input(question).strip()
        if not TAKES[step]:
            return None if text.lower() in ("n", "no", "skip") else ()
        if not text:
            return None
        try:
            return numbers(text, step)
        except BadEntry as error:
            say(str(error))


def numbers(text: str, step: Step) -> tuple[float, ...]:
    """Return what was typed as numbers; raises `BadEntry` where it is not of the step's form."""
    try:
        found = tuple(float(part) for part in text.split("/")) if text else ()
    except ValueError:
        found = (0.0,) * 9
    if len(found) != TAKES[step]:
        raise BadEntry(f"{step}: {text} is not of the form {FORMS[TAKES[step]]}")
    return found


# From a file.


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadEntry(f"{path}: can't be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadEntry(f"{path}: no TOML ({error})") from error


def _typed(given: Mapping[str, Any], stated: Callable[[str], int]) -> list[Typed]:
    return list(typed_values(given, stated))


def typed_values(given: Mapping[str, Any], stated: Callable[[str], int]) -> Iterator[Typed]:
    """Yield what a file of answers says was typed: ``[[cuff]]`` and the like, each with ``at`` and ``shown``.

    *stated* reads a time as people write it. Raises `BadEntry` naming the entry that is wrong.
    """
    from logger.entering.site_checks import NEEDED, Typed

    for step in NEEDED:
        entries = given.get(step, [])
        for number, entry in enumerate(entries if isinstance(entries, list) else [entries], start=1):
            shown = entry.get("shown", "") if isinstance(entry, dict) else ""
            if not isinstance(entry, dict) or "at" not in entry or (TAKES[step] and shown == ""):
                wants = f" and shown = {FORMS[TAKES[step]]}" if TAKES[step] else ""
                raise BadEntry(f"{step} {number}: it needs at = TIME{wants}; a time is 10:42:10 or ISO 8601")
            again = bool(entry.get("again", False))
            yield Typed(step, stated(str(entry["at"])), numbers(str(shown), step), again)
