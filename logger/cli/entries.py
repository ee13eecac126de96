"""The commands that write one record each into a session."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer

from logger.cli.options import Reason, Said, TimeText, enters
from logger.errors import BadEntry

Reference = Annotated[str, typer.Argument(metavar="REF", help="The record: writer:seq, as `show` lists it.")]


@enters
def effect(
    term: Annotated[str, typer.Argument(metavar="TERM|none", help="From the protocol's pick-list, or none.")],
    severity: Annotated[str | None, typer.Option(metavar="mild|moderate|severe")] = None,
    resolved: Annotated[bool, typer.Option("--resolved", help="It has ended.")] = False,
    text: Annotated[str | None, typer.Option(help="In the patient's words.")] = None,
) -> Said:
    """Record a side effect, its end, or that there is none.

    Example: infusionlog effect dissociation --severity mild
    """
    if term == "none":
        return Said("effect.none", {})
    if resolved:
        return Said("effect.resolved", {"term": term})
    if severity not in ("mild", "moderate", "severe"):
        raise BadEntry(f"effect {term}: give --severity mild, moderate or severe, or --resolved")
    return Said("effect.report", {"term": term, "severity": severity, "text": text})


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


@enters
def dose(
    what: Annotated[str, typer.Argument(metavar="start|pause|rate|end")],
    drug: Annotated[str | None, typer.Option(help="Its name.")] = None,
    mg: Annotated[float | None, typer.Option(help="The whole dose, mg.")] = None,
    ml_h: Annotated[float | None, typer.Option("--ml-h", help="The pump's rate, mL/h.")] = None,
    mg_per_kg: Annotated[float | None, typer.Option("--mg-per-kg", help="As ordered, mg/kg.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for a pause or a change.")] = None,
) -> Said:
    """Record that the infusion starts, pauses, changes its rate, or ends.

    Example: infusionlog dose start --drug ketamine --mg 40 --ml-h 60
    """
    if what not in ("start", "pause", "rate", "end"):
        raise BadEntry(f"dose {what}: say start, pause, rate or end (a second start goes on after a pause)")
    amounts = {"drug": drug, "mg": mg, "ml_h": ml_h, "mg_per_kg": mg_per_kg, "reason": reason}
    return Said(f"infusion.{what}", amounts)


@enters
def vital(
    values: Annotated[
        list[str], typer.Argument(metavar="VITAL=VALUE...", help="As nibp_sys=142 nibp_dia=88.")
    ],
) -> Said:
    """Record vital signs that you read or measured yourself.

    Example: infusionlog vital nibp_sys=142 nibp_dia=88 resp_rate=14 --at -3
    """
    readings = [{"vital": name, "value": value} for name, value in _values(values).items()]
    return Said("reading", {"source": "manual", "readings": readings})


@enters
def amend(
    reference: Reference,
    values: Annotated[list[str], typer.Argument(metavar="VITAL=VALUE...")],
    reason: Reason,
) -> Said:
    """Correct a reading; the old value stays, struck through.

    Example: infusionlog amend k3v0q9wd:512 nibp_sys=158 --reason "typed 185 for 158"
    """
    return Said("amend", {"target": reference, "changes": _values(values), "reason": reason})


@enters
def exclude(
    reason: Reason,
    reference: Annotated[str | None, typer.Argument(metavar="[REF]", help="One record.")] = None,
    vital: Annotated[str | None, typer.Option(help="Or all readings of this vital sign,")] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help="from here")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="to here.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take an exclusion back.")] = False,
) -> Said:
    """Leave readings out of every figure; charts go on showing them, crossed.

    Example: infusionlog exclude k3v0q9wd:512 --reason "cuff on the bent arm"
    """
    if (reference is None) == (vital is None):
        raise BadEntry("exclude: give either a REF, or --vital with --from and --to")
    span = {"start": start and TimeText(start), "end": end and TimeText(end)}
    return Said("exclude", {"target": reference, "vital": vital, "reason": reason, "undo": undo, **span})


@enters
def claim(
    reference: Reference,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When it was taken: hh:mm, -5, ISO 8601.")],
    reason: Reason = "this patient's",
) -> Said:
    """Say of a held cuff reading that it is this patient's, and when it was taken.

    Example: infusionlog claim k3v0q9wd:7 --at 10:31
    """
    return Said("adopt", {"target": reference, "reason": reason}, time_field="taken_at")


@enters
def attach(
    device: Annotated[str, typer.Argument(metavar="ADAPTER=URL")],
    name: Annotated[str | None, typer.Option(help="What records call it; else the adapter's name.")] = None,
    listen_only: Annotated[
        bool, typer.Option("--listen-only", help="Send nothing: another computer polls the line.")
    ] = False,
) -> Said:
    """Add a device to a running session, or replace the one of the same name.

    Example: infusionlog attach nonin=/dev/ttyUSB1
    """
    from logger.recording import wanted_devices

    texts, quiet = ([], [device]) if listen_only else ([device], [])
    wanted = wanted_devices(texts, quiet)[0]
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


def _values(texts: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in texts:
        name, _, number = text.partition("=")
        if name in found:
            raise BadEntry(f"{name} is given twice; enter one value")
        try:
            found[name] = float(number)
        except ValueError:
            found[name] = math.nan
        if not math.isfinite(found[name]):
            raise BadEntry(f"{text}: write VITAL=VALUE, as nibp_sys=142")
    return found
