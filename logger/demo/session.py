"""`demo`: a whole supervised session with no hardware, as a nurse and a physician would live it.

A simulated monitor speaks on a real pty (TCP where there is none), the recorder hears it, the nurse's
entries come from outside through the control socket, and the ledger is verified at the end. Nothing here
takes a way that a real session does not take.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from devices.errors import InfusionlogError
from logger.clock import SECOND
from logger.entering.control import RemoteDesk
from logger.entering.desk import LedgerDesk, SessionFile
from logger.entering.opening import Opening
from logger.entering.sessions import open_ledger
from logger.keeping.verifying import verify_session
from logger.ledger.owner import read_notice
from logger.recording.one_session import Wanted, start_recorder
from logger.recording.recorder import Recorder
from logger.settings import Settings, find_protocol

START = 8
"""Minutes between the opening and the start of the infusion."""

END = 78
"""Minutes of the session after the start of the infusion."""

SEED = 9766
NURSE = "nurse.example"
PROTOCOL = "iv_ketamine_40min"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Step:
    """What the nurse enters at a minute after the start, and what is told about it."""

    minute: float
    tells: str
    kind: str | None = None
    payload: Mapping[str, Any] | None = None


def story() -> Iterator[Step]:
    """Yield the steps of the session, in order."""
    yield Step(-6, "First baseline reading: {bp}")
    yield Step(-1, "Second baseline reading: {bp}")
    yield Step(
        0,
        "Infusion starts: ketamine 40 mg (0.5 mg/kg) over 40 min",
        "infusion.start",
        {"drug": "ketamine", "mg": 40, "mg_per_kg": 0.5, "ml_h": 60},
    )
    yield Step(
        12,
        '"I am floating a little": dissociation, mild',
        "effect.report",
        {"term": "dissociation", "severity": "mild", "text": "floating a little"},
    )
    yield Step(22, "Nausea, mild", "effect.report", {"term": "nausea", "severity": "mild"})
    yield Step(25.2, "The monitor's cable is out: the gap is kept, nothing is drawn across it")
    yield Step(28.1, "The cable is back: the logger found the monitor by itself")
    yield Step(28.9, "The cuff has failed; the nurse measures by hand: 152/94", "reading", _by_hand(152, 94))
    yield Step(31, "By hand again: typed 185 for 158", "reading", _by_hand(185, 96))
    yield Step(
        31.5,
        "Corrected to 158; the 185 stays readable, struck through",
        "amend",
        {"changes": {"nibp_sys": 158}, "reason": "typed 185 for 158"},
    )
    yield Step(33.9, "The highest reading so far: {highest}")
    yield Step(40, "Infusion ends", "infusion.end", {})
    yield Step(46, "Nausea has gone", "effect.resolved", {"term": "nausea"})
    yield Step(58, "Dissociation has gone", "effect.resolved", {"term": "dissociation"})
    yield Step(70, "Asked again: no side effect", "effect.none", {})
    yield Step(
        75, '"Feels like myself, walks steadily"', "note", {"text": "Feels like herself, walks steadily"}
    )
    yield Step(END, "Session closed: its chain is sealed", "session.end", {})


def run_demo(folder: Path, speed: float, console: Console) -> bool:
    """Play the story into *folder*; return whether the ledger verified and the forged copy did not.

    Args:
        folder: is made; an earlier demo's ledger there gets one more session.
        speed: simulated seconds a second.
        console: takes the narration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "infusionlog.db"
    desk = open_ledger(f"sqlite:///{database}", create=True)
    try:
        session = _record(desk, speed, console)
        file = desk.file(session)
    finally:
        desk.close()
    _draw(file, folder, console)
    return _prove(file, database, console)


def _record(desk: LedgerDesk, speed: float, console: Console) -> str:
    opening = Opening(
        "Demo room",
        "DEMO-001",
        find_protocol(PROTOCOL),
        Settings(zone="UTC").clinic_zone(),
        NURSE,
        name="DEMO, Example",
        born="1900-01-01",
        demo=True,
    )
    faults = f"fault=unplug@{(START + 25) * 60}+180&fault=cuff_failed@{(START + 28) * 60 - 30}+230"
    url = f"simulate:datex_dri?seed={SEED}&speed={speed:g}&cuff_every=300&infusion_at={START * 60}&{faults}"
    console.print("A supervised ketamine session, played by a simulator. No patient, no hardware.\n")
    heard: list[str] = []
    recorder, session = start_recorder(desk, opening, [Wanted("monitor", "datex_dri", url)], heard.append)
    started = desk.store.session(session)["opened_at"] + START * 60 * SECOND
    nurse = threading.Thread(
        target=_nurse, args=(desk, recorder, session, started, console), name="nurse", daemon=True
    )
    nurse.start()
    recorder.run()
    nurse.join()
    return session


def _nurse(desk: LedgerDesk, recorder: Recorder, session: str, started: int, console: Console) -> None:
    """Enter the story's steps from outside, as another program would."""
    notice = read_notice(desk.store.path)
    assert notice is not None  # noqa: S101  the recorder announced itself before this thread began
    pause = threading.Event()
    mistyped = ""
    progress = Progress(
        TextColumn("minute {task.fields[minute]:>3.0f}"), BarColumn(), console=console, transient=True
    )
    try:
        with progress:
            bar = progress.add_task("session", total=START + END, minute=-START)
            remote = RemoteDesk(notice)
            _tell(console, -START, f"Session opened; {_first_heard(remote, session, pause)}")
            for step in story():
                while (minute := (desk.clock.now() - started) / (60 * SECOND)) < step.minute:
                    progress.update(bar, completed=minute + START, minute=minute)
                    pause.wait(0.05)
                payload = dict(step.payload or {})
                if step.kind == "amend":
                    payload["target"] = mistyped
                tells = (
                    step.tells.format(**_pressures(remote.file(session))) if "{" in step.tells else step.tells
                )
                if step.kind is not None:
                    mistyped = remote.append(session, step.kind, NURSE, payload).ref
                _tell(console, step.minute, tells)
            remote.close()
    except InfusionlogError as error:
        console.print(f"the demo stopped: {error}")
        recorder.stop()


def _tell(console: Console, minute: float, text: str) -> None:
    console.print(f"{minute:>+4.0f} min  {text}", highlight=False, markup=False)


def _first_heard(remote: RemoteDesk, session: str, pause: threading.Event) -> str:
    while not (values := _values(remote.file(session))):
        pause.wait(0.05)
    said = {vital: value for _, vital, value in values}
    return f"the monitor is heard: SpO2 {said.get('spo2', 0):.0f} %, pulse {said.get('spo2_pr', 0):.0f}"


def _values(file: SessionFile) -> list[tuple[int, str, float]]:
    return [
        (record.at, value["vital"], value["value"])
        for record in file.records
        if record.kind == "reading"
        for value in json.loads(record.payload)["readings"]
        if value["value"] is not None and not value.get("repeat") and value.get("reason") != "held"
    ]


def _pressures(file: SessionFile) -> dict[str, str]:
    values = _values(file)
    systolic = [(at, value) for at, vital, value in values if vital == "nibp_sys" and value != 185]
    diastolic = {at: value for at, vital, value in values if vital == "nibp_dia"}
    if not systolic:
        return {"bp": "none yet", "highest": "none yet"}
    last, highest = systolic[-1], max(systolic, key=lambda one: one[1])
    return {
        name: f"{one[1]:.0f}/{diastolic.get(one[0], 0):.0f}"
        for name, one in (("bp", last), ("highest", highest))
    }


def _by_hand(systolic: float, diastolic: float) -> dict[str, Any]:
    values = [{"vital": "nibp_sys", "value": systolic}, {"vital": "nibp_dia", "value": diastolic}]
    return {"source": "manual", "readings": values}


def _draw(file: SessionFile, folder: Path, console: Console) -> None:
    from analysis.page import draw_page, save
    from analysis.page.about import about_page
    from analysis.report import render_html, report_of
    from logger.reviewing.frames import build

    made = build(file)
    figures = draw_page(made)
    for name in ("session.png", "session.pdf"):
        save(figures, folder / name, about_page(made))
    shutil.copyfile(folder / "session.pdf", folder / "report.pdf")
    (folder / "report.html").write_text(render_html(report_of(made)), encoding="utf-8", newline="\n")
    console.print()


def _prove(file: SessionFile, database: Path, console: Console) -> bool:
    verdict = verify_session(file, database.parent)
    records = sum(writer["records"] for writer in verdict["writers"])
    console.print(f"verify: {'whole' if verdict['ok'] else 'BROKEN'}, {records} records", highlight=False)
    forged = forge_a_pressure(database, database.with_name("forged-copy.db"), str(file.row["id"]))
    desk = open_ledger(f"sqlite:///{forged}")
    try:
        found = verify_session(desk.file(str(file.row["id"])), database.parent)
    finally:
        desk.close()
    first = found["first_broken"] or {"writer": "-", "seq": "-", "what": "nothing found"}
    console.print("On a copy, one blood pressure was changed behind the program's back.", highlight=False)
    console.print(
        f"verify: BROKEN at record {first['writer']}:{first['seq']}: {first['what']}"
        if not found["ok"]
        else "verify: the forgery was NOT found",
        highlight=False,
    )
    length = timedelta(microseconds=file.row["closed_at"] - file.row["opened_at"])
    console.print(
        f"\n{length.total_seconds() / 60:.0f} minutes, kept in {database}",
        highlight=False,
    )
    console.print(
        f"Now open {database.with_name('session.png')} (or session.pdf, report.pdf, report.html beside it).",
        highlight=False,
    )
    return bool(verdict["ok"]) and not found["ok"]


def forge_a_pressure(database: Path, copy: Path, session: str) -> Path:
    """Copy a ledger that nobody has open and change one stored systolic pressure in the copy."""
    shutil.copyfile(database, copy)
    connection = sqlite3.connect(copy)
    try:
        with connection:
            connection.execute(
                """UPDATE record SET payload = replace(payload, '"value":152', '"value":132')
                   WHERE session_id = ? AND author = ? AND kind = 'reading'""",
                (session, NURSE),
            )
    finally:
        connection.close()
    return copy
