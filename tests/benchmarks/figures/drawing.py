"""What it costs to draw the page that a physician reviews, and the chart on a screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from figures.room import Room
from matplotlib.figure import Figure as Picture
from measuring import Figure, Target, in_turns

from analysis import page
from analysis.screen import draw_screen
from analysis.session import Session
from analysis.style import DPI
from logger.reviewing import frames

A4 = (210 / 25.4, 297 / 25.4)
PANELS = ("nibp_sys", "ecg_hr", "spo2", "resp_rate")


def session_page(folder: Path) -> Iterator[Figure]:
    """Two supervised hours to PNG, against four bare curves of the same session on the same paper."""
    session = supervised(folder)
    bare = four_bare_panels(session, folder)
    ours, theirs = in_turns(5, lambda: page.save(page.draw_page(session), folder / "page.png"), bare)
    yield against_four_panels("session page to PNG, 2 h at 1 Hz", ours, theirs, 8)


def screen_chart(folder: Path) -> Iterator[Figure]:
    """The same session's chart for a screen, against the same four bare curves."""
    session = supervised(folder)
    bare = four_bare_panels(session, folder)
    ours, theirs = in_turns(7, lambda: page.save([draw_screen(session)], folder / "screen.png"), bare)
    yield against_four_panels("screen chart PNG, 2 h at 1 Hz", ours, theirs, 2)


def against_four_panels(figure: str, ours: float, theirs: float, limit: float) -> Figure:
    """Return a figure beside its yardstick, which it may exceed so many times."""
    yardstick = "four bare panels, built and saved"
    return Figure(figure, ours, "ms", yardstick, theirs, ours / theirs, Target("ratio", "<=", limit))


def supervised(folder: Path) -> Session:
    """Return two hours with what a nurse enters in them, from a ledger of their own."""
    room = Room(folder)
    supervise(room)
    session = frames.build(room.desk.file(room.session))
    room.desk.close()
    return session


def four_bare_panels(session: Session, folder: Path) -> Callable[[], None]:
    """Return the work that nobody can avoid who draws four curves on A4."""
    curves = [session.readings[session.readings["vital"] == vital]["value"].to_numpy() for vital in PANELS]

    def draw() -> None:
        picture = Picture(A4)
        for axes, curve in zip(picture.subplots(len(PANELS)), curves, strict=True):
            axes.plot(curve)
        picture.savefig(folder / "bare.png", dpi=DPI)

    return draw


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
