"""What it costs to draw the page that a physician reviews."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from figures.room import Room
from matplotlib.figure import Figure as Picture
from measuring import Figure, Target, in_turns

from analysis import page
from analysis.style import DPI
from logger.reviewing import frames

A4 = (210 / 25.4, 297 / 25.4)
PANELS = ("nibp_sys", "ecg_hr", "spo2", "resp_rate")


def session_page(folder: Path) -> Iterator[Figure]:
    """Two supervised hours to PNG, against four bare curves of the same session on the same paper."""
    room = Room(folder)
    supervise(room)
    session = frames.build(room.desk.file(room.session))
    room.desk.close()
    curves = [session.readings[session.readings["vital"] == vital]["value"].to_numpy() for vital in PANELS]

    def four_panels() -> None:
        picture = Picture(A4)
        for axes, curve in zip(picture.subplots(len(PANELS)), curves, strict=True):
            axes.plot(curve)
        picture.savefig(folder / "bare.png", dpi=DPI)

    ours, bare = in_turns(5, lambda: page.save(page.draw_page(session), folder / "page.png"), four_panels)
    yield Figure(
        "session page to PNG, 2 h at 1 Hz",
        ours,
        "ms",
        "four bare panels, built and saved",
        bare,
        ours / bare,
        Target("ratio", "<=", 8),
    )


def supervise(room: Room) -> None:
    """Record two hours with what a nurse enters in them."""
    room.record_all(900)
    room.tell("infusion.start", drug="ketamine", mg=35.0, ml_h=52.5)
    room.record_all(600)
    room.tell("effect.report", term="dissociation", severity="moderate")
    room.tell("effect.report", term="nausea", severity="mild")
    room.record_all(600)
    room.tell("note", text="asks for a second blanket")
    room.tell("effect.resolved", term="nausea")
    room.record_all(1200)
    room.tell("infusion.end")
    room.tell("effect.resolved", term="dissociation")
    room.record_all(3900)
    room.tell("effect.none")
