"""Sessions at the edges of what can come, invented as those of invented_sessions and invented_care are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import invented_care
import pandas as pd
from invented_sessions import (
    at,
    cuff,
    cycles,
    event,
    infusion,
    quiet,
    reading,
    seconds,
    session,
    with_seconds,
)

from analysis.session import Patient, Session

SIXTY = "Examplewitz-Inventedson, Wilhelmina Maximiliana Annabella IX"
"""A name of 60 characters."""


def half_a_minute() -> Session:
    """Opened, one cycle, one report, and over after 30 s."""
    events = [event(0, "infusion.start", 1, drug="ketamine", mg=40.0), event(0.2, "effect.none", 2)]
    made = session(cuff(0.1, 124, 77, 9_000), events, opened_at=at(-0.25), ended_at=at(0.25))
    return with_seconds(made, seconds(first=-0.2, last=0.24))


def all_excluded() -> Session:
    """Somebody took out every reading."""
    made = quiet()
    return replace(made, readings=made.readings.assign(excluded=True))


def clocks_put_back() -> Session:
    """Over midnight, and over the hour that comes twice: New York, 1 November 2026, 2 a.m."""
    events = [*infusion(), event(62, "note", 6, text="Asleep"), event(140, "note", 7, text="Awake again")]
    made = with_seconds(session(cycles(last=176), events, ended_at=at(178)), seconds(last=177))
    return moved(made, timedelta(days=243, hours=13, minutes=40))


def clocks_put_forward() -> Session:
    """Over the hour that never comes: New York, 8 March 2026, 2 a.m."""
    made = with_seconds(session(cycles(), infusion()), seconds())
    return moved(made, timedelta(days=5, hours=16, minutes=20))


def moved(made: Session, by: timedelta) -> Session:
    """Return the session at another time."""
    times = {"readings": ("at", "measured_at", "measured_from"), "events": ("at", "happened_at")}
    tables = {
        name: getattr(made, name).assign(
            **{column: getattr(made, name)[column] + pd.Timedelta(by) for column in columns}
        )
        for name, columns in times.items()
    }
    ended, closed = made.ended_at or made.opened_at, made.closed_at or made.opened_at
    return replace(made, **tables, opened_at=made.opened_at + by, ended_at=ended + by, closed_at=closed + by)


def sixty_characters() -> Session:
    return replace(quiet(), identifiers=(SIXTY, "born 29 Feb 1944"))


def chinese_name() -> Session:
    """A name that the font of the page does not have; whole only where one is installed that does."""
    return replace(quiet(), identifiers=("示例 患者", "born 1 Jan 1980"), patient=Patient("INVENTED-7"))


def cuneiform_name() -> Session:
    """A name that no font here has, and no birth on record."""
    return replace(
        quiet(), identifiers=("\U00012000\U00012001", "id INVENTED-8"), patient=Patient("INVENTED-8")
    )


def arabic_name() -> Session:
    """A name and a note that run from right to left."""
    made = session(cycles(), [*infusion(), event(20, "note", 6, text="مثال: 120/80 بعد 20 دقيقة")])
    return replace(with_seconds(made, seconds()), identifiers=("مثال مخترع عبد الله", "born 1 Jan 1980"))


def hebrew_name() -> Session:
    return replace(quiet(), identifiers=("דוגמה, מומצא", "born 1 Jan 1980"))


def with_decimals() -> Session:
    """Medians between two whole numbers, values by hand, and numbers of a probe that is off."""
    rows = cuff(-9, 121, 74, 500) + cuff(-4, 122, 77, 501)
    rows += [r for m in range(5, 110, 5) for r in cuff(m, 144 + m % 3, 96 + m % 2, 600 + m)]
    rows += [reading(m, "spo2", 96, 800 + m, source="manual", entered_by="nurse.example") for m in (12, 44)]
    stream = seconds(skip=(60, 70))
    off = stream["reason"] == "sensor_off"
    stream.loc[off & (stream["vital"] == "spo2"), "value"] = 91.0
    return with_seconds(session(rows, infusion()), stream)


EVERY = (
    *invented_care.EVERY,
    half_a_minute,
    all_excluded,
    clocks_put_back,
    clocks_put_forward,
    sixty_characters,
    chinese_name,
    cuneiform_name,
    arabic_name,
    hebrew_name,
    with_decimals,
)
"""All invented sessions, to be tested and to be looked at."""
