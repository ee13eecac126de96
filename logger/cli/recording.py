"""The commands that run: `record`, `simulate`, and what lists and reads devices."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from logger.cli.options import (
    AsJson,
    Author,
    Database,
    asked_secrets,
    author_name,
    say,
    say_aside,
    say_json,
    writing,
)

if TYPE_CHECKING:
    from logger.entering.control import RemoteDesk
    from logger.entering.opening import Opening
    from logger.recording.one_session import Wanted

LONGEST = 7 * 24 * 3600
"""Seconds of the longest session that --for takes: a week."""

AdapterName = Annotated[str, typer.Argument(metavar="ADAPTER", help="As `devices` lists it.")]


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where its files go.")] = Path(
        "infusionlog-demo"
    ),
    speed: Annotated[float, typer.Option(min=1, max=400, help="Simulated seconds a second.")] = 130.0,
    course: Annotated[
        bool, typer.Option("--course", help="Eight sessions of one patient, and what the audit finds.")
    ] = False,
) -> None:
    """Play a whole supervised session with no hardware: recorded, closed, verified, charted.

    Example: infusionlog demo --out demo
    """
    from rich.console import Console

    with writing(out):
        if course:
            from logger.demo.course import run_course

            held = run_course(out, say)
        else:
            from logger.demo.session import run_demo

            held = run_demo(out, speed, Console(soft_wrap=True))
    if not held:
        raise typer.Exit(1)


def record(
    room: Annotated[str, typer.Option("--room", metavar="ROOM")],
    patient: Annotated[str, typer.Option("--patient", metavar="ID", help="The patient's pseudonym.")],
    device: Annotated[
        list[str] | None, typer.Option("--device", metavar="ADAPTER=URL", help="May be repeated.")
    ] = None,
    listen_only: Annotated[
        list[str] | None,
        typer.Option("--listen-only", metavar="ADAPTER=URL", help="As --device, but nothing is ever sent."),
    ] = None,
    waves: Annotated[
        bool | None,
        typer.Option("--waves/--no-waves", help="Record the waves too; else as the settings say."),
    ] = None,
    protocol: Annotated[
        str | None, typer.Option("--protocol", metavar="ID", help="The protocol's profile.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", help="Close after so long.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="The patient's name; kept apart from the records.")
    ] = None,
    born: Annotated[
        str | None, typer.Option("--born", metavar="DATE", help="The patient's birth; kept apart.")
    ] = None,
    course: Annotated[
        str | None,
        typer.Option(metavar="COURSE:PHASE:N[/OF]", help="As C1:induction:2/6: the second of six sessions."),
    ] = None,
    author: Author = None,
    database: Database = None,
) -> None:
    """Open a session, or resume the room's open one, and record until it is closed.

    The first line is the session's id. Ctrl-C leaves the session open; the same command resumes it. Where a
    recorder service holds the ledger, the service opens the session and records it; this command follows.

    Example: infusionlog record --room 1 --patient P001 --device masimo_ascii1=/dev/ttyUSB0
    """
    from devices.errors import UsageError
    from logger.attesting.checkpoints import Places
    from logger.clock import SECOND
    from logger.entering.opening import Opening, course_of
    from logger.entering.protocols import chosen
    from logger.entering.sessions import open_ledger
    from logger.errors import LedgerOwned
    from logger.keeping.access import log_settings
    from logger.recording.following import service_of
    from logger.recording.one_session import start_recorder, wanted_devices, without_waves
    from logger.recording.recorder import STOPPED
    from logger.settings import load_settings

    settings = load_settings(database=database, waves=waves)
    if seconds is not None and not 0 < seconds <= LONGEST:
        raise UsageError(f"--for {seconds:g}: give seconds, more than 0 and at most {LONGEST}")
    devices = wanted_devices(device or [], listen_only or [], waves=settings.waves)
    for sentence in without_waves(devices) if waves else ():
        say_aside(sentence)
    opening = Opening(
        room,
        patient,
        chosen(settings, protocol),
        settings.clinic_zone(),
        author_name(author),
        name,
        born,
        course=course_of(course) if course else None,
    )
    places, megabytes = Places.of(settings), settings.reserve_mb
    try:
        desk = open_ledger(
            settings.database, create=True, reserve_mb=megabytes, places=places, tell=say_aside
        )
    except LedgerOwned:
        if (service := service_of(settings.database)) is None:
            raise
        _record_through(settings.database, service, opening, devices, seconds)
        return
    try:
        log_settings(desk, settings, opening.author)
        given = asked_secrets(desk.status().users, opening.author, {})
        opening = replace(opening, secrets=given)
        recorder, session = start_recorder(desk, opening, devices, say_aside)
        say(session)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: recorder.stop())
        until = None if seconds is None else desk.clock.now() + round(seconds * SECOND)
        recorder.run(until, cause=STOPPED)
        say_aside(f"session {session} is {desk.store.session(session)['state']}")
    finally:
        desk.close()


def _record_through(
    url: str, desk: RemoteDesk, opening: Opening, devices: Sequence[Wanted], seconds: float | None
) -> None:
    from logger.recording.following import follow, open_through

    stopped = threading.Event()
    try:
        opening = replace(opening, secrets=asked_secrets(desk.status().users, opening.author, {}))
        session = open_through(desk, opening, devices)
        say(session)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        state = follow(url, desk, session, say_aside, stopped, seconds)
        if state == "open" and stopped.is_set():
            say_aside(
                f"session {session} goes on in the recorder, process {desk.status().pid}; "
                f"end it with: infusionlog close --session {session}"
            )
            return
        if state == "open":
            said = {"reason": "the time it was given has passed"}
            desk.append(session, "session.end", opening.author, said, opening.secrets)
        say_aside(f"session {session} is closed")
    finally:
        desk.close()


def recorder(database: Database = None) -> None:
    """Run the service that records every open session of a ledger, until it is stopped.

    `record` then opens sessions through it. Sessions that are open when it stops go on when it starts again.

    Example: infusionlog recorder
    """
    from logger.attesting.checkpoints import Places
    from logger.entering.sessions import open_ledger
    from logger.keeping.access import log_settings
    from logger.recording.recorder import STOPPED
    from logger.recording.service import start_service
    from logger.settings import load_settings

    settings = load_settings(database=database)
    places, megabytes = Places.of(settings), settings.reserve_mb
    desk = open_ledger(settings.database, create=True, reserve_mb=megabytes, places=places, tell=say_aside)
    try:
        log_settings(desk, settings, author_name(None))
        service = start_service(desk, settings, say_aside)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: service.stop())
        heard = sum(row["state"] == "open" for row in desk.status().sessions)
        say(f"recording into {desk.store.path}; sessions open: {heard}")
        service.run(cause=STOPPED)
    finally:
        desk.close()


def simulate(
    adapter: AdapterName,
    url: Annotated[str | None, typer.Option(help="tcp://HOST:PORT to listen there; else a pty.")] = None,
    seed: Annotated[int | None, typer.Option(help="Which patient.")] = None,
    speed: Annotated[float, typer.Option(help="Simulated seconds a second.")] = 1.0,
    fault: Annotated[
        list[str] | None, typer.Option(metavar="NAME@SECONDS[+DURATION]", help="May be repeated.")
    ] = None,
    cuff_every: Annotated[float, typer.Option(help="Seconds between two cuff cycles.")] = 600.0,
    held: Annotated[str | None, typer.Option(metavar="SYS/DIA", help="Left from the patient before.")] = None,
    infusion_at: Annotated[float, typer.Option(help="Second at which the infusion starts.")] = 900.0,
    other: Annotated[
        str, typer.Option(metavar="ADAPTER", help="Whose bytes the fault swapped brings; else the same.")
    ] = "",
    truth: Annotated[Path | None, typer.Option(help="Write what was sent there, as JSON lines.")] = None,
) -> None:
    """Run a simulated device and print the address that a logger connects to.

    Example: infusionlog simulate masimo_ascii1 --seed 7 --fault unplug@600+120
    """
    import threading

    from devices.simulators.faults import parse_faults
    from devices.simulators.patient import DEFAULT_SEED
    from devices.simulators.plan import pressures
    from devices.simulators.running import start

    running = start(
        adapter,
        seed=DEFAULT_SEED if seed is None else seed,
        speed=speed,
        faults=parse_faults(fault or []),
        url=url,
        cuff_every=cuff_every,
        held=pressures(held) if held else None,
        infusion_at=infusion_at,
        other=other,
        truth_file=truth,
    )
    say(running.url)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    while not ended.wait(0.5):
        pass
    running.stop()


def devices(
    listen: Annotated[
        float, typer.Option(metavar="SECONDS", help="Hear so long for monitors that announce themselves.")
    ] = 0.0,
    as_json: AsJson = False,
) -> None:
    """List every adapter, every serial port of this machine, and monitors heard in its network.

    Example: infusionlog devices --listen 15
    """
    from devices.announcements import heard
    from devices.ports import serial_ports
    from devices.registry import adapters

    known = adapters().values()
    if as_json:
        say_json(
            [
                {
                    "adapter": one.name,
                    "protocol": one.protocol,
                    "models": list(one.models),
                    "link": str(one.link),
                    "vitals": list(one.vitals),
                    "waves": one.waves is not None,
                    "evidence": one.evidence,
                    "experimental": one.experimental,
                }
                for one in known
            ]
        )
        return
    for one in known:
        say(f"{one.name}{'  (experimental)' if one.experimental else ''}")
        say(f"    {one.protocol}: {', '.join(one.models)}")
        waves = " and waves" if one.waves else ""
        say(f"    {one.link}; reads {', '.join(one.vitals)}{waves}; proved by: {one.evidence}")
    ports = serial_ports()
    say("" if ports else "no serial port on this machine")
    for port in ports:
        say(f"{port.name}  {port.description}  {port.identity or 'no identity'}")
    monitors = heard(listen) if listen > 0 else []
    if listen > 0 and not monitors:
        say(f"no monitor announced itself in {listen:g} s")
    for monitor in monitors:
        say(f"{monitor.url}  announced itself (intellivue_lan)  {monitor.hardware}")


def probe(
    url: Annotated[str, typer.Argument(metavar="URL", help="A port, socket://HOST:PORT, ...")],
    seconds: Annotated[float, typer.Option("--for", metavar="SECONDS", help="How long, each time.")] = 5.0,
    as_json: AsJson = False,
) -> None:
    """Listen to a line and say which adapters understand it. The status is 1 if none does.

    Example: infusionlog probe /dev/ttyUSB0
    """
    from dataclasses import asdict

    from devices.ports import check_address
    from devices.registry import adapters
    from logger.recording import probing

    check_address(url)
    heard = probing.probe(url, list(adapters().values()), seconds, say_aside)
    if as_json:
        say_json([{**asdict(one), "verdict": one.verdict} for one in heard])
    else:
        for one in heard:
            experimental = "  (experimental)" if one.experimental else ""
            said = f"{one.adapter:<16} {one.verdict:<12} {one.frames:>4} frames  {one.link}"
            say(f"{said}{experimental}  {one.why}")
    if not any(one.verdict == "understands" for one in heard):
        raise typer.Exit(1)


def capture(
    url: Annotated[str, typer.Argument(metavar="URL")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file.")],
    seconds: Annotated[float, typer.Option("--for", metavar="SECONDS")],
    adapter: Annotated[str | None, typer.Option(help="Whose line settings; else --line.")] = None,
    line: Annotated[str, typer.Option(metavar="BAUD", help="8N1 at this rate.")] = "9600",
) -> None:
    """Keep the bytes of a monitor that nobody understands yet. They may hold a patient's name.

    Nothing is sent to the device.

    Example: infusionlog capture /dev/ttyUSB0 --for 60 --out monitor.bytes
    """
    from logger.recording.probing import keep_bytes

    say_aside("these bytes may hold a name that was typed into the monitor: look before you pass them on")
    say(f"{keep_bytes(url, adapter, line, seconds, out)} bytes in {out}")


def decode(
    adapter: AdapterName,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A capture; else standard input.")
    ] = None,
    chunk: Annotated[
        int, typer.Option(min=1, help="Bytes fed at a time; changes nothing in the output.")
    ] = 4096,
    waves: Annotated[bool, typer.Option("--waves", help="Say each frame's waves too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Decode a capture; one line an event. The status is 1 if it holds no frame.

    Example: infusionlog decode masimo_ascii1 capture.bytes --json
    """
    from devices import registry
    from logger.recording.decoding import Decoded, chunks_of, json_line, text_line

    decoded = Decoded(registry.adapter(adapter), waves)
    with _opened(file) as source:
        for line in decoded.lines(chunks_of(source, chunk)):
            say(json_line(line) if as_json else text_line(line))
    if not decoded.frames:
        say_aside(f"infusionlog: {file or 'standard input'}: no frame of {adapter}; is it the right adapter?")
        raise typer.Exit(1)


def _opened(file: Path | None) -> Any:
    from devices.errors import PortMissing

    if file is None:
        return sys.stdin.buffer
    try:
        return file.open("rb")
    except OSError as error:
        raise PortMissing(f"{file}: can't be read ({error.strerror}); give the path of a capture") from error
