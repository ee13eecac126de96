"""What it costs to ask all QA rules of a session."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import Figure, Target, in_turns

sys.path.append(str(Path(__file__).resolve().parents[2]))

from invented_sessions import reading
from judged_sessions import OPENED, X, at, kept

from analysis.rules import judge
from analysis.session import READINGS, Session, table

DIFFERENT, TIMES = 20, 50
"""Sessions that are built, and how often each is judged: 1,000 in memory would take 15 GB."""

SECONDLY = {"spo2": 97.0, "spo2_pr": 72.0, "ecg_hr": 71.0, "resp_rate": 14.0}
"""What a monitor sends every second: the vitals that the draft protocol expects."""


def sixty_rules(_: Path) -> Iterator[Figure]:
    """All rules over 1,000 closed two-hour sessions, against copying out the same columns of numbers.

    In the figure: each session is cut anew, and every rule asked. Not in it: reading the ledger, making the
    tables, walking the chains. Each session has four values a second, a cuff reading every ten minutes, and
    38 records of people.
    """
    made = kept()
    sessions = [_two_hours(made.session(), seed) for seed in range(DIFFERENT)]

    def judged() -> None:
        for session in sessions:
            judge(replace(session), made.context)  # a new value: nothing is left from the time before

    def copied() -> None:
        for session in sessions:
            for name in ("value", "seq", "excluded"):
                session.readings[name].to_numpy(copy=True)

    ours, bare = (taken * TIMES / 1000 for taken in in_turns(3, judged, copied))
    yield Figure(
        "60 rules over 1,000 closed two-hour sessions, 4 values a second",
        ours,
        "s",
        "copying three columns of the same tables",
        bare,
        ours / bare,
        Target("value", "<=", 10),
    )


def _two_hours(session: Session, seed: int) -> Session:
    """Return the session with a monitor that speaks every second, its vitals side by side as in a ledger."""
    noise = np.random.default_rng(seed)
    seconds = np.arange(OPENED * 60, X * 60)
    row = reading(0, "spo2", 97.0, 0)
    columns = {name: np.repeat(row[name], len(seconds) * len(SECONDLY)) for name in row}
    when = pd.to_datetime(np.repeat(at(0).timestamp() + seconds, len(SECONDLY)), unit="s", utc=True)
    values = np.tile(list(SECONDLY.values()), len(seconds))
    columns |= {
        "at": when,
        "measured_at": when,
        "measured_from": pd.NaT,
        "device_time": pd.NaT,
        "seq": np.repeat(np.arange(len(seconds)), len(SECONDLY)),
        "vital": np.tile(np.array(list(SECONDLY), dtype=object), len(seconds)),
        "value": values + noise.integers(0, 2, len(values)),
    }
    cuffs = session.readings[session.readings["vital"].str.startswith("nibp")]
    whole = pd.concat([table(columns, READINGS), cuffs]).sort_values(["measured_at", "seq"], kind="stable")
    return replace(session, readings=whole.reset_index(drop=True).astype(dict(READINGS)))
