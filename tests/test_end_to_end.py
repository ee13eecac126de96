"""What the whole program is for, played through with real processes, real lines and real kills."""

from __future__ import annotations

import os
import pty
import signal
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import answer, at_work, run

IVY = Path(__file__).parent.parent.parent / "shared" / "captures" / "ivy_450c" / "Ivy450C.1.data"


def wait_for(there: Callable[[], Any]) -> Any:
    """Ask again and again until the answer is yes."""
    pause = threading.Event()
    for _ in range(300):
        if found := there():
            return found
        pause.wait(0.1)
    pytest.fail("it never came to what the test waits for")


def counted(database: Path, session: str, source: str) -> int:
    shown = answer(database, "show", session)
    return sum(row["readings"] for row in shown["readings"] if row["source"] == source)


def test_two_monitors_unplugged_and_a_recorder_killed_on_the_way_leave_a_session_that_verifies(tmp_path):
    database = tmp_path / "ledger.db"
    with (
        at_work(database, "simulate", "masimo_ascii1", "--speed", "20", "--fault", "unplug@240+60") as (
            _,
            oximeter,
        ),
        at_work(database, "simulate", "datex_dri", "--speed", "20", "--cuff-every", "60") as (_, monitor),
    ):
        devices = ["--device", f"masimo_ascii1={oximeter}", "--device", f"datex_dri={monitor}"]
        record = ["record", "--room", "1", "--patient", "INVENTED-1", *devices]
        with at_work(database, *record) as (recorder, session):
            wait_for(lambda: counted(database, session, "datex_dri"))
            wait_for(lambda: [gap for gap in answer(database, "show", session)["gaps"] if gap["end"]])
            acknowledged = answer(database, "note", "before the kill")
            recorder.send_signal(signal.SIGKILL)
            recorder.wait(timeout=30)
        before = counted(database, session, "masimo_ascii1")
        with at_work(database, *record) as (recorder, resumed):
            assert resumed == session
            wait_for(lambda: counted(database, session, "masimo_ascii1") > before)
            answer(database, "close")
            assert recorder.wait(timeout=30) == 0
    shown = answer(database, "show", session)
    causes = [gap["cause"] for gap in shown["gaps"]]
    assert shown["state"] == "closed"
    assert any("killed" in cause for cause in causes)
    assert any("ended" in cause and "killed" not in cause for cause in causes)
    assert f"{acknowledged['writer']}:{acknowledged['seq']}" in [event["ref"] for event in shown["events"]]
    assert answer(database, "verify", session)["ok"]


@pytest.mark.skipif(not IVY.exists(), reason="the folder of recordings of real monitors is not here")
def test_a_recording_of_a_real_monitor_charts_its_oxygen_and_holds_its_pressure_until_it_is_claimed(tmp_path):
    database = tmp_path / "ledger.db"
    monitor, line = pty.openpty()
    tty.setraw(monitor)
    record = [
        "record",
        "--room",
        "1",
        "--patient",
        "INVENTED-1",
        "--device",
        f"ivy_ansarb={os.ttyname(line)}",
    ]
    with at_work(database, *record) as (_, session):
        wait_for(
            lambda: [
                event
                for event in answer(database, "show", session)["events"]
                if "connected" in event["summary"]
            ]
        )
        raw = IVY.read_bytes()
        for start in range(0, len(raw), 512):
            os.write(monitor, raw[start : start + 512])
        wait_for(lambda: counted(database, session, "ivy_ansarb") > 50)
        shown = answer(database, "show", session)
        values = {(row["vital"], row["variant"]): row for row in shown["readings"]}
        assert values["spo2", ""]["highest"] == values["spo2", ""]["lowest"] == 100
        assert (values["nibp_sys", ""]["readings"], values["nibp_sys", ""]["usable"]) == (1, 0)
        held = next(row for row in shown["held"] if row["vital"] == "nibp_sys")
        assert (held["value"], held["reason"]) == (121, "held")
        answer(database, "claim", held["ref"], "--at", "-1")
        claimed = {row["vital"]: row for row in answer(database, "show", session)["readings"]}
        assert claimed["nibp_sys"]["last"] == 121
        assert claimed["nibp_dia"]["last"] == 75
        answer(database, "close")
    os.close(monitor)
    os.close(line)
    assert run(database, "chart", session, "--out", str(tmp_path / "page.pdf")).returncode == 0


def test_the_demo_tells_its_story_and_leaves_its_pictures(tmp_path):
    done = run(tmp_path / "unused.db", "demo", "--out", str(tmp_path / "demo"), "--speed", "400")
    told = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    for said in (
        "heard",
        "baseline",
        "dissociation, mild",
        "cable",
        "cuff has failed",
        "158",
        "whole",
        "BROKEN at record",
    ):
        assert said in told
    assert told.strip().splitlines()[-1].startswith("Now open")
    for made in ("infusionlog.db", "session.png", "session.pdf", "report.pdf", "report.html"):
        assert (tmp_path / "demo" / made).stat().st_size > 10_000
