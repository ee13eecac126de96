"""The commands that write one record each into a session."""

from __future__ import annotations

from typing import Annotated

import typer

from logger.cli.options import Confirmed, Said, ask_about_dose, enters, say_aside
from logger.entering.fields import payload_of, typed_values
from logger.errors import BadEntry


@enters
def effect(
    term: Annotated[str, typer.Argument(metavar="TERM|none", help="From the protocol's pick-list, or none.")],
    severity: Annotated[str | None, typer.Option(metavar="mild|moderate|severe")] = None,
    resolved: Annotated[bool, typer.Option("--resolved", help="It has ended.")] = False,
    text: Annotated[str | None, typer.Option(help="In the patient's words.")] = None,
    action: Annotated[str | None, typer.Option(help="What was done about it.")] = None,
    sequelae: Annotated[bool, typer.Option("--sequelae", help="Resolved, and something stays.")] = False,
    follow_up: Annotated[
        str | None,
        typer.Option("--ongoing", metavar="FOLLOW-UP", help="Not ended yet; what follows."),
    ] = None,
    serious: Annotated[
        str | None, typer.Option(metavar="CRITERION", help="Which seriousness criterion it meets.")
    ] = None,
    reported_to: Annotated[str | None, typer.Option("--reported-to", metavar="NAME")] = None,
    ctcae: Annotated[
        str | None, typer.Option(metavar="VERSION:TERM:GRADE", help="As 5.0:Nausea:2, as a clinician judged.")
    ] = None,
) -> Said:
    """Record a side effect, its end, what it became, or that there is none.

    Example: infusionlog effect dissociation --severity mild
    """
    if term == "none":
        return Said("effect.none", {})
    if serious:
        said = {"criterion": serious, "description": text, "reported_to": reported_to}
        return Said("effect.serious", {"term": term, **said})
    if follow_up:
        return Said("effect.ongoing", {"term": term, "follow_up": follow_up})
    if resolved:
        outcome = "resolved_with_sequelae" if sequelae else "resolved"
        return Said("effect.resolved", {"term": term, "outcome": outcome, "action": action})
    if severity not in ("mild", "moderate", "severe"):
        raise BadEntry(f"effect {term}: give --severity mild, moderate or severe, or --resolved")
    said = {"term": term, "severity": severity, "text": text, "action": action}
    return Said("effect.report", said | ({"ctcae": _grade(ctcae)} if ctcae else {}))


def _grade(text: str) -> dict[str, str]:
    version, _, rest = text.partition(":")
    term, _, grade = rest.rpartition(":")
    return {"version": version, "term": term, "grade": grade}


@enters
def note(text: Annotated[str, typer.Argument(metavar="TEXT")]) -> Said:
    """Record a note.

    Example: infusionlog note "feels warm" --at 10:42
    """
    return Said("note", {"text": text})


@enters
def mark(text: Annotated[str | None, typer.Argument(metavar="[TEXT]")] = None) -> Said:
    """Mark that something happens now; the details later.

    Example: infusionlog mark
    """
    return Said("mark", {"text": text})


OF_THE_INFUSION = ("start", "pause", "rate", "end")
OF_THE_DOSE = (
    "ordered",
    "drawn",
    "given",
    "wasted",
    "returned",
    "device",
    "injection",
    "swallowed",
    "vomited",
)


@enters
def dose(
    what: Annotated[str, typer.Argument(metavar="|".join(OF_THE_INFUSION + OF_THE_DOSE))],
    fields: Annotated[
        list[str] | None, typer.Argument(metavar="[FIELD=VALUE...]", help="More of the dose, by its fields.")
    ] = None,
    drug: Annotated[str | None, typer.Option(help="Its name.")] = None,
    mg: Annotated[float | None, typer.Option(help="The whole dose, mg.")] = None,
    ml_h: Annotated[float | None, typer.Option("--ml-h", help="The pump's rate, mL/h.")] = None,
    mg_per_kg: Annotated[float | None, typer.Option("--mg-per-kg", help="As ordered, mg/kg.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for a pause, a change, another dose.")] = None,
) -> Said:
    """Record the infusion's start, pause, rate and end, and the dose as it was ordered, drawn and given.

    Example: infusionlog dose start --drug ketamine --mg 40 --ml-h 60
    """
    amounts = {"drug": drug, "mg": mg, "ml_h": ml_h, "mg_per_kg": mg_per_kg, "reason": reason}
    if what in OF_THE_INFUSION:
        return Said(f"infusion.{what}", amounts | payload_of(f"infusion.{what}", fields or []))
    if what not in OF_THE_DOSE:
        words = ", ".join(OF_THE_INFUSION + OF_THE_DOSE)
        raise BadEntry(f"dose {what}: say {words} (a second start goes on after a pause)")
    said = {name: value for name, value in amounts.items() if value is not None}
    said |= payload_of(f"dose.{what}", fields or [])
    ask_about_dose(said)
    return Said(f"dose.{what}", said)


@enters
def vital(
    values: Annotated[
        list[str], typer.Argument(metavar="VITAL=VALUE...", help="As nibp_sys=142 nibp_dia=88.")
    ],
    confirmed: Confirmed = False,
) -> Said:
    """Record vital signs that you read or measured yourself.

    Example: infusionlog vital nibp_sys=142 nibp_dia=88 resp_rate=14 --at -3
    """
    readings = [{"vital": name, "value": value} for name, value in typed_values(values).items()]
    return Said("reading", {"source": "manual", "readings": readings, "confirmed": confirmed})


@enters
def attach(
    device: Annotated[str, typer.Argument(metavar="ADAPTER=URL")],
    name: Annotated[str | None, typer.Option(help="What records call it; else the adapter's name.")] = None,
    listen_only: Annotated[
        bool, typer.Option("--listen-only", help="Send nothing: another computer polls the line.")
    ] = False,
    waves: Annotated[
        bool | None,
        typer.Option("--waves/--no-waves", help="Record its waves too; else as the settings say."),
    ] = None,
) -> Said:
    """Add a device to a running session, or replace the one of the same name.

    Example: infusionlog attach nonin=/dev/ttyUSB1
    """
    from logger.recording.one_session import wanted_devices, without_waves
    from logger.settings import load_settings

    texts, quiet = ([], [device]) if listen_only else ([device], [])
    wanted = wanted_devices(texts, quiet, waves=load_settings(waves=waves).waves)[0]
    for sentence in without_waves([wanted]) if waves else ():
        say_aside(sentence)
    return Said("device", wanted.payload() | ({"source": name} if name else {}))


@enters
def detach(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What records call the device.")],
) -> Said:
    """Take a device out of a running session.

    Example: infusionlog detach nonin
    """
    return Said("device", {"source": name, "event": "detached"})


@enters
def close(reason: Annotated[str | None, typer.Option(help="Where it is not the usual end.")] = None) -> Said:
    """End the session: its reading window closes and its chain is sealed.

    Example: infusionlog close
    """
    return Said("session.end", {"reason": reason})
